"""
Reader of arXiv's OAI-PMH: bytes in, records out, or the error that a page carries.

Errors come with status 200. A list without a token is complete, and so is one with an empty token.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from xml.etree import ElementTree as ET

from catalog.arxiv_id import ArxivId
from catalog.paper import Paper
from crawler.parsers.arxiv import (
    MAX_ITEMS,
    MAX_RECORD_ABSTRACT_CHARS,
    MAX_RECORD_TITLE_CHARS,
    NoFeed,
    fold,
)
from crawler.parsers.bodies import MANY_PIECES, MAX_TAGS, as_utf8, has_many_pieces
from crawler.parsers.names import person_name, split_sentence

OAI = "{http://www.openarchives.org/OAI/2.0/}"
# The error code of an empty list, which is no failure.
NO_RECORDS = "noRecordsMatch"


@dataclass(frozen=True, slots=True)
class Record:
    """
    A paper and its record: ``stamp`` is the day of its last change, of whatever kind.

    ``versions`` are the moments its versions were submitted; the format ``arXiv`` has none.
    """

    paper: Paper
    stamp: date
    versions: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a page, the token of the next one, or the code of an error and its message."""

    records: tuple[Record, ...] = ()
    token: str | None = None
    odd: tuple[str, ...] = ()
    error: str | None = None
    message: str = ""


def read_records(body: bytes) -> Records:
    """Read an answer to ListRecords; NoFeed if it is broken, or no OAI-PMH at all."""
    if not body.strip():
        raise NoFeed("answered with nothing")
    # ElementTree reads no more than the first mark, and no blank line before the declaration.
    body = as_utf8(body).strip()
    if b"<!DOCTYPE" in body[:2000] or b"<!ENTITY" in body[:2000]:
        raise NoFeed("answered with a document type of its own, which OAI-PMH has not")
    if body.count(b"<") > MAX_TAGS:
        raise NoFeed(f"has more than {MAX_TAGS:,} tags")
    if has_many_pieces(body):
        raise NoFeed(MANY_PIECES)
    if body.count(b"<record") > MAX_ITEMS:
        raise NoFeed(f"has more than {MAX_ITEMS:,} items")
    try:
        root = ET.fromstring(body)  # noqa: S314 - without a document type there are no entities
    except (ET.ParseError, ValueError, LookupError, RecursionError) as trouble:
        raise NoFeed(f"is not well-formed ({fold(str(trouble))})") from None
    if root.tag != f"{OAI}OAI-PMH":
        raise NoFeed(f"answered with something that is no OAI-PMH: {body[:60]!r}")
    error, listed = root.find(f"{OAI}error"), root.find(f"{OAI}ListRecords")
    if error is not None:
        return Records(error=error.get("code", "?"), message=fold(error.text or "")[:200])
    if listed is None:
        raise NoFeed("answered with neither records nor an error")
    read = [_record(item) for item in listed.iterfind(f"{OAI}record")]
    token = fold(listed.findtext(f"{OAI}resumptionToken", ""))
    return Records(
        tuple(item for item in read if isinstance(item, Record)),
        token or None,
        tuple(item for item in read if isinstance(item, str)),
    )


def _record(item: ET.Element) -> Record | str:
    """The record, or a text that names an unusable record."""
    name = item.findtext(f"{OAI}header/{OAI}identifier", "")
    deleted = item.find(f"{OAI}header[@status='deleted']") is not None
    if deleted:
        return f"{name}: deleted"
    fields = {
        _local(child): child for block in item.iterfind(f"{OAI}metadata/*") for child in block
    }
    arxiv_id = ArxivId.parse(name) or ArxivId.parse(_text(fields, "id") or "")
    title, stamp = _text(fields, "title"), _day(item.findtext(f"{OAI}header/{OAI}datestamp", ""))
    if arxiv_id is None or not title or stamp is None:
        return f"{name[:60]}: without {'id' if arxiv_id is None else 'title or day'}"
    abstract = _text(fields, "abstract")
    if len(title) > MAX_RECORD_TITLE_CHARS or len(abstract or "") > MAX_RECORD_ABSTRACT_CHARS:
        return f"{arxiv_id}: {len(title)} characters of title, {len(abstract or '')} of abstract"
    versions = tuple(_versions(item))
    paper = Paper(
        arxiv_id=arxiv_id.base,
        version=max(len(versions), 1),
        title=title,
        abstract=abstract,
        authors=tuple(_authors(fields.get("authors"))),
        categories=tuple((_text(fields, "categories") or "").split()),
        published=versions[0] if versions else None,
        updated=versions[-1] if versions else None,
        comments=_text(fields, "comments"),
        journal_ref=_text(fields, "journal-ref"),
        doi=_text(fields, "doi"),
        license=_text(fields, "license"),
    )
    return Record(paper, stamp, versions)


def _versions(item: ET.Element) -> Iterator[datetime]:
    """When each version was submitted, oldest first; empty where one can't be read."""
    versions = [element for element in item.iter() if _local(element) == "version"]
    versions.sort(key=lambda version: int(re.sub(r"\D", "", version.get("version", "")) or 0))
    moments = [read_moment(_within(version, "date")) for version in versions]
    if all(moments):
        yield from (moment for moment in moments if moment)


def _within(item: ET.Element, name: str) -> str:
    return next((child.text or "" for child in item if _local(child) == name), "")


def _authors(authors: ET.Element | None) -> Iterator[str]:
    """Names, from an element each, or from one text with all of them."""
    if authors is None:
        return
    for author in authors:
        parts = (_within(author, part) for part in ("forenames", "keyname", "suffix"))
        yield from filter(None, [person_name(" ".join(parts))])
    if not len(authors):
        yield from split_sentence(authors.text or "")


def _text(fields: dict[str, ET.Element], name: str) -> str | None:
    element = fields.get(name)
    return fold(element.text or "") or None if element is not None else None


def _local(element: ET.Element) -> str:
    return _without_namespace(str(element.tag))


# A page of thousands of records has some twenty tags.
@lru_cache(maxsize=256)
def _without_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def read_moment(text: str) -> datetime | None:
    """A time as arXiv writes it: ``Mon, 2 Apr 2007 19:18:42 GMT``; None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None
