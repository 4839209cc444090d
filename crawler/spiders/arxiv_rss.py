"""
The day's announcements, from arXiv's feeds: a few categories in one request.

arXiv cuts a feed at 2,000 items, and drops the newest papers first: such a feed is requested again
in halves and never believed. A feed holds one day; missed days come from ``arxiv_api``.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import scrapy
from scrapy.http import Response
from twisted.python import failure as twisted

from crawler.failures import request_meta, why_failed, why_wrong_clock
from crawler.items import CrawlItem, Failure, PapersAnswer, Unchanged
from crawler.parsers.arxiv import NoFeed, read_feed
from crawler.plans import RssPlan
from crawler.project import Project
from crawler.spiders.base import PlanSpider, words, words_of_trouble

NAME = "arxiv_rss"
GROUP = "arxiv"


class ArxivRssSpider(PlanSpider):
    """Requests each feed of the plan; yields an answer for each response."""

    name = NAME
    arguments = ("feeds",)

    def __init__(self, plan: RssPlan, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plan = plan

    @classmethod
    def plan_of(cls, project: Project, feeds: str = "") -> RssPlan:
        """``feeds``: categories joined by plus, feeds separated by commas; else the configured."""
        names = words(feeds, "feeds") if feeds else project.sources.arxiv.feeds
        base = project.services.services["arxiv_rss"]
        return RssPlan(base, dict.fromkeys(names), project.now)

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for feed, etag in self.plan.feeds.items():
            yield self._ask(feed, feed, etag)

    def _ask(self, part: str, categories: str, etag: str | None) -> scrapy.Request:
        return scrapy.Request(
            f"{self.plan.base}/rss/{categories}",
            # arXiv's tags are hex digits without quotes: returned byte for byte.
            headers={"If-None-Match": etag} if etag else {},
            callback=self.read,
            errback=self.failed,
            cb_kwargs={"part": part, "categories": categories},
            meta=request_meta(GROUP, interface=True),
            dont_filter=True,
        )

    def read(
        self, response: Response, part: str, categories: str
    ) -> Iterator[CrawlItem | scrapy.Request]:
        if wrong := why_wrong_clock(response, self.plan.now):
            yield Failure(NAME, part, wrong)
            return
        if response.status == 304:
            yield Unchanged(NAME, part)
            return
        try:
            feed = read_feed(
                response.body,
                _header(response, "Content-Type") or "",
                response.url,
                source=NAME,
                now=self.plan.now,
            )
        except NoFeed as trouble:
            yield Failure(NAME, part, words_of_trouble(response, trouble))
            return
        if response.status != 200:
            yield Failure(NAME, part, f"answered with HTTP {response.status}")
            return
        cut = len(feed.ids) + len(feed.odd) >= self.plan.limit
        halves = _halves(categories) if cut else []
        yield PapersAnswer(
            source=NAME,
            part=part,
            works=feed.works,
            ids=feed.ids,
            day=feed.day,
            etag=_header(response, "ETag") if part == categories and not cut else None,
            cut=cut and not halves,
            broken=feed.broken,
            odd=feed.odd,
        )
        for half in halves:
            yield self._ask(part, half, None)

    def failed(self, failure: twisted.Failure) -> Iterator[Failure]:
        why = why_failed(failure)
        part = failure.request.cb_kwargs["part"]  # type: ignore[attr-defined]
        yield Failure(NAME, part, why.reason, why.later, why.closed)


def _halves(categories: str) -> list[str]:
    """A feed's categories in two feeds; nothing where there is only one."""
    names = categories.split("+")
    middle = len(names) // 2
    return ["+".join(names[:middle]), "+".join(names[middle:])] if middle else []


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
