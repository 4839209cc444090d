"""
Readers of arXiv's feeds and of its query API: bytes in, papers out, or NoFeed with the reason.

A feed is believed when it is well-formed and its items have an id and a title. One that breaks off
keeps its complete items, and proves nothing. feedparser is only ever given a ``BytesIO``: bytes or
text that look like a path would make it open that file.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any, get_args

import feedparser

from catalog.arxiv_id import ArxivId
from catalog.paper import Paper
from catalog.sightings import AnnounceType, Found, Sighting
from crawler.calendar import EASTERN
from crawler.parsers.bodies import (
    MANY_ATTRIBUTES,
    MANY_PIECES,
    MAX_TAGS,
    as_utf8,
    has_many_attributes,
    has_many_pieces,
    marked_charset,
)
from crawler.parsers.names import person_name, split_names

# Longer ones are refused; arXiv's own limits are far below.
MAX_RECORD_TITLE_CHARS = 5_000
MAX_RECORD_ABSTRACT_CHARS = 100_000
# arXiv gives at most 2,000 at once; feedparser takes a millisecond and some kilobytes for each.
MAX_ITEMS = 5_000
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)\b", re.IGNORECASE)
# feedparser takes seconds for what a hundred thousand tags within one another make of it.
MAX_OPEN_TAGS = 1_000
# Tags that no page closes are left out.
_TAG = re.compile(rb"</|/>|<(?!(?:br|hr|img)\b)[a-z_]", re.IGNORECASE)
_QUOTED = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(rb"&#([xX][0-9a-fA-F]{1,6}|[0-9]{1,7});")
# feedparser reports these as faults of a feed that it nevertheless read completely.
HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


@dataclass(frozen=True, slots=True)
class ArxivFeed:
    """What a feed showed. ``broken`` says why it isn't complete; ``odd`` names unusable items."""

    works: tuple[Found, ...]
    ids: tuple[str, ...]
    day: date | None
    broken: str | None
    odd: tuple[str, ...]


class NoFeed(Exception):
    """The body can't be read as a feed; the reason, in words."""


def read_feed(body: bytes, content_type: str, url: str, *, source: str, now: datetime) -> ArxivFeed:
    """Read an RSS or Atom body; NoFeed if it is neither."""
    if not body.strip():
        raise NoFeed("answered with nothing")
    parsed = parse(body, content_type, url)
    if not parsed.get("version"):
        raise NoFeed(f"answered with {kind_of_body(body)}, not a feed")
    if str(parsed.feed.get("title", "")).startswith("Feed error"):
        raise NoFeed(f"answered with an error: {fold(parsed.feed.get('subtitle', ''))[:200]}")
    broken = _why_broken(parsed)
    entries = parsed.entries[:-1] if broken else parsed.entries
    return _collect(entries, broken, source=source, now=now)


def parse(body: bytes, content_type: str, url: str) -> Any:
    """A body as feedparser reads it; NoFeed where it raises."""
    if marked_charset(body):
        # The body's own mark is right, whatever the header says of its charset.
        body, content_type = as_utf8(body), _utf8(content_type)
    if len(body) > MAX_RECORD_TITLE_CHARS and b"<" not in body[:1000]:
        # feedparser would read megabytes of anything in search of a tag.
        raise NoFeed(f"answered with {kind_of_body(body)}, not a feed")
    if sum(map(body.count, (b"<", b"='", b'="'))) > MAX_TAGS:
        raise NoFeed(f"has more than {MAX_TAGS:,} tags and attributes")
    if has_many_pieces(body):
        raise NoFeed(MANY_PIECES)
    if sum(1 for _ in _ITEM.finditer(body)) > MAX_ITEMS:
        raise NoFeed(f"has more than {MAX_ITEMS:,} items")
    plain = _QUOTED.sub(b"", body)
    if _is_deep(plain):
        raise NoFeed(f"has more than {MAX_OPEN_TAGS:,} tags within one another")
    if has_many_attributes(plain.decode("latin-1")):
        raise NoFeed(MANY_ATTRIBUTES)
    headers = {"content-type": content_type, "content-location": url}
    try:
        # The text is plain by arXiv's own word: sanitising would eat "$a<b$". We escape at output.
        return feedparser.parse(
            io.BytesIO(_REFERENCE.sub(_without_surrogate, readable(body.lstrip()))),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers=headers,
        )
    except Exception as trouble:
        # Whatever feedparser makes of a body: what it can raise is written nowhere.
        raise NoFeed(f"cannot be read ({type(trouble).__name__})") from trouble


