"""What the page of pictures shows; plain numbers, so that every chart has its table."""

from dataclasses import dataclass

from output.review.charts import Bars

SERIES = ("discovered", "proposed", "accepted")


@dataclass(frozen=True, slots=True)
class SourceDays:
    """A source and its word on each of the last days; "" where it was not asked."""

    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grown:
    """An entry whose citations grew, with the counts on the way."""

    title: str
    before: int
    after: int
    levels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SectionSize:
    """A section of the list: its entries, and the candidates that wait for it."""

    section: str
    entries: int
    waiting: int


@dataclass(frozen=True, slots=True)
class DigestShare:
    """What became of a digest's candidates."""

    name: str
    shown: int
    accepted: int
    decided: int

    @property
    def percent(self) -> int:
        return round(100 * self.accepted / self.decided) if self.decided else 0


@dataclass(frozen=True, slots=True)
class ListPictures:
    """Everything about one list. ``weeks`` is all sections together, ``by_section`` each."""

    list_name: str
    weeks: Bars
    by_section: tuple[tuple[str, Bars], ...]
    sizes: tuple[SectionSize, ...]
    digests: tuple[DigestShare, ...]
    grown: tuple[Grown, ...]


@dataclass(frozen=True, slots=True)
class Pictures:
    """All lists, and the sources that feed them; ``days`` are the days of the sources' words."""

    days: tuple[str, ...]
    sources: tuple[SourceDays, ...]
    lists: tuple[ListPictures, ...]
