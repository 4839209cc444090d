"""Writes an entry in the form of its list."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from catalog.forms.cutting.tokens import LINK
from catalog.forms.spelling.names import PARTS, NameStyle, write_names
from catalog.forms.spelling.rows import may_be_row
from catalog.forms.values import Value
from catalog.markdown.text import guard, guard_link
from config.form import MORE_LINKS
from config.patterns import lazy_regex
from config.template import Filter, Optional, Pieces, Slot, Template

# An entry longer than this is no entry; a template cannot repeat, so only its values can do that.
MAX_ENTRY_CHARS = 20_000
_ADDRESSES = frozenset({"abs", "pdf", "code", "stars_badge", "citations_url"})
_LINKS = lazy_regex(rf"(?:(?:{LINK})[ ]?)+", re.IGNORECASE)
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
    said: list[str] = []
    _write(template.pieces, values, unknown, sign, said, row=row)
    return "".join(said)[:MAX_ENTRY_CHARS]


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
        if isinstance(piece, str):
            said.append(piece)
        elif isinstance(piece, Optional):
            chosen = piece.then if values.get(piece.name) else piece.otherwise
            _write(chosen, values, unknown, sign, said, row=row)
        else:
            text = fill(piece, values)
            said.append(_safe(piece.name, text, row=row) if text else unknown.get(piece.name, sign))


def fill(slot: Slot, values: Mapping[str, Value]) -> str:
    """The text of a place; empty where the field isn't known and has no default."""
    value = values.get(slot.name, "")
    style = name_style(slot.filters)
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


def _safe(name: str, text: str, *, row: bool) -> str:
    """A value that cannot end its link, its cell or its line."""
    if name in _ADDRESSES:
        return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", text)
    if name == MORE_LINKS and _LINKS.fullmatch(text):
        return text
    text = guard_link(guard(text)) if name == "title" else guard(text)
    return re.sub(r"(?<!\\)\|", r"\\|", text) if row else text
