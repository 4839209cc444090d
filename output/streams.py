"""
Standard output and error that never interrupt work.

What a terminal cannot show is escaped by its number. Where a stream is closed, full or without
a reader, the rest of the text is dropped and the first error is remembered: the command that
prints has written its files by then and must reach its own end.
"""

import codecs
import io
import os
import sys
from collections.abc import Iterable
from typing import BinaryIO, TextIO

STDIN, STDOUT, STDERR = range(3)


class Drain(io.RawIOBase):
    """A file descriptor that takes every byte; ``trouble`` is why the rest goes nowhere."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.trouble: OSError | None = None

    def write(self, data: object) -> int:
        view = memoryview(data)  # type: ignore[arg-type]
        while self.trouble is None:
            try:
                return os.write(self._descriptor, view)
            except BlockingIOError:
                # Some that start us give a pipe that doesn't wait: then we do.
                import select

                select.select([], [self._descriptor], [])
            except OSError as trouble:
                self.trouble = trouble
        return view.nbytes

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def fileno(self) -> int:
        return self._descriptor


def open_streams() -> None:
    """
    Put the standard streams of this process on drains.

    A closed one is opened on the null device: otherwise the next file that is opened, such as the
    store, would get its number, and with it everything that a child process prints.
    """
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(STDIN, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _text(STDOUT, sys.stdout)
    sys.stderr = _text(STDERR, sys.stderr)


def leave_ascii() -> None:
    """
    Start this process anew with UTF-8 for names and arguments, where the locale knows only ASCII.

    A title or a file's name with an umlaut would otherwise arrive in pieces. What is printed keeps
    to the terminal's encoding.
    """
    if codecs.lookup(sys.getfilesystemencoding()).name != "ascii" or not sys.executable:
        return
    os.environ.setdefault("PYTHONIOENCODING", "ascii")
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606


def _text(descriptor: int, old: TextIO | None) -> TextIO:
    if old is not None:
        old.flush()
    encoding = _encoding(old.encoding) if old is not None else "utf-8"
    return (_AsciiText if encoding == "ascii" else io.TextIOWrapper)(
        io.BufferedWriter(Drain(descriptor)),
        encoding="utf-8" if encoding == "ascii" else encoding,
        errors="backslashreplace",
        line_buffering=descriptor == STDERR or os.isatty(descriptor),
    )


def _encoding(name: str) -> str:
    """The encoding of a stream; UTF-8 for one that cannot say what it lacks, such as ``idna``."""
    try:
        "ü".encode(name, "backslashreplace")
    except UnicodeError:
        return "utf-8"
    return codecs.lookup(name).name


class _AsciiText(io.TextIOWrapper):
    """Click takes a stream that says ASCII for a mistake, and writes UTF-8: so this one doesn't."""

    def write(self, text: str, /) -> int:
        return super().write(text.encode("ascii", "backslashreplace").decode("ascii"))


def why_lost(stream: TextIO) -> OSError | None:
    """Why text of this stream reached nobody, after what is still buffered has been written."""
    drain = _drain_of(stream)
    if drain is None:
        return None
    stream.flush()
    return drain.trouble


def write_lines(lines: Iterable[bytes], without: str = "") -> None:
    """
    Write to standard output as lines come, until they end or nobody reads them any more.

    ``without`` is said on standard error where there is no line.
    """
    out: BinaryIO = sys.stdout.buffer
    drain = _drain_of(sys.stdout)
    sys.stdout.flush()
    for line in lines:
        without = "" if line else without
        out.write(line)
        if drain is not None and drain.trouble is not None:
            return
    out.flush()
    if without:
        sys.stderr.write(f"{without}\n")


def _drain_of(stream: TextIO) -> Drain | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, Drain) else None
