"""Cuts a list file into spans: by its lines, and where headings are the titles of works."""

import re
from collections.abc import Iterator

from catalog.markdown.heading_entries import MAX_ENTRY_BYTES, Chapter, length, titled
from catalog.markdown.spans import Span, item_form, spans_of


def cut(data: bytes) -> tuple[Span, ...]:
    """The spans of any bytes, in time proportional to their length."""
    return tuple(_with_titles(spans_of(data)))


def _with_titles(spans: tuple[Span, ...]) -> Iterator[Span]:
    """Headings that are the titles of works become entries, with the lines below them."""
    at = [number for number, span in enumerate(spans) if span.kind == "heading"]
    limits = [*at[1:], len(spans)][: len(at)]
    chapters = [_chapter(spans[first:last]) for first, last in zip(at, limits, strict=True)]
    own = titled(chapters)
    if not own:
        yield from spans
        return
    yield from spans[: at[0]]
    for number, (first, last) in enumerate(zip(at, limits, strict=True)):
        if number in own:
            yield from _entry_of(spans[first], chapters[number])
        else:
            yield from spans[first:last]


def _chapter(spans: tuple[Span, ...]) -> Chapter:
    heading = spans[0]
    long = spans[-1].end - heading.end > MAX_ENTRY_BYTES
    body = None if long else b"".join(span.raw for span in spans[1:])
    return Chapter(heading.level, heading.raw, heading.text, body)


def _entry_of(heading: Span, chapter: Chapter) -> Iterator[Span]:
    """The entry that begins with this heading, and the blank lines after it."""
    raw = heading.raw + (chapter.body or b"")
    end = length(raw)
    mark = re.match(r"\s*(?:#{1,6}[ \t]+)?", raw.decode("utf-8", "replace"))
    form = item_form("lines", (mark[0] if mark else "").encode(), b"", (), 0)
    yield Span("entry", raw[:end], heading.start, heading.line, form=form)
    if end < len(raw):
        line = heading.line + raw.count(b"\n", 0, end)
        yield Span("text", raw[end:], heading.start + end, line)
