"""What a crawl hands over: answers, and looks at pages."""

from dataclasses import dataclass, replace
from datetime import date

from catalog.paper import Fact, Found, Sighting


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
class CrawlEnd:
    """
    A crawl's last message: how many requests each plan and robots.txt took, retries included.

    ``bug`` is the traceback of the first exception in a spider, if there was one.
    """

    requests: tuple[int, ...]
    robots: int
    bug: str | None = None
