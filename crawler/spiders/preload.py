"""
Which spider answers which plan.

Loaded by the server that crawls are forked from, with all of Scrapy that a crawl would load one
by one: without it each crawl takes half a second longer.
"""

import scrapy.pipelines
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object

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
):
    load_object(_component)
