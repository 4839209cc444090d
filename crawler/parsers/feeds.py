"""Reader of any RSS, Atom or JSON feed: bytes in, items out."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urljoin

from crawler.parsers.arxiv import HARMLESS, NoFeed, fold, kind_of_body, parse
from crawler.parsers.bodies import as_utf8, error_of, value_of
from crawler.parsers.html import words_of

# More of an item isn't searched for papers.
MAX_SEARCHED_CHARS = 200_000
_END = re.compile(rb"</(?:rss|feed|(?:\w+:)?RDF)\s*>\s*(?:<!--.*?-->\s*)*\Z", re.I | re.S)


@dataclass(frozen=True, slots=True)
class ParsedItem:
    """An item; ``text`` is its full text with tags, ``summary`` plain text."""

    title: str
    link: str
    summary: str
    text: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Items:
    """``broken`` says why the feed isn't complete: its last item is then left out."""

    items: tuple[ParsedItem, ...]
    broken: str | None = None


def read_items(body: bytes, content_type: str, url: str) -> Items:
    """Read a feed; NoFeed if it is none."""
    if not body.strip():
        raise NoFeed("answered with nothing")
    if as_utf8(body).lstrip()[:1] == b"{":
        return Items(tuple(_json_items(body, url)))
    parsed = parse(body, content_type, url)
    if not parsed.get("version") and not parsed.entries:
        raise NoFeed(f"answered with {kind_of_body(body)}, not a feed")
    base = urljoin(url, str(parsed.feed.get("link", "") or ""))
    broken = _why_broken(parsed, body)
    entries = parsed.entries[:-1] if broken else parsed.entries
    return Items(tuple(_item(entry, base) for entry in entries), broken)


def _why_broken(parsed: Any, body: bytes) -> str | None:
    """Why the feed breaks off; None for a complete one, however badly written."""
    trouble = parsed.get("bozo_exception")
    if (
        not parsed.get("bozo")
        or isinstance(trouble, HARMLESS)
        or _END.search(as_utf8(body)[-2000:])
    ):
        return None
    complete = max(len(parsed.entries) - 1, 0)
    return f"is not well-formed after {complete} items ({fold(str(trouble))[:100]})"


def _item(entry: Any, base: str) -> ParsedItem:
    content = "\n".join(str(part.get("value", "")) for part in entry.get("content", ()))
    summary = str(entry.get("summary", "") or "")
    text = f"{summary}\n{content}"[:MAX_SEARCHED_CHARS]
    link = str(entry.get("feedburner_origlink") or entry.get("link") or "").strip()
    return ParsedItem(
        title=words_of(str(entry.get("title", "") or ""), 500),
        link=_joined(base, link),
        summary=words_of(summary or content[:MAX_SEARCHED_CHARS]),
        text=text,
        day=_day(entry),
    )


def _joined(base: str, link: str) -> str:
    try:
        return urljoin(base, link) if link else ""
    except ValueError:
        return ""


def _day(entry: Any) -> date | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        moment = entry.get(name)
        if moment:
            try:
                return datetime.fromtimestamp(calendar.timegm(moment), UTC).date()
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _json_items(body: bytes, url: str) -> Iterator[ParsedItem]:
    feed = value_of(body)
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(feed, dict) or "jsonfeed.org" not in _words(feed, "version"):
        raise NoFeed(f"answered with JSON ({error_of(feed)}), not a feed")
    if not isinstance(items, list):
        raise NoFeed("answered with a JSON feed without a list of items")
    for item in items:
        if isinstance(item, dict):
            yield _json_item(item, url)


def _json_item(item: dict[str, Any], url: str) -> ParsedItem:
    text = _words(item, "content_html", "content_text")[:MAX_SEARCHED_CHARS]
    summary = words_of(_words(item, "summary")[:MAX_SEARCHED_CHARS]) or words_of(text)
    try:
        day = datetime.fromisoformat(_words(item, "date_published")).date()
    except ValueError:
        day = None
    link = _joined(url, _words(item, "url", "external_url"))
    title = words_of(_words(item, "title")[:MAX_SEARCHED_CHARS], 500)
    return ParsedItem(title, link, summary, text, day)


def _words(fields: dict[str, Any], *names: str) -> str:
    """The first of these fields that is a text with something in it."""
    return next((text for name in names if isinstance(text := fields.get(name), str) and text), "")
