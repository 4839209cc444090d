"""
Files of millions of papers, cut into parts that can be read apart from each other.

A plain file is cut by bytes: a line belongs to the part in which it begins. What is packed, or
comes through a pipe, can be read from its beginning only, so its parts carry their lines with them.
Of a Parquet file each row group is a part, and each row becomes a line. Whoever works on a part
sees JSON Lines in any case.
"""

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol, TypeVar, cast

from catalog.errors import UsageTrouble
from catalog.jsonl import BYTE_ORDER_MARK, GZIP_MAGIC, MAX_LINE_BYTES
from config.plain_files import open_file
from pipelines.bulk.parquet import group_sizes, row_lines

# Bytes of a part: half a second of judging, and little memory however many parts are under way.
PART_BYTES = 8 << 20
PARQUET_MAGIC = b"PAR1"
SEEK_BYTES = 1 << 20
NEWLINE = b"\n"

Result = TypeVar("Result", covariant=True)


class Task(Protocol[Result]):
    """What is done with the lines of a part; it travels to other processes."""

    def __call__(self, lines: Sequence[bytes]) -> Result: ...


@dataclass(frozen=True, slots=True)
class FilePart:
    """
    Some lines of a file: those that begin from byte ``start`` on and before byte ``end``.

    ``body`` are the lines themselves where they can't be read again, ``before`` how many lines of
    the file come before them. ``group`` is the row group of a Parquet file, -1 for any other.
    ``done`` is how much of the file is read with this part, from 0 to 1.
    """

    name: str
    start: int
    end: int
    done: float
    body: bytes | None = None
    before: int | None = None
    group: int = -1

    def run(self, task: Task[Result]) -> Result:
        """What the task makes of the lines; UsageTrouble names a wrong line by its number."""
        try:
            return task(self.lines())
        except UsageTrouble as trouble:
            number = trouble.where.rpartition(":")[2]
            if not number.isdecimal():
                raise
            where = f"{self.name}:{self._lines_before() + int(number)}"
            raise UsageTrouble(where, trouble.matter, trouble.do) from None
        except OSError as trouble:
            raise unread(self.name, trouble) from trouble

    def lines(self) -> list[bytes]:
        """The lines, without their ends."""
        if self.group >= 0:
            with opened(self.name) as file:
                return row_lines(file, self.group)
        body = _read(self.name, self.start, self.end) if self.body is None else self.body
        return (body if self.start else body.removeprefix(BYTE_ORDER_MARK)).split(b"\n")

    def _lines_before(self) -> int:
        if self.before is not None:
            return self.before
        with opened(self.name) as file:
            pieces = iter(partial(file.read, SEEK_BYTES), b"")
            return sum(piece.count(b"\n") for piece in _cut(pieces, _begin(self.name, self.start)))


def parts(
    name: str, stream: IO[bytes] | None = None, size: int | None = None
) -> Iterator[FilePart]:
    """
    The parts of a file, in order; of ``stream`` if it is given, which may be a pipe.

    ``name`` is a path, or an address like ``s3://bucket/file`` where its package is installed.
    UsageTrouble where it can't be read.
    """
    size = size or PART_BYTES
    try:
        if stream is not None and not _is_plain_file(name):
            yield from _of_stream(name, io.BufferedReader(cast(io.RawIOBase, stream)), None, size)
            return
        with opened(name) as file:
            head, length = file.read(len(PARQUET_MAGIC)), file.seek(0, os.SEEK_END)
            file.seek(0)
            if head == PARQUET_MAGIC:
                yield from _of_table(name, file)
            elif head.startswith(GZIP_MAGIC):
                yield from _of_stream(name, file, length, size)
            else:
                yield from _of_bytes(name, length, size)
    except OSError as trouble:
        raise unread(name, trouble) from trouble


def unread(name: str, trouble: OSError) -> UsageTrouble:
    """What is said of a file that cannot be read."""
    return UsageTrouble(name, f"cannot be read ({trouble.strerror or trouble})")


def without_records(name: str) -> UsageTrouble:
    """What is said of a file that was read to its end and holds nothing."""
    return UsageTrouble(name, "holds no records", "download it again")


def count_records(lines: Sequence[bytes]) -> int:
    """The lines that aren't blank."""
    return sum(not line.isspace() for line in lines if line)


def opened(name: str) -> IO[bytes]:
    """The file of a path, or of an address with a protocol."""
    if "://" not in name:
        return io.BufferedReader(cast(io.RawIOBase, open_file(Path(name))))
    import fsspec

    return cast(IO[bytes], fsspec.open(name, "rb").open())


def _is_plain_file(name: str) -> bool:
    return Path(name).is_file()


def _of_bytes(name: str, length: int, size: int) -> Iterator[FilePart]:
    for start in range(0, length, size):
        end = min(start + size, length)
        yield FilePart(name, start, end, end / length)


def _of_stream(name: str, file: Any, length: int | None, size: int) -> Iterator[FilePart]:
    """Lines of a packed file or a pipe; without a length nobody knows how much is left."""
    packed = file.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC)
    source = gzip.GzipFile(fileobj=file) if packed else file
    rest, start, before = b"", 0, 0
    try:
        while block := source.read(size):
            body, _, rest = (rest + block).rpartition(b"\n")
            if len(rest) > MAX_LINE_BYTES:
                raise UsageTrouble(
                    f"{name}:{before + 1}", f"is longer than {MAX_LINE_BYTES >> 20} MB"
                )
            if body:
                done = file.tell() / length if length else 0.0
                end = start + len(body) + 1
                yield FilePart(name, start, end, done, body, before)
                start, before = end, before + body.count(b"\n") + 1
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise UsageTrouble(
            name, "cannot be unpacked: the file is cut off or damaged", "copy it anew"
        ) from None
    if rest:
        yield FilePart(name, start, start + len(rest), 1.0, rest, before)


def _of_table(name: str, file: IO[bytes]) -> Iterator[FilePart]:
    """Row groups; ``start`` and ``end`` are the numbers of rows."""
    counts = group_sizes(file, name)
    total, start = sum(counts), 0
    for group, count in enumerate(counts):
        end = start + count
        yield FilePart(name, start, end, end / total, before=start, group=group)
        start = end


def _read(name: str, start: int, end: int) -> bytes:
    """The lines that begin in these bytes, the last one whole, without its end."""
    with opened(name) as file:
        start = _begin_in(file, start)
        if start >= end:
            return b""
        length = _begin_in(file, end) - start
        if length - (end - start) >= MAX_LINE_BYTES:
            raise UsageTrouble(f"{name}, byte {start}", f"has a line of {MAX_LINE_BYTES >> 20} MB")
        file.seek(start + length - 1)
        # Without a copy of the whole, which is larger than a processor keeps at hand.
        length -= file.read(1) == b"\n"
        file.seek(start)
        return file.read(length)


def _begin(name: str, start: int) -> int:
    with opened(name) as file:
        return _begin_in(file, start)


def _begin_in(file: IO[bytes], start: int) -> int:
    """The first line that begins at this byte or later; of one that is too long, some byte."""
    if not start:
        return 0
    file.seek(start - 1)
    for _ in range(MAX_LINE_BYTES // SEEK_BYTES + 1):
        piece = file.readline(SEEK_BYTES)
        if not piece or piece.endswith(b"\n"):
            break
    return file.tell()


def _cut(pieces: Iterable[bytes], length: int) -> Iterator[bytes]:
    """The first so many bytes."""
    for piece in pieces:
        if length <= 0:
            return
        yield piece[:length]
        length -= len(piece)
