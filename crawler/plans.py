"""What travels from a spider to the run: an answer of a source, whole or broken, and a plan."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.paper import Fact, Found, LinkKind, Sighting
from config.secret import Secret
from crawler.hosts import Hosts

if TYPE_CHECKING:
    from crawler.sources.base import Question


@dataclass(frozen=True, slots=True)
class Batch:
    """
    One answer of a source, read.

    ``part`` is what was asked for (a feed's categories, an API window), ``ids`` everything the
    answer showed with versions, ``day`` the announcement day it carries, ``etag`` as received.
    ``trouble`` says why it could not be believed: then nothing in it proves anything, and
    ``later`` whether the service itself asked for patience, ``closed`` whether it wants no more
    questions in this run. ``total`` is how many items the
    source says there are, where it says so; ``odd`` names items that could not be used. After
    ``slim``, ``kept`` and ``new`` say how many papers there were, and how many announced as new.

    ``named`` are sightings of works that the source does not tell enough about, ``facts`` what it
    says of works, ``days`` the days of its items, and ``old`` how many were too old to be news.
    ``look`` is how a single page answered.
    """

    source: str
    part: str
    found: tuple[Found, ...] = ()
    ids: tuple[str, ...] = ()
    day: date | None = None
    etag: str | None = None
    unchanged: bool = False
    cut: bool = False
    trouble: str | None = None
    later: bool = False
    closed: bool = False
    total: int | None = None
    odd: tuple[str, ...] = ()
    kept: int = 0
    new: int = 0
    modified: str | None = None
    named: tuple[Sighting, ...] = ()
    facts: tuple[Fact, ...] = ()
    days: tuple[date, ...] = ()
    old: int = 0
    look: "Look | None" = None

    def slim(self) -> "Batch":
        """The same answer without its papers, which were stored; only their numbers stay."""
        new = sum(item.sighting.announce_type == "new" for item in self.found)
        return replace(self, found=(), facts=(), kept=len(self.found), new=new)


@dataclass(frozen=True, slots=True)
class Manners:
    """
    How to behave on the wire.

    ``pauses`` in seconds by group of hosts, ``scale`` below 1 only against the sandbox,
    ``folder`` where processes agree on whose turn it is. After ``most`` requests a crawl asks no
    more.
    """

    user_agent: str
    hosts: Hosts
    folder: Path
    pauses: dict[str, float] = field(default_factory=dict)
    scale: float = 1.0
    verbose: bool = False
    most: int | None = None


@dataclass(frozen=True, slots=True)
class RssPlan:
    """Feeds to ask for: their categories, with the ETag of the last answer where there is one."""

    base: str
    feeds: dict[str, str | None]
    now: datetime
    limit: int = 2000


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """A window of submission times to ask for, in these categories; for these missing days."""

    base: str
    categories: tuple[str, ...]
    start: datetime
    end: datetime
    days_off: frozenset[date]
    now: datetime
    page: int = 200
    # Beyond about 10,000 results the service fails; more papers than this are asked for in slices.
    deepest: int = 9_500


@dataclass(frozen=True, slots=True)
class OaiPlan:
    """
    Records to ask for: of these categories, changed from ``since`` on, up to ``until``.

    What was announced on ``first`` or later, or else on ``since``, is new.
    """

    base: str
    categories: tuple[str, ...]
    since: date
    days_off: frozenset[date]
    now: datetime
    until: date | None = None
    first: date | None = None


@dataclass(frozen=True, slots=True)
class IdsPlan:
    """Papers to ask for by their ids."""

    base: str
    ids: tuple[str, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class PageAsk:
    """
    A page to ask for: ``key`` as in the store, ``url`` as the list will show it.

    ``where`` is asked: the same as ``url``, but for a test, which stays on loopback.
    """

    key: str
    kind: LinkKind
    url: str
    where: str

    @property
    def link(self) -> str:
        """The canonical address."""
        return self.key.removeprefix("link:")


@dataclass(frozen=True, slots=True)
class PagePlan:
    """Pages to ask for; repositories are asked of ``github``, and only it sees the token."""

    pages: tuple[PageAsk, ...]
    github: str
    github_token: Secret
    now: datetime
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class WebPlan:
    """The questions of one source, and the function that reads its answers."""

    source: str
    questions: "tuple[Question, ...]"
    read: Callable[[Any], Any]
    now: datetime
    token: Secret


@dataclass(frozen=True, slots=True)
class Look:
    """
    How a page answered: its status, or the trouble there was instead.

    ``end`` is the address that answered, after redirections on its own host; ``onward`` where it
    leads beyond that, ``lasting`` if it says that this is for good. ``kind`` is its content type.
    """

    status: int = 0
    end: str = ""
    onward: str = ""
    lasting: bool = False
    title: str = ""
    kind: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LinksPlan:
    """Pages of which only one thing is wanted: whether they are still there."""

    pages: tuple[PageAsk, ...]
    patience: float = 15.0


Plan = RssPlan | ApiPlan | OaiPlan | IdsPlan | PagePlan | WebPlan | LinksPlan
