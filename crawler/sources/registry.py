"""
All sources but arXiv's own, by the name that ``sources.yaml`` and ``--source`` use.

A new one is a file in this folder and a line here; ``docs/sources.md`` shows how.
"""

from crawler.sources import feeds, github, hf_blog, hf_daily, hf_hub, inbox, lists
from crawler.sources.base import Source

SOURCES: dict[str, Source] = {
    "hf_daily": hf_daily,
    "hf_hub": hf_hub,
    "hf_blog": hf_blog,
    "feeds": feeds,
    "github": github,
    "inbox": inbox,
    "lists": lists,
}
