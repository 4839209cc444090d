"""Reads papers from JSON Lines: id, title; abstract, section, date of listing, authors if known."""

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from catalog.errors import UsageTrouble
from catalog.jsonl import read_file_lines
from catalog.paper import FIRST_YEAR, LAST_YEAR


class Row(NamedTuple):
    """One paper of a file."""

    arxiv_id: str | None
    title: str
    abstract: str | None = None
    section: str | None = None
    first_added: datetime | None = None
    authors: tuple[str, ...] = ()


TEXTS = Row._fields[:-1]
TEXT_TYPES = frozenset((str, type(None)))


def read_rows(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    """Every line as a row; UsageTrouble names an invalid line."""
    for number, line in enumerate(lines, 1):
        if line and not line.isspace():
            yield _row(line, name, number)


def read_file(path: Path, *, may_be_empty: bool = False) -> Iterator[Row]:
    """
    The rows of a file, compressed (.gz) or not; UsageTrouble where it has none but should.

    What is measured or learned from nothing would look like a result. ``/dev/null`` is meant so.
    """
    is_empty = not may_be_empty and str(path) != os.devnull
    for row in read_rows(read_file_lines(path), str(path)):
        is_empty = False
        yield row
    if is_empty:
        raise UsageTrouble(str(path), "holds no papers", "write one a line, or leave the file out")


def _row(line: bytes, name: str, number: int) -> Row:
    try:
        fields = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageTrouble(
            f"{name}:{number}", f"is not JSON: {error}", "one object a line"
        ) from None
    if not isinstance(fields, dict):
        raise UsageTrouble(
            f"{name}:{number}", f"is not an object: {line[:60]!r}", "one object a line"
        )
    values = [*map(fields.get, TEXTS)]
    if not TEXT_TYPES.issuperset(map(type, values)):
        key, value = next(
            pair for pair in zip(TEXTS, values, strict=True) if type(pair[1]) not in TEXT_TYPES
        )
        raise UsageTrouble(f"{name}:{number}", f"{key} must be text, is {value!r:.60}")
    arxiv_id, title, abstract, section, first_added = values
    added = _moment(first_added, f"{name}:{number}") if first_added else None
    authors = _names(fields["authors"], f"{name}:{number}") if fields.get("authors") else ()
    return Row(arxiv_id, title or "", abstract or None, section, added, authors)


def _names(given: object, where: str) -> tuple[str, ...]:
    """Names as a list, or in one text with commas between them."""
    names = given.split(",") if isinstance(given, str) else given or ()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise UsageTrouble(where, f"authors is {given!r:.60}", "write a list of names")
    return tuple(name.strip() for name in names if name.strip())


def _moment(text: str, where: str) -> datetime:
    """A day (its first moment, UTC) or a time."""
    try:
        given = datetime.fromisoformat(text)
        if not FIRST_YEAR <= given.year <= LAST_YEAR:
            raise ValueError
    except ValueError:
        raise UsageTrouble(
            where, f"first_added is {text!r:.40}, not a date", "write e.g. 2024-11-24"
        ) from None
    return given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)
