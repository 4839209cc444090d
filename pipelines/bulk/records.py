"""
The records of arXiv's public metadata snapshot: a line of JSON for each paper.

A record has id, title, abstract, categories (in one text), authors_parsed, the time of each
version, update_date, comments, journal-ref, doi and license.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.paper import FIRST_YEAR, LAST_YEAR, Paper
from catalog.sightings import Sighting
from crawler.calendar import expected_day
from crawler.parsers.arxiv import MAX_RECORD_ABSTRACT_CHARS, MAX_RECORD_TITLE_CHARS, fold
from crawler.parsers.names import person_name, split_sentence
from crawler.parsers.oai import read_moment
from pipelines.rules.fold import NUL
from pipelines.rules.sieve import WRITTEN_LINE_END

NAME = "arxiv_snapshot"
Fields = Mapping[str, Any]
# A quote within a text has a backslash before it, so this is never within a title or an abstract.
_CATEGORIES = re.compile(rb'"categories"\s*:\s*"([^"\\]*)"')
_TITLE, _ABSTRACT = (
    re.compile(rb'"%b"\s*:\s*("(?:[^"\\]+|\\.)*")' % name) for name in (b"title", b"abstract")
)


_BACKSLASH = ord("\\")
# JSON has none of these signs in a text.
_CONTROL = bytes(range(32))
# The keys as the public snapshot writes them, without blanks; they are found much faster.
_CATEGORIES_KEY, _TITLE_KEY, _ABSTRACT_KEY = b'"categories"', b'"title"', b'"abstract"'


def _cut(line: bytes, key: bytes) -> bytes | None:
    """A text from its first quote to its last; None if anything is between it and its key."""
    start = line.find(key) + len(key) + 2
    if not line.startswith(b':"', start - 2):
        return None
    end = line.find(b'"', start)
    while end > 0 and line[end - 1] == _BACKSLASH:
        if line[end - 2] == _BACKSLASH:
            return None
        end = line.find(b'"', end + 1)
    return line[start:end] if end > 0 else None


def _one_line(written: bytes) -> str | None:
    """A text with white space folded; None if that, or its escapes, are more than plain ASCII."""
    if not written.isascii() or len(written.translate(None, _CONTROL)) < len(written):
        return None
    # Two backslashes stand for one, which is no part of another escape.
    text = written.replace(b"\\\\", NUL).replace(WRITTEN_LINE_END, b" ").replace(b'\\"', b'"')
    if b"\\" in text:
        return None
    text = text.strip().replace(NUL, b"\\")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text.decode()


@dataclass(slots=True)
class SnapshotRecord:
    """A line that is read as far as it is asked for: of most papers no more than the title."""

    line: bytes
    number: int
    _fields: Fields | None = None
    _abstract: str | None = None

    @property
    def title_bytes(self) -> bytes | None:
        """As it stands in the line; None where a blank is in the way, or several backslashes."""
        return _cut(self.line, _TITLE_KEY)

    @property
    def abstract_bytes(self) -> bytes | None:
        """The same."""
        return _cut(self.line, _ABSTRACT_KEY)

    @property
    def title(self) -> str:
        """With white space folded."""
        title = self._text(self.title_bytes, _TITLE)
        return fold(self.fields["title"]) if title is None else title

    @property
    def abstract(self) -> str | None:
        """With white space folded."""
        if self._abstract is None:
            text = self._text(self.abstract_bytes, _ABSTRACT)
            self._abstract = fold(self.fields.get("abstract") or "") if text is None else text
        return self._abstract or None

    def _text(self, written: bytes | None, pattern: re.Pattern[bytes]) -> str | None:
        """A text that is cut out of the line, white space folded; None if it is no JSON."""
        if written and (text := _one_line(written)):
            return text
        if self._fields is None and (found := pattern.search(self.line)):
            # What is no JSON is found, and named, when the whole line is read.
            with suppress(orjson.JSONDecodeError):
                return fold(orjson.loads(found[1]))
        return None

    @property
    def fields(self) -> Fields:
        """Everything; UsageTrouble with the line's number for what is no record."""
        if self._fields is None:
            self._fields = _read(self.line, f":{self.number}")
        return self._fields

    def check_ends(self) -> None:
        """UsageTrouble for a line that was cut off: all that is looked at where nobody reads it."""
        if not (self.line.lstrip().startswith(b"{") and self.line.rstrip().endswith(b"}")):
            _ = self.fields

    @property
    def given_id(self) -> str | None:
        """The arXiv id as it is written, of a record or of another row of papers."""
        given = self.fields.get("id") or self.fields.get("arxiv_id")
        return given if isinstance(given, str) else None

    @property
    def year(self) -> int | None:
        """The year in which a paper was announced, by its id."""
        arxiv_id = ArxivId.parse(self.given_id or "")
        return arxiv_id.announced_month[0] if arxiv_id else None


