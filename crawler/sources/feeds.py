"""
Any RSS, Atom or JSON feed that people name: blogs, newsletters, channels, forums.

Each item is a link; the papers of arXiv that its text names were seen there too.
"""

from collections.abc import Iterator
from typing import get_args

from catalog.paper import LinkKind
from crawler.items import WebAnswer
from crawler.parsers.html import papers_in, shorten
from crawler.sources.base import SourceContext, SourceRequest, SourceResponse
from crawler.sources.collector import Collector

NAME = "feeds"
MAX_LABEL_CHARS = 120


def ask(setting: SourceContext) -> Iterator[SourceRequest]:
    for feed in setting.sources.feeds:
        yield setting.question(NAME, feed.name, feed.url, kind=feed.kind)


def read(answer: SourceResponse) -> Iterator[WebAnswer]:
    yield read_feed(NAME, answer)


def read_feed(source: str, answer: SourceResponse) -> WebAnswer:
    """A feed as links; NoFeed where it is none."""
    from crawler.parsers.feeds import read_items

    feed = read_items(answer.body, answer.content_type, answer.url)
    kinds: dict[str, LinkKind] = {kind: kind for kind in get_args(LinkKind)}
    seen = Collector.of(source, answer)
    seen.total = len(feed.items)
    for item in feed.items:
        if seen.is_old(item.day):
            continue
        # Short posts have no title: what they say first stands for it.
        title = item.title or shorten(item.summary, MAX_LABEL_CHARS)
        seen.link(item.link, title, item.summary, item.day, kinds[answer.question.kind or "page"])
        for arxiv_id in papers_in(f"{item.title}\n{item.text}"):
            seen.paper(arxiv_id, item.day, item.link)
    return seen.answer(feed.broken)
