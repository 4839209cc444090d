"""Anchors of headings, as GitHub makes them, and whether the table of contents meets them."""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from catalog.markdown.findings import Finding
from catalog.markdown.listfile import ListFile
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


def slug(text: str) -> str:
    """What GitHub makes of a heading: lower case, no punctuation, hyphens for blanks."""
    kept = (sign for sign in plain(text).lower() if sign in "- " or _in_words(sign))
    return "".join(kept).replace(" ", "-")


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


def _in_words(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LM" or category in ("Nd", "Pc")


def _own_anchors(parsed: ListFile) -> Iterator[bytes]:
    for span in parsed.spans:
        yield from _OWN_ANCHOR.findall(span.raw)


def _nowhere(line: ContentsLine, headings: list[Anchored]) -> Finding:
    same = [one.anchor for one in headings if plain(one.heading.text) == line.title]
    near = same or difflib.get_close_matches(line.anchor, [one.anchor for one in headings], n=1)
    do = f"did you mean #{near[0]}?" if near else "take the line out, or add the section"
    return Finding(
        line.span.line, f"#{line.anchor} leads nowhere", error=True, name="anchor", do=do
    )


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
