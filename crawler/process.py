"""
Runs spiders in a process of their own, and hands over their items as they come.

Scrapy's reactor starts once per process; a crawl of its own process also has a hard end, clean
memory, and dies with its parent. The process is forked from a server that has Scrapy loaded, so
a second crawl starts at once.
"""

import asyncio
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from time import monotonic
from typing import TYPE_CHECKING

from catalog.errors import SourceTrouble
from config.secret import Secret
from crawler.items import CrawlItem, without_secret
from crawler.plans import ApiPlan, IdsPlan, LinksPlan, OaiPlan, PagePlan, Plan, RssPlan, WebPlan
from crawler.politeness import CrawlPolicy

if TYPE_CHECKING:
    from scrapy import Request


# A crawl that takes longer is stopped, with what it has (seconds).
LONGEST = 45 * 60.0
# Whose request it is, in the count.
SOURCE_OF: dict[type[Plan], str] = {
    RssPlan: "arxiv_rss",
    ApiPlan: "arxiv_api",
    OaiPlan: "arxiv_oai",
    IdsPlan: "arxiv_api",
    PagePlan: "page",
    LinksPlan: "links",
}


@dataclass(frozen=True, slots=True)
class _End:
    """The last word of a crawl: what was asked, and the bug that ended it, if one did."""

    asked: dict[str, int]
    bug: str | None = None


def crawl(
    plans: Sequence[Plan],
    manners: CrawlPolicy,
    longest: float = LONGEST,
    tally: Counter[str] | None = None,
) -> Iterator[CrawlItem]:
    """
    Run a spider for each plan; SourceTrouble if the process dies or takes too long.

    ``tally`` is given the number of requests of each source, and of ``robots.txt``.
    """
    context = _context()
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, tuple(plans), manners), daemon=True)
    process.start()
    theirs.close()
    try:
        yield from _receive(ours, longest, tally)
    finally:
        ours.close()
        process.join(timeout=5)
        if process.is_alive():
            process.kill()
            process.join()


def get_ready() -> None:
    """Start the server that crawls are forked from: it loads Scrapy while others load the rest."""
    _context()
    forkserver.ensure_running()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["crawler.spiders.preload"])
    # The server is started with `-c`: without this it would import from the current folder.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    return context


def _receive(pipe: Connection, longest: float, tally: Counter[str] | None) -> Iterator[CrawlItem]:
    end = monotonic() + longest
    while True:
        if not pipe.poll(max(end - monotonic(), 0)):
            raise SourceTrouble("crawl", f"took longer than {longest:.0f} s and was stopped")
        try:
            message = pipe.recv()
        except EOFError:
            raise SourceTrouble("crawl", "its process died", "look at the machine's log") from None
        if isinstance(message, _End):
            if tally is not None:
                tally.update(message.asked)
            if message.bug:
                raise RuntimeError(f"a spider failed:\n{message.bug}")
            return
        yield message


def _work(pipe: Connection, plans: tuple[Plan, ...], manners: CrawlPolicy) -> None:
    """In the child: run the spiders to their end, or until the parent is gone."""
    # Ctrl-C is the parent's to answer: it closes the pipe, and that ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from scrapy import signals
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.settings import crawler_settings
    from crawler.spiders.preload import SPIDERS

    bugs: list[str] = []
    asked: Counter[str] = Counter()
    process = AsyncCrawlerProcess(crawler_settings(manners))
    for plan in plans:
        crawler = process.create_crawler(SPIDERS[type(plan)])
        hide = _secret_of(plan).hidden_in
        crawler.signals.connect(
            lambda item, hide=hide: pipe.send(without_secret(item, hide)),
            signals.item_scraped,
            weak=False,
        )
        crawler.signals.connect(
            lambda failure, hide=hide: bugs.append(hide(failure.getTraceback())),
            signals.spider_error,
            weak=False,
        )
        crawler.signals.connect(
            _counter(asked, plan), signals.request_reached_downloader, weak=False
        )
        process.crawl(crawler, plan=plan)
    asyncio.get_event_loop_policy().get_event_loop().add_reader(pipe.fileno(), os._exit, 1)
    process.start(install_signal_handlers=False)
    pipe.send(_End(dict(asked), bugs[0] if bugs else None))


def _secret_of(plan: Plan) -> Secret:
    if isinstance(plan, PagePlan):
        return plan.github_token
    return plan.token if isinstance(plan, WebPlan) else Secret("")


def _counter(asked: Counter[str], plan: Plan) -> Callable[..., None]:
    """Notes each request that goes out; a second try is one more."""
    name = plan.source if isinstance(plan, WebPlan) else SOURCE_OF[type(plan)]

    def count(request: "Request") -> None:
        asked["robots.txt" if request.meta.get("robots") else name] += 1

    return count
