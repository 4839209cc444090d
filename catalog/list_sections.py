"""Adds a section to a list: its heading, and its line in the table of contents."""

import re

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.contents import Anchored, ContentsLine, anchored, contents, slug
from catalog.markdown.edits import (
    blank_lines_of_empty,
    entries_touch_headings,
    find_section,
    patched,
    readable,
)
from catalog.markdown.findings import Edit
from catalog.markdown.listfile import ListFile, Section, parse

_BOM = b"\xef\xbb\xbf"
_NOT_IN_NAME = re.compile(r"[\[\]<>`\\\x00-\x1f\x7f]|^[#\s]|[#\s]$")


def add_section(
    data: bytes, title: str, *, after: str | None = None, name: str = "the list"
) -> bytes:
    """
    Put an empty section below another one and all that is nested in it, or at the end.

    It looks as the file's empty sections do. Where the file has a table of contents, the section
    has a line there, and anchors that get another number are corrected.
    """
    _named(title)
    parsed = readable(data, name)
    before = find_section(parsed, after, name=name) if after else _last(parsed)
    _not_there(parsed, title, before, name)
    edit = _heading(data, parsed, title, before)
    headings = anchored(parse(patched(data, [edit])))
    if len(headings) != len(anchored(parsed)) + 1:
        raise ListConflict(
            name,
            "the heading would not be seen as one there",
            "look for a code block or comment above it that does not end",
        )
    return patched(data, [edit, *_contents(data, parsed, headings, edit[0])])


def _named(title: str) -> None:
    if not slug(title) or _NOT_IN_NAME.search(title):
        raise UsageTrouble("NAME", f"{title!r} cannot be a heading", "use words on one line")


def _last(parsed: ListFile) -> Section | None:
    """The last section that is not nested."""
    return next((one for one in reversed(parsed.sections) if len(one.path) == 1), None)


def _not_there(parsed: ListFile, title: str, before: Section | None, name: str) -> None:
    path = (*(before.path[:-1] if before else ()), title)
    for one in parsed.sections:
        if [part.casefold() for part in one.path] == [part.casefold() for part in path]:
            raise ListConflict(
                f"{name}:{one.heading.line}",
                f'there is a section "{one.name}" already',
                "use it, or choose another name",
            )


def _heading(data: bytes, parsed: ListFile, title: str, before: Section | None) -> Edit:
    """The heading and its blank lines, put before the next heading or at the file's end."""
    level = before.level if before else 2
    line = f"{'#' * level} {title}".encode()
    ending = b"\r\n" if data.count(b"\r\n") * 2 > data.count(b"\n") else b"\n"
    empty = blank_lines_of_empty(parsed)
    if empty is None:
        empty = 0 if entries_touch_headings(parsed) else 2
    following = _following(parsed, before)
    if following is not None:
        return following, following, line + ending * (1 + empty)
    end = len(data.rstrip(b"\r\n"))
    if not data[:end].removeprefix(_BOM):
        return end, end, line + (b"" if data.endswith(b"\n") else ending)
    last = parsed.sections[-1] if parsed.sections else None
    blank = last is not None and not any(span.raw.strip() for span in last.body)
    return end, end, ending * (1 + (empty if blank else _gap(parsed))) + line


def _following(parsed: ListFile, before: Section | None) -> int | None:
    """Where the next heading begins that is not nested in the section."""
    if before is None:
        return None
    starts = (
        one.heading.start
        for one in parsed.sections
        if one.heading.start > before.heading.start and one.level <= before.level
    )
    return next(starts, None)


def _gap(parsed: ListFile) -> int:
    """How many blank lines the file has between an entry and the next heading."""
    gaps = []
    for section in parsed.sections[:-1]:
        body = b"".join(span.raw for span in section.body)
        if body.strip():
            gaps.append(body[len(body.rstrip()) :].count(b"\n") - 1)
    default = 0 if entries_touch_headings(parsed) else 1
    return max(set(gaps), key=gaps.count) if gaps else default


def _contents(data: bytes, parsed: ListFile, headings: list[Anchored], at: int) -> list[Edit]:
    """The new line of the table of contents, and lines whose anchor has another number now."""
    lines = contents(parsed)
    if not lines:
        return []
    old = anchored(parsed)
    number = sum(one.heading.start < at for one in old)
    kept = headings[:number] + headings[number + 1 :]
    renamed = {a.anchor: b.anchor for a, b in zip(old, kept, strict=True) if a.anchor != b.anchor}
    edits = [
        (line.span.start, line.span.end, line.with_anchor(renamed[line.anchor]))
        for line in lines
        if line.anchor in renamed
    ]
    return [_new_line(data, lines, old[:number], headings[number]), *edits]


def _new_line(data: bytes, lines: list[ContentsLine], above: list[Anchored], new: Anchored) -> Edit:
    """Below the line of the heading before it, indented as that, or one step more."""
    by_anchor = {line.anchor: line for line in reversed(lines)}
    for one in reversed(above):
        line = by_anchor.get(one.anchor)
        if line is None or one.heading.level > new.heading.level:
            continue
        # A line of another depth leads here by mistake: #survey for the second "Survey".
        if len(line.above) != len(one.above):
            continue
        if one.heading.level == new.heading.level:
            return _below(_last_nested(lines, line), line.indent, line.bullet, new)
        return _below(line, line.indent + _step(lines), line.bullet, new)
    text = _text(lines[0].indent, lines[0].bullet, new)
    start = lines[0].span.start
    return start, start, text + _ending(lines[0])


def _last_nested(lines: list[ContentsLine], line: ContentsLine) -> ContentsLine:
    for following in lines[lines.index(line) + 1 :]:
        if len(following.indent.expandtabs(4)) <= len(line.indent.expandtabs(4)):
            break
        line = following
    return line


def _step(lines: list[ContentsLine]) -> str:
    """What one level is indented by in this file."""
    return min((line.indent for line in lines if line.indent), key=len, default="  ")


def _below(line: ContentsLine, indent: str, bullet: str, new: Anchored) -> Edit:
    text, ending = _text(indent, bullet, new), _ending(line)
    whole = text + ending if line.span.raw.endswith(b"\n") else ending + text
    return line.span.end, line.span.end, whole


def _text(indent: str, bullet: str, new: Anchored) -> bytes:
    return f"{indent}{bullet} [{new.heading.text}](#{new.anchor})".encode()


def _ending(line: ContentsLine) -> bytes:
    return b"\r\n" if line.span.raw.endswith(b"\r\n") else b"\n"
