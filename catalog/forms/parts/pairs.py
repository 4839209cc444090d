"""
Says whether a template keeps pairs of marks whole, whatever parts of it an entry shows.

Brackets, quotes, bold text, code and tags each open and close in every entry that it may write, and
a link has its label or has none in all of them.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from config.patterns import lazy_regex
from config.template import Optional, Pieces, Slot, Template, parse_template

# Of so many fields that have several parts, all are shown or none: each doubles the ways.
MAX_FIELDS_SHOWN_TWICE = 6
_CLOSED_BY = {")": "(", "]": "[", "”": "“"}
_TWICE = frozenset(("**", '"', "`"))
# Tags that stand alone, or whose end may be left out.
_ALONE = frozenset(("br", "hr", "img", "wbr", "input", "source", "p", "li", "tr", "td", "th"))
_VALUE, _PAGE = "\ue000", "\ue001"
_TOKEN = lazy_regex(
    rf"\\.|(?P<number>\A{_VALUE}\))|(?P<fence>```)|(?P<mark>\*\*|[()\[\]“”\"`])|"
    r"<(?P<end>/?)(?P<tag>[A-Za-z][A-Za-z0-9]*)\b(?:[^<>]*?(?P<whole>/)?>)?"
)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to show the parts so far: what is open, and which fields it takes as known."""

    open_marks: tuple[str, ...] = ()
    after_label: bool = False
    shown: frozenset[tuple[str, bool]] = frozenset()


class _Cut(Exception):
    """A mark without its other half."""


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk through a template; ``labels`` says of each bracket whether a label is before it."""

    followed: frozenset[str]
    labels: dict[tuple[int, int, int], bool] = field(default_factory=dict)

    def through(self, pieces: Pieces, ways: Collection[_Way]) -> frozenset[_Way]:
        for number, piece in enumerate(_joined(pieces)):
            if isinstance(piece, str):
                where = (id(pieces), number)
                ways = frozenset(self._over(piece, where, way) for way in ways)
            else:
                ways = frozenset(one for way in ways for one in self._either(piece, way))
        return frozenset(ways)

    def _either(self, piece: Optional, way: _Way) -> Iterator[_Way]:
        settled = [known for name, known in way.shown if name == piece.name]
        for known in settled or (True, False):
            shown = way.shown
            if piece.name in self.followed:
                shown |= {(piece.name, known)}
            start = _Way(way.open_marks, way.after_label, shown)
            yield from self.through(piece.then if known else piece.otherwise, (start,))

    def _over(self, text: str, where: tuple[int, int], way: _Way) -> _Way:
        """What is open behind a text."""
        open_marks = list(way.open_marks)
        if f"]{_PAGE}" in f"{']' if way.after_label else ''}{text}":
            # A label whose address isn't in brackets.
            raise _Cut
        for match in _TOKEN.finditer(text):
            mark = match["mark"]
            if mark == "(":
                after = text[: match.start()]
                label = after.endswith("]") if after else way.after_label
                if self.labels.setdefault((*where, match.start()), label) != label:
                    raise _Cut
            if mark:
                _take(mark, open_marks)
            elif match["tag"] and match["tag"].lower() not in _ALONE and not match["whole"]:
                _take_tag(match["tag"].lower(), open_marks, ends=bool(match["end"]))
        return _Way(tuple(open_marks), text.endswith("]") if text else way.after_label, way.shown)


def _take(mark: str, open_marks: list[str]) -> None:
    last = open_marks[-1] if open_marks else ""
    if mark in _CLOSED_BY:
        if last != _CLOSED_BY[mark]:
            raise _Cut
        open_marks.pop()
    elif mark in _TWICE and mark == last:
        open_marks.pop()
    elif mark in _TWICE and mark in open_marks:
        raise _Cut
    else:
        open_marks.append(mark)


def _take_tag(tag: str, open_marks: list[str], *, ends: bool) -> None:
    if not ends:
        open_marks.append(f"<{tag}")
    elif not open_marks or open_marks.pop() != f"<{tag}":
        raise _Cut


def _joined(pieces: Pieces) -> Iterator[str | Optional]:
    """The pieces with a sign for each field in its text: a tag may hold one."""
    text = ""
    for piece in pieces:
        if isinstance(piece, Optional):
            yield text
            yield piece
            text = ""
        else:
            page = isinstance(piece, Slot) and piece.name in ("abs", "pdf")
            text += _PAGE if page else _VALUE if isinstance(piece, Slot) else piece
    yield text


@lru_cache(maxsize=1024)
def keeps_pairs(template: Template) -> bool:
    """Whether no mark, bracket, tag or link is cut in two, whichever parts are left out."""
    times = Counter(name for name, _ in template.names)
    twice = [name for name, number in times.most_common(MAX_FIELDS_SHOWN_TWICE) if number > 1]
    try:
        ways = _Walk(frozenset(twice)).through(template.pieces, (_Way(),))
    except _Cut:
        return False
    return not any(way.open_marks for way in ways)


def are_paired(text: str) -> bool:
    """Whether the marks of an entry come in pairs."""
    return keeps_pairs(Template(text, (text,)))


# An optional part that has no other one in its place.
_PART = lazy_regex(r"\{% if \w+ %\}(?:(?!\{% (?:if|else|endif)).)*\{% endif %\}", re.DOTALL)


def without_cut_parts(template: Template) -> Template:
    """The template without the optional parts that have one mark of a pair."""

    def whole(match: re.Match[str]) -> str:
        return match[0] if keeps_pairs(parse_template(match[0])) else ""

    return parse_template(_PART.sub(whole, template.text))
