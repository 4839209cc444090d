"""What a crawl yields: answers of services, failures, and how single pages respond."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from catalog.facts import Fact
from catalog.sightings import Found, Sighting
from crawler.network import Network


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A request without a usable answer, and the reason.

    ``part`` is what was asked for (a feed's categories, an API window, a page), "" for everything
    of the source. ``later``: the service asked for patience; ``closed``: it wants no more
    requests in this run. ``detail`` is what could not be had of the one work ``about``; the source
    is none the worse for it. ``lasting``: asking again won't help.
    """

    source: str
    part: str
    reason: str
    later: bool = False
    closed: bool = False
    detail: str = ""
    about: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Unchanged:
    """HTTP 304: the part still shows what it showed in its last answer."""

    source: str
    part: str


@dataclass(frozen=True, slots=True)
class PapersAnswer:
    """
    Papers in one answer of arXiv.

    ``ids`` are all papers it showed, with versions, ``day`` is the announcement day it carries,
    ``total`` how many papers the query has; ``odd`` names unusable items. ``broken`` says why it
    isn't complete: then its papers are stored, but it proves nothing. ``cut``: it is at arXiv's
    limit and can't be split further. ``newest``: nothing was submitted in the whole window, and
    the newest paper before it is of this day.
    """

    source: str
    part: str
    works: tuple[Found, ...] = ()
    ids: tuple[str, ...] = ()
    day: date | None = None
    etag: str | None = None
    cut: bool = False
    broken: str | None = None
    odd: tuple[str, ...] = ()
    total: int | None = None
    newest: date | None = None

    def slim(self) -> "Summary":
        """The answer without its papers, once they are stored."""
        new = sum(item.sighting.announce_type == "new" for item in self.works)
        return Summary(
            self.source,
            self.part,
            self.ids,
            len(self.works),
            new,
            self.day,
            self.etag,
            self.cut,
            self.broken,
            len(self.odd),
            self.newest,
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run remembers of a PapersAnswer: ids, and counts instead of papers."""

    source: str
    part: str
    ids: tuple[str, ...] = ()
    papers: int = 0
    new: int = 0
    day: date | None = None
    etag: str | None = None
    cut: bool = False
    broken: str | None = None
    odd: int = 0
    newest: date | None = None


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """
    Works in one answer of any other source.

    ``named`` are sightings of works that the source only names, ``facts`` what it says about
    works, ``ids`` the keys of both. ``days`` are the days of its items, ``old`` counts items too
    old to be news, ``total`` all items. ``odd`` and ``broken`` as in PapersAnswer. ``part_only``
    says why the answer is only a part of what the source has: what it lacks may come later.
    ``open`` are the keys of works of which a detail is left for the next run. ``may_be_empty``:
    that there is nothing now is an answer like any other.
    """

    source: str
    part: str
    works: tuple[Found, ...] = ()
    ids: tuple[str, ...] = ()
    named: tuple[Sighting, ...] = ()
    facts: tuple[Fact, ...] = ()
    days: tuple[date, ...] = ()
    old: int = 0
    total: int = 0
    etag: str | None = None
    modified: str | None = None
    broken: str | None = None
    odd: tuple[str, ...] = ()
    part_only: str | None = None
    open: tuple[str, ...] = ()
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """
    How a page responded: its status, or the trouble there was instead.

    ``end`` is the address that answered, after redirections on its own host; ``onward`` where it
    leads beyond that, ``lasting`` if that redirection is permanent. ``kind`` is its content type.
    """

    status: int = 0
    end: str = ""
    onward: str = ""
    lasting: bool = False
    title: str = ""
    kind: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class PageLook:
    """A look at one listed page; ``part`` is its key in the store."""

    source: str
    part: str
    look: PageAnswer


CrawlItem = Failure | Unchanged | PapersAnswer | WebAnswer | PageLook
PapersResult = Failure | Unchanged | Summary
WebResult = Failure | Unchanged | WebAnswer


def trouble_of(item: CrawlItem | Summary) -> str | None:
    """Why an item can't be believed, or not completely; None when it can."""
    match item:
        case Failure():
            return item.reason
        case PapersAnswer() | Summary() | WebAnswer():
            return item.broken
    return None


def works_of(item: CrawlItem) -> tuple[Found, ...]:
    """The works an item brings, if any."""
    return item.works if isinstance(item, PapersAnswer | WebAnswer) else ()


def without_secret(item: CrawlItem, hide: Callable[[str], str]) -> CrawlItem:
    """The item with secrets hidden: a service that echoes the token must not leak it."""
    match item:
        case Failure():
            return replace(item, reason=hide(item.reason))
        case PapersAnswer() | WebAnswer():
            odd = tuple(hide(text) for text in item.odd)
            return replace(item, broken=item.broken and hide(item.broken), odd=odd)
    return item


@dataclass(frozen=True, slots=True)
class CrawlEnd:
    """
    A crawl's last message: how many requests each plan and robots.txt took, retries included.

    ``bug`` is the traceback of the first exception in a spider, if there was one; ``network`` is
    what the requests told of it.
    """

    requests: tuple[int, ...]
    robots: int
    bug: str | None = None
    network: Network = field(default_factory=Network)
