"""The page of pictures, put together."""

from collections.abc import Sequence
from typing import Any

from output.review.charts import Bars, bars, levels, spark, strip
from output.review.pictures import DigestShare, Pictures, SectionSize


def pictures_page(found: Pictures) -> dict[str, Any]:
    return {
        "pictures": found,
        "strip_rows": [(one.source, one.words) for one in found.sources],
        "bars": bars,
        "levels": levels,
        "spark": spark,
        "strip": strip,
        "most_of": most_of,
        "share_rows": share_rows,
        "size_rows": size_rows,
        "last_bad": last_bad,
    }


def most_of(charts: Sequence[tuple[str, Bars]]) -> int:
    """One scale for all sections: their bars can be compared."""
    return max((chart.most for _, chart in charts), default=0)


def share_rows(digests: Sequence[DigestShare]) -> list[tuple[str, int, str]]:
    return [
        (
            one.name,
            one.percent,
            f"{one.percent} % ({one.accepted} of {one.decided})" if one.decided else "not decided",
        )
        for one in digests
    ]


def size_rows(sizes: Sequence[SectionSize]) -> list[tuple[str, int, str]]:
    return [(one.section, one.entries, f"{one.entries}, {one.waiting} waiting") for one in sizes]


def last_bad(days: Sequence[str], words: Sequence[str]) -> str:
    """The last day on which something was wrong."""
    bad = [day for day, word in zip(days, words, strict=True) if word in ("STALE", "BROKEN")]
    return bad[-1] if bad else ""
