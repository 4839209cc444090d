"""
The Markdown inside an entry: links, pictures, emphasis and breaks, and the runs of text between.

Reading takes time proportional to the length of the text, whatever stands in it.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise

from config.patterns import lazy_regex

_TOKEN = lazy_regex(
    r"\\(?:[!-/:-@\[-`{-~]|(?=\r?\n))"
    r"|<(?P<auto>https?://[^\s<>]{1,2000})>"
    r"|<!--.{0,2000}?-->"
    r"|<(?P<close>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,11})\b(?P<attributes>[^<>]{0,2000})>"
    r"|&(?:[a-zA-Z]{2,8}|#\d{1,6});"
    r"|(?P<code>(?<!`)`[^`\n]{1,300}`(?!`))"
    r"|(?P<bracket>[\[\]])"
    r"|(?P<delimiter>\*{1,3}|_{1,3}|~~)"
    r"|(?P<bare>https?://[^\s()<>\"\]\[|]{1,2000})"
    r"|(?P<newline>\r?\n(?:[ ]{0,3}>)?)"
    r"|(?P<pipe>\|)",
    re.IGNORECASE | re.DOTALL,
)
_TARGET = lazy_regex(
    r"[ ]?\(\s*(?:<(?P<angle>[^<>\n]{0,2000})>|(?P<url>(?:[^\s()]|\([^\s()]{0,400}\)){0,2000}))"
    r"(?:\s+(?:\"[^\"\n]{0,400}\"|'[^'\n]{0,400}'|\([^()\n]{0,400}\)))?\s*(?P<closed>\))?"
)
_REFERENCE = lazy_regex(r"\[(?P<name>[^\[\]\n]{0,200})\]")
_HREF = lazy_regex(r"\b(?:href|src)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))", re.IGNORECASE)
_BLANKS = " \t\r\n\x0b\x0c\xa0\u2002\u2003\u2009\u200a\u3000"
# A run of signs alone is neither a title nor anything else.
_SHOWN = lazy_regex(r"[^\W_]|[()\[\]\"“”]")
_BREAKING_TAGS = frozenset(
    ("br", "p", "div", "li", "ul", "ol", "tr", "table", "details", "summary", "hr", "center")
)
_BOLD_TAGS, _ITALIC_TAGS = frozenset(("b", "strong", "u", "mark")), frozenset(("i", "em"))


@dataclass(frozen=True, slots=True)
class InlineLink:
    """A link or picture: its place with everything around it, and where its words and URL stand."""

    start: int
    end: int
    words: tuple[int, int]
    target: tuple[int, int]
    url: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class TextRun:
    """
    A stretch of text between two marks, by place.

    ``link`` is the number of the link it stands in; ``bracket`` says it stands in ``[…]`` that is
    no link. ``line`` and ``cell`` count from 0. ``tight``: only emphasis parts it from the run
    before.
    """

    start: int
    end: int
    link: int | None
    bold: bool
    italic: bool
    code: bool
    bracket: bool
    line: int
    cell: int
    tight: bool


@dataclass
class Inline:
    """The text with what was found in it; ``shadow`` has blanks for everything but words."""

    text: str
    shadow: str = ""
    links: list[InlineLink] = field(default_factory=list)
    pictures: list[InlineLink] = field(default_factory=list)
    runs: list[TextRun] = field(default_factory=list)
    hidden: bytearray = field(default_factory=bytearray)

    def value(self, start: int, end: int) -> str:
        """The words of a stretch, without marks, white space folded."""
        if not any(self.hidden[start:end]):
            return " ".join(unescape(self.text[start:end]).split())
        shown = (self.text[at] for at in range(start, end) if not self.hidden[at])
        return " ".join("".join(shown).split())

    def trimmed(self, start: int, end: int, around: str = " \t\r\n") -> tuple[int, int]:
        """The stretch without blanks, marks, and these characters at its ends."""
        inside = self.shadow[start:end]
        left = inside.lstrip(around + _BLANKS)
        shown = left.rstrip(around + _BLANKS)
        start += len(inside) - len(left)
        return start, start + len(shown)


def read_inline(text: str, start: int = 0, references: Mapping[str, str] | None = None) -> Inline:
    """Read the text of an entry from the end of its marker on; a row has cells."""
    return _Reader(text, start, references or {}).read()


class _Reader:
    def __init__(self, text: str, start: int, references: Mapping[str, str]) -> None:
        self.text = text
        self.references = references
        self.inline = Inline(text, hidden=bytearray(len(text)))
        self.from_ = start
        self.brackets: list[int] = []
        # Where something begins or ends: place, and what. Sorted before use.
        self.marks: list[tuple[int, str]] = []
        self.styles: dict[str, list[tuple[int, int]]] = {"b": [], "i": [], "code": [], "[": []}
        self.open: dict[str, tuple[int, int]] = {}
        self.anchors: list[tuple[int, int, str, tuple[int, int]]] = []

    def read(self) -> Inline:
        self._hide(0, self.from_)
        bold = self.text.find("**", 0, self.from_)
        if bold >= 0:
            # The marker is a number inside bold words: "**1. Title**".
            self.open["**"] = (bold, bold + 2)
        at = self.from_
        while match := _TOKEN.search(self.text, at):
            at = max(self._token(match), match.end())
        self._shadow()
        self.inline.links.sort(key=lambda link: link.start)
        self._cut()
        return self.inline

    def _token(self, match: re.Match[str]) -> int:
        """Take in one mark; the place to read on from."""
        start, end = match.span()
        if match["bracket"]:
            return self._bracket(start)
        if match["delimiter"]:
            self._delimiter(match[0], start, end)
        elif match["auto"] or match["bare"]:
            self._bare(match)
        elif match["tag"]:
            self._tag(match)
        elif match["newline"]:
            self._mark(start, "line")
            if match[0][-1] == ">":
                # The mark of a quotation.
                self._hide(end - 1, end)
                self._mark(end, "line")
        else:
            self._sign(match[0], start, end)
        return end

    def _sign(self, sign: str, start: int, end: int) -> None:
        """A code span, the end of a cell, an escape, a comment or an entity."""
        if sign[0] == "`":
            self._hide(start, start + 1)
            self._hide(end - 1, end)
            self.styles["code"].append((start, end))
        elif sign == "|":
            self._mark(start, "cell")
            self._hide(start, end)
        elif sign[0] == "\\":
            self._hide(start, start + 1)
        elif sign[:4] == "<!--":
            self._hide(start, end)
            self._mark(start, "cut")
        elif sign == "&nbsp;":
            self._hide(start, end)

    def _bracket(self, at: int) -> int:
        if self.text[at] == "[":
            self.brackets.append(at)
            return at + 1
        if not self.brackets:
            return at + 1
        opened = self.brackets.pop()
        picture = opened > 0 and self.text[opened - 1] == "!"
        target = _TARGET.match(self.text, at + 1)
        if target and (target["angle"] is not None or self._is_url(target, at)):
            self._link(opened, at, target, picture=picture)
            return target.end()
        reference = _REFERENCE.match(self.text, at + 1)
        if reference and not picture:
            name = reference["name"] or self.text[opened + 1 : at]
            url = self.references.get(" ".join(name.split()).casefold())
            if url:
                self._add(opened, reference.end(), (opened + 1, at), reference.span(), url)
                return reference.end()
        self.styles["["].append((opened, at + 1))
        return at + 1

    def _is_url(self, target: re.Match[str], at: int) -> bool:
        url = target["url"] or ""
        spaced = self.text[at + 1] == " "
        if spaced:
            return bool(target["closed"]) and url.startswith("http")
        return bool(target["closed"]) or url.startswith("http")

    def _link(self, opened: int, at: int, target: re.Match[str], *, picture: bool) -> None:
        group = "angle" if target["angle"] is not None else "url"
        start = opened - 1 if picture else opened
        place = target.span(group)
        self._add(start, target.end(), (opened + 1, at), place, target[group], picture=picture)

    def _add(
        self,
        start: int,
        end: int,
        words: tuple[int, int],
        place: tuple[int, int],
        url: str,
        *,
        picture: bool = False,
    ) -> None:
        address = InlineLink(start, end, words, place, url.strip(), picture)
        (self.inline.pictures if picture else self.inline.links).append(address)
        if picture:
            self._hide(start, end)
        else:
            self._hide(start, words[0])
            self._hide(words[1], end)
        for place_ in (start, words[0], words[1], end):
            self._mark(place_, "cut")

    def _bare(self, match: re.Match[str]) -> None:
        group = "auto" if match["auto"] else "bare"
        start, end = match.span(group)
        while group == "bare" and end > start and self.text[end - 1] in ".,;:!?'*_`":
            end -= 1
        whole = match.span() if group == "auto" else (start, end)
        self._add(whole[0], whole[1], (start, start), (start, end), self.text[start:end])

    def _delimiter(self, mark: str, start: int, end: int) -> None:
        before = self.text[start - 1] if start > self.from_ else " "
        after = self.text[end] if end < len(self.text) else " "
        if mark[0] == "_" and before.isalnum() and after.isalnum():
            return
        opens, closes = not after.isspace(), not before.isspace()
        if closes and mark in self.open:
            opened = self.open.pop(mark)
            self._hide(*opened)
            self._hide(start, end)
            for style in {1: "i", 2: "b", 3: "bi"}[len(mark)] if mark != "~~" else "":
                self.styles[style].append((opened[0], end))
        elif opens:
            self.open[mark] = (start, end)

    def _tag(self, match: re.Match[str]) -> None:
        tag, start, end = match["tag"].lower(), *match.span()
        self._hide(start, end)
        href = _HREF.search(self.text, match.start("attributes"), match.end("attributes"))
        place = (
            next((href.span(n) for n in (1, 2, 3) if href[n] is not None), (0, 0))
            if href
            else (0, 0)
        )
        url = self.text[slice(*place)]
        if tag == "img" and href:
            self.inline.pictures.append(
                InlineLink(start, end, (start, start), place, url, picture=True)
            )
            self._mark(start, "cut")
        elif tag == "a" and not match["close"] and href:
            self.anchors.append((start, end, url, place))
        elif tag == "a" and match["close"] and self.anchors:
            begun, words, url, place = self.anchors.pop()
            self._add(begun, end, (words, start), place, url)
        elif tag in ("td", "th"):
            self._mark(start, "cell" if not match["close"] else "cut")
        elif tag in _BREAKING_TAGS:
            self._mark(start, "line" if tag == "br" else "cut")
        elif tag in _BOLD_TAGS | _ITALIC_TAGS:
            self._style_tag(tag, start, end, closes=bool(match["close"]))

    def _style_tag(self, tag: str, start: int, end: int, *, closes: bool) -> None:
        style = "b" if tag in _BOLD_TAGS else "i"
        if not closes:
            self.open[f"<{style}"] = (start, end)
        elif f"<{style}" in self.open:
            self.styles[style].append((self.open.pop(f"<{style}")[0], end))

    def _mark(self, at: int, what: str) -> None:
        self.marks.append((at, what))

    def _hide(self, start: int, end: int) -> None:
        self.inline.hidden[start:end] = b"\x01" * (end - start)

    def _shadow(self) -> None:
        hidden = self.inline.hidden
        if 1 not in hidden:
            self.inline.shadow = self.text
            return
        pieces, at = [], 0
        while at < len(hidden):
            begins = hidden.find(1, at)
            if begins < 0:
                break
            ends = hidden.find(0, begins)
            ends = len(hidden) if ends < 0 else ends
            pieces += [self.text[at:begins], " " * (ends - begins)]
            at = ends
        self.inline.shadow = "".join([*pieces, self.text[at:]])

    def _cut(self) -> None:
        """Make the runs: the stretches between marks that show words."""
        soft: set[int] = set()
        for style in ("b", "i", "code"):
            for start, end in self.styles[style]:
                soft |= {start, end}
        hard: dict[int, str] = {}
        for at, what in self.marks:
            if hard.get(at) not in ("line", "cell"):
                hard[at] = what
        for start, end in self.styles["["]:
            hard.setdefault(start, "cut")
            hard.setdefault(end, "cut")
        places = sorted(soft | set(hard) | {self.from_, len(self.text)})
        cover = _Cover(self.styles, self.inline.links)
        line = cell = 0
        tight = False
        for start, end in pairwise(places):
            what = hard.get(start, "")
            line += what == "line"
            cell += what == "cell"
            tight = tight and not what
            trimmed = self.inline.trimmed(start, end)
            if _SHOWN.search(self.inline.shadow, *trimmed):
                self.inline.runs.append(cover.run(trimmed, line, cell, tight=tight))
                tight = True


class _Cover:
    """Which styles, links and brackets lie over a place."""

    def __init__(
        self, styles: Mapping[str, list[tuple[int, int]]], links: list[InlineLink]
    ) -> None:
        self._spans = {name: _merged(sorted(spans)) for name, spans in styles.items()}
        self._links = links
        self._starts = [link.start for link in links]

    def run(self, place: tuple[int, int], line: int, cell: int, *, tight: bool) -> TextRun:
        start, end = place
        return TextRun(
            start,
            end,
            self._link(start),
            self._in("b", start),
            self._in("i", start),
            self._in("code", start),
            self._in("[", start),
            line,
            cell,
            tight,
        )

    def _in(self, name: str, at: int) -> bool:
        spans = self._spans[name]
        number = bisect_right(spans, (at, len(spans) and 1 << 60)) - 1
        return number >= 0 and spans[number][0] <= at < spans[number][1]

    def _link(self, at: int) -> int | None:
        number = bisect_right(self._starts, at) - 1
        # A link inside the label of another comes later in the file and is the nearer one.
        while number >= 0 and number > bisect_right(self._starts, at) - 4:
            if self._links[number].words[0] <= at < self._links[number].words[1]:
                return number
            number -= 1
        return None


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that don't overlap, from sorted ones."""
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
