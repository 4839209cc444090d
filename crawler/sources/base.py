"""
What a source is: a module that says what to ask, and what an answer means.

Network, politeness, memory and reports are the same for all sources.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from catalog.rows.runs import SourceState
from config.settings import Sources
from crawler.items import Failure, WebAnswer
from crawler.parsers.bodies import NoJson, as_utf8, value_of

FEED = "application/atom+xml, application/rss+xml, application/xml;q=0.9, */*;q=0.5"
JSON = "application/json"


class NoAnswer(Exception):
    """The response can't be read; the reason, in words."""


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """
    One address to ask. ``part`` is its name within the source ("" where there is one only).

    ``interface``: documented for programs and used under its own terms; robots.txt is about
    pages. ``signed``: GitHub's token goes with it. ``etag`` and ``modified`` are those of the last
    answer, ``previous`` the works that it showed, ``open`` those of which a detail is still to be
    asked for; ``page`` counts from 0. ``kind`` and ``note`` are the source's own; items older than
    ``oldest_days`` are no news. A request for a ``detail`` ("README") of the work ``about`` may
    fail without harm to the source.
    """

    part: str
    url: str
    group: str
    accept: str = FEED
    interface: bool = False
    signed: bool = False
    etag: str | None = None
    modified: str | None = None
    previous: frozenset[str] = frozenset()
    page: int = 0
    kind: str = ""
    note: str = ""
    oldest_days: int = 60
    open: tuple[str, ...] = ()
    detail: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class SourceResponse:
    """A response with status 200."""

    question: SourceRequest
    body: bytes
    content_type: str
    url: str
    now: datetime

    def json(self) -> Any:
        """The body as JSON; NoAnswer where it is none."""
        value = value_of(self.body)
        if isinstance(value, NoJson):
            what = _what(self.body)
            raise NoAnswer(f"answered with {what}, not JSON" if what else f"answered with {value}")
        return value


@dataclass(frozen=True, slots=True)
class SourceContext:
    """
    What a source works with: its configuration, the addresses of services, the time.

    ``states`` are those of all sources, by ``name`` or ``name/part``; ``pages`` replaces the
    addresses of pages in tests.
    """

    sources: Sources
    services: Mapping[str, str]
    now: datetime
    root: Path
    states: Mapping[str, SourceState] = field(default_factory=dict)
    pages: str | None = None

    def question(self, source: str, part: str, url: str, **options: Any) -> SourceRequest:
        """A request that remembers the last answer; options are fields of SourceRequest."""
        state = self.states.get(name_of(source, part))
        options["oldest_days"] = self.sources.oldest_days
        where, group = self._where(url), options.pop("group", None) or f"page-{_host(url)}"
        if state is not None:
            options |= {"etag": state.etag, "modified": state.modified}
            options |= {"previous": frozenset(state.batch), "open": state.open}
        return SourceRequest(part, where, group, **options)

    def _where(self, url: str) -> str:
        if self.pages is None or any(url.startswith(base) for base in self.services.values()):
            return url
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.pages}/page/{parts.netloc}{parts.path}{query}"


# What a source yields: a request, or an answer it has already.
SourceItem = SourceRequest | WebAnswer | Failure


class Source(Protocol):
    """
    A module of this folder. ``ask`` yields requests, or answers that need none.

    Hosts named neither in ``services.yaml`` nor in ``sources.yaml`` are named by the module:
    ``HOSTS = ("news.example.org",)``.
    """

    NAME: str

    def ask(self, setting: SourceContext) -> Iterable[SourceItem]: ...

    def read(self, answer: SourceResponse) -> Iterable[SourceItem]: ...


def name_of(source: str, part: str) -> str:
    """What reports and the store call a part of a source."""
    return f"{source}/{part}" if part else source


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _what(body: bytes) -> str:
    """What a body is, if it is plainly something else than JSON; else empty."""
    head = as_utf8(body).lstrip()[:200].lower()
    if not head:
        return "nothing"
    return "a web page" if head.startswith((b"<!doctype html", b"<html")) else ""
