"""
Runs spiders in a process of their own, and hands over their items as they come.

Scrapy's reactor starts once per process; a crawl of its own process also has a hard end, clean
memory, and dies with its parent. The process is forked from a server that has Scrapy loaded, so
a second crawl starts at once.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from time import monotonic

from catalog.errors import SourceTrouble
from catalog.sightings import NO_NETWORK
from crawler.items import CrawlEnd, CrawlItem, Failure, PageLook
from crawler.plans import ApiPlan, IdsPlan, LinksPlan, OaiPlan, PagePlan, Plan, RssPlan, WebPlan
from crawler.politeness import CrawlPolicy

# A crawl that takes longer is stopped, with what it has.
MAX_CRAWL_S = 45 * 60.0
# What the server that crawls are forked from loads.
PRELOAD = ("crawler.child",)
# Which source counts the requests of a plan; a WebPlan names its own.
SOURCE_OF: dict[type[Plan], str] = {
    RssPlan: "arxiv_rss",
    ApiPlan: "arxiv_api",
    OaiPlan: "arxiv_oai",
    IdsPlan: "arxiv_api",
    PagePlan: "page",
    LinksPlan: "links",
}


def crawl(
    plans: Sequence[Plan],
    policy: CrawlPolicy,
    max_seconds: float = MAX_CRAWL_S,
    tally: Counter[str] | None = None,
) -> Iterator[CrawlItem]:
    """
    Run a spider for each plan; SourceTrouble if the process dies or takes too long.

    ``tally`` is given the number of requests of each source, and of ``robots.txt``.
    """
    context = _context()
    receiver, sender = context.Pipe()
    process = context.Process(target=_run, args=(sender, tuple(plans), policy), daemon=True)
    _start(process)
    sender.close()
    failed: list[CrawlItem] = []
    try:
        end = yield from _receive(receiver, max_seconds, failed)
    except SourceTrouble:
        yield from failed
        raise
    finally:
        receiver.close()
        process.join(timeout=5)
        if process.is_alive():
            process.kill()
            process.join()
    policy.network.merge(end.network)
    yield from _offline(failed) if policy.network.is_down else failed
    if tally is not None:
        _count(tally, plans, end)
    if end.bug:
        raise RuntimeError(f"a spider failed:\n{end.bug}")


def get_ready() -> None:
    """Start the server that crawls are forked from: it loads Scrapy while the program starts."""
    _context()
    # Where it cannot be started, the crawl says so.
    with suppress(OSError, EOFError):
        forkserver.ensure_running()


def _start(process: BaseProcess) -> None:
    """Start a crawl; SourceTrouble on a machine that has no memory or no process left for it."""
    try:
        process.start()
    except (OSError, EOFError) as trouble:
        reason = f"its process could not be started ({trouble})"
        raise SourceTrouble("crawl", reason, "look at the machine's log") from trouble


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOAD])
    # The server is started with `-c`: without this it would import from the current folder.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    return context


def _run(pipe: Connection, plans: tuple[Plan, ...], policy: CrawlPolicy) -> None:
    # Scrapy is loaded in the child only.
    from crawler.child import run

    run(pipe, plans, policy)


def _receive(
    pipe: Connection, max_seconds: float, failed: list[CrawlItem]
) -> Generator[CrawlItem, None, CrawlEnd]:
    """Answers as they come; what failed is kept back: the end tells whether anybody was reached."""
    deadline = monotonic() + max_seconds
    while True:
        if not pipe.poll(max(deadline - monotonic(), 0)):
            raise SourceTrouble("crawl", f"took longer than {max_seconds:.0f} s and was stopped")
        try:
            message = pipe.recv()
        except EOFError:
            raise SourceTrouble("crawl", "its process died", "look at the machine's log") from None
        if isinstance(message, CrawlEnd):
            return message
        if _has_failed(message):
            failed.append(message)
        else:
            yield message


def _has_failed(item: CrawlItem) -> bool:
    return isinstance(item, Failure) or (isinstance(item, PageLook) and bool(item.look.trouble))


def _offline(failed: Iterable[CrawlItem]) -> Iterator[CrawlItem]:
    """Failures of a run without network: one reason for all; of a page it tells nothing."""
    for item in failed:
        if isinstance(item, Failure):
            yield replace(item, reason=NO_NETWORK, later=True)


def _count(tally: Counter[str], plans: Sequence[Plan], end: CrawlEnd) -> None:
    """Add the requests of each plan to its source; a source without requests is not counted."""
    for plan, requests in zip(plans, end.requests, strict=True):
        name = plan.source if isinstance(plan, WebPlan) else SOURCE_OF[type(plan)]
        tally.update({name: requests} if requests else {})
    tally.update({"robots.txt": end.robots} if end.robots else {})
