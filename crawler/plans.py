"""What travels from a spider to the run: an answer of a source, whole or broken, and a plan."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from catalog.paper import LinkKind, bare_key
from config.secret import Secret
from crawler.sources.base import SourceItem, SourceRequest, SourceResponse


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
        return bare_key(self.key)


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
    questions: tuple[SourceRequest, ...]
    read: Callable[[SourceResponse], Iterable[SourceItem]]
    now: datetime
    token: Secret


@dataclass(frozen=True, slots=True)
class LinksPlan:
    """Pages of which only one thing is wanted: whether they are still there."""

    pages: tuple[PageAsk, ...]
    patience: float = 15.0


Plan = RssPlan | ApiPlan | OaiPlan | IdsPlan | PagePlan | WebPlan | LinksPlan
