"""Writes an entry in the form of its list."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import takewhile

from catalog.forms.cutting.tokens import LINK
from catalog.forms.spelling.gaps import LEFT_OUT, UNKNOWN, close_up
from catalog.forms.spelling.names import PARTS, NameStyle, write_names
from catalog.forms.spelling.rows import may_be_row
from catalog.forms.values import Value
from catalog.markdown.text import guard, guard_link, guard_start
from config.form import MORE_LINKS
from config.patterns import lazy_regex
from config.template import Filter, Optional, Pieces, Slot, Template

# An entry longer than this is no entry; a template cannot repeat, so only its values can do that.
MAX_ENTRY_CHARS = 20_000
# Of more authors than a list ever names in full the first ones stand there, and "et al."
MAX_NAMES, NAMES_SHOWN = 100, 10
_ADDRESSES = frozenset({"abs", "pdf", "code", "stars_badge", "citations_url"})
_LINKS = lazy_regex(rf"(?:(?:{LINK})[ ]?)+", re.IGNORECASE)
_PAGES = frozenset({"abs", "pdf"})
_DATES = frozenset(("year", "year_short", "month", "month_number", "month_word", "month_name")) | {
    "day",
    "day_number",
    "day_ordinal",
    "date",
}
_AUTHORS = frozenset({"authors", "first_author"})
# Bold or italics that begin just before a field.
_MARK = lazy_regex(r"(?:\*{1,3}|_{1,3})\Z")
_PREPRINT = lazy_regex(r"\b(?:arxiv|preprints?)\b[:,]?[ ]?", re.IGNORECASE)
_WORDS_OF_PICTURE = lazy_regex(r"!\[(?P<words>[^\[\]\n]+)\]\(")
# Between the parts of a date stand no longer signs.
MAX_BETWEEN = 3
_OPENS = lazy_regex(r"[ ]*[(\[]\Z")
# The beginning of a link or badge of arXiv, up to its address, and what closes it.
_TO_ARXIV = lazy_regex(
    r"[ ]*\[?!?\[[^\[\]\n]*arxiv[^\[\]\n]*\](?:\([^()\n]*\)\])?\]?\(\Z", re.IGNORECASE
)
_CLOSES = lazy_regex(r"\A\)\]?")
# An address of arXiv's that a template builds around an id: up to the id, and behind it.
_BEFORE_ID = lazy_regex(r"https?://(?:[\w-]+\.)?arxiv\.org/[^\s()<>\[\]\"|]*\Z", re.IGNORECASE)
_AFTER_ID = lazy_regex(r"\A[^\s()<>\[\]\"|]*")
# Lines at an entry's end that have nothing in them: what they are for isn't known.
_EMPTY_LINES = lazy_regex(r"(?:[ \t]*\\?\n[ \t]*)+\Z")
# A mark between two parts, where nothing follows it: "arXiv ·".
_DANGLING = lazy_regex(r"(?:[ ][·•])+\Z")
# A badge of arXiv that leads to another page, or a link without a label; with a line of its own.
_OF_NO_PREPRINT = lazy_regex(
    r"(?P<line>[ \t]*\\?\n[ \t]*)?(?:\[!\[[^\[\]\n]*arxiv[^\[\]\n]*\]\([^()\s]*\)\]|\[\])"
    r"\((?!https?://(?:[\w-]+\.)?arxiv\.org/)[^()\s]+\)(?(line)(?=[ \t]*(?:\n|\Z)))",
    re.IGNORECASE,
)
# What stands before the first word of a line: blanks, markers of items, the box of a task.
_LINE_START = lazy_regex(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)]|\[[ xX]\])[ \t]+)*\Z")
_UNSAFE = lazy_regex(r"[\s<>\"`\\\x00-\x20\x7f|()]")


def write_entry(
    template: Template, values: Mapping[str, Value], *, unknown: Mapping[str, str], sign: str = ""
) -> str:
    """
    The text of an entry, without a line end.

    ``unknown`` is what stands for a field of the list's own that nobody filled in, and ``sign``
    for any other field that isn't known. UsageTrouble is never raised: what isn't known is shown.
    """
    row = may_be_row(template.text)
    pieces = (
        template.pieces if values.get("year") or row else _without_dates(template.pieces, values)
    )
    if not values.get("authors"):
        pieces = _without_authors(pieces)
    if not values.get("arxiv_id"):
        pieces = _with_own_address(pieces)
        pieces = _without_preprint(pieces, dated=bool(values.get("year")))
        pieces = pieces if row else _without_second_address(pieces)
    else:
        pieces = _with_labels(pieces, values)
    if row and not values.get("year"):
        pieces = _with_one_date(pieces)
    said: list[str] = []
    _write(pieces, values, unknown, sign, said, row=row)
    text = close_up("".join(said)[:MAX_ENTRY_CHARS], row=row)
    if not values.get("arxiv_id") and not row:
        text = _OF_NO_PREPRINT.sub("", text)
    text = _EMPTY_LINES.sub("", text)
    if not row and isinstance(pieces[-1], Optional):
        text = _DANGLING.sub("", text)
    return text if pieces == template.pieces else text.rstrip()


def _without_dates(pieces: Pieces, values: Mapping[str, Value]) -> Pieces:
    """
    The pieces without the brackets that hold the date only: a page may have none.

    A venue beside the date stays in them.
    """
    for at, piece in enumerate(pieces):
        opens = _OPENS.search(piece) if isinstance(piece, str) else None
        end = _end_of_date(pieces, at + 1) if opens else 0
        after = pieces[end] if end else ""
        if not (isinstance(piece, str) and opens and isinstance(after, str) and end):
            continue
        beside = any(isinstance(one, Optional) for one in pieces[at + 1 : end])
        if beside and values.get("venue"):
            inside: Pieces = (piece, Slot("venue"), after)
        else:
            inside = (piece[: opens.start()] + after[1:],)
        return (*pieces[:at], *inside, *_without_dates(pieces[end + 1 :], values))
    return pieces


def _without_authors(pieces: Pieces) -> Pieces:
    """The pieces without the authors and the marks and stops around them: a page may have none."""
    new = list(pieces)
    for at, piece in enumerate(pieces):
        if not (isinstance(piece, Slot) and piece.name in _AUTHORS):
            continue
        before, after = new[at - 1] if at else "", new[at + 1] if at + 1 < len(new) else ""
        if not (isinstance(before, str) and isinstance(after, str)):
            continue
        opens = _MARK.search(before)
        closes = re.match(rf"[.,]?{re.escape(opens[0])}[.,]?", after) if opens else None
        if opens and closes:
            before, after = before[: opens.start()], after[closes.end() :]
            if before.rstrip(" ").endswith("\n") and after[:1] == " ":
                # What stands behind them in their line has its indentation.
                after = after[1:]
            else:
                before = before.rstrip(" ")
            # The blank, or the line, that held them goes with them.
            if before.endswith("\n") and after[:1] in ("\n", ""):
                before = before[:-1]
            new[at - 1 : at + 2] = [before, "", after]
    return tuple(new)


def _without_preprint(pieces: Pieces, *, dated: bool) -> Pieces:
    """The pieces without what a list says of preprints: a page is none, but it may have a year."""
    return tuple(
        replace(piece, otherwise=_without_word(piece.otherwise, dated=dated))
        if isinstance(piece, Optional) and piece.name == "venue"
        else piece
        for piece in pieces
    )


def _without_word(pieces: Pieces, *, dated: bool) -> Pieces:
    if not any(isinstance(piece, str) and _PREPRINT.search(piece) for piece in pieces):
        return pieces
    whole = dated and any(isinstance(piece, Slot) and piece.name == "year" for piece in pieces)
    changed = (_PREPRINT.sub("", piece) if isinstance(piece, str) else piece for piece in pieces)
    return tuple(changed) if whole else (Slot("venue"),)


def _with_labels(pieces: Pieces, values: Mapping[str, Value]) -> Pieces:
    """The pieces with a picture's words for links whose only label is a picture left out."""
    new = list(pieces)
    for at, piece in enumerate(pieces):
        if not (isinstance(piece, str) and piece.endswith("[")):
            continue
        inside = list(takewhile(lambda one: isinstance(one, Optional), pieces[at + 1 :]))
        after = pieces[at + 1 + len(inside) :][:1]
        left = all(
            isinstance(one, Optional) and not one.otherwise and not values.get(one.name)
            for one in inside
        )
        words = (
            _WORDS_OF_PICTURE.match(str(inside[0].then[0]))
            if inside and isinstance(inside[0], Optional) and inside[0].then
            else None
        )
        if left and words and after and str(after[0]).startswith("]("):
            new[at] = piece + words["words"]
    return tuple(new)


