"""
Learning from what was known at a moment, and judging what came in the quarter after it.

Papers of one quarter are never judged by what was learned from their own labels or later ones. A
paper that was announced before the moment and labelled after it is part of the background, because
that is all that was known of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from catalog.arxiv_id import ArxivId
from catalog.paper import bare_key, is_paper_key
from pipelines.rank.features import Features
from pipelines.rank.samples import MIN_LISTED, Sample, Samples, samples

MONTHS = 3


class Quarter(NamedTuple):
    """Three months of a year, from 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, at: datetime) -> "Quarter":
        return cls(at.year, (at.month - 1) // MONTHS + 1)

    @property
    def begins(self) -> datetime:
        return datetime(self.year, MONTHS * (self.number - 1) + 1, 1, tzinfo=UTC)

    @property
    def after(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year} Q{self.number}"


class Moments(NamedTuple):
    """When each labelled work was labelled, by key, and in words what says so."""

    of: Mapping[str, datetime]
    source: str


def announced(key: str) -> datetime | None:
    """The first day of a paper's month on arXiv, from its id; None if it has none."""
    arxiv_id = ArxivId.parse(bare_key(key)) if is_paper_key(key) else None
    return datetime(*arxiv_id.announced_month, 1, tzinfo=UTC) if arxiv_id else None


def moments(dataset: Samples) -> Moments:
    """
    The dates of the labels; of all papers the months on arXiv where dates would not tell.

    Dates don't tell where hardly anything was listed before the second newest quarter: a list that
    was committed in one piece has one date for all its papers.
    """
    labelled = (*dataset.listed, *dataset.rejected, *dataset.passed_over)
    dated = {s.key: s.labelled_at for s in labelled if s.labelled_at}
    newest = last_quarters(dated.values())
    listed = [dated[s.key] for s in dataset.listed if s.key in dated]
    if newest and sum(at < newest[0].begins for at in listed) >= MIN_LISTED:
        return Moments(dated, "by the dates of the labels")
    months = {s.key: month for s in labelled if (month := announced(s.key))}
    why = dataset.undated or "the labels have no dates that tell"
    return Moments(months, f"by the months on arXiv, since {why}")


def last_quarters(dates: Iterable[datetime], number: int = 2) -> list[Quarter]:
    """The newest quarters with labels, oldest first."""
    return sorted({Quarter.of(at) for at in dates})[-number:]


def as_of(dataset: Samples, cut: datetime, when: Moments) -> Samples:
    """
    What could be learned from at a moment.

    Labels since then are taken off, and works announced since then don't exist yet.
    """

    def earlier(group: Sequence[Sample]) -> list[Sample]:
        return [s for s in group if s.key in when.of and when.of[s.key] < cut]

    kinds = [earlier(group) for group in (dataset.listed, dataset.rejected, dataset.passed_over)]
    labelled = {s.key for group in kinds for s in group}
    # A work of unknown age may be younger than the moment, so it is left out.
    unlabelled = [
        Sample(s.key, s.seen)
        for s in dataset.all
        if s.key not in labelled and (month := announced(s.key)) and month < _month(cut)
    ]
    listed, rejected, passed = kinds
    return samples(listed, rejected, unlabelled, passed)


def _month(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def labels_of(
    dataset: Samples, quarter: Quarter, when: Moments
) -> tuple[list[Sample], list[Sample]]:
    """The works listed in a quarter, and those rejected in it as not belonging in the list."""
    listed, rejected = (
        [s for s in group if s.key in when.of and Quarter.of(when.of[s.key]) == quarter]
        for group in (dataset.listed, dataset.rejected)
    )
    return listed, rejected


def week_parts(dataset: Samples, quarter: Quarter, when: Moments) -> list[list[Sample]]:
    """
    The works that arXiv announced in a quarter, not listed before it, in thirteen equal parts.

    Ids rise in the order of announcement, so a part is about a week.
    """
    months = {announced(s.key): None for s in dataset.all}
    inside = {month for month in months if month and Quarter.of(month) == quarter}
    before = {s.key for s in dataset.listed if when.of.get(s.key, quarter.begins) < quarter.begins}
    pool = sorted(
        (s for s in dataset.all if announced(s.key) in inside and s.key not in before),
        key=lambda s: s.key,
    )
    weeks = 13
    size = -(-len(pool) // weeks) or 1
    return [pool[at : at + size] for at in range(0, len(pool), size)]


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """
    A label of the last quarters, with the points by a model of older labels.

    Of a listed paper also its section, and each section with its chance by older papers.
    """

    key: str
    seen: Features
    listed: bool
    at: datetime
    points: float
    section: str | None = None
    likely: tuple[tuple[str, float], ...] = ()
