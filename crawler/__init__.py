"""Finds papers and links: Scrapy spiders, one file a source; `registry.py` names them all."""
