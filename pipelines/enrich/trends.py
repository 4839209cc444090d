"""
Trends in the history of counts, and the works that grew.

A trend never mixes sources: of several that count a work, ``PREFERRED`` decides.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from catalog.facts import Fact

# A gap in a trend: longer than two monthly looks.
UNSEEN = timedelta(days=62)
# Growth is measured over a week, and only if the last look is newer than two days.
WEEK, STALE = timedelta(days=7), timedelta(days=2)
# The source whose trend counts, of several: the last of these.
PREFERRED = ("openalex", "semanticscholar")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A count, and the first and the last time it was seen."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Trend:
    """The counts of one work by one source, in order; never empty, held counts left out."""

    key: str
    source: str
    stretches: tuple[Stretch, ...]

    @property
    def moved(self) -> bool:
        """Whether there is anything to see: a count that was seen to change."""
        return len({stretch.count for stretch in self.stretches}) > 1

    def at(self, moment: datetime) -> int | None:
        """The count as it was known then; None before the first look."""
        counts = [stretch.count for stretch in self.stretches if stretch.first <= moment]
        return counts[-1] if counts else None

    @property
    def points(self) -> tuple[tuple[datetime, int], ...]:
        """Each count when it was first seen, and the last one also when it was last."""
        end = self.stretches[-1]
        return (*((seen.first, seen.count) for seen in self.stretches), (end.last, end.count))

    def levels(self, width: int = 12) -> Sequence[int | None]:
        """The trend in as many equal steps of time; None where nobody looked for long."""
        start, end = self.stretches[0].first, self.stretches[-1].last
        if end - start < timedelta(days=1):
            recent = self.stretches[-width:]
            return [stretch.count for stretch in recent]
        moments = [start + (end - start) * step / (width - 1) for step in range(width)]
        return [None if self._unseen(moment) else self.at(moment) for moment in moments]

    def _unseen(self, moment: datetime) -> bool:
        return any(
            before.last < moment < after.first and after.first - before.last > UNSEEN
            for before, after in pairwise(self.stretches)
        )


@dataclass(frozen=True, slots=True)
class Mover:
    """A work whose count grew: from what it was at the beginning, or when first seen."""

    trend: Trend
    before: int
    after: int

    @property
    def gain(self) -> int:
        return self.after - self.before


def trends(history: Iterable[tuple[Fact, datetime]]) -> dict[str, Trend]:
    """The trend of each work, from its facts with the last time each was seen."""
    accounts: dict[tuple[str, str], list[Stretch]] = {}
    for fact, last in history:
        if not fact.held:
            stretch = Stretch(fact.seen_at, last, fact.count)
            accounts.setdefault((fact.work_key, fact.source), []).append(stretch)
    by_work: dict[str, Trend] = {}
    for key, source in sorted(accounts, key=lambda account: _rank(account[1])):
        by_work[key] = Trend(key, source, tuple(accounts[key, source]))
    return by_work


def _rank(source: str) -> int:
    return PREFERRED.index(source) if source in PREFERRED else -1


def movers(every_trend: Iterable[Trend], since: datetime) -> list[Mover]:
    """Works that grew since then, by most citations gained."""
    return sorted(_moved(every_trend, since), key=lambda mover: (-mover.gain, mover.trend.key))


def _moved(every_trend: Iterable[Trend], since: datetime) -> Iterator[Mover]:
    for trend in every_trend:
        before = trend.at(since)
        if before is None:
            before = trend.stretches[0].count
        after = trend.stretches[-1].count
        if after > before and trend.stretches[-1].last >= since:
            yield Mover(trend, before, after)


@dataclass(frozen=True, slots=True)
class Growth:
    """What a count gained, in so many days."""

    gain: int
    days: int


def growth(trend: Trend, now: datetime, over: timedelta = WEEK) -> Growth | None:
    """
    What a count gained lately; None if it didn't grow or wasn't looked at for two days.

    Over less time where nobody looked earlier, and over more where nobody looked then.
    """
    looks = [moment for stretch in trend.stretches for moment in (stretch.first, stretch.last)]
    start = max((look for look in looks if look <= now - over), default=looks[0])
    before, after = trend.at(start), trend.at(now)
    days = (looks[-1] - start).days
    if before is None or after is None or after <= before or now - looks[-1] >= STALE or not days:
        return None
    return Growth(after - before, days)


def gained(every_trend: Iterable[Trend]) -> list[tuple[datetime, int]]:
    """
    What the works gained together since the first look at each, moment by moment.

    Not the sum of their counts: that jumps when a work is first seen, which is no growth.
    """
    steps: dict[datetime, int] = {}
    for trend in every_trend:
        steps.setdefault(trend.stretches[0].first, 0)
        steps.setdefault(trend.stretches[-1].last, 0)
        for before, after in pairwise(trend.stretches):
            steps[after.first] = steps.get(after.first, 0) + after.count - before.count
    total = 0
    line = []
    for moment in sorted(steps):
        total += steps[moment]
        line.append((moment, total))
    return line
