"""
Anchors of headings, as GitHub makes them, and whether the table of contents meets them.

Adds a section to a list: its heading, and its line in the table of contents.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import (
    blank_lines_of_empty,
    entries_touch_headings,
    find_section,
    patched,
    readable,
)
from catalog.markdown.findings import Edit, Finding
from catalog.markdown.listfile import ListFile, ListSection, parse
from catalog.markdown.spans import Span

_LINE = re.compile(
    r"\ufeff?(?P<indent>[ \t]*)(?P<bullet>[-*+])[ \t]+\[(?P<title>.*)\]\(#(?P<anchor>[^()\s]*)\)"
)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\s]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = re.compile(r"<[/a-zA-Z!][^<>]*>")
_OWN_ANCHOR = re.compile(rb"<[^<>]{0,200}?\b(?:id|name)=[\"']([^\"'<>]{1,200})[\"']", re.IGNORECASE)
# Browsers go to the top of the page for these two.
_TOP = ("", "top")

_BOM = b"\xef\xbb\xbf"
_NOT_IN_NAME = re.compile(r"[\[\]<>`\\\x00-\x1f\x7f]|^[#\s]|[#\s]$")


@dataclass(frozen=True, slots=True)
class Anchored:
    """A heading, the anchor that GitHub gives it, and the names of the headings above it."""

    heading: Span
    anchor: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A line of the table of contents; ``above`` are the titles it is indented under."""

    span: Span
    indent: str
    bullet: str
    title: str
    anchor: str
    above: tuple[str, ...]

    def with_anchor(self, anchor: str) -> bytes:
        """The line as it stands, leading somewhere else."""
        return self.span.raw.replace(f"(#{self.anchor})".encode(), f"(#{anchor})".encode())


def check_contents(parsed: ListFile) -> list[Finding]:
    """Lines that lead nowhere, and where contents and headings differ."""
    lines, headings = contents(parsed), anchored(parsed)
    if not lines:
        return []
    by_anchor = {one.anchor: one for one in headings}
    own = {name.decode("utf-8", "replace") for name in _own_anchors(parsed)}
    found = []
    for line in lines:
        target = by_anchor.get(line.anchor)
        if target:
            found += _differs(line, target, headings)
        elif line.anchor not in own and line.anchor not in _TOP:
            found.append(_nowhere(line, headings))
    wrong = {finding.line for finding in found}
    right = [line for line in lines if line.anchor in by_anchor and line.span.line not in wrong]
    return [*found, *_missing(lines, headings), *_order(right, by_anchor)]


def _own_anchors(parsed: ListFile) -> Iterator[bytes]:
    for span in parsed.spans:
        yield from _OWN_ANCHOR.findall(span.raw)


def _differs(line: ContentsLine, target: Anchored, headings: list[Anchored]) -> list[Finding]:
    """The line leads to a heading of another name, or to one under another heading."""
    named = plain(target.heading.text)
    place = f"line {target.heading.line}"
    if named.casefold() != line.title.casefold():
        what = f'"{line.title}" leads to "{named}" ({place})'
        return [Finding(line.span.line, what, name="contents", do="use the heading's own name")]
    if target.heading.level == 1 or line.above == target.above:
        return []
    what = f'"{" > ".join((*line.above, line.title))}" leads to '
    what += f'"{" > ".join((*target.above, named))}" ({place})'
    right = [
        one
        for one in headings
        if (*one.above, plain(one.heading.text)) == (*line.above, line.title)
    ]
    do = f"write #{right[0].anchor}" if right else "move the line, or the heading"
    return [Finding(line.span.line, what, name="contents", do=do)]


def _nowhere(line: ContentsLine, headings: list[Anchored]) -> Finding:
    same = [one.anchor for one in headings if plain(one.heading.text) == line.title]
    near = same or difflib.get_close_matches(line.anchor, [one.anchor for one in headings], n=1)
    do = f"did you mean #{near[0]}?" if near else "take the line out, or add the section"
    return Finding(
        line.span.line, f"#{line.anchor} leads nowhere", error=True, name="anchor", do=do
    )


def _missing(lines: list[ContentsLine], headings: list[Anchored]) -> list[Finding]:
    """Headings that no line leads to; the title needs none."""
    led_to = {line.anchor for line in lines}
    return [
        Finding(
            one.heading.line,
            f'"{plain(one.heading.text)}" is not in the contents',
            name="contents",
            do=f"a line for it would lead to #{one.anchor}",
        )
        for one in headings[1 if headings and headings[0].heading.level == 1 else 0 :]
        if one.anchor not in led_to
    ]


