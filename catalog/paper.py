"""
The words of this program: what a work is, who saw it, what was said and decided about it.

Read this first. Everything here is a fact: frozen, made of plain values, and free of any rule.
The standard library only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
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
AnnounceType = Literal["new", "cross", "replace", "replace-cross", "mention"]
LinkKind = Literal[
    "page", "blog", "repository", "model", "dataset", "space", "collection", "video", "post"
]
# Times outside are a clock's mistake; the first and last years can't be turned into UTC.
FIRST_YEAR, LAST_YEAR = 1990, 2200
Act = Literal["accept", "pick", "reject", "later", "move", "star", "undo"]


def paper_key(arxiv_id: str) -> str:
    """The key of a paper, in the store and everywhere: ``arxiv:`` and its id without version."""
    return f"arxiv:{arxiv_id}"


def link_key(url: str) -> str:
    """The key of anything else: ``link:`` and its canonical URL."""
    return f"link:{url}"


def is_paper_key(key: str) -> bool:
    return key.startswith("arxiv:")


def is_link_key(key: str) -> bool:
    return key.startswith("link:")


def bare_key(key: str) -> str:
    """A key without its kind: the arXiv id of a paper, the URL of a link."""
    return key.removeprefix("arxiv:").removeprefix("link:")


@dataclass(frozen=True, slots=True)
class Paper:
    """
    A paper of arXiv, by its id without version.

    Text is kept as arXiv sends it, TeX included, with white space folded. ``published`` is the
    moment version 1 was submitted, ``announced`` the day (US Eastern) it stood in a feed; a
    source that does not say leaves them None.
    """

    arxiv_id: str
    version: int
    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    announced: date | None = None
    comments: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    license: str | None = None

    @property
    def key(self) -> str:
        """The identity in the store: ``arxiv:2411.04965``."""
        return paper_key(self.arxiv_id)


@dataclass(frozen=True, slots=True)
class Link:
    """Anything that is not a paper, by its canonical URL."""

    url: str
    kind: LinkKind
    title: str
    description: str | None = None

    @property
    def key(self) -> str:
        """The identity in the store: ``link:https://example.org/post``."""
        return link_key(self.url)


Work = Paper | Link


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
