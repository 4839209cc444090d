"""
What ``scrapy crawl … -O FILE`` exports: an item for each paper, link, mention and page.

Spiders yield an answer for each response, which the program stores as a unit; Scrapy's users
expect single items. A response that cannot be used is dropped, with its reason in the log.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from scrapy.exceptions import DropItem
from scrapy.http import Response

from catalog.paper import Paper
from catalog.sightings import Found
from crawler.items import (
    CrawlItem,
    Failure,
    PageAnswer,
    PageLook,
    PapersAnswer,
    WebAnswer,
    trouble_of,
    works_of,
)


@dataclass(frozen=True, slots=True)
class PaperItem:
    """A paper and how it was announced; ``announced`` is the day (US Eastern)."""

    arxiv_id: str
    version: int
    title: str
    authors: tuple[str, ...]
    abstract: str | None
    categories: tuple[str, ...]
    announce_type: str
    announced: date | None
    published: datetime | None
    url: str
    source: str


@dataclass(frozen=True, slots=True)
class LinkItem:
    """A page, repository, model or post."""

    url: str
    kind: str
    title: str
    description: str | None
    source: str


@dataclass(frozen=True, slots=True)
class MentionItem:
    """A work that a source only names: ``work`` is ``arxiv:ID`` or ``link:URL``."""

    work: str
    source: str
    mentioned_at: str


@dataclass(frozen=True, slots=True)
class PageItem:
    """How a page answered: ``status`` is 0 if it didn't, and ``trouble`` says why."""

    url: str
    status: int
    title: str
    content_type: str
    redirects_to: str
    trouble: str


Item = PaperItem | LinkItem | MentionItem | PageItem


class ItemsMiddleware:
    """Spider middleware: turns each answer into its items."""

    def process_spider_output(self, response: Response, result: Any) -> Iterator[Any]:
        for item in result:
            yield from _expand(item)

    async def process_spider_output_async(
        self, response: Response, result: AsyncIterator[Any]
    ) -> AsyncIterator[Any]:
        async for item in result:
            for expanded in _expand(item):
                yield expanded


class FailuresPipeline:
    """Drops responses that cannot be used: Scrapy logs the reason and counts them."""

    def process_item(self, item: Any) -> Any:
        if isinstance(item, Failure | PapersAnswer | WebAnswer):
            raise DropItem(f"{item.source} {item.part}: {trouble_of(item)}")
        # What an errback yields does not pass the middleware.
        return _page(item.part, item.look) if isinstance(item, PageLook) else item


def items_of(answer: CrawlItem) -> Iterator[Item]:
    """The single items of an answer."""
    for found in works_of(answer):
        yield _work(found)
    if isinstance(answer, WebAnswer):
        for mention in answer.named:
            yield MentionItem(mention.work_key, mention.source, mention.raw_link)
    if isinstance(answer, PageLook):
        yield _page(answer.part, answer.look)


def _expand(item: Any) -> Iterator[Any]:
    """The items of an answer, and the answer itself if it is broken; requests as they are."""
    if not isinstance(item, CrawlItem):
        yield item
        return
    yield from items_of(item)
    if trouble_of(item):
        yield item


def _work(found: Found) -> PaperItem | LinkItem:
    work, sighting = found.work, found.sighting
    if not isinstance(work, Paper):
        return LinkItem(work.url, work.kind, work.title, work.description, sighting.source)
    return PaperItem(
        arxiv_id=work.arxiv_id,
        version=work.version,
        title=work.title,
        authors=work.authors,
        abstract=work.abstract,
        categories=work.categories,
        announce_type=sighting.announce_type,
        announced=sighting.announced,
        published=work.published,
        url=f"https://arxiv.org/abs/{work.arxiv_id}",
        source=sighting.source,
    )


def _page(key: str, look: PageAnswer) -> PageItem:
    url = look.end or key.removeprefix("link:")
    return PageItem(url, look.status, look.title, look.kind, look.onward, look.trouble)
