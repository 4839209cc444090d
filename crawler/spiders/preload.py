"""
Which spider answers which plan.

Loaded by the server that crawls are forked from, with all of Scrapy that a crawl would load one
by one: without it each crawl takes a second longer. None of it installs Twisted's reactor, which
every crawl needs for itself.
"""

import scrapy.pipelines
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

from crawler import settings
from crawler.plans import ApiPlan, IdsPlan, LinksPlan, OaiPlan, PagePlan, Plan, RssPlan, WebPlan
from crawler.spiders.arxiv_api import ArxivPapersSpider, ArxivWindowSpider
from crawler.spiders.arxiv_oai import ArxivOaiSpider
from crawler.spiders.arxiv_rss import ArxivRssSpider
from crawler.spiders.links import LinksSpider
from crawler.spiders.pages import PagesSpider
from crawler.spiders.sources import SourcesSpider

SPIDERS: dict[type[Plan], type[scrapy.Spider]] = {
    RssPlan: ArxivRssSpider,
    ApiPlan: ArxivWindowSpider,
    OaiPlan: ArxivOaiSpider,
    IdsPlan: ArxivPapersSpider,
    PagePlan: PagesSpider,
    WebPlan: SourcesSpider,
    LinksPlan: LinksSpider,
}

for _component in (
    *default_settings.EXTENSIONS_BASE,
    *default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    *default_settings.SPIDER_MIDDLEWARES_BASE,
    # The slowest: Scrapy's TLS looks for its caller in all modules there are.
    settings.HTTP_HANDLER,
    default_settings.DOWNLOADER,
    default_settings.DUPEFILTER_CLASS,
    default_settings.LOG_FORMATTER,
    default_settings.SCHEDULER,
    default_settings.SCHEDULER_MEMORY_QUEUE,
    default_settings.SCHEDULER_PRIORITY_QUEUE,
    default_settings.STATS_CLASS,
    settings.TWISTED_DNS_RESOLVER,
):
    load_object(_component)
