"""
Whether pages are still there: each is asked for once, politely, and no further than its head.

A document (a PDF, an archive) is asked for its headers only. Redirections are followed on the
page's own host; where it leads to another one is said, and nobody there is asked.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy.http import Response, TextResponse
from twisted.python.failure import Failure

from crawler.failures import MIB, SEEN_STATUSES, is_decodable, why_failed
from crawler.items import Look, PageLook
from crawler.plans import LinksPlan, PageAsk
from crawler.spiders.pages import group_of

NAME = "links"
# A page that is longer is there; nobody needs to read all of it.
LARGEST = 2 * MIB
HOPS = 5
REDIRECTS = (301, 302, 303, 307, 308)
LASTING = (301, 308)
DOCUMENTS = (".pdf", ".zip", ".gz", ".pptx", ".mp4", ".png", ".jpg", ".safetensors", ".gguf")
_PAGE = {"Accept": "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"}
MAX_PAGE_TITLE_CHARS = 200


class LinksSpider(scrapy.Spider):
    """The pages of a plan; for each its look."""

    name = NAME
    # One after the other, as in ``page.py``: of several that wait for one robots.txt, Scrapy shows
    # its rules to the first only.
    custom_settings = {"CONCURRENT_REQUESTS": 1}  # noqa: RUF012 - Scrapy's own form

    def __init__(self, plan: LinksPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for ask in self.plan.pages:
            yield self._request(ask, ask.where, 0, lasting=True)

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
                "group": group_of(ask),
                "dont_redirect": True,
                "handle_httpstatus_list": [*REDIRECTS, *SEEN_STATUSES],
                "download_maxsize": LARGEST,
                "download_warnsize": LARGEST,
                "download_timeout": self.plan.patience,
            },
            dont_filter=True,
        )

    def answered(
        self, response: Response, ask: PageAsk, hops: int, *, lasting: bool
    ) -> Iterator[PageLook | scrapy.Request]:
        if response.status in REDIRECTS:
            yield self._onward(response, ask, hops, lasting=lasting)
            return
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0]
        title = response.xpath("string(//title)").get() if _is_html(response, kind) else ""
        look = Look(
            response.status,
            _real(ask, response.url),
            lasting=lasting,
            title=" ".join((title or "").split())[:MAX_PAGE_TITLE_CHARS],
            kind=kind.strip().lower()[:60],
        )
        yield PageLook(NAME, ask.key, look)

    def _onward(
        self, response: Response, ask: PageAsk, hops: int, *, lasting: bool
    ) -> PageLook | scrapy.Request:
        said = (response.headers.get("Location") or b"").decode("latin-1")
        here = _real(ask, response.url)
        try:
            target = urljoin(here, said)
            host = urlsplit(target).netloc.lower()
        except ValueError:
            target = host = ""
        for_good = lasting and response.status in LASTING
        look = Look(response.status, here, target[:500], for_good)
        if not said or not host:
            return PageLook(NAME, ask.key, replace(look, trouble="leads to no address"))
        if host.removeprefix("www.") != urlsplit(here).netloc.lower().removeprefix("www."):
            return PageLook(NAME, ask.key, look)
        if hops == HOPS:
            return PageLook(NAME, ask.key, replace(look, trouble="redirects without end"))
        return self._request(ask, _asked(ask, target), hops + 1, lasting=for_good)

    def failed(self, ask: PageAsk, failure: Failure) -> Iterator[PageLook]:
        why = why_failed(failure)
        if "larger than" in why.reason:
            yield PageLook(NAME, ask.key, Look(200, ask.url))
            return
        look = Look(trouble=why.reason.replace("in 30 s", f"in {self.plan.patience:g} s"))
        yield PageLook(NAME, ask.key, look)


def _stand_in(ask: PageAsk) -> str:
    """What stands before the address where a test stays on loopback."""
    return "" if ask.where == ask.url else f"{ask.where.partition('/page/')[0]}/page/"


def _real(ask: PageAsk, url: str) -> str:
    """The address of a page, wherever it was asked for."""
    before = _stand_in(ask)
    return f"https://{url.removeprefix(before)}" if before else url


def _asked(ask: PageAsk, url: str) -> str:
    """Where to ask for it: http is only another spelling, we ask over https."""
    return f"{_stand_in(ask) or 'https://'}{url.partition('://')[2]}"


def _is_html(response: Response, kind: str) -> bool:
    return isinstance(response, TextResponse) and "html" in kind and is_decodable(response)
