"""What a crawl is asked for: a plan for each spider."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from catalog.paper import LinkKind, bare_key
from config.secret import Secret
from crawler.sources.base import SourceItem, SourceRequest, SourceResponse


@dataclass(frozen=True, slots=True)
class RssPlan:
    """Feeds by their categories, each with the ETag of its last answer, if any."""

    base: str
    feeds: dict[str, str | None]
    now: datetime
    limit: int = 2000


@dataclass(frozen=True, slots=True)
class ApiPlan:
    """A window of submission times in these categories, both ends included."""

    base: str
    categories: tuple[str, ...]
    start: datetime
    end: datetime
    days_off: frozenset[date]
    now: datetime
    page: int = 200
    # Beyond about 10,000 results the service fails; larger windows are split.
    deepest: int = 9_500


@dataclass(frozen=True, slots=True)
class OaiPlan:
    """
    Records of these categories that changed from ``since`` on, up to ``until``.

    Papers announced on ``first`` or later (without it: ``since``) are new.
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
    """Papers by their ids; those of ``alone`` made arXiv refuse a list before."""

    base: str
    ids: tuple[str, ...]
    now: datetime
    alone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PageAsk:
    """
    A page: ``key`` as in the store, ``url`` as the list shows it.

    ``where`` is the address to ask: ``url``, or in tests one on loopback.
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
    """Pages to read; repositories are asked of ``github``, and only it sees the token."""

    pages: tuple[PageAsk, ...]
    github: str
    github_token: Secret
    now: datetime
    patience: float = 10.0


@dataclass(frozen=True, slots=True)
class WebPlan:
    """The requests of one source, and the function that reads its answers."""

    source: str
    questions: tuple[SourceRequest, ...]
    read: Callable[[SourceResponse], Iterable[SourceItem]]
    now: datetime
    token: Secret


@dataclass(frozen=True, slots=True)
class LinksPlan:
    """Listed pages, to check whether they still exist."""

    pages: tuple[PageAsk, ...]
    patience: float = 15.0


Plan = RssPlan | ApiPlan | OaiPlan | IdsPlan | PagePlan | WebPlan | LinksPlan
