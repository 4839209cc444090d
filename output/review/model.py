"""
What the page shows, and what a person can do on it; the command line puts the store behind it.

``Desk`` answers from memory: an action and the page after it wait for nothing but one commit.

What cannot be, of all that a person asks for on the page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from catalog.paper import Act, Decision
from output.digest.model import Candidate, SourceLine
from output.review.rules_trial import Bench
from output.review.statistics import Pictures

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
class Line:
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
class About:
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

    line: Line
    candidate: Candidate
    entry: str
    sections: tuple[str, ...]
    similar: tuple[Similar, ...]
    decisions: tuple[Decision, ...]
    links: tuple[tuple[str, str], ...]
    arithmetic: str
    trend: tuple[int, ...]
    seen: str
    about: About = About()


@dataclass(frozen=True, slots=True)
class Wish:
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
    wish: Wish
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
class Batch:
    """What was written last and can be taken out again; no entries: an edit of one."""

    token: str
    list_name: str
    entries: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the week is: works decided of those shown, and the minutes that the rest takes."""

    done: int
    total: int
    minutes: int
    picked: int

    @property
    def left(self) -> int:
        return self.total - self.done


class Desk(Protocol):
    """Everything behind the page."""

    who: str

    @property
    def bench(self) -> Bench:
        """Where words of the rules are tried."""

    def lines(self) -> Sequence[Line]:
        """Every work that may be decided on, in the order in which they are shown."""

    def focus(self, work_id: str) -> Focus | None:
        """One work; None where no such work is on the desk."""

    def sources(self) -> Sequence[SourceLine]:
        """How the sources did last, for the head of the page."""

    def decide(self, wish: Wish) -> Clash | None:
        """Keep a decision; the same again is nothing new."""

    def seen(self) -> str:
        """Names what was decided so far: a page that is stale takes nothing back."""

    def take_back(self, seen: str) -> str | None:
        """
        Undo this person's last decision; the work's id, None where there is nothing.

        Where they decided more than was ``seen`` (in another tab, or the same button twice),
        nothing is taken back, and the id is of what they decided last.
        """

    def pictures(self) -> Pictures:
        """The numbers of the charts."""

    def plans(self) -> Sequence[Plan]:
        """What writing the choices would change, for each list with choices."""

    def apply(self, token: str) -> Sequence[str]:
        """Write the plan of that token; the notes. Trouble where the plan is another by now."""

    def notes(self, token: str) -> Sequence[str]:
        """What came of the write, or the taking out, of that token, if it was the last."""

    def batch(self) -> Batch | None:
        """What was written last and not taken out yet."""

    def undo_batch(self, token: str) -> Sequence[str]:
        """Take that batch out of its list again; the notes. Trouble where it is not the last."""


class Trouble(Exception):
    """Something that a person asked for and that cannot be; the words are for them."""
