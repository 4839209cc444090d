"""The page of pictures, put together."""

from collections.abc import Sequence
from typing import Any

from output.review.charts import Bars, bars, level, spark, strip
from output.review.statistics import Pictures


def pictures_page(found: Pictures) -> dict[str, Any]:
    return {
        "pictures": found,
        "strip_rows": [(one.source, one.words) for one in found.sources],
        "bars": bars,
        "level": level,
        "spark": spark,
        "strip": strip,
        "most_of": most_of,
        "last_bad": last_bad,
    }


def most_of(charts: Sequence[tuple[str, Bars]]) -> int:
    """One scale for all sections: their bars can be compared."""
    return max((chart.most for _, chart in charts), default=0)


def last_bad(days: Sequence[str], words: Sequence[str]) -> str:
    """The last day on which something was wrong."""
    bad = [day for day, word in zip(days, words, strict=True) if word in ("STALE", "BROKEN")]
    return bad[-1] if bad else ""
