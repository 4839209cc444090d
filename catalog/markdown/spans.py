"""
Cuts a list file into spans: headings, lines of the table of contents, items, text, code.

Any bytes may come in. The spans, put together again, are these bytes. An item is whatever may
stand for one work: a bullet, number or task with everything below it, an item nested in another
that names a work of its own, a table row, ``<li>`` or ``<tr>``, or lines below a bold title.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape
from typing import Literal

from catalog.markdown import lines as line_of
from catalog.publishers import PUBLISHERS
from config.patterns import lazy_regex

SpanKind = Literal["heading", "toc", "entry", "text", "fence"]
ItemKind = Literal["bullet", "number", "task", "row", "lines"]

_LINE = lazy_regex(rb"[^\n]*\n|[^\n]+")
_MARKER = lazy_regex(
    rb"(?P<indent>[ \t]*)(?P<marker>(?:[-*+]|(?P<number>\d{1,9})[.)])(?:(?:[ \t]|\xc2\xa0)+|\s|\Z)"
    rb"(?P<task>\[[ xX]\][ \t]+)?|<(?:li|tr|details)\b[^<>]{0,300}>|\*\*\d{1,4}[.)][ \t]*|\|?)",
    re.IGNORECASE,
)
# A bullet that begins in bold or with an emoji before that, with the lines indented below it that
# begin no item, up to another bullet or a heading: nearly all of a list in Efficient LLM's form.
_BOLD_ITEM = lazy_regex(
    rb"- (?:[\xc3-\xff][\x80-\xff]*+ )*+\*\*[^\s\[][^\n]*+\n"
    rb"(?:(?:[ \t]*+\r?\n)*+(?:\t|[ ]{2})[ \t]*+(?:[^\s\d*+-]|[*+-][^\s*+-])[^\n]*+\n)*+"
    rb"(?=(?:[ \t]*+\r?\n)*+(?:- [^\s-]|\#{1,6}[ ]|\Z))"
)
_TAG = lazy_regex(r"<[^<>]{0,600}>")
# An entry that is a block of lines shows where the work is.
_OF_WORK = lazy_regex(
    rb"arxiv\.org/|huggingface\.co/papers|\.pdf\b|(?<![\w-])(?:" + PUBLISHERS.encode() + rb")/",
    re.IGNORECASE,
)
_DETAILS = lazy_regex(rb"<details\b.{0,200}\b(?:bib|cit|abstract|tl;?dr)", re.IGNORECASE)
_MAX_HEADING_LINES = 12
_MAX_DETAILS_LINES = 200
# A single block of lines below a heading is an introduction.
_MIN_BLOCKS = 2
_MIN_CHAPTERS = 2
# So many chapters with one block each are a list with a heading for each work.
_MIN_SINGLE = 5


@dataclass(frozen=True, slots=True)
class ItemForm:
    """
    How an item is set off: its kind, its marker with the blanks after it, its indentation.

    ``columns`` are the headings of the table of a row. ``depth`` counts the items it is nested in.
    """

    kind: ItemKind
    marker: str
    indent: str
    columns: tuple[str, ...] = ()
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """
    A stretch of the file; ``raw`` are its bytes, ``start`` its place, ``line`` its first line.

    A heading has a ``level`` and a ``text``, an entry a ``form``. ``depth`` of text that stands
    between nested entries counts the items it is in.
    """

    kind: SpanKind
    raw: bytes
    start: int
    line: int
    level: int = 0
    text: str = ""
    form: ItemForm | None = None
    depth: int = 0

    @property
    def end(self) -> int:
        return self.start + len(self.raw)


def spans_of(data: bytes) -> tuple[Span, ...]:
    """The spans of any bytes by their lines alone, in time proportional to their length."""
    spans = tuple(_Reader(data).spans())
    if any(span.form and span.form.kind == "lines" for span in spans):
        spans = tuple(_without_single_blocks(spans))
    return spans


def _without_single_blocks(spans: tuple[Span, ...]) -> Iterator[Span]:
    """
    Blocks of lines are entries where a chapter has several; else they are text.

    Where several chapters have several, or many have one, that is how the list writes: one that
    stands alone is one.
    """
    chapters: Counter[int] = Counter()
    chapter, of_span = 0, []
    for span in spans:
        chapter += span.kind == "heading"
        of_span.append(chapter)
        if _is_block(span):
            chapters[chapter] += 1
    usual = sum(number >= _MIN_BLOCKS for number in chapters.values()) >= _MIN_CHAPTERS
    usual = usual or len(chapters) >= _MIN_SINGLE
    for span, chapter in zip(spans, of_span, strict=True):
        single = not usual and _is_block(span) and chapters[chapter] < _MIN_BLOCKS
        yield replace(span, kind="text", form=None) if single else span


def _is_block(span: Span) -> bool:
    return bool(span.form and span.form.kind == "lines" and not span.form.marker)


class _Reader:
    """Goes through the lines once, from left to right."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.lines: list[bytes] = _LINE.findall(data)
        self.at = 0
        self.start = 0
        self.columns: tuple[str, ...] = ()
        self.in_table = False
        # Whether the foldable part on the line looked at last is a work, and where it ends.
        self.folded: dict[int, int] = {}

    def spans(self) -> Iterator[Span]:
        bold, form = _BOLD_ITEM.match, item_form("bullet", b"- ", b"", (), 0)
        while self.at < len(self.lines):
            if self.in_table and self._is_row():
                yield self._row()
                continue
            self.in_table = False
            while match := bold(self.data, self.start):
                raw = match[0]
                if b"](#" in raw:
                    # It may be a line of the contents.
                    break
                yield Span("entry", raw, self.start, self.at + 1, 0, "", form)
                self.at, self.start = self.at + raw.count(b"\n"), match.end()
            if self.at < len(self.lines):
                yield from self._next(self._kind())

    def _next(self, kind: str) -> Iterator[Span]:
        if kind == "item":
            yield from self._items()
        elif kind.endswith("heading"):
            self.columns = ()
            yield self._heading(kind)
        elif kind == "html":
            end = self._end_of_html_item()
            yield self._span("text", end) if self._is_table_head(end) else self._entry(end)
        elif kind == "details":
            yield self._entry(self._end_of_details())
        elif kind == "block":
            yield self._entry(self._end_of_block())
        elif kind == "table":
            yield self._table_head()
        elif kind == "row":
            yield self._row()
        elif kind == "fence":
            yield self._span("fence", self._end_of_fence())
        elif kind == "toc":
            yield self._span("toc", self.at + 1)
        else:
            yield self._span("text", self._end_of_text())

    def _kind(self) -> str:
        """What begins on the line."""
        line = self._line(self.at)
        bare = line.lstrip(b" \t")
        first = bare[:1]
        if not first or first in b"\r\n":
            return "text"
        if first == b"#":
            return "heading" if line_of.heading(line) else self._kind_of_text(line)
        if bare[0] in line_of.MARKERS:
            if line_of.is_contents(line):
                return "toc"
            if line_of.is_item(bare):
                return "item"
        if first in b"<`~":
            if line_of.opens_fence(line):
                return "fence"
            if first == b"<" and (kind := self._kind_of_tag(line)):
                return kind
        return self._kind_of_text(line)

    def _kind_of_tag(self, line: bytes) -> str:
        if line_of.html_heading(line):
            return "html-heading"
        if line_of.is_html_item(line):
            return "html"
        return "details" if line_of.is_details(line) and self._end_of_details() else ""

    def _kind_of_text(self, line: bytes) -> str:
        """A table, a heading that the next line underlines, a block of lines, or plain text."""
        following = self.lines[self.at + 1] if self.at + 1 < len(self.lines) else b""
        if b"|" in line:
            if line_of.is_delimiter_row(following):
                return "table"
            if self.columns and self._is_row() and line.lstrip()[:1] == b"|":
                return "row"
        if self.at and self.lines[self.at - 1].strip() and not self._below_heading():
            return "text"
        if line_of.underline_level(following):
            return "underlined-heading"
        bare = line_of.unindented(line)
        begins = line_of.is_bold_number(line) or line_of.is_titled(bare) or line_of.is_cited(bare)
        if begins and (self._names_work() or self._end_of_parts()):
            return "block"
        return "text"

    def _below_heading(self) -> bool:
        return bool(line_of.heading(self._line(self.at - 1)))

    def _names_work(self) -> bool:
        """Whether the lines up to the next blank one, or item, have the address of a work."""
        number = self.at
        while number < len(self.lines) and (bare := self.lines[number].strip()):
            if number > self.at and line_of.is_item(bare):
                return False
            if _OF_WORK.search(self.lines[number]):
                return True
            number += 1
        return False

    def _end_of_parts(self) -> int:
        """The line after the items that a title in bold has below it; 0 if it has none."""
        from catalog.markdown.title_blocks import end_of_parts  # list cat meets few of them

        return end_of_parts(self.lines, self.at)

    def _line(self, number: int) -> bytes:
        line = self.lines[number]
        return line_of.without_mark(line) if number == 0 else line

    def _items(self) -> Iterator[Span]:
        """An item and the entries nested in it; blank lines between them are text."""
        first = self.at
        end, marks = self._end_of_item()
        if not marks:
            yield self._entry(end)
            return
        # Most lists have no nested entries, and need not load what tells them apart.
        from catalog.markdown.nesting import divide

        for block in divide(self.lines, first, end, marks):
            last = block.end
            while last > block.start + 1 and not self.lines[last - 1].strip():
                last -= 1
            if block.own:
                yield self._entry(last, block.depth)
            else:
                yield self._span("text", last, depth=block.depth)
            if last < block.end:
                yield self._span("text", block.end, depth=block.depth)

    def _end_of_item(self) -> tuple[int, list[int]]:
        """
        The line after the item, and the lines in it that begin nested items.

        It goes on over indented lines, and over others that no blank line parts from it. Blank
        lines at its end are not its own.
        """
        opening = self._line(self.at)
        width, numbered = line_of.indent_of(opening), line_of.is_number(opening.lstrip())
        end = number = self.at + 1
        marks: list[int] = []
        while number < len(self.lines):
            line = self.lines[number]
            bare = line.lstrip()
            if bare:
                if bare[0] in line_of.MARKERS and line_of.is_item(bare):
                    aside = numbered and not line_of.is_number(bare)
                    aside = aside and (number == end or b"://" not in bare)
                    if line_of.indent_of(line) <= width + 1 and not aside:
                        break
                    marks.append(number)
                elif (
                    line[:1] != b"\t"
                    and line[:2] != b"  "
                    and line_of.ends_item(line, after_blank=number > end)
                ):
                    break
                end = number + 1
            number += 1
        return end, marks

    def _is_table_head(self, end: int) -> bool:
        """Whether a row of HTML has the headings of columns and no cell."""
        row = b"".join(self.lines[self.at : end]).lower()
        return row.lstrip()[:3] == b"<tr" and b"<th" in row and b"<td" not in row

    def _end_of_html_item(self) -> int:
        number = self.at
        while number < len(self.lines):
            line = self.lines[number]
            if number > self.at and (line_of.is_html_item(line) or line_of.heading(line)):
                break
            if line_of.closes_html_item(line):
                return number + 1
            number += 1
        while number > self.at + 1 and not self.lines[number - 1].strip():
            number -= 1
        return number

    def _end_of_block(self) -> int:
        """The lines up to a blank one, and the parts below: authors, a picture, BibTeX."""
        if parts := self._end_of_parts():
            return parts
        end = self.at + 1
        while end < len(self.lines):
            begun, self.at = self.at, end
            kind = self._kind() if self.lines[end].strip() else "blank"
            self.at = begun
            if kind == "blank":
                following = self._after_blank(end)
                if following == end:
                    break
                end = following
            elif kind in ("text", "fence"):
                end += 1
            else:
                break
        return end

    def _after_blank(self, number: int) -> int:
        """The line after the next part of a block of lines; ``number`` if there is none."""
        following = number
        while following < len(self.lines) and not self.lines[following].strip():
            following += 1
        if following == len(self.lines) or not line_of.goes_on(self.lines[following]):
            return number
        if self.lines[following][:8].lower() != b"<details":
            return following + 1
        if not _DETAILS.match(self.lines[following]):
            return number
        limit = min(len(self.lines), following + _MAX_DETAILS_LINES)
        ends = (at for at in range(following, limit) if b"</details>" in self.lines[at])
        return next(ends, number - 1) + 1

    def _end_of_details(self) -> int:
        """The line after a foldable part that is one work; 0 if it is none."""
        if self.at not in self.folded:
            self.folded = {self.at: self._find_end_of_details()}
        return self.folded[self.at]

    def _find_end_of_details(self) -> int:
        from catalog.markdown.heading_entries import is_folded_work  # list cat meets none

        depth, limit = 0, min(len(self.lines), self.at + _MAX_DETAILS_LINES)
        for number in range(self.at, limit):
            if b"etails" in self.lines[number].lower():
                depth += line_of.depth_of_details(self.lines[number])
                if depth <= 0:
                    raw = b"".join(self.lines[self.at : number + 1])
                    return number + 1 if is_folded_work(raw) else 0
        return 0

    def _end_of_fence(self) -> int:
        """To the closing line, or to the end of the file where there is none."""
        closes, after = line_of.end_of_fence(self._line(self.at))
        number = self.at + after
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

    def _table_head(self) -> Span:
        self.columns, self.in_table = columns_of(self._line(self.at)), True
        return self._span("text", self.at + 2)

    def _is_row(self) -> bool:
        line = self.lines[self.at]
        return line.count(b"|") >= 1 and not line_of.begins_another(line)

    def _row(self) -> Span:
        self.in_table = True
        return self._entry(self.at + 1)

    def _entry(self, end: int, depth: int = 0) -> Span:
        form = form_of(self._line(self.at), self.columns if self.in_table else (), depth)
        return self._span("entry", end, form=form)

    def _heading(self, kind: str) -> Span:
        line = self._line(self.at)
        match = line_of.heading(line)
        if match:
            text = _heading_text(line[match.end() :])
            return self._span("heading", self.at + 1, level=len(match[1]), text=text)
        if kind == "underlined-heading":
            level = line_of.underline_level(self.lines[self.at + 1])
            return self._span("heading", self.at + 2, level=level, text=_heading_text(line))
        return self._html_heading(line)

    def _html_heading(self, line: bytes) -> Span:
        match = line_of.html_heading(line)
        limit = min(len(self.lines), self.at + _MAX_HEADING_LINES)
        ends = (at for at in range(self.at, limit) if line_of.closes_heading(self.lines[at]))
        end = next(ends, self.at) + 1
        raw = b"".join(self.lines[self.at : end])
        text = raw[match.end() if match else 0 :].decode("utf-8", "replace")
        text = re.split(r"(?i)</h[1-6]", text, maxsplit=1)[0]
        shown = " ".join(unescape(_TAG.sub("", text)).split())
        return self._span("heading", end, level=int(match[1]) if match else 1, text=shown)

    def _span(
        self,
        kind: SpanKind,
        end: int,
        *,
        level: int = 0,
        text: str = "",
        form: ItemForm | None = None,
        depth: int = 0,
    ) -> Span:
        raw = b"".join(self.lines[self.at : end])
        span = Span(kind, raw, self.start, self.at + 1, level, text, form, depth)
        self.at, self.start = end, self.start + len(raw)
        return span


