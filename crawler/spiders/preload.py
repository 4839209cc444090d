"""
Which spider answers which plan.

Loaded by the server that crawls are forked from, with all of Scrapy that a crawl would load one
by one: without it each crawl takes half a second longer.
"""

import scrapy.pipelines
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

from crawler.plans import ApiPlan, IdsPlan, LinksPlan, OaiPlan, PagePlan, Plan, RssPlan, WebPlan
from crawler.spiders.arxiv_api import ArxivPapers, ArxivWindow
from crawler.spiders.arxiv_oai import ArxivRecords
from crawler.spiders.arxiv_rss import ArxivRss
from crawler.spiders.links import Links
from crawler.spiders.pages import Pages
from crawler.spiders.sources import Asking

SPIDERS: dict[type[Plan], type[scrapy.Spider]] = {
    RssPlan: ArxivRss,
    ApiPlan: ArxivWindow,
    OaiPlan: ArxivRecords,
    IdsPlan: ArxivPapers,
    PagePlan: Pages,
    WebPlan: Asking,
    LinksPlan: Links,
}

for _component in (
    *default_settings.EXTENSIONS_BASE,
    *default_settings.DOWNLOADER_MIDDLEWARES_BASE,
    *default_settings.SPIDER_MIDDLEWARES_BASE,
):
    load_object(_component)