def _end_of_date(pieces: Pieces, at: int) -> int:
    """Where the text stands that closes the brackets around a date; 0 if they hold more."""
    start = at
    while at < len(pieces):
        piece = pieces[at]
        if isinstance(piece, str) and piece[:1] in (")", "]"):
            return at if at > start else 0
        if isinstance(piece, Slot) and piece.name not in _DATES:
            return 0
        if isinstance(piece, Optional) and piece.name != "venue":
            return 0
        if isinstance(piece, str) and (len(piece) > MAX_BETWEEN or re.search(r"\w", piece)):
            return 0
        at += 1
    return 0


def _with_own_address(pieces: Pieces) -> Pieces:
    """The pieces with the page's own address where a paper's is built around its id."""
    new = list(pieces)
    for at, piece in enumerate(new):
        before, after = new[at - 1] if at else "", new[at + 1] if at + 1 < len(new) else ""
        if not (isinstance(piece, Slot) and piece.name == "arxiv_id" and isinstance(before, str)):
            continue
        if opens := _BEFORE_ID.search(before):
            new[at - 1 : at + 1] = [before[: opens.start()], Slot("abs")]
            version = new[at + 2] if after == "v" and at + 2 < len(new) else ""
            if isinstance(version, Slot) and version.name == "version":
                # "…/pdf/2411.04965v1.pdf"
                new[at + 1 : at + 3] = []
                after = new[at + 1] if at + 1 < len(new) else ""
            if isinstance(after, str) and at + 1 < len(new):
                new[at + 1] = _AFTER_ID.sub("", after, count=1)
    return tuple(new)


