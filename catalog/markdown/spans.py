"""
Cuts a list file into spans: headings, lines of the table of contents, items, text, code.

Any bytes may come in. The spans, put together again, are these bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

SpanKind = Literal["heading", "toc", "entry", "text", "fence"]

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_BOM = b"\xef\xbb\xbf"
_HEADING = re.compile(rb" {0,3}(#{1,6})(?=[ \t\r\n]|\Z)")
# A bound on the anchor, because many unclosed ones on one line would each be read to its end.
_TOC = re.compile(rb"[ \t]*[-*+][ \t]+\[.*\]\(#[^()\s]{0,400}\)[ \t]*\r?\n?")
_ITEM = re.compile(rb"[-*+](?:[ \t]|\r?\n|\Z)")
_RULE = re.compile(rb" ?(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\r?\n?")
_BOLD_LINE = re.compile(rb"\*\*[^*]+\*\*[ \t]*\r?\n?")
_FENCE = re.compile(rb" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
# Where HTML begins that Markdown leaves alone, and where it ends.
_HTML = re.compile(rb" {0,3}<(?:(!--)|(script|pre|style|textarea)\b)", re.IGNORECASE)
_MERGE = re.compile(rb"<{7} |={7}\r?\n|>{7} ")


@dataclass(frozen=True, slots=True)
class Span:
    """
    A stretch of the file; ``raw`` are its bytes, ``start`` its place, ``line`` its first line.

    A heading has a ``level`` and a ``text``.
    """

    kind: SpanKind
    raw: bytes
    start: int
    line: int
    level: int = 0
    text: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.raw)


def cut(data: bytes) -> tuple[Span, ...]:
    """The spans of any bytes, in time proportional to their length."""
    return tuple(_Reader(_LINE.findall(data)).spans())


class _Reader:
    """Goes through the lines once, from left to right."""

    def __init__(self, lines: list[bytes]) -> None:
        self.lines = lines
        self.at = 0
        self.start = 0

    def spans(self) -> Iterator[Span]:
        while self.at < len(self.lines):
            kind = self._kind()
            yield self._heading() if kind == "heading" else self._span(kind, self._until(kind))

    def _kind(self) -> SpanKind:
        line = self._line(self.at)
        first = line.lstrip()[:1]
        if first == b"#" and _HEADING.match(line):
            return "heading"
        if first in b"-*+" and first:
            if _TOC.fullmatch(line):
                return "toc"
            if _ITEM.match(line) and not _RULE.fullmatch(line):
                return "entry"
        return "fence" if _opens_fence(line) else "text"

    def _line(self, number: int) -> bytes:
        """A line; the mark at the beginning of some files is not part of the first one."""
        line = self.lines[number]
        return line.removeprefix(_BOM) if number == 0 else line

    def _until(self, kind: SpanKind) -> int:
        """The line after the span that begins here."""
        if kind == "entry":
            return self._end_of_entry()
        if kind == "fence":
            return self._end_of_fence()
        return self.at + 1 if kind == "toc" else self._end_of_text()

    def _end_of_entry(self) -> int:
        """
        An entry goes on over indented lines, and over others that no blank line parts from it.

        Blank lines at its end are not its own.
        """
        end = number = self.at + 1
        while number < len(self.lines):
            line = self.lines[number]
            if line.strip():
                if _ends_entry(line, after_blank=number > end):
                    break
                end = number + 1
            number += 1
        return end

    def _end_of_fence(self) -> int:
        """To the closing line, or to the end of the file where there is none."""
        opening = self._line(self.at)
        fence = _FENCE.match(opening)
        closes = _closes_fence(fence[1]) if fence else _closes_html(opening)
        number = self.at if fence is None else self.at + 1
        while number < len(self.lines):
            if closes.search(self.lines[number]):
                return number + 1
            number += 1
        return number

    def _end_of_text(self) -> int:
        begun, self.at = self.at, self.at + 1
        while self.at < len(self.lines) and (
            not self.lines[self.at].strip() or self._kind() == "text"
        ):
            self.at += 1
        end, self.at = self.at, begun
        return end

    def _heading(self) -> Span:
        match = _HEADING.match(self._line(self.at))
        level, after = (len(match[1]), match.end()) if match else (0, 0)
        text = _heading_text(self._line(self.at)[after:])
        return self._span("heading", self.at + 1, level=level, text=text)

    def _span(self, kind: SpanKind, end: int, *, level: int = 0, text: str = "") -> Span:
        raw = b"".join(self.lines[self.at : end])
        span = Span(kind, raw, self.start, self.at + 1, level, text)
        self.at, self.start = end, self.start + len(raw)
        return span


def _heading_text(line: bytes) -> str:
    """What a heading says, without the marks that may close it."""
    text = line.decode("utf-8", "replace").strip()
    open_end = text.rstrip("#")
    return open_end.rstrip() if open_end[-1:] in ("", " ", "\t") else text


def _ends_entry(line: bytes, *, after_blank: bool) -> bool:
    if line[:1] == b"\t" or line[:2] == b"  ":
        return False
    if line[:1] in b"-*+" and (_ITEM.match(line) or _RULE.fullmatch(line)):
        return True
    first = line.lstrip()[:1]
    if first in b"#`~<_>=-*" and _begins_another(line):
        return True
    return after_blank and line[:1] != b" "


def _begins_another(line: bytes) -> bool:
    """A heading, rule, bold line, fence, comment or merge mark needs no blank line before it."""
    return bool(
        _HEADING.match(line)
        or _RULE.fullmatch(line)
        or _BOLD_LINE.fullmatch(line)
        or _opens_fence(line)
        or _MERGE.match(line)
    )


def _opens_fence(line: bytes) -> bool:
    return bool(_FENCE.match(line) or _HTML.match(line))


def _closes_fence(fence: bytes) -> re.Pattern[bytes]:
    mark = re.escape(fence[:1])
    return re.compile(rb"^ {0,3}" + mark + rb"{%d,}[ \t]*\r?\n?$" % len(fence))


def _closes_html(opening: bytes) -> re.Pattern[bytes]:
    match = _HTML.match(opening)
    if match is None or match[1]:
        return re.compile(rb"-->")
    return re.compile(rb"</(?:script|pre|style|textarea)>", re.IGNORECASE)
