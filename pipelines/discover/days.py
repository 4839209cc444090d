"""
The days that are stored of arXiv, as ``status`` shows them, and what they depend on.

Nothing here knows the crawl: a command that only looks is not to load it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.rows.runs import StoredDay
from config.settings import Arxiv
from crawler.calendar import announcement_days, feed_day, is_announcement_day
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.rows.glance import RunRows
    from catalog.store.runs import Runs

DAY = timedelta(days=1)
# The reminder to extend the table of days off starts this long before it runs out.
CALENDAR_NOTICE = timedelta(days=30)
# Days that `status` shows.
STRIP_DAYS = 30

# The stored days of each category.
StoredDays = Mapping[str, Mapping[date, StoredDay]]


@dataclass(frozen=True, slots=True)
class ArxivContext:
    """What requests to arXiv depend on: its settings, addresses and days off, and the time."""

    settings: Arxiv
    services: Mapping[str, str]
    days_off: frozenset[date]
    now: datetime

    @classmethod
    def of(cls, workspace: Workspace) -> "ArxivContext":
        arxiv, services = workspace.sources.arxiv, workspace.services.services
        return cls(arxiv, services, workspace.days_off, workspace.now)

    @property
    def today(self) -> date:
        """The day whose announcement the feeds show now."""
        return feed_day(self.now)

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category in the feeds, once, in order."""
        return tuple(
            dict.fromkeys(name for feed in self.settings.feeds for name in feed.split("+"))
        )

    def working_days(self, first: date, last: date) -> list[date]:
        """The announcement days from ``first`` to ``last``."""
        return announcement_days(first, last, self.days_off)


def stored_days(
    runs: "Runs | RunRows", categories: Iterable[str], prefix: str = "arxiv"
) -> StoredDays:
    """The days stored for each category: by daily runs, or under the prefix of a backfill."""
    return {category: runs.days(f"{prefix}/{category}") for category in categories}


def calendar_warning(config_dir: Path, known_until: date, today: date) -> str | None:
    """
    A line before the table of days off runs out, and for as long as it has run out.

    It names the file in ``config_dir``, the first year that lacks days, and what to write.
    """
    if today + CALENDAR_NOTICE < known_until:
        return None
    year = (known_until + DAY).year
    return (
        f"{config_dir / 'calendar.yaml'}: arXiv's days off are known until {known_until} only; add "
        f"those of {year} to days_off (they are on arXiv's help page Availability of submissions), "
        f"and set known_until to {year}-12-31"
    )


def days_strip(arxiv: ArxivContext, runs: "Runs | RunRows") -> list[tuple[date, str]]:
    """
    Each of the last days and what it is.

    ``feed``, ``api``, ``oai``: what proved it complete; ``quiet``, ``missing``, or ``before`` the
    first run; today is ``to come`` until a run has read it. Of the categories the weakest proof
    counts.
    """
    stored = stored_days(runs, arxiv.categories)
    past = stored_days(runs, arxiv.categories, "past")
    first = min((min(days) for days in stored.values() if days), default=None)
    both = [{**stored[name], **past[name]} for name in arxiv.categories]
    last = [arxiv.today - DAY * back for back in range(STRIP_DAYS - 1, -1, -1)]
    kinds = [(day, _kind(both, day, first, arxiv.days_off)) for day in last]
    return [(d, "to come" if (d, k) == (arxiv.today, "missing") else k) for d, k in kinds]


def _kind(
    stored: Sequence[Mapping[date, StoredDay]],
    day: date,
    first: date | None,
    days_off: Collection[date],
) -> str:
    proofs = {days[day].proof if day in days else None for days in stored}
    quiet = not is_announcement_day(day, days_off)
    if first is None or day <= first:
        return "before" if quiet or proofs & {None, "begin"} else _weakest(proofs)
    if quiet:
        return "quiet"
    return "missing" if None in proofs else _weakest(proofs)


def _weakest(proofs: set[str | None]) -> str:
    return next((proof for proof in ("oai", "api") if proof in proofs), "feed")
