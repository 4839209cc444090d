"""
Whether pages still exist: each is requested once, politely, and only its head is read.

Of a document (a PDF, an archive) only the headers are requested. Redirects are followed on the
page's own host; a redirect to another host is reported and not followed.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from catalog.address import MAX_ADDRESS_CHARS
from crawler.failures import SEEN_STATUSES, is_decodable, request_meta, why_failed
from crawler.items import PageAnswer, PageLook
from crawler.parsers.bodies import has_many_attributes
from crawler.parsers.html import without_hidden
from crawler.plans import LinksPlan, PageAsk
from crawler.policy import MAX_PAGE_BYTES
from crawler.project import Project
from crawler.spiders.base import words
from crawler.spiders.pages import PageAsksSpider, group_of

NAME = "links"
HOPS = 5
REDIRECTS = (301, 302, 303, 307, 308)
LASTING = (301, 308)
DOCUMENTS = (".pdf", ".zip", ".gz", ".pptx", ".mp4", ".png", ".jpg", ".safetensors", ".gguf")
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
MAX_PAGE_TITLE_CHARS = 200


class LinksSpider(PageAsksSpider):
    """The pages of a plan; for each its look."""

    name = NAME
    arguments = ("urls",)

    def __init__(self, plan: LinksPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    @classmethod
    def plan_of(cls, project: Project, urls: str = "") -> LinksPlan:
        """``urls``: addresses of pages, separated by commas."""
        return LinksPlan(project.page_asks(words(urls, "urls")))

    def first_request(self, ask: PageAsk) -> scrapy.Request:
        return self._request(ask, ask.where, 0, lasting=True)

    def _request(self, ask: PageAsk, url: str, hops: int, *, lasting: bool) -> scrapy.Request:
        document = urlsplit(url).path.lower().endswith(DOCUMENTS)
        return scrapy.Request(
            url,
            method="HEAD" if document else "GET",
            headers=_PAGE,
            callback=self.answered,
            errback=partial(self.failed, ask),
            cb_kwargs={"ask": ask, "hops": hops, "lasting": lasting},
            meta={
                **request_meta(group_of(ask), interface=False),
                "dont_redirect": True,
                "handle_httpstatus_list": [*REDIRECTS, *SEEN_STATUSES],
                "download_maxsize": MAX_PAGE_BYTES,
                "download_warnsize": MAX_PAGE_BYTES,
                "download_timeout": self.plan.patience,
            },
            dont_filter=True,
        )

    def answered(
        self, response: Response, ask: PageAsk, hops: int, *, lasting: bool
    ) -> Iterator[PageLook | scrapy.Request]:
        result = (
            self._onward(response, ask, hops, lasting=lasting)
            if response.status in REDIRECTS
            else self._page(response, ask, lasting=lasting)
        )
        yield result
        if isinstance(result, PageLook):
            yield from self.following(ask)

    def _page(self, response: Response, ask: PageAsk, *, lasting: bool) -> PageLook:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0]
        title = response.xpath("string(//title)").get() if _is_html(response, kind) else ""
        look = PageAnswer(
            response.status,
            _real(ask, response.url),
            lasting=lasting,
            title=" ".join((title or "").split())[:MAX_PAGE_TITLE_CHARS],
            kind=kind.strip().lower()[:60],
        )
        return PageLook(NAME, ask.key, look)

    def _onward(
        self, response: Response, ask: PageAsk, hops: int, *, lasting: bool
    ) -> PageLook | scrapy.Request:
        location = (response.headers.get("Location") or b"").decode("latin-1")
        page = _real(ask, response.url)
        try:
            target = urljoin(page, location)
            host = urlsplit(target).netloc.lower()
        except ValueError:
            target = host = ""
        for_good = lasting and response.status in LASTING
        if len(target) > MAX_ADDRESS_CHARS:
            # Half an address would be another page's.
            target = host = ""
        look = PageAnswer(response.status, page, target, for_good)
        if not location or not host:
            return PageLook(NAME, ask.key, replace(look, trouble="leads to no address"))
        if host.removeprefix("www.") != urlsplit(page).netloc.lower().removeprefix("www."):
            return PageLook(NAME, ask.key, look)
        if hops == HOPS:
            return PageLook(NAME, ask.key, replace(look, trouble="redirects without end"))
        return self._request(ask, _asked(ask, target), hops + 1, lasting=for_good)

    def failed(self, ask: PageAsk, failure: Failure) -> Iterator[PageLook | scrapy.Request]:
        why = why_failed(failure)
        if "larger than" in why.reason:
            yield PageLook(NAME, ask.key, PageAnswer(200, ask.url))
        else:
            look = PageAnswer(trouble=why.reason.replace("in 30 s", f"in {self.plan.patience:g} s"))
            yield PageLook(NAME, ask.key, look)
        yield from self.following(ask)


def _stand_in(ask: PageAsk) -> str:
    """What a test on loopback puts before the address."""
    return "" if ask.where == ask.url else f"{ask.where.partition('/page/')[0]}/page/"


def _real(ask: PageAsk, url: str) -> str:
    """The address of a page, without what a test puts before it."""
    before = _stand_in(ask)
    return f"https://{url.removeprefix(before)}" if before else url


def _asked(ask: PageAsk, url: str) -> str:
    """The address to request: always https."""
    return f"{_stand_in(ask) or 'https://'}{url.partition('://')[2]}"


def _is_html(response: Response, kind: str) -> bool:
    """Whether a title can be read; a tag of thousands of attributes would take too much memory."""
    if not isinstance(response, TextResponse) or "html" not in kind or not is_decodable(response):
        return False
    return not has_many_attributes(without_hidden(response.text))
