"""
Single web pages that a person named: each is asked for once, for its title.

A page is read as far as its head tells: og:title, else title, and the description. GitHub's
repositories are asked of its API. robots.txt is obeyed for pages; a page that is larger than
2 MB, comes too slowly, leads to another host or is no web page is refused, with the reason.
"""

import re
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
import scrapy
from scrapy.http import Response, TextResponse
from twisted.python import failure as twisted

from catalog.address import repository
from catalog.paper import Found, Link, Sighting
from crawler.failures import MIB, is_decodable, meta, why_failed
from crawler.items import Failure, WebAnswer
from crawler.parsers.html import shorten, title_of
from crawler.plans import PageAsk, PagePlan

NAME = "page"
LARGEST = 2 * MIB
_META = '//meta[@property="{0}" or @name="{0}"]/@content'
_GITHUB = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
_HTML = ("text/html", "application/xhtml+xml")


class PagesSpider(scrapy.Spider):
    """The pages and repositories of a plan; one link or failure for each."""

    name = NAME
    # One after the other: of several requests that wait for the same robots.txt, Scrapy 2.19
    # shows its rules to the first only, and lets the others pass.
    custom_settings = {"CONCURRENT_REQUESTS": 1}  # noqa: RUF012 - Scrapy's own form

    def __init__(self, plan: PagePlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for ask in self.plan.pages:
            yield self._request(ask)

    def _request(self, ask: PageAsk) -> scrapy.Request:
        is_repository = ask.kind == "repository"
        return scrapy.Request(
            self._repository(ask) if is_repository else ask.where,
            headers=self._headers() if is_repository else _PAGE,
            callback=self.read_repository if is_repository else self.read_page,
            errback=partial(self.failed, ask),
            cb_kwargs={"ask": ask},
            meta=meta(group_of(ask), interface=is_repository)
            | {
                "download_maxsize": LARGEST,
                "download_warnsize": LARGEST,
                "download_timeout": self.plan.patience,
            },
            dont_filter=True,
        )

    def _repository(self, ask: PageAsk) -> str:
        return "{}/repos/{}/{}".format(self.plan.github, *(repository(ask.url) or ("", "")))

    def _headers(self) -> dict[str, str]:
        token = self.plan.github_token.reveal()
        return {**_GITHUB, "Authorization": f"Bearer {token}"} if token else _GITHUB

    def read_page(self, response: Response, ask: PageAsk) -> Iterator[WebAnswer | Failure]:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0]
        if response.status != 200:
            yield _refused(ask, f"answered with HTTP {response.status}")
        elif not isinstance(response, TextResponse) or kind.strip().lower() not in _HTML:
            yield _refused(ask, f"is no web page ({kind[:60] or 'of no kind'})")
        elif not is_decodable(response):
            yield _refused(ask, f"cannot be read: its charset is {response.encoding[:60]!r}")
        else:
            yield self._page(response, ask)

    def _page(self, response: TextResponse, ask: PageAsk) -> WebAnswer | Failure:
        title = _first(response, _META.format("og:title"), "string(//title)")
        described = _first(response, _META.format("og:description"), _META.format("description"))
        shown = title_of(ask.kind, ask.url, title, described)
        if shown is None:
            return _refused(ask, "has no title of its own")
        return self._found(ask, Link(ask.link, ask.kind, shown, shorten(described, 2000) or None))

    def read_repository(self, response: Response, ask: PageAsk) -> Iterator[WebAnswer | Failure]:
        if response.status != 200:
            missing = response.status == 404
            yield _refused(
                ask, "GitHub knows no such repository" if missing else f"HTTP {response.status}"
            )
            return
        try:
            told = orjson.loads(response.body)
            names = repository(f"https://github.com/{told['full_name']}")
            described = str(told["description"] or "")
        except (ValueError, KeyError, TypeError):
            names = None
        if names is None:
            yield _refused(ask, "GitHub answered with something else")
            return
        url = "https://github.com/{}/{}".format(*names)
        yield self._found(ask, Link(url, ask.kind, names[1], shorten(described) or None))

    def _found(self, ask: PageAsk, link: Link) -> WebAnswer:
        sighting = Sighting(NAME, link.key, self.plan.now, "mention", 1, None, ask.url)
        return WebAnswer(NAME, ask.key, (Found(link, sighting),), (ask.url,))

    def failed(self, ask: PageAsk, failure: twisted.Failure) -> Iterator[Failure]:
        why = why_failed(failure)
        yield _refused(ask, self._words(why.reason), later=why.later, closed=why.closed)

    def _words(self, reason: str) -> str:
        if "robots.txt" in reason:
            return "its robots.txt does not allow programs to read it"
        if reason.startswith("the answer is larger than"):
            return f"is larger than {LARGEST:,} bytes"
        elsewhere = re.search(r"ask '(.*)': it is not among the configured hosts", reason)
        if elsewhere:
            return f"leads to another host ({elsewhere[1]}); add that address if it is the one"
        return reason.replace("in 30 s", f"in {self.plan.patience:g} s")


def group_of(ask: PageAsk) -> str:
    """Whose turn it is: all of arXiv is one, every other host is one of its own."""
    if ask.kind == "repository":
        return "github"
    host = urlsplit(ask.url).hostname or ""
    return "arxiv" if host == "arxiv.org" or host.endswith(".arxiv.org") else f"page-{host}"


def _first(response: TextResponse, *paths: str) -> str:
    """What the first of these finds, if it is more than white space."""
    for path in paths:
        found = (response.xpath(path).get() or "").strip()
        if found:
            return str(found)
    return ""


def _refused(ask: PageAsk, why: str, *, later: bool = False, closed: bool = False) -> Failure:
    return Failure(NAME, ask.key, why, later, closed)
