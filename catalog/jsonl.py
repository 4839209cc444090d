"""Reads JSON Lines as people have them: compressed or not, with a byte order mark or none."""

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import orjson

from catalog.errors import UsageTrouble
from config.plain_files import open_file

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
GZIP_MAGIC = b"\x1f\x8b"
# One line of an export is a digest with its page and list; 64 MB hold the largest many times.
MAX_LINE_BYTES = 64 << 20
# Exports have none. A small .gz can hold a hundred million, which are minutes of work.
MAX_BLANK_LINES = 1_000_000
DO = "correct that line or take it out"


def read_lines(file: IO[bytes] | io.RawIOBase, name: str) -> Iterator[bytes]:
    """
    The lines of a file or pipe; what is compressed by gzip is told by its first bytes.

    UsageTrouble where it is damaged, or has a line that no computer should hold, or so many blank
    ones that it is no file of rows.
    """
    buffered = io.BufferedReader(cast(io.RawIOBase, file))
    number = blank = 0
    try:
        packed = buffered.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
        source = gzip.GzipFile(fileobj=buffered) if packed else buffered
        while line := source.readline(MAX_LINE_BYTES):
            number += 1
            if len(line) == MAX_LINE_BYTES:
                raise UsageTrouble(f"{name}:{number}", f"is longer than {MAX_LINE_BYTES >> 20} MB")
            blank += line.isspace()
            if blank > MAX_BLANK_LINES:
                raise UsageTrouble(
                    f"{name}:{number}",
                    f"is blank, as {MAX_BLANK_LINES:,} lines before it",
                    "take them out, if this is the right file",
                )
            yield line if number > 1 else line.removeprefix(BYTE_ORDER_MARK)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UsageTrouble(
            f"{name}:{number + 1}",
            "cannot be unpacked: the file is cut off or damaged",
            "copy it anew",
        ) from None
    except OSError as trouble:
        raise UsageTrouble(name, f"cannot be read ({trouble.strerror})") from trouble
    finally:
        # The file is its owner's to close.
        if not buffered.closed:
            buffered.detach()


def read_file_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file; UsageTrouble where it cannot be read."""
    try:
        with open_file(path) as file:
            yield from read_lines(file, str(path))
    except OSError as trouble:
        raise UsageTrouble(str(path), f"cannot be read ({trouble.strerror})") from trouble


def read_objects(lines: Iterable[bytes], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each line's place and object; an empty line is none, and UsageTrouble names a wrong one."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            where = f"{name}:{number}"
            yield where, _object(line, where)


def _object(line: bytes, where: str) -> dict[str, Any]:
    try:
        # As strict as JSON is; the other reader only tells names that stand twice.
        row = orjson.loads(line)
    except orjson.JSONDecodeError as trouble:
        raise UsageTrouble(where, f"is not JSON ({trouble})", DO) from None
    if not isinstance(row, dict):
        raise UsageTrouble(where, "is not a JSON object", DO)
    if line.count(b":") > len(row):
        try:
            json.loads(line, object_pairs_hook=lambda pairs: _once(pairs, where))
        except RecursionError:
            raise UsageTrouble(where, "is nested too deep", DO) from None
    return row


def _once(pairs: list[tuple[str, Any]], where: str) -> dict[str, Any]:
    """An object whose names stand once; of two values nobody knows which is meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            was, now = f"{found[name]!r:.40}", f"{value!r:.40}"
            raise UsageTrouble(where, f"says {name} twice: {was} and {now}", DO)
        found[name] = value
    return found
