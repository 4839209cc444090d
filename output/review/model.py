"""What the page shows, and what a person can do on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from catalog.paper import Act, Decision
from output.digest.model import Candidate

Shelf = Literal["week", "waiting", "near", "second"]
SHELVES: Mapping[Shelf, str] = {
    "week": "This week",
    "waiting": "Carried over",
    "near": "Near misses",
    "second": "Second chances",
}
# The reasons that one key gives, in the order of the keys 1 to 6.
REASONS = (
    "off topic",
    "application, not method",
    "too incremental",
    "not about language models",
    "duplicate",
    "other",
)


@dataclass(frozen=True, slots=True)
class WorklistLine:
    """A work as one line of a list of works."""

    id: str
    list_name: str
    title: str
    section: str
    shelf: Shelf
    kind: str
    sources: tuple[str, ...]
    score: float
    act: Act | None
    who: str

    @property
    def is_open(self) -> bool:
        return self.act is None


@dataclass(frozen=True, slots=True)
class Similar:
    """An entry that the list has already; ``likeness`` of the titles from 0 to 100."""

    title: str
    section: str
    line: int
    likeness: int


@dataclass(frozen=True, slots=True)
class WorkDetails:
    """What else is known of a work: where it appeared and the words that say so, and the like."""

    venue: str = ""
    venue_words: str = ""
    licence: str = ""
    discussion: str = ""
    comments: int = 0


@dataclass(frozen=True, slots=True)
class Focus:
    """
    One work with all that a decision needs.

    ``seen`` names the decision that was in force when the page was made: what is decided on a
    page that is stale does not go unnoticed. ``entry`` is the text as it will stand.
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


@dataclass(frozen=True, slots=True)
class DecisionForm:
    """What a person asked for: an act on a work, on the state they saw."""

    id: str
    act: Act
    section: str
    reason: str
    entry: str | None
    starred: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody else decided meanwhile; both words stand here, and nothing was changed."""

    theirs: Decision
    wish: DecisionForm
    seen: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying the choices would do to one list."""

    list_name: str
    path: str
    diff: str
    added: int
    notes: tuple[str, ...]
    unclear: tuple[str, ...]
    token: str


@dataclass(frozen=True, slots=True)
class LastWrite:
    """What was written last and can be taken out again; no entries: an edit of one."""

    token: str
    list_name: str
    entries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class WeekProgress:
    """How far the week is: works decided of those shown, and the minutes that the rest takes."""

    done: int
    total: int
    minutes: int
    picked: int

    @property
    def left(self) -> int:
        return self.total - self.done