def _is_deep(plain: bytes) -> bool:
    """Whether more tags than ``MAX_OPEN_TAGS`` are open at once, in a body without quoted text."""
    opened = 0
    for tag in _TAG.finditer(plain):
        opened = max(opened - 1, 0) if tag[0] in (b"</", b"/>") else opened + 1
        if opened > MAX_OPEN_TAGS:
            return True
    return False


def _utf8(content_type: str) -> str:
    return f"{content_type.partition(';')[0].strip() or 'application/xml'}; charset=utf-8"


def _without_surrogate(match: re.Match[bytes]) -> bytes:
    """A character reference, unless it is to a surrogate, on which feedparser fails."""
    digits = match[1].lower()
    code = int(digits[1:], 16) if digits.startswith(b"x") else int(digits)
    return b"&#xFFFD;" if 0xD800 <= code <= 0xDFFF else match[0]


def readable(body: bytes) -> bytes:
    """
    The body, with a replacement for each damaged character where it is plainly UTF-8.

    One bad byte, or a character cut in two, would make feedparser guess another charset for the
    body, and read every accent in it wrongly.
    """
    text = body.decode("utf-8", "replace")
    bad = text.count("\N{REPLACEMENT CHARACTER}")
    good = sum(not letter.isascii() for letter in text) - bad if bad else 0
    return text.encode() if 0 < good >= bad else body


def _collect(entries: list[Any], broken: str | None, *, source: str, now: datetime) -> ArxivFeed:
    items: dict[str, Found] = {}
    odd: list[str] = []
    for entry in entries:
        item = _found(entry, source=source, now=now)
        if isinstance(item, str):
            odd.append(item)
        else:
            items[item.sighting.raw_link] = item
    days = {item.sighting.announced for item in items.values() if item.sighting.announced}
    return ArxivFeed(
        tuple(items.values()), tuple(sorted(items)), max(days, default=None), broken, tuple(odd)
    )


def kind_of_body(body: bytes) -> str:
    head = as_utf8(body).lstrip()[:200].lower()
    if head.startswith((b"{", b"[")):
        return "JSON"
    return "a web page" if b"<html" in head or b"<!doctype html" in head else "something else"


def _why_broken(parsed: Any) -> str | None:
    trouble = parsed.get("bozo_exception")
    if not parsed.get("bozo") or isinstance(trouble, HARMLESS):
        return None
    return (
        f"is not well-formed after {max(len(parsed.entries) - 1, 0)} items ({fold(str(trouble))})"
    )


def _found(entry: Any, *, source: str, now: datetime) -> Found | str:
    """The paper of an item, or a text that names an unusable item."""
    arxiv_id = ArxivId.parse(entry.get("id", "")) or ArxivId.parse(entry.get("link", ""))
    title, abstract = fold(entry.get("title", "")), _abstract(entry.get("summary", ""))
    if arxiv_id is None or not title:
        return f"an item without {'title' if arxiv_id else 'id'} ({entry.get('id', '')!r:.60})"
    if len(title) > MAX_RECORD_TITLE_CHARS or len(abstract or "") > MAX_RECORD_ABSTRACT_CHARS:
        return f"{arxiv_id}: {len(title)} characters of title, {len(abstract or '')} of abstract"
    announce_type = entry.get("arxiv_announce_type", "")
    if announce_type not in get_args(AnnounceType):
        return f"{arxiv_id}: announced as {announce_type!r:.40}"
    version = arxiv_id.version or 1
    paper = Paper(
        arxiv_id=arxiv_id.base,
        version=version,
        title=title,
        abstract=abstract,
        authors=tuple(split_names(entry.get("author", ""))),
        categories=tuple(tag.term for tag in entry.get("tags", ()) if tag.get("term")),
        announced=_day(entry.get("published")) if announce_type in {"new", "cross"} else None,
        journal_ref=fold(entry.get("arxiv_journal_reference", "")) or None,
        doi=fold(entry.get("arxiv_doi", "")) or None,
        license=entry.get("rights") or None,
    )
    sighting = Sighting(
        source, paper.key, now, announce_type, version, _day(entry.get("published")), str(arxiv_id)
    )
    return Found(paper, sighting)


