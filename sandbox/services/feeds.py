"""
Feeds of other sites, as RSS, Atom or JSON, from ``data/feeds.json``.

Titles, addresses and days are facts; the items' texts were written for the sandbox.
"""

import json
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sandbox.clock import moment
from sandbox.conditional import answer_conditionally
from sandbox.messages import XML_DECLARATION, Request, Response, element, from_json, text
from sandbox.papers.calendar import rfc822
from sandbox.state import SandboxState


@cache
def _load_feeds() -> dict[str, Any]:
    feeds: dict[str, Any] = json.loads(
        (files("sandbox") / "data" / "feeds.json").read_text("utf-8")
    )
    return feeds


def answer_feed(state: SandboxState, request: Request, address: str) -> Response | None:
    """Return the feed at this address as of now; None if there is none."""
    feed = _load_feeds().get(address)
    if feed is None:
        return None
    items = [item for item in feed["items"] if moment(item["published"]) <= state.now()]
    items.sort(key=lambda item: str(item["published"]), reverse=True)
    changed = moment(items[0]["published"]) if items else None
    return answer_conditionally(request, _WRITERS[feed["form"]](feed, items), changed)


def items_of(state: SandboxState, address: str) -> dict[str, date]:
    """Return the addresses and days of a feed's present items."""
    return {
        item["link"]: moment(item["published"]).date()
        for item in _load_feeds()[address]["items"]
        if moment(item["published"]) <= state.now()
    }


def _rss(feed: dict[str, Any], items: list[dict[str, str]]) -> Response:
    items_xml = "".join(
        "    <item>\n"
        f"      {element('title', item['title'])}\n"
        f"      {element('link', item['link'])}\n"
        f"      {element('description', item.get('says', ''))}\n"
        f"      {element('pubDate', rfc822(_published_at(item)))}\n"
        f"      {element('guid', item['link'], isPermaLink='true')}\n"
        "    </item>\n"
        for item in items
    )
    head = f"{element('title', feed['title'])}{element('link', feed['site'])}"
    body = f'<rss version="2.0">\n  <channel>\n    {head}\n{items_xml}  </channel>\n</rss>\n'
    return text(200, XML_DECLARATION + body, "application/rss+xml; charset=utf-8")


def _atom(feed: dict[str, Any], items: list[dict[str, str]]) -> Response:
    items_xml = "".join(
        "  <entry>\n"
        f"    {element('id', item['link'])}\n"
        f"    {element('title', item['title'])}\n"
        f"    {element('link', '', rel='alternate', href=item['link'])}\n"
        f"    {element('published', item['published'])}\n"
        f"    {element('content', item.get('says', ''), type='html')}\n"
        "  </entry>\n"
        for item in items
    )
    head = element("title", feed["title"]) + element("link", "", href=feed["site"])
    body = f'<feed xmlns="http://www.w3.org/2005/Atom">\n  {head}\n{items_xml}</feed>\n'
    return text(200, XML_DECLARATION + body, "application/atom+xml; charset=utf-8")


def _json(feed: dict[str, Any], items: list[dict[str, str]]) -> Response:
    content = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed["title"],
        "home_page_url": feed["site"],
        "items": [
            {
                "id": item["link"],
                "url": item["link"],
                "title": item["title"],
                "content_html": item.get("says", ""),
                "date_published": item["published"],
            }
            for item in items
        ],
    }
    return from_json(200, content)


_WRITERS = {"rss": _rss, "atom": _atom, "json": _json}


def _published_at(item: dict[str, str]) -> datetime:
    return moment(item["published"])
