"""
Single web pages that somebody named: each is requested once, for its title.

Only the head is read: og:title, else title, and the description. Repositories come from GitHub's
API. robots.txt is obeyed for pages; a page that is larger than 2 MB, too slow, on another host
after a redirect, or no web page is refused, with the reason.
"""

import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse
from twisted.python import failure as twisted

from catalog.address import repository
from catalog.paper import Link
from catalog.sightings import Found, Sighting
from crawler.failures import is_decodable, request_meta, why_failed
from crawler.items import Failure, WebAnswer
from crawler.parsers.bodies import (
    MANY_ATTRIBUTES,
    error_of,
    has_many_attributes,
    refusal,
    value_of,
)
from crawler.parsers.html import shorten, title_of, without_hidden
from crawler.plans import LinksPlan, PageAsk, PagePlan
from crawler.policy import GITHUB_JSON_HEADERS, MAX_PAGE_BYTES
from crawler.project import Project, github_token
from crawler.spiders.base import PlanSpider, words

NAME = "page"
# A drawing in the page has titles, too.
_TITLE = "string(//title[not(ancestor::svg)])"
_META = '//meta[@property="{0}" or @name="{0}"]/@content'
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
_HTML = ("text/html", "application/xhtml+xml")


class PageAsksSpider(PlanSpider):
    """
    A spider whose plan is pages.

    A host's next page is requested after the answer to the one before, and hosts side by side: no
    page waits in Scrapy's queue for another host's pause.
    """

    plan: PagePlan | LinksPlan
    waiting: dict[str, deque[PageAsk]]

    async def start(self) -> AsyncIterator[scrapy.Request]:
        self.waiting = defaultdict(deque)
        for ask in self.plan.pages:
            self.waiting[group_of(ask)].append(ask)
        for asks in self.waiting.values():
            yield self.first_request(asks.popleft())

    def following(self, ask: PageAsk) -> Iterator[scrapy.Request]:
        """The request of the host's next page, if there is one."""
        if asks := self.waiting[group_of(ask)]:
            yield self.first_request(asks.popleft())

    def first_request(self, ask: PageAsk) -> scrapy.Request:
        raise NotImplementedError