def _abstract(summary: str) -> str | None:
    """The abstract, without arXiv's line ``arXiv:…v1 Announce Type: new`` and the label."""
    head, mark, rest = summary.partition("Abstract:")
    return fold(rest if mark and head.startswith("arXiv:") else summary) or None


def _day(published: str | None) -> date | None:
    """The announcement day (US Eastern) of an item's date, in RSS or Atom form."""
    if not published:
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(published)
        except (ValueError, IndexError, OverflowError):
            continue
        # A date without a zone is taken for arXiv's own, not for this machine's.
        aware = moment if moment.tzinfo else moment.replace(tzinfo=EASTERN)
        return aware.astimezone(EASTERN).date()
    return None


def fold(text: str) -> str:
    """White space of any kind and length as one space."""
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class Page:
    """Papers of a page; ``total`` is how many the query has."""

    papers: tuple[Paper, ...]
    total: int
    odd: tuple[str, ...] = ()


def read_page(body: bytes, url: str) -> Page:
    """Read an API answer; NoFeed if it is broken, an error entry, or no Atom at all."""
    if not body.strip():
        raise NoFeed("answered with nothing")
    parsed = parse(body, "application/atom+xml", url)
    if not parsed.get("version"):
        raise NoFeed(f"answered with something that is no feed: {body[:60]!r}")
    if parsed.get("bozo") and not isinstance(parsed.get("bozo_exception"), HARMLESS):
        raise NoFeed(f"is not well-formed ({fold(str(parsed.get('bozo_exception')))})")
    for entry in parsed.entries:
        if "/api/errors" in entry.get("id", ""):
            raise NoFeed(f"refused the question: {fold(entry.get('summary', ''))[:200]}")
    papers = [_paper(entry) for entry in parsed.entries]
    odd = [
        entry.get("id", "?")
        for entry, paper in zip(parsed.entries, papers, strict=True)
        if paper is None
    ]
    total = str(parsed.feed.get("opensearch_totalresults", "")).strip()
    # Not every digit of a text is one of a number: "²" is none, and thousands are too many.
    if not re.fullmatch("[0-9]{1,12}", total):
        raise NoFeed("does not say how many results there are")
    return Page(tuple(filter(None, papers)), int(total), tuple(odd))


def _paper(entry: Any) -> Paper | None:
    arxiv_id = ArxivId.parse(entry.get("id", ""))
    title = fold(entry.get("title", ""))
    if arxiv_id is None or not title:
        return None
    text = _texts(entry)
    if (
        len(title) > MAX_RECORD_TITLE_CHARS
        or len(text("summary") or "") > MAX_RECORD_ABSTRACT_CHARS
    ):
        return None
    return Paper(
        arxiv_id=arxiv_id.base,
        version=arxiv_id.version or 1,
        title=title,
        abstract=text("summary"),
        authors=_authors(entry),
        categories=_categories(entry),
        published=_moment(entry.get("published")),
        updated=_moment(entry.get("updated")),
        comments=text("arxiv_comment"),
        journal_ref=text("arxiv_journal_ref"),
        doi=text("arxiv_doi"),
    )


def _authors(entry: Any) -> tuple[str, ...]:
    names = (person_name(author.get("name") or "") for author in entry.get("authors", ()))
    return tuple(filter(None, names))


def _texts(entry: Any) -> Callable[[str], str | None]:
    return lambda name: fold(entry.get(name, "")) or None


def _categories(entry: Any) -> tuple[str, ...]:
    """All categories, the primary one first."""
    primary = entry.get("arxiv_primary_category", {}).get("term")
    terms = [tag.term for tag in entry.get("tags", ()) if tag.get("term")]
    ordered = [primary, *terms] if primary else terms
    return tuple(dict.fromkeys(ordered))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
