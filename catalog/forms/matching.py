"""
Says whether a template gives an entry, once what no service knows is taken as it stands.

Where an entry is matched by its elements alone, a template that was badly put together still looks
right. Here its own texts and places are laid over the entry. It takes time proportional to the
entry's length times the template's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from catalog.forms.cutting.atoms import ADDRESSES, Atom, Cut
from catalog.forms.cutting.known_fields import TITLE_BY_NAME
from catalog.forms.cutting.tokens import LINK, PICTURE
from catalog.forms.habits import is_sign
from catalog.forms.parts.names import PREPRINT
from catalog.forms.prose import around
from catalog.forms.spelling.facts import FACT_FIELDS, lead_of, name_of_fact
from catalog.forms.spelling.link_runs import run_from, shapes_of
from catalog.forms.spelling.rows import closed, with_first_bar
from config.form import FIELDS, MORE_LINKS
from config.patterns import lazy_regex
from config.template import Optional, Pieces, Slot, Template, parse_template

# A value that no service knows is no longer than this, in characters.
MAX_BLANK = 160
_TITLE, _AUTHORS, _ADDRESS, _TEXT = "\ue001", "\ue002", "\ue003", "\ue004"
_ENDS_BLANK = lazy_regex(rf"[\[\]<>|\n{_TITLE}{_AUTHORS}{_ADDRESS}]")
_ENDS_CELL = lazy_regex(rf"[|\n{_TITLE}{_AUTHORS}{_ADDRESS}]")
_PAGE = lazy_regex(
    r"https?://(?:[^\s()<>\"{}|]|\{\{ version \}\})*\{\{ arxiv_id \}\}"
    r"(?:[^\s()<>\"{}|]|\{\{ (?:version|arxiv_id) \}\})*"
)
# How a badge of stars looks is a matter of spelling.
_BADGE = lazy_regex(
    r"(?P<page>shields\.io/github/stars/(?:\{\{ code_owner \}\}|[\w.-]+)/"
    r"(?:\{\{ code_name \}\}|[\w.-]+?))(?:\.svg)?(?:\?[^()\s\"<>]*)?(?=[()\s\"<>]|\Z)"
)
# A title with its nickname set off is a title.
_CALLED = lazy_regex(
    r"\{% if nickname %\}[^%]*\{\{ title_rest \}\}\{% else %\}\{\{ title \}\}\{% endif %\}"
)
# So is one that leads to a page of its own.
_PAGED = lazy_regex(
    r"\{% if page %\}\[\{\{ title \}\}\]\(\{\{ page \}\}\)\{% else %\}\{\{ title \}\}\{% endif %\}"
)
# The language of a block of code says nothing about the paper.
_FENCE = lazy_regex(r"(?P<fence>```|~~~)\w+(?=\n)")
# Whether a task is ticked says something of the reader, and nothing of the form.
_TICKED = lazy_regex(r"\A(?P<mark>\s*(?:[-*+]|\d+[.)])\s+)\[[xX]\]")
# Blanks at a line's end, and before what breaks it, are a matter of spelling.
_BEFORE_END = lazy_regex(
    r"[ \t\xa0]+(?P<end>\\?\n|<br[ ]*/?>[ \t]*(?:\{% if \w+ %\})?(?:\n|\Z))", re.IGNORECASE
)
# So are blanks behind a tag that opens, and around the mark of a quotation.
_BEHIND_TAG = lazy_regex(r"(?P<tag><(?:ins|i|b|u|em|strong|sub|sup|q)>)[ \t\xa0]+", re.IGNORECASE)
_QUOTED = lazy_regex(r"(?<=\n)[ \t]*>[ \t]*")
# So are blanks just inside the brackets of a link: "[ A Title ]( https://… )".
_IN_BRACKETS = lazy_regex(
    r"(?<=\[)[ \t\xa0]+(?=[^\s\]])|(?<=[^\s\[])[ \t\xa0]+(?=\]\()|(?<=\]\()[ \t\xa0]+"
)
# So is a blank before a colon: "Paper Link : ". An emoji's name is none: " :fire:".
_BEFORE_COLON = lazy_regex(r"(?<=[^\s|])[ \t\xa0]+(?=[:\uff1a](?![a-z0-9_+-]+:))")
# What closes a title, or authors; their final stop may stand before, between, or behind.
_CLOSING = '*_"”’'
_OTHERWISE = lazy_regex(r"\{% else %\}(?P<text>[^{}]*)\{% endif %\}")
# A line's break inside a cell is a matter of layout.
_BREAK = lazy_regex(r"[ \t]*<br\s*/?>[ \t]*", re.IGNORECASE)
_NEXT_LINK = lazy_regex(
    rf"(?:[ \t\xa0]|\n(?=[ \t]*\S)|&nbsp;|<br[ ]*/?>|[,·/])*(?:{LINK})", re.IGNORECASE
)
# A row of pictures is one field: "![3D](…) ![Video](…)".
_NEXT_PICTURE = lazy_regex(rf"(?:[ \t\xa0]|\n(?=[ \t]*\S)|<br[ ]*/?>)*(?:{PICTURE})", re.IGNORECASE)
# Blanks, a line's end and a blank line: runs of blanks are one, and a line's end stays one.
_WHITE_SPACE = (
    r"(?:[ \t\xa0]+|(?<=[\s|])|(?=[\s|]|\Z))",
    r"[ \t\xa0]*(?:\n|(?<=\n))[ \t\xa0]*",
    r"\s*\n\s*\n\s*",
)
# A preprint that appeared elsewhere, too.
_APPEARED = lazy_regex(
    r"[\W_]*(?i:arxiv|preprint)[^\n,;/|`\[\]()]{0,30}[,;/→][ ]?"
    r"[A-Z][A-Za-z&-]+[ '’]{0,2}(?:19|20)?\d\d"
)
_WORD, _URL = r"[^\W\d_]+\.?", r"[^\s()<>\"|\]]+"
_VALUES = {
    "title": _TITLE,
    "authors": _AUTHORS,
    "first_author": _AUTHORS,
    "abs": _ADDRESS,
    "pdf": _ADDRESS,
    "arxiv_id": _ADDRESS,
    "version": r"\d{0,2}",
    "year": r"(?:19|20)\d\d",
    "year_short": r"\d\d",
    "month": r"\d\d?",
    "month_number": r"\d\d?",
    "month_word": _WORD,
    "month_name": _WORD,
    "day": r"\d\d?",
    "day_number": r"\d\d?",
    "day_ordinal": r"\d\d?(?:st|nd|rd|th)",
    "date": r"[\d./-]+",
    "number": r"\d{1,9}",
    "code": _URL,
    "code_owner": r"[^\s()<>/|]+",
    "stars_badge": _URL,
}
# Styles of what is one sign, whatever it says.
_OWN_TEXTS = frozenset(("prose", "affiliations", "bibtex", "citation", "remarks"))
# What a list calls a work and its code is its own choice.
_BLANKS = frozenset(("nickname", "code_name"))
# Marks of emphasis and spaces at its ends are the template's, not the value's.
_OUTSIDE = frozenset("*_ \t")
_SPACES = lazy_regex(r"(\s+|\|)")

Ends = frozenset[int]


def gives(template: Template, cut: Cut) -> bool:
    """Whether the template gives this entry; runs of spaces are one."""
    return _gives(template.text, cut)


@lru_cache(maxsize=20_000)
def _gives(template: str, cut: Cut) -> bool:
    text = masked(cut)
    ends = _ends(
        _settled(template, row=cut.row).pieces,
        text,
        frozenset((len(text) - len(text.lstrip()),)),
    )
    return any(not text[end:].strip() for end in ends)


def share_given(template: Template, cuts: Sequence[Cut]) -> float:
    """The share of these entries that the template gives; 0 without an entry."""
    return sum(gives(template, cut) for cut in cuts) / len(cuts) if cuts else 0.0


@lru_cache(maxsize=64)
def _settled(text: str, *, row: bool) -> Template:
    """The template with one spelling of the paper's own address, of badges and of a row's ends."""
    if row:
        text = _OTHERWISE.sub(_without_sign, closed(_BREAK.sub(" ", text)))
    text = _FENCE.sub(r"\g<fence>", text)
    text = _PAGED.sub("{{ title }}", text).replace(TITLE_BY_NAME, "{{ title }}")
    text = _CALLED.sub("{{ title }}", _TICKED.sub(r"\g<mark>[ ]", text))
    # How far an item is indented is a matter of what it is nested in.
    text = _BEFORE_END.sub(r"\g<end>", _settled_blanks(text)).lstrip(" \t")
    return parse_template(_BADGE.sub(r"\g<page>", _PAGE.sub("{{ abs }}", text)))


def _settled_blanks(text: str) -> str:
    text = _IN_BRACKETS.sub("", _QUOTED.sub("> ", _BEHIND_TAG.sub(r"\g<tag>", text)))
    return _BEFORE_COLON.sub("", text)


def _without_sign(match: re.Match[str]) -> str:
    """What a cell shows where nothing is known: one sign is as good as another."""
    return "{% else %}{% endif %}" if is_sign(match["text"].strip()) else match[0]


def masked(cut: Cut) -> str:
    """The entry with a sign for each field that was found in it."""
    signs = {"title": _TITLE, "authors": _AUTHORS, **dict.fromkeys(ADDRESSES, _ADDRESS)}
    text = "".join(atom.space + (signs.get(atom.kind) or _short(atom)) for atom in cut.atoms)
    if cut.row:
        text = f"{with_first_bar(_BREAK.sub(' ', text))} |"
    text = _TICKED.sub(r"\g<mark>[ ]", text)
    text = _settled_blanks(text)
    text = _BEFORE_END.sub(r"\g<end>", text)
    return _BADGE.sub(r"\g<page>", text)


def _short(atom: Atom) -> str:
    """A text of the entry; a long one is a single sign."""
    if atom.kind == "cell" and is_sign(atom.text):
        return ""
    if atom.style in _OWN_TEXTS:
        return _TEXT
    if atom.style == "fact" and name_of_fact(atom.text) not in FACT_FIELDS:
        return lead_of(atom.text) + _TEXT
    if atom.style == "details":
        lead, tail = around(_FENCE.sub(r"\g<fence>", atom.text))
        return f"{lead}{_TEXT}{tail}"
    return atom.text


def _ends(pieces: Pieces, text: str, starts: Ends, *, published: bool = False) -> Ends:
    """
    Where a part of an entry may end that begins at one of these places.

    ``published``: its venue is none of a preprint, for which the template has another text.
    """
    after_run = 0
    for number, piece in enumerate(pieces):
        if not starts:
            return starts
        if number < after_run:
            continue
        before = pieces[number - 1] if number else None
        after = pieces[number + 1] if number + 1 < len(pieces) else None
        if (after_run := run_from(pieces, number)) > number:
            starts = _any_links(pieces[number:after_run], text, starts)
        elif isinstance(piece, str):
            spellings = {piece, *_spelled(piece, before, after)}
            starts = frozenset().union(
                *(_matched(_literal(one), text, starts) for one in spellings)
            )
        elif isinstance(piece, Optional):
            then = _ends(piece.then, text, starts, published=bool(piece.otherwise))
            starts = then | _ends(piece.otherwise, text, starts)
        else:
            if published and piece.name == "venue":
                starts = frozenset(start for start in starts if not _is_preprint(text, start))
            starts = _filled(piece, text, starts)
    return starts


def _is_preprint(text: str, start: int) -> bool:
    """Whether a venue begins here that is none: "arXiv 2020", and not "arXiv 2020, ICASSP 2021"."""
    return bool(PREPRINT.match(text, start)) and not _APPEARED.match(text, start)


def _any_links(run: Pieces, text: str, starts: Ends) -> Ends:
    """Where a run of links may end: any of them, in any order, and others of their shape."""
    found = new = starts
    while new:
        ends = frozenset[int]().union(
            *(_ends(piece.then, text, new) for piece in run if isinstance(piece, Optional)),
            *(_matched(_pattern(shape), text, new) for shape in frozenset(shapes_of(run))),
        )
        new = ends - found
        found |= new
    return found


@lru_cache(maxsize=256)
def _pattern(shape: str) -> Callable[[str, int], re.Match[str] | None]:
    return re.compile(shape).match


def _spelled(text: str, before: object, after: object) -> Iterator[str]:
    """A text without the stop after a title, or the emphasis of a value that no service knows."""
    if isinstance(before, Slot):
        if before.name in ("title", "authors"):
            yield from _stopped(text)
        elif before.name in _BLANKS or before.name not in FIELDS:
            yield text.lstrip("*_")
    if isinstance(after, Slot) and (after.name in _BLANKS or after.name not in FIELDS):
        yield text.rstrip("*_")


def _stopped(text: str) -> Iterator[str]:
    """A text behind a title or authors, without their final stop, and with it at each place."""
    bare = text.removeprefix(".")
    marks = bare[: len(bare) - len(bare.lstrip(_CLOSING))]
    rest = bare[len(marks) :].removeprefix(".")
    yield marks + rest
    for at in range(len(marks) + 1) if marks else ():
        if marks[at - 1 : at + 1] not in ("**", "__"):
            yield f"{marks[:at]}.{marks[at:]}{rest}"


def _filled(slot: Slot, text: str, starts: Ends) -> Ends:
    if slot.name == MORE_LINKS:
        return _linked(text, starts, _NEXT_LINK)
    if slot.name in _VALUES:
        ends = _matched(_value(slot.name), text, starts)
        if slot.name in ("title", "authors"):
            # A final stop is a matter of spelling.
            ends |= {end + 1 for end in ends if text.startswith(".", end)}
            ends |= {end + 2 for end in ends if text.startswith(" .", end)}
        return ends
    ends = frozenset(
        end
        for start in starts
        for end in range(start, _limit(text, start) + 1)
        if end == start or (text[start] not in _OUTSIDE and text[end - 1] not in _OUTSIDE)
    )
    if slot.name.startswith("picture"):
        ends |= _linked(text, starts, _NEXT_PICTURE)
    return ends.union(*(_cell_ends(text, start) for start in starts))


def _linked(text: str, starts: Ends, following: re.Pattern[str]) -> Ends:
    """Where links, or pictures, may end that begin at one of these places: any is the last one."""
    ends: set[int] = set()
    while starts:
        starts = _matched(following.match, text, starts) - ends
        ends |= starts
    return frozenset(ends)


def _limit(text: str, start: int) -> int:
    stop = _ENDS_BLANK.search(text, start, start + MAX_BLANK)
    return stop.start() if stop else min(len(text), start + MAX_BLANK)


def _cell_ends(text: str, start: int) -> set[int]:
    """Where the cell of a row ends that begins here: a column's own value may be a link."""
    if text[:1] != "|" or text[:start].rstrip(" ")[-1:] != "|":
        return set()
    stop = _ENDS_CELL.search(text, start)
    return {stop.start()} if stop and stop[0] == "|" else set()


def _matched(match: Callable[[str, int], re.Match[str] | None], text: str, starts: Ends) -> Ends:
    found = (match(text, start) for start in starts)
    return frozenset(one.end() for one in found if one)


@lru_cache(maxsize=64)
def _value(name: str) -> Callable[[str, int], re.Match[str] | None]:
    return re.compile(_VALUES[name]).match


@lru_cache(maxsize=1024)
def _literal(text: str) -> Callable[[str, int], re.Match[str] | None]:
    """A text of the template, with any blanks for blanks, and around the bars of a table."""
    parts = []
    for part in filter(None, _SPACES.split(text)):
        if part == "|":
            parts.append(r"[ \t]*\|[ \t]*")
        elif part.isspace():
            parts.append(_WHITE_SPACE[min(part.count("\n"), 2)])
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts)).match