def columns_of(line: bytes) -> tuple[str, ...]:
    """The headings of a table, by its first line."""
    text = line.decode("utf-8", "replace").strip().removeprefix("|").removesuffix("|")
    return tuple(cell.strip() for cell in text.split("|"))


def form_of(line: bytes, columns: tuple[str, ...], depth: int) -> ItemForm:
    if line[:2] == b"- " and line[2:3] not in b" \t[\xc2\r\n" and not columns:
        return item_form("bullet", b"- ", b"", (), depth)
    match = _MARKER.match(line)
    marker, indent = (match["marker"], match["indent"]) if match else (b"", b"")
    if columns:
        return item_form("row", b"|" if line.lstrip()[:1] == b"|" else b"", indent, columns, 0)
    if marker[:2] == b"**" or marker[:1] in (b"", b"<", b"|"):
        return item_form("lines", marker, indent, (), depth)
    kind: ItemKind = "bullet"
    if match and match["task"]:
        kind = "task"
    elif match and match["number"]:
        kind = "number"
    return item_form(kind, marker, indent, (), depth)


@lru_cache(maxsize=512)
def item_form(
    kind: ItemKind, marker: bytes, indent: bytes, columns: tuple[str, ...], depth: int
) -> ItemForm:
    """The form of an item, from its marker and indentation as bytes."""
    text = marker.decode("utf-8", "replace"), indent.decode("utf-8", "replace")
    return ItemForm(kind, *text, columns, depth)


def _heading_text(line: bytes) -> str:
    """What a heading says, without the marks that may close it."""
    text = line.decode("utf-8", "replace").strip()
    open_end = text.rstrip("#")
    return open_end.rstrip() if open_end[-1:] in ("", " ", "\t") else text