@dataclass(frozen=True, slots=True)
class WatchedRecords:
    """Reads the records of these categories; what has none is read, too."""

    categories: frozenset[bytes]

    @classmethod
    def of(cls, categories: Collection[str]) -> "WatchedRecords":
        return cls(frozenset(name.encode() for name in categories))

    def read(self, lines: Collection[bytes]) -> Iterator[SnapshotRecord]:
        """Their records, in order. Other categories are told from the bytes alone."""
        # The same few are in most records.
        is_other = lru_cache(maxsize=1 << 14)(self._has_none_of)
        for number, line in enumerate(lines, 1):
            written = _cut(line, _CATEGORIES_KEY)
            if written is None or b"\\" in written:
                found = _CATEGORIES.search(line)
                written = found[1] if found else None
            record = SnapshotRecord(line, number)
            if written is not None and is_other(written):
                record.check_ends()
            elif line and not line.isspace():
                yield record

    def _has_none_of(self, written: bytes) -> bool:
        return self.categories.isdisjoint(written.split())


def _read(line: bytes, where: str) -> Fields:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as trouble:
        raise UsageTrouble(where, f"is not JSON ({trouble})", "copy the file anew") from None
    if not (isinstance(fields, dict) and _has_texts(fields)):
        raise UsageTrouble(
            where,
            f"is no record of a paper: {line[:60]!r}",
            "one object a line, with id, title and abstract",
        )
    return fields


def _has_texts(fields: Fields) -> bool:
    return isinstance(fields.get("title"), str) and isinstance(fields.get("abstract"), str | None)


def found(
    record: SnapshotRecord, now: datetime, days_off: Collection[date]
) -> tuple[Paper, Sighting] | None:
    """
    A record as the feeds showed it on its first day; None where its id is none, or it is too long.

    Without the times of its versions a paper counts from the first day of its month.
    """
    fields, arxiv_id = record.fields, ArxivId.parse(record.given_id or "")
    title, abstract = record.title, record.abstract
    if arxiv_id is None or not title or len(title) > MAX_RECORD_TITLE_CHARS:
        return None
    if len(abstract or "") > MAX_RECORD_ABSTRACT_CHARS:
        return None
    versions = _versions(fields.get("versions"))
    first = expected_day(versions[0], days_off) if versions else date(*arxiv_id.announced_month, 1)
    paper = Paper(
        arxiv_id=arxiv_id.base,
        version=max(len(versions), 1),
        title=title,
        abstract=abstract,
        authors=tuple(_authors(fields)),
        categories=tuple(_categories(fields.get("categories"))),
        published=versions[0] if versions else None,
        updated=versions[-1] if versions else None,
        announced=first,
        comments=_line(fields.get("comments")),
        journal_ref=_line(fields.get("journal-ref")),
        doi=_line(fields.get("doi")),
        license=_line(fields.get("license")),
    )
    link = f"{paper.arxiv_id}v{paper.version}"
    return paper, Sighting(NAME, paper.key, now, "new", 1, first, link)


def _versions(given: object) -> list[datetime]:
    """When each version was submitted, oldest first; empty where one can't be read."""
    rows = given if isinstance(given, list) else []
    moments = [
        read_moment(str(row.get("created", ""))) if isinstance(row, dict) else None for row in rows
    ]
    read = [m for m in moments if m is not None and FIRST_YEAR <= m.year <= LAST_YEAR]
    return read if len(read) == len(rows) else []


def _authors(fields: Fields) -> Iterator[str]:
    """Names, from family name, first name and suffix, or from one text with all of them."""
    parsed, text = fields.get("authors_parsed"), fields.get("authors")
    if isinstance(parsed, list) and parsed:
        for parts in parsed:
            family, first, suffix = [*(parts if isinstance(parts, list) else []), "", "", ""][:3]
            yield from filter(None, [person_name(f"{first} {family} {suffix}")])
    elif isinstance(text, str):
        yield from split_sentence(text)


def _categories(given: object) -> list[str]:
    if isinstance(given, list):
        return [name for name in given if isinstance(name, str)]
    return given.split() if isinstance(given, str) else []


def _line(given: object) -> str | None:
    return fold(given) or None if isinstance(given, str) else None
