"""The data on the review page: what it shows, and what its forms send."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from catalog.facts import Act, Decision
from output.digest.model import Candidate

Shelf = Literal["week", "waiting", "near", "second", "shelf"]
SHELVES: Mapping[Shelf, str] = {
    "week": "This week",
    "waiting": "Also open",
    "near": "Near misses",
    "second": "Second chances",
    "shelf": "On the shelf",
}
# Reasons for a rejection, in the order of the keys 1 to 7. ``pipelines.tuning.labelled`` knows
# those that say nothing about the topic. They are offered to every list, so none names a subject.
# Stored reasons are text: decisions keep the words they were made with.
REASONS = (
    "off topic",
    "application, not method",
    "too incremental",
    "another field",
    "duplicate",
    "have better",
    "other",
)


@dataclass(frozen=True, slots=True)
class WorklistLine:
    """A work as one line of the worklist."""

    id: str
    list_name: str
    title: str
    section: str
    shelf: Shelf
    kind: str
    sources: tuple[str, ...]
    score: float
    act: Act | None
    user: str
    seen: str = ""
    starred: bool = False

    @property
    def is_open(self) -> bool:
        return self.act is None


@dataclass(frozen=True, slots=True)
class Similar:
    """An entry already in the list; ``likeness`` of the titles is 0 to 100."""

    title: str
    section: str
    line: int
    likeness: int


@dataclass(frozen=True, slots=True)
class WorkDetails:
    """Further facts about a work; ``venue_words`` is the text that names the venue."""

    venue: str = ""
    venue_words: str = ""
    licence: str = ""
    discussion: str = ""
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Focus:
    """
    One work with everything that a decision needs.

    ``seen`` names the decisions that the page showed, so that a decision on a stale page is
    noticed. ``entry`` is the preview of the list entry, ``note`` what somebody wrote about the
    work, and ``weeks`` the digests that had it, each with how. ``has_stars`` is whether the list
    marks its editors' picks.
    """

    line: WorklistLine
    candidate: Candidate
    entry: str
    sections: tuple[str, ...]
    similar: tuple[Similar, ...]
    decisions: tuple[Decision, ...]
    links: tuple[tuple[str, str], ...]
    arithmetic: str
    trend: tuple[int, ...]
    seen: str
    about: WorkDetails = WorkDetails()
    proposed: str = ""
    note: str = ""
    weeks: tuple[tuple[str, str], ...] = ()
    has_stars: bool = True


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """A requested decision; ``seen`` names the decisions that its page showed."""

    id: str
    act: Act
    section: str
    reason: str
    entry: str | None
    starred: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else has decided meanwhile; nothing was changed. Holds both decisions."""

    existing: Decision
    form: DecisionForm
    seen: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The change that the accepted works mean for one list; ``added`` counts entries."""

    list_name: str
    path: str
    diff: str
    added: int
    notes: tuple[str, ...]
    unclear: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class LastWrite:
    """
    The last write, which can be undone.

    ``entries`` is 0 for an edit of an entry, and where decisions of a digest added none.
    """

    token: str
    list_name: str
    entries: int
    at: datetime
    is_edit: bool = False


@dataclass(frozen=True, slots=True)
class WeekProgress:
    """
    Progress of the week: works decided and in total.

    ``minutes`` is for the rest at this person's pace, 0 while that is unknown.
    """

    done: int
    total: int
    minutes: int
    picked: int

    @property
    def left(self) -> int:
        return self.total - self.done
