"""The crawl's own process: runs the spiders of some plans, and hands over what they yield."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import cast

from scrapy import signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from config.secret import Secret
from crawler.items import CrawlEnd, CrawlItem, without_secret
from crawler.middlewares import REQUESTS, ROBOTS_REQUESTS, CrawlState
from crawler.plans import PagePlan, Plan, WebPlan
from crawler.policy import MIB
from crawler.politeness import CrawlPolicy
from crawler.spiders.preload import SPIDERS

# What `scrapy crawl` exports to files goes to the parent here.
_TO_PARENT = {
    "ADDONS": {},
    "SPIDER_MIDDLEWARES": {},
    "ITEM_PIPELINES": {"crawler.child.HandOverPipeline": 100},
    # Notes for who writes spiders and runs them by hand; they take a tenth of a small crawl.
    "LOG_VERSIONS": [],
    "WARN_ON_GENERATOR_RETURN_VALUE": False,
}

# Scrapy's responses and requests hold each other: they stay until Python looks for such objects,
# which it does by their number, and not by their size.
LARGE_BYTES = MIB


class ChildCrawler(Crawler):
    """A crawler that shares its state with the others of the process, and has a parent."""

    crawl_state: CrawlState
    hand_over: Callable[[CrawlItem], None]


class HandOverPipeline:
    """Sends each item to the parent process."""

    def __init__(self, hand_over: Callable[[CrawlItem], None]) -> None:
        self.hand_over = hand_over

    @classmethod
    def from_crawler(cls, crawler: ChildCrawler) -> "HandOverPipeline":
        return cls(crawler.hand_over)

    def process_item(self, item: CrawlItem) -> CrawlItem:
        self.hand_over(item)
        return item


def settings_for(policy: CrawlPolicy) -> Settings:
    """The settings of the program's own crawls: nothing is read from files, nothing exported."""
    settings = Settings()
    settings.setmodule("crawler.settings")
    unused = {"scrapy.extensions.feedexport.FeedExporter": None}
    extensions = {**settings["EXTENSIONS"], **unused}
    settings.setdict({**policy.to_settings(), **_TO_PARENT, "EXTENSIONS": extensions}, "cmdline")
    return settings


def run(pipe: Connection, plans: tuple[Plan, ...], policy: CrawlPolicy) -> None:
    """Run the spiders to their end, or until the parent is gone."""
    # Ctrl-C is the parent's to answer: it closes the pipe, and that ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bugs: list[str] = []
    state, crawlers = CrawlState(network=policy.network), []
    # What is loaded stays: looking for garbage need not go through it each time.
    gc.freeze()
    process = AsyncCrawlerProcess(settings_for(policy))
    for plan in plans:
        crawler = cast(ChildCrawler, process.create_crawler(SPIDERS[type(plan)]))
        crawler.crawl_state = state
        _connect(crawler, pipe, _secret_of(plan).hidden_in, bugs)
        process.crawl(crawler, plan=plan)
        crawlers.append(crawler)
    asyncio.get_event_loop_policy().get_event_loop().add_reader(pipe.fileno(), os._exit, 1)
    process.start(install_signal_handlers=False)
    requests = tuple(crawler.stats.get_value(REQUESTS, 0) for crawler in crawlers)
    robots = sum(crawler.stats.get_value(ROBOTS_REQUESTS, 0) for crawler in crawlers)
    pipe.send(CrawlEnd(requests, robots, bugs[0] if bugs else None, state.network))


def _connect(
    crawler: ChildCrawler, pipe: Connection, hide: Callable[[str], str], bugs: list[str]
) -> None:
    """Let a crawler's items and bugs reach the parent, without the plan's token."""

    def note_bug(failure: Failure) -> None:
        bugs.append(hide(failure.getTraceback()))

    crawler.hand_over = lambda item: pipe.send(without_secret(item, hide))
    for failed in (signals.spider_error, signals.item_error):
        crawler.signals.connect(note_bug, failed, weak=False)
    crawler.signals.connect(free_former, signals.response_received, weak=False)


def free_former(response: Response) -> None:
    """Free the memory of the responses before a large one."""
    if len(response.body) > LARGE_BYTES:
        gc.collect()


def _secret_of(plan: Plan) -> Secret:
    if isinstance(plan, PagePlan):
        return plan.github_token
    return plan.token if isinstance(plan, WebPlan) else Secret("")