class PagesSpider(PageAsksSpider):
    """The pages and repositories of a plan; one link or failure for each."""

    name = "pages"
    arguments = ("urls",)
    plan: PagePlan

    def __init__(self, plan: PagePlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    @classmethod
    def plan_of(cls, project: Project, urls: str = "") -> PagePlan:
        """``urls``: addresses of pages and repositories, separated by commas."""
        pages = project.page_asks(words(urls, "urls"))
        github = project.services.services["github"]
        return PagePlan(pages, github, github_token(project.environment), project.now)

    def first_request(self, ask: PageAsk) -> scrapy.Request:
        is_repository = ask.kind == "repository"
        return scrapy.Request(
            self._repository(ask) if is_repository else ask.where,
            headers=self._headers() if is_repository else _PAGE,
            callback=self.answered,
            errback=partial(self.failed, ask),
            cb_kwargs={"ask": ask},
            meta=request_meta(group_of(ask), interface=is_repository)
            | ({"detail": ask.kind} if is_repository else {})
            | {
                "download_maxsize": MAX_PAGE_BYTES,
                "download_warnsize": MAX_PAGE_BYTES,
                "download_timeout": self.plan.patience,
            },
            dont_filter=True,
        )

    def _repository(self, ask: PageAsk) -> str:
        return "{}/repos/{}/{}".format(self.plan.github, *(repository(ask.url) or ("", "")))

    def _headers(self) -> dict[str, str]:
        token = self.plan.github_token.reveal()
        return GITHUB_JSON_HEADERS | ({"Authorization": f"Bearer {token}"} if token else {})

    def answered(
        self, response: Response, ask: PageAsk
    ) -> Iterator[WebAnswer | Failure | scrapy.Request]:
        is_repository = ask.kind == "repository"
        yield (self.read_repository if is_repository else self.read_page)(response, ask)
        yield from self.following(ask)

    def read_page(self, response: Response, ask: PageAsk) -> WebAnswer | Failure:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0]
        if response.status != 200:
            return _refused(ask, f"answered with {refusal(response.status, response.body)}")
        if not isinstance(response, TextResponse) or kind.strip().lower() not in _HTML:
            return _refused(ask, f"is no web page ({kind[:60] or 'of no kind'})")
        if not is_decodable(response):
            return _refused(ask, f"cannot be read: its charset is {response.encoding[:60]!r}")
        if has_many_attributes(without_hidden(response.text)):
            return _refused(ask, MANY_ATTRIBUTES)
        return self._page(response, ask)

    def _page(self, response: TextResponse, ask: PageAsk) -> WebAnswer | Failure:
        title = _first(response, _META.format("og:title"), _TITLE)
        described = _first(response, _META.format("og:description"), _META.format("description"))
        shown = title_of(ask.kind, ask.url, title, described)
        if shown is None:
            return _refused(ask, "has no title of its own")
        return self._found(ask, Link(ask.link, ask.kind, shown, shorten(described, 2000) or None))

    def read_repository(self, response: Response, ask: PageAsk) -> WebAnswer | Failure:
        if response.status == 404:
            return _refused(ask, "GitHub knows no such repository")
        if response.status != 200:
            return _refused(ask, refusal(response.status, response.body))
        data = value_of(response.body)
        fields = data if isinstance(data, dict) else {}
        name, described = fields.get("full_name"), fields.get("description")
        names = repository(f"https://github.com/{name}") if isinstance(name, str) else None
        if names is None or "/".join(names) != name or self._is_another(response, ask, names):
            return _refused(ask, f"GitHub answered with something else: {error_of(data)}")
        shown = shorten(described) if isinstance(described, str) else ""
        return self._found(
            ask, Link(f"https://github.com/{name}", ask.kind, names[1], shown or None)
        )

    def _is_another(self, response: Response, ask: PageAsk, names: tuple[str, str]) -> bool:
        """Whether GitHub answered at once, without a redirect, about another repository."""
        asked = repository(ask.url) or ("", "")
        is_same = [name.lower() for name in names] == [name.lower() for name in asked]
        return not is_same and response.url == self._repository(ask)

    def _found(self, ask: PageAsk, link: Link) -> WebAnswer:
        sighting = Sighting(NAME, link.key, self.plan.now, "mention", 1, None, ask.url)
        return WebAnswer(NAME, ask.key, (Found(link, sighting),), (ask.url,))

    def failed(
        self, ask: PageAsk, failure: twisted.Failure
    ) -> Iterator[WebAnswer | Failure | scrapy.Request]:
        why = why_failed(failure)
        yield _refused(ask, self._words(why.reason), later=why.later, closed=why.closed)
        yield from self.following(ask)

    def _words(self, reason: str) -> str:
        if reason.startswith("the answer is larger than"):
            return f"is larger than {MAX_PAGE_BYTES:,} bytes"
        elsewhere = re.search(r"ask '(.*)': it is not among the configured hosts", reason)
        if elsewhere:
            return f"leads to another host ({elsewhere[1]}); add that address if it is the one"
        return reason.replace("in 30 s", f"in {self.plan.patience:g} s")


def group_of(ask: PageAsk) -> str:
    """The hosts that share a pace: arXiv's are one group, every other host is its own."""
    if ask.kind == "repository":
        return "github"
    host = urlsplit(ask.url).hostname or ""
    return "arxiv" if host == "arxiv.org" or host.endswith(".arxiv.org") else f"page-{host}"


def _first(response: TextResponse, *paths: str) -> str:
    """The first of these paths that is more than white space."""
    for path in paths:
        text = (response.xpath(path).get() or "").strip()
        if text:
            return str(text)
    return ""


def _refused(ask: PageAsk, why: str, *, later: bool = False, closed: bool = False) -> Failure:
    return Failure(NAME, ask.key, why, later, closed)
