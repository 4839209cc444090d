"""Reads rows of papers from JSON Lines: an id, a title, and often an abstract and a section."""

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from catalog.errors import UsageTrouble


@dataclass(frozen=True, slots=True)
class Row:
    """What a line says of a paper."""

    arxiv_id: str | None
    title: str
    abstract: str | None = None
    section: str | None = None


def read_rows(lines: Iterable[bytes], name: str) -> Iterator[Row]:
    """Every line as a row; UsageTrouble names the line that is none."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _row(line, f"{name}:{number}")


def read_file(path: Path) -> Iterator[Row]:
    """The rows of a file, compressed (.gz) or not."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        yield from read_rows(lines, str(path))


def _row(line: bytes, where: str) -> Row:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UsageTrouble(where, f"is not JSON: {error}", "one object a line") from None
    if not isinstance(said, dict):
        raise UsageTrouble(where, f"is not an object: {line[:60]!r}", "one object a line")
    values = {key: said.get(key) for key in ("arxiv_id", "title", "abstract", "section")}
    for key, value in values.items():
        if value is not None and not isinstance(value, str):
            raise UsageTrouble(where, f"{key} must be text, is {value!r:.60}")
    return Row(
        values["arxiv_id"], values["title"] or "", values["abstract"] or None, values["section"]
    )
