"""What is said of a work: by the rules of a list, by a service, and by a person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

FactKind = Literal[
    "citations",
    "code",
    "venue",
    "withdrawn",
    "upvotes",
    "stars",
    "paper",
    "dropped",
    "venue-words",
    "replaced",
    "licence",
    "discussion",
    "repository",
    "link",
    "title",
    "left",
    "etag",
    "note",
    "tldr",
    "affiliations",
]
# The source that wins if several have the same kind of fact.
FIRST_SOURCE = "semanticscholar"
Act = Literal["accept", "pick", "reject", "later", "move", "star", "undo"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A word of the rules that stands in the text: ``text[start:end]`` of that field, unfolded."""

    field: Literal["title", "abstract"]
    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What the rules of one list say of one work.

    ``section`` is None for a work that does not belong in the list; ``score`` (0 to 1) then says
    how near it came. ``runner_up`` is the best other section and ``lacked`` says in words what
    would have made it the first, or, without a section, what the work lacked to be let in.
    """

    section: str | None
    score: float
    evidence: tuple[Evidence, ...] = ()
    runner_up: str | None = None
    lacked: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """
    An answer from elsewhere: how many citations, which repository; with its source and time.

    ``paper`` is the arXiv id of the paper that a model or a repository goes with; ``dropped`` is a
    count that a person does not believe, ``left`` what a person does not want to hear of again,
    ``venue-words`` the sentence that tells a venue; ``repository`` and ``link`` are how an address
    answers, ``etag`` the mark by which a service knows that answer again; ``note`` is a
    person's.
    """

    work_key: str
    kind: FactKind
    value: str
    source: str
    url: str | None
    seen_at: datetime
    held: bool = False

    @property
    def count(self) -> int:
        """The value of a fact that is a number."""
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Miss:
    """
    Why there is no answer: ``not-found``, ``wrong-paper``, ``nonsense``, ``failed`` ...

    ``times`` counts how often in a row.
    """

    work_key: str
    kind: FactKind
    source: str
    reason: str
    seen_at: datetime
    detail: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """
    A person's word on a work. Append-only: the newest counts; ``undo`` opens it again.

    ``pick`` is an acceptance that is not in the list yet; ``entry`` the text that the person gave
    it, None where it is to stand as proposed.
    """

    list_name: str
    work_key: str
    act: Act
    who: str
    at: datetime
    section: str | None = None
    reason: str = ""
    digest: str | None = None
    entry: str | None = None
