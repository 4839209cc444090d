"""Which spider answers which plan. Loaded by the crawl's process, Scrapy and all."""

import scrapy

from crawler.arxiv_api import ArxivPapers, ArxivWindow
from crawler.arxiv_rss import ArxivRss
from crawler.batch import ApiPlan, IdsPlan, Plan, RssPlan

SPIDERS: dict[type[Plan], type[scrapy.Spider]] = {
    RssPlan: ArxivRss,
    ApiPlan: ArxivWindow,
    IdsPlan: ArxivPapers,
}
