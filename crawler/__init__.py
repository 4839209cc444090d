"""Finds papers and links: Scrapy spiders, one file a source."""

# What `--source` may name; the order in which a run asks.
SOURCES = ("arxiv_rss", "arxiv_api")