def _order(lines: list[ContentsLine], by_anchor: dict[str, Anchored]) -> list[Finding]:
    """The first line that leads to a place before the one above it."""
    for before, line in pairwise(lines):
        if by_anchor[line.anchor].heading.start < by_anchor[before.anchor].heading.start:
            what = f'"{line.title}" stands in the file before "{before.title}"'
            return [Finding(line.span.line, what, name="contents", do="use the file's order")]
    return []


def slug(text: str) -> str:
    """What GitHub makes of a heading: lower case, no punctuation, hyphens for blanks."""
    kept = (sign for sign in plain(text).lower() if sign in "- " or _in_words(sign))
    return "".join(kept).replace(" ", "-")


def _in_words(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LM" or category in ("Nd", "Pc")


def plain(text: str) -> str:
    """The words of a heading that a reader sees."""
    return _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text))).strip()


def anchored(parsed: ListFile) -> list[Anchored]:
    """Every heading with its anchor; the second of a kind gets -1, and the title counts."""
    seen: dict[str, int] = {}
    above: list[tuple[int, str]] = []
    found: list[Anchored] = []
    for heading in (span for span in parsed.spans if span.kind == "heading"):
        above = [outer for outer in above if outer[0] < heading.level]
        own = slug(heading.text)
        times = seen.get(own, 0)
        seen[own] = times + 1
        names = tuple(name for _, name in above)
        found.append(Anchored(heading, f"{own}-{times}" if times else own, names))
        # The title is above everything, and named nowhere.
        if len(found) > 1 or heading.level > 1:
            above.append((heading.level, plain(heading.text)))
    return found


def contents(parsed: ListFile) -> list[ContentsLine]:
    """The table of contents; lines that lead to the title are above no other."""
    top = {one.anchor for one in anchored(parsed)[:1] if one.heading.level == 1}
    above: list[tuple[int, str]] = []
    lines = []
    for span in (span for span in parsed.spans if span.kind == "toc"):
        match = _LINE.match(span.raw.decode("utf-8", "replace"))
        if match is None:
            continue
        depth, title = len(match["indent"].expandtabs(4)), plain(match["title"])
        above = [outer for outer in above if outer[0] < depth]
        names = tuple(name for _, name in above)
        lines.append(
            ContentsLine(span, match["indent"], match["bullet"], title, match["anchor"], names)
        )
        if match["anchor"] not in top:
            above.append((depth, title))
    return lines


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


def _last(parsed: ListFile) -> ListSection | None:
    """The last section that is not nested."""
    return next((one for one in reversed(parsed.sections) if len(one.path) == 1), None)


def _not_there(parsed: ListFile, title: str, before: ListSection | None, name: str) -> None:
    path = (*(before.path[:-1] if before else ()), title)
    for one in parsed.sections:
        if [part.casefold() for part in one.path] == [part.casefold() for part in path]:
            raise ListConflict(
                f"{name}:{one.heading.line}",
                f'there is a section "{one.name}" already',
                "use it, or choose another name",
            )


def _heading(data: bytes, parsed: ListFile, title: str, before: ListSection | None) -> Edit:
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


def _following(parsed: ListFile, before: ListSection | None) -> int | None:
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


def _below(line: ContentsLine, indent: str, bullet: str, new: Anchored) -> Edit:
    text, ending = _text(indent, bullet, new), _ending(line)
    whole = text + ending if line.span.raw.endswith(b"\n") else ending + text
    return line.span.end, line.span.end, whole


def _text(indent: str, bullet: str, new: Anchored) -> bytes:
    return f"{indent}{bullet} [{new.heading.text}](#{new.anchor})".encode()


def _ending(line: ContentsLine) -> bytes:
    return b"\r\n" if line.span.raw.endswith(b"\r\n") else b"\n"


def _last_nested(lines: list[ContentsLine], line: ContentsLine) -> ContentsLine:
    for following in lines[lines.index(line) + 1 :]:
        if len(following.indent.expandtabs(4)) <= len(line.indent.expandtabs(4)):
            break
        line = following
    return line


def _step(lines: list[ContentsLine]) -> str:
    """What one level is indented by in this file."""
    return min((line.indent for line in lines if line.indent), key=len, default="  ")