def _with_one_date(pieces: Pieces) -> Pieces:
    """The pieces of a row with one place for a date that isn't known, without signs between."""
    new: list[str | Slot | Optional] = []
    for piece in pieces:
        date = _is_date(piece)
        if date and len(new) > 1 and _is_date(new[-2]) and _is_between(new[-1]):
            new.pop()
        elif not (date and new and _is_date(new[-1])):
            new.append(piece)
    return tuple(new)


def _is_date(piece: object) -> bool:
    return isinstance(piece, Slot) and piece.name in _DATES


def _is_between(piece: object) -> bool:
    """Whether a text stands between the parts of one date, in one cell."""
    return isinstance(piece, str) and len(piece) <= MAX_BETWEEN and not re.search(r"[\w|]", piece)


def _without_second_address(pieces: Pieces) -> Pieces:
    """The pieces without a link that says arXiv, where the title leads to the page already."""
    places = [n for n, one in enumerate(pieces) if isinstance(one, Slot) and one.name in _PAGES]
    for at in places[1:]:
        before, after = pieces[at - 1], pieces[at + 1] if at + 1 < len(pieces) else ""
        link = _TO_ARXIV.search(before) if isinstance(before, str) else None
        if link and isinstance(before, str) and isinstance(after, str):
            joined = before[: link.start()] + _CLOSES.sub("", after, count=1)
            return (*pieces[: at - 1], joined, *pieces[at + 2 :])
    return pieces


def _write(
    pieces: Pieces,
    values: Mapping[str, Value],
    unknown: Mapping[str, str],
    sign: str,
    said: list[str],
    *,
    row: bool,
) -> None:
    for piece in pieces:
        if sum(map(len, said)) > MAX_ENTRY_CHARS:
            return
        if isinstance(piece, str):
            said.append(piece)
        elif isinstance(piece, Optional):
            chosen = piece.then if values.get(piece.name) else piece.otherwise
            _write(chosen or (LEFT_OUT,), values, unknown, sign, said, row=row)
        else:
            text = fill(piece, values)[:MAX_ENTRY_CHARS]
            instead = unknown.get(piece.name, sign) or UNKNOWN
            safe = _safe(piece, text, row=row) if text else instead
            said.append(safe if row or not _begins_line("".join(said)) else guard_start(safe))


def _begins_line(said: str) -> bool:
    """Whether what follows this text is the first word of a line."""
    return _LINE_START.match(said, said.rfind("\n") + 1) is not None


def fill(slot: Slot, values: Mapping[str, Value]) -> str:
    """The text of a place; empty where the field isn't known and has no default."""
    value = values.get(slot.name, "")
    style = name_style(slot.filters)
    if style.most is None:
        style = replace(style, most=MAX_NAMES, shown=NAMES_SHOWN)
    text = value if isinstance(value, str) else write_names(value, style)
    for asked in slot.filters:
        change = _CHANGES.get(asked.name)
        if change is not None:
            text = change(text)
        elif asked.name == "default" and not text:
            text = str(asked.arguments[0])
    return text


_CHANGES: dict[str, Callable[[str], str]] = {
    "stop": lambda text: f"{text}." if text and text[-1] not in ".?!" else text,
    "nostop": lambda text: text.rstrip("."),
    "upper": str.upper,
    "lower": str.lower,
}


def name_style(filters: tuple[Filter, ...]) -> NameStyle:
    """The style of names that these filters ask for."""
    style = NameStyle()
    for asked in filters:
        given = asked.arguments
        if asked.name in PARTS:
            style = replace(style, part=PARTS[asked.name])
        elif asked.name == "joined":
            style = replace(style, joiner=str(given[0]), last=str(given[-1]))
        elif asked.name == "et_al":
            most, shown, more = (*given, *(given[0], 0, " et al.")[len(given) :])
            style = replace(style, most=int(most), shown=int(shown) or int(most), more=str(more))
    return style


def _safe(slot: Slot, text: str, *, row: bool) -> str:
    """A value that cannot end its link, its cell or its line."""
    if slot.name in _ADDRESSES:
        return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)
    if slot.name == MORE_LINKS and _LINKS.fullmatch(text):
        return text
    # What stands for further names is the list's own text, and no value: " *et al.*".
    more = name_style(slot.filters).more if slot.name in _AUTHORS else ""
    more = more if text.endswith(more) else ""
    text = guard(text.removesuffix(more)) + more
    text = guard_link(text) if slot.name == "title" else text
    return re.sub(r"(?<!\\)\|", r"\\|", text) if row else text
