"""The values of the Charts page's template."""

from collections.abc import Sequence
from typing import Any

from output.review.charts import Bars, bars, level, spark, strip
from output.review.statistics import Statistics


def charts_page(statistics: Statistics) -> dict[str, Any]:
    return {
        "statistics": statistics,
        "strip_rows": [(source.source, source.statuses) for source in statistics.sources],
        "bars": bars,
        "level": level,
        "spark": spark,
        "strip": strip,
        "most_of": most_of,
        "last_bad": last_bad,
    }


def most_of(charts: Sequence[tuple[str, Bars]]) -> int:
    """The largest value of all charts, so that they share one scale."""
    return max((chart.most for _, chart in charts), default=0)


def last_bad(days: Sequence[str], statuses: Sequence[str]) -> str:
    """The last day on which a source was stale or broken; "" if there is none."""
    bad = [d for d, status in zip(days, statuses, strict=True) if status in ("STALE", "BROKEN")]
    return bad[-1] if bad else ""
