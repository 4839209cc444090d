"""Who saw a work, when and as what; and how each source did in a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from catalog.paper import Work

AnnounceType = Literal["new", "cross", "replace", "replace-cross", "mention"]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A source showed a work: when, as what, and under which address."""

    source: str
    work_key: str
    seen_at: datetime
    announce_type: AnnounceType
    version: int
    announced: date | None
    raw_link: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    A work that a part of a source named, and that is not in the store yet.

    ``since`` is when its home first had no answer about it, None before that; ``times`` counts
    such answers, and ``reason`` is the last one's. It is asked for until it is given up.
    """

    part: str
    sighting: Sighting
    since: datetime | None = None
    times: int = 0
    reason: str = ""
    given_up: bool = False

    @property
    def key(self) -> str:
        return self.sighting.work_key


@dataclass(frozen=True, slots=True)
class Found:
    """What a spider yields: a work, and how it was seen."""

    work: Work
    sighting: Sighting


class SourceStatus(StrEnum):
    """The one word a run ends in, for each source and for the whole."""

    OK = "OK"
    QUIET = "QUIET"
    STALE = "STALE"
    BROKEN = "BROKEN"


# The reason of a source that could not be asked, like every other one; more may follow a ";".
NO_NETWORK = "no network"
# What the reason of a source begins with that was asked by a clock that is not its own.
CLOCK_WRONG = "our clock says"
# What it begins with where a service does not take our key: no later run will do better.
KEY_REFUSED = "the key was refused"


@dataclass(frozen=True, slots=True)
class SourceReport:
    """
    How one source did in one run, and why. ``later``: it asked us to come back later.

    ``look``: whatever the word, somebody should have a look at it.
    """

    source: str
    word: SourceStatus
    reason: str
    counts: dict[str, int] = field(default_factory=dict)
    later: bool = False
    look: bool = False

    @property
    def is_offline(self) -> bool:
        return self.reason.partition(";")[0] == NO_NETWORK


def told_once(reports: Sequence[SourceReport]) -> list[SourceReport]:
    """The reports, with one in place of all those that say that there is no network."""
    offline = [report for report in reports if report.is_offline]
    if not offline:
        return list(reports)
    names = "1 source" if len(offline) == 1 else f"{len(offline)} sources"
    later = all(report.later for report in offline)
    once = SourceReport(NO_NETWORK, SourceStatus.BROKEN, f"{names} not asked", later=later)
    return [once, *(report for report in reports if not report.is_offline)]


def overall_status(reports: list[SourceReport]) -> SourceStatus:
    """The word for all sources together: the worst, but quiet only when every one was."""
    words = {report.word for report in reports}
    for word in (SourceStatus.BROKEN, SourceStatus.STALE, SourceStatus.OK):
        if word in words:
            return word
    return SourceStatus.QUIET
