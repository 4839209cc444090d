"""Feeds as arXiv writes them, for tests: RSS and Atom out of the same items."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from catalog.paper import Paper
from catalog.sightings import Found, Sighting

NOW = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)
DAY = date(2024, 11, 12)
SPACES = (
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)
DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
LICENCE = "http://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Item:
    """One item of a feed, as its authors sent it."""

    id: str
    title: str
    kind: str = "new"
    abstract: str = "We study caches."
    names: str = "Ana Lopez, Bo Chen Jr"
    more: str = ""

    @property
    def base(self):
        return self.id.partition("v")[0]

    @property
    def description(self):
        return f"arXiv:{self.id} Announce Type: {self.kind} \nAbstract: {self.abstract}"


def rss(*items, more=""):
    """An RSS feed of these items, in bytes."""
    inner = "".join(map(_rss_item, items))
    return (
        f'{DECLARATION}<rss {SPACES} version="2.0">\n  <channel>\n'
        "    <title>cs.CL updates on arXiv.org</title>\n"
        "    <lastBuildDate>Tue, 12 Nov 2024 05:00:02 +0000</lastBuildDate>\n"
        f"    <pubDate>Tue, 12 Nov 2024 00:00:00 -0500</pubDate>\n{inner}{more}"
        "  </channel>\n</rss>\n"
    ).encode()


def _rss_item(item):
    return f"""    <item>
      <title>{escape(item.title)}</title>
      <link>https://arxiv.org/abs/{item.base}</link>
      <description>{escape(item.description)}</description>
      <guid isPermaLink="false">oai:arXiv.org:{item.id}</guid>
      <category>cs.CL</category>
      <category>cs.LG</category>
      <pubDate>Tue, 12 Nov 2024 00:00:00 -0500</pubDate>
      <arxiv:announce_type>{item.kind}</arxiv:announce_type>
      <dc:rights>{LICENCE}</dc:rights>
      {item.more}
      <dc:creator>{escape(item.names)}</dc:creator>
    </item>
"""


def atom(*items):
    """The same feed as Atom, in bytes."""
    inner = "".join(map(_atom_entry, items))
    return (
        f'{DECLARATION}<feed {SPACES} xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">\n'
        "  <id>http://rss.arxiv.org/atom/cs.CL</id>\n  <title>cs.CL updates on arXiv.org</title>\n"
        f"  <updated>2024-11-12T05:00:02.866337+00:00</updated>\n{inner}</feed>\n"
    ).encode()


def _atom_entry(item):
    return f"""  <entry>
    <id>oai:arXiv.org:{item.id}</id>
    <title>{escape(item.title)}</title>
    <updated>2024-11-12T05:00:02.899254+00:00</updated>
    <link href="https://arxiv.org/abs/{item.base}" rel="alternate" type="text/html"/>
    <summary>{escape(item.description)}</summary>
    <category term="cs.CL"/>
    <category term="cs.LG"/>
    <published>2024-11-12T00:00:00-05:00</published>
    <arxiv:announce_type>{item.kind}</arxiv:announce_type>
    <dc:rights>{LICENCE}</dc:rights>
    {item.more}
    <dc:creator>{escape(item.names)}</dc:creator>
  </entry>
"""


def found(item, source="arxiv_rss", **known):
    """What should be read out of an item."""
    base, _, version = item.id.partition("v")
    first = item.kind in {"new", "cross"}
    paper = Paper(
        arxiv_id=base,
        version=int(version),
        title=item.title,
        abstract=item.abstract,
        authors=("Ana Lopez", "Bo Chen Jr"),
        categories=("cs.CL", "cs.LG"),
        announced=DAY if first else None,
        license=LICENCE,
    )
    key = f"arxiv:{base}"
    sighting = Sighting(source, key, NOW, item.kind, int(version), DAY, item.id)
    return Found(replace(paper, **known), sighting)
