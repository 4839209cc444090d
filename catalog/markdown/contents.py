"""The table of contents: GitHub's anchors, checks, and new sections with their line."""

import difflib
import html
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.edits import (
    blank_lines_of_empty,
    entries_touch_headings,
    find_section,
    patched,
    readable,
)
from catalog.markdown.findings import Edit, Finding
from catalog.markdown.listfile import ListFile, parse
from catalog.markdown.sections import ListSection, year_named
from catalog.markdown.spans import Span
from config.patterns import lazy_regex

_LINE = lazy_regex(
    r"\ufeff?(?P<indent>[ \t]*)(?P<bullet>[-*+])[ \t]+\[(?P<title>.*)\]\(#(?P<anchor>[^()\s]*)\)"
)
_IMAGE = lazy_regex(r"!\[[^\[\]]*\]\([^()\s]*\)")
_LINK = lazy_regex(r"\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = lazy_regex(r"<[/a-zA-Z!][^<>]*>")
_CODE = lazy_regex(r"(`[^`]*`)")
_EMPHASIS = lazy_regex(r"(?<![\\\w])(_{1,3})(?=[^\s_])(.+?)(?<=[^\s_\\])\1(?!\w)")
_ENTITY = lazy_regex(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_OWN_ANCHOR = lazy_regex(rb"<[^<>]{0,200}?\b(?:id|name)=[\"']([^\"'<>]{1,200})[\"']", re.IGNORECASE)
_CONTENTS = lazy_regex(r"\W*(?:table of )?contents?\W*\Z|\W*toc\W*\Z", re.IGNORECASE)
# Anchors of the top of the page in every browser.
_TOP = ("", "top")
# GitHub writes it before every anchor of a page, and finds links with it and without.
_PREFIX = "user-content-"

_BOM = b"\xef\xbb\xbf"
_NOT_IN_NAME = lazy_regex(r"[\[\]<>`\\\x00-\x1f\x7f]|^[#\s]|[#\s]$")


@dataclass(frozen=True, slots=True)
class Anchored:
    """A heading, its anchor on GitHub, and the names of the headings above it."""

    heading: Span
    anchor: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ContentsLine:
    """A line of the table of contents; ``above`` are the titles it is nested under."""

    span: Span
    indent: str
    bullet: str
    title: str
    anchor: str
    above: tuple[str, ...]

    @property
    def target(self) -> str:
        """The anchor as GitHub looks for it: percent codes read, no capitals, no prefix."""
        return unquote(self.anchor).lower().removeprefix(_PREFIX)

    def with_anchor(self, anchor: str) -> bytes:
        """The same line with another anchor."""
        return self.span.raw.replace(f"(#{self.anchor})".encode(), f"(#{anchor})".encode())


def check_contents(parsed: ListFile) -> list[Finding]:
    """Lines without a target, and differences between contents and headings."""
    lines, headings = contents(parsed), anchored(parsed)
    if not lines:
        return []
    # Of two with one anchor ("A", "A", "A-1") browsers find the first.
    by_anchor = {heading.anchor: heading for heading in reversed(headings)}
    own = {name.decode("utf-8", "replace").lower() for name in _own_anchors(parsed)}
    findings = []
    for line in lines:
        target = by_anchor.get(line.target)
        if target:
            findings += _differs(line, target, headings)
        elif line.target not in own and line.target not in _TOP:
            findings.append(_nowhere(line, headings))
    wrong = {finding.line for finding in findings}
    right = [line for line in lines if line.target in by_anchor and line.span.line not in wrong]
    return [*findings, *_missing(lines, headings), *_order(right, by_anchor)]


def _own_anchors(parsed: ListFile) -> Iterator[bytes]:
    for span in parsed.spans:
        yield from _OWN_ANCHOR.findall(span.raw)


def _differs(line: ContentsLine, target: Anchored, headings: list[Anchored]) -> list[Finding]:
    """A line that leads to a heading with another name, or under another heading."""
    named = plain(target.heading.text)
    place = f"line {target.heading.line}"
    if _said(named) != _said(line.title):
        what = f'"{line.title}" leads to "{named}" ({place})'
        return [Finding(line.span.line, what, name="contents", do="use the heading's own name")]
    above = [_said(name) for name in target.above if not is_contents(name)]
    if target.heading.level == 1 or [_said(name) for name in line.above] == above:
        return []
    what = f'"{" > ".join((*line.above, line.title))}" leads to '
    what += f'"{" > ".join((*target.above, named))}" ({place})'
    right = [
        heading
        for heading in headings
        if (*heading.above, plain(heading.heading.text)) == (*line.above, line.title)
    ]
    do = f"write #{right[0].anchor}" if right else "move the line, or the heading"
    return [Finding(line.span.line, what, name="contents", do=do)]


def _nowhere(line: ContentsLine, headings: list[Anchored]) -> Finding:
    same = [heading.anchor for heading in headings if plain(heading.heading.text) == line.title]
    near = same or difflib.get_close_matches(
        line.target, [heading.anchor for heading in headings], n=1
    )
    do = f"did you mean #{near[0]}?" if near else "remove the line, or add the section"
    return Finding(
        line.span.line, f"#{line.anchor} leads nowhere", error=True, name="anchor", do=do
    )


def _missing(lines: list[ContentsLine], headings: list[Anchored]) -> list[Finding]:
    """Headings without a line, except the title."""
    led_to = {line.target for line in lines}
    levels = [heading.heading.level for heading in headings if heading.anchor in led_to]
    return [
        Finding(
            heading.heading.line,
            f'"{plain(heading.heading.text)}" is not in the contents',
            name="contents",
            do=f"add a line with the anchor #{heading.anchor}",
        )
        for heading in headings[1 if headings and headings[0].heading.level == 1 else 0 :]
        if heading.anchor not in led_to
        and heading.heading.level <= max(levels, default=6)
        and not is_contents(plain(heading.heading.text))
        and year_named(plain(heading.heading.text)) is None
    ]


def _order(lines: list[ContentsLine], by_anchor: dict[str, Anchored]) -> list[Finding]:
    """The first line that isn't in the order of the file."""
    for before, line in pairwise(lines):
        if by_anchor[line.target].heading.start < by_anchor[before.target].heading.start:
            what = f'"{line.title}" comes before "{before.title}" in the file'
            return [Finding(line.span.line, what, name="contents", do="use the file's order")]
    return []


def slug(text: str) -> str:
    """
    The anchor that GitHub makes of a heading: lower case, no punctuation, hyphens for blanks.

    The blank before a badge is one of them: "Papers ![](x)" has the anchor ``papers-``.
    """
    shown = _shown(_words(text.strip()))
    letters = (sign for sign in shown.lower() if sign in "- " or _in_words(sign))
    return "".join(letters).replace(" ", "-")


def _shown(text: str) -> str:
    """A heading as it is displayed: entities read, and no underscores of emphasis outside code."""
    parts = _CODE.split(text)
    parts[::2] = [
        _ENTITY.sub(lambda found: html.unescape(found[0]), _EMPHASIS.sub(r"\2", part))
        for part in parts[::2]
    ]
    return "".join(parts)


def _in_words(sign: str) -> bool:
    category = unicodedata.category(sign)
    if category[0] in "LM" or category in ("Nd", "Nl", "Pc"):
        return True
    # Latin letters in circles and boxes are letters to GitHub, which Python counts as signs.
    return "\u24b6" <= sign <= "\u24e9" or (
        category == "So" and "\U0001f130" <= sign <= "\U0001f189"
    )


def plain(text: str) -> str:
    """The words of a heading that a reader sees."""
    return _words(text).strip()


def is_contents(name: str) -> bool:
    """Whether a heading is that of the table of contents."""
    return bool(_CONTENTS.match(name))


def _said(name: str) -> str:
    """The words of a name, without case, pictures and punctuation."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold())) or name


def _words(text: str) -> str:
    return _TAG.sub("", _LINK.sub(r"\1", _IMAGE.sub("", text)))


def anchored(parsed: ListFile) -> list[Anchored]:
    """Every heading with its anchor; repeats get -1, -2 …, counting the title too."""
    seen: dict[str, int] = {}
    above: list[tuple[int, str]] = []
    headings: list[Anchored] = []
    for heading in (span for span in parsed.spans if span.kind == "heading"):
        above = [outer for outer in above if outer[0] < heading.level]
        own = slug(heading.text)
        times = seen.get(own, 0)
        seen[own] = times + 1
        names = tuple(name for _, name in above)
        headings.append(Anchored(heading, f"{own}-{times}" if times else own, names))
        # The title is above every heading, so it isn't part of the path.
        if len(headings) > 1 or heading.level > 1:
            above.append((heading.level, plain(heading.text)))
    return headings


def contents(parsed: ListFile) -> list[ContentsLine]:
    """The lines of the table of contents; none is nested under a line for the title."""
    top = {heading.anchor for heading in anchored(parsed)[:1] if heading.heading.level == 1}
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
        if lines[-1].target not in top:
            above.append((depth, title))
    return lines


def add_section(
    data: bytes, title: str, *, after: str | None = None, name: str = "the list"
) -> bytes:
    """
    Add an empty section below another one and everything nested in it, or at the end.

    It looks like the file's other empty sections. A table of contents gets a line for it, and
    anchors whose number changes are corrected.
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
            "the heading would not be recognised there",
            "look for an open code block or comment above it",
        )
    return patched(data, [edit, *_contents(data, parsed, headings, edit[0])])


def _named(title: str) -> None:
    if not slug(title) or _NOT_IN_NAME.search(title):
        raise UsageTrouble("NAME", f"{title!r} cannot be a heading", "use words on one line")


def _last(parsed: ListFile) -> ListSection | None:
    """The last section that is not nested."""
    return next((section for section in reversed(parsed.sections) if len(section.path) == 1), None)


def _not_there(parsed: ListFile, title: str, before: ListSection | None, name: str) -> None:
    path = (*(before.path[:-1] if before else ()), title)
    for section in parsed.sections:
        if [part.casefold() for part in section.path] == [part.casefold() for part in path]:
            raise ListConflict(
                f"{name}:{section.heading.line}",
                f'there is already a section "{section.name}"',
                "use it, or choose another name",
            )


def _heading(data: bytes, parsed: ListFile, title: str, before: ListSection | None) -> Edit:
    """Insert the heading and its blank lines before the next heading or at the end."""
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
    """The start of the next heading that isn't nested in the section."""
    if before is None:
        return None
    starts = (
        section.heading.start
        for section in parsed.sections
        if section.heading.start > before.heading.start and section.level <= before.level
    )
    return next(starts, None)


def _gap(parsed: ListFile) -> int:
    """The usual number of blank lines between an entry and the next heading."""
    gaps = []
    for section in parsed.sections[:-1]:
        body = b"".join(span.raw for span in section.body)
        if body.strip():
            gaps.append(body[len(body.rstrip()) :].count(b"\n") - 1)
    default = 0 if entries_touch_headings(parsed) else 1
    return max(set(gaps), key=gaps.count) if gaps else default


def _contents(data: bytes, parsed: ListFile, headings: list[Anchored], at: int) -> list[Edit]:
    """The new line of the table of contents, and lines whose anchor gets another number."""
    lines = contents(parsed)
    if not lines:
        return []
    old = anchored(parsed)
    number = sum(heading.heading.start < at for heading in old)
    remaining = headings[:number] + headings[number + 1 :]
    renamed = {
        a.anchor: b.anchor for a, b in zip(old, remaining, strict=True) if a.anchor != b.anchor
    }
    edits = [
        (line.span.start, line.span.end, line.with_anchor(renamed[line.target]))
        for line in lines
        if line.target in renamed
    ]
    return [_new_line(data, lines, old[:number], headings[number]), *edits]


def _new_line(data: bytes, lines: list[ContentsLine], above: list[Anchored], new: Anchored) -> Edit:
    """Add a line below that of the heading before it, indented like it or one step more."""
    by_anchor = {line.target: line for line in reversed(lines)}
    for number, heading in reversed([*enumerate(above)]):
        line = by_anchor.get(heading.anchor)
        if line is None or heading.heading.level > new.heading.level:
            continue
        # A line of another depth has this anchor by mistake: #survey for the second "Survey".
        if len(line.above) != _depth(above[: number + 1], by_anchor):
            continue
        if heading.heading.level == new.heading.level:
            return _below(_last_nested(lines, line), line.indent, line.bullet, new)
        return _below(line, line.indent + _step(lines), line.bullet, new)
    text = _text(lines[0].indent, lines[0].bullet, new)
    start = lines[0].span.start
    return start, start, text + _ending(lines[0])


def _depth(headings: Sequence[Anchored], led_to: Collection[str]) -> int:
    """How many headings above the last one have a line too; the title never nests a line."""
    level, depth = headings[-1].heading.level, 0
    for number, heading in reversed([*enumerate(headings)]):
        if heading.heading.level < level:
            level = heading.heading.level
            depth += heading.anchor in led_to and (number > 0 or level > 1)
    return depth


def _below(line: ContentsLine, indent: str, bullet: str, new: Anchored) -> Edit:
    text, ending = _text(indent, bullet, new), _ending(line)
    new_text = text + ending if line.span.raw.endswith(b"\n") else ending + text
    return line.span.end, line.span.end, new_text


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
    """The indentation of one level in this file."""
    return min((line.indent for line in lines if line.indent), key=len, default="  ")
