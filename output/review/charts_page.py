"""The values of the Charts page's template."""

from collections.abc import Sequence
from typing import Any

from output.review.charts import Bars, bars, level, spark, strip
from output.review.statistics import SourceDays, Statistics

BAD = ("STALE", "BROKEN")


def charts_page(statistics: Statistics) -> dict[str, Any]:
    return {
        "statistics": statistics,
        "strip_rows": [(source.source, source.statuses) for source in statistics.sources],
        "bars": bars,
        "level": level,
        "spark": spark,
        "strip": strip,
        "strip_titles": [_titles(statistics.days, source) for source in statistics.sources],
        "mended": mended,
        "most_of": most_of,
        "last_bad": last_bad,
    }


def most_of(charts: Sequence[tuple[str, Bars]]) -> int:
    """The largest value of all charts, so that they share one scale."""
    return max((chart.most for _, chart in charts), default=0)


def last_bad(days: Sequence[str], statuses: Sequence[str]) -> str:
    """The last day on which a source was stale or broken; "" if there is none."""
    bad = [d for d, status in zip(days, statuses, strict=True) if status in BAD]
    return bad[-1] if bad else ""


def _titles(days: Sequence[str], source: SourceDays) -> list[str]:
    """Each day with the statuses of its runs, in their order."""
    told = [", then ".join(runs) or "not run" for runs in source.runs]
    return [f"{day}: {words}" for day, words in zip(days, told, strict=True)]


def mended(days: Sequence[str], source: SourceDays) -> str:
    """The last day on which a stale or broken run was followed by a good one; "" if none was."""
    found = [
        day
        for day, runs, status in zip(days, source.runs, source.statuses, strict=True)
        if status not in BAD and any(run in BAD for run in runs)
    ]
    return found[-1] if found else ""
