"""What stands between the known fields of an entry: words, signs, groups, and a row's cells."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

from catalog.forms.cutting.atoms import Atom
from catalog.forms.cutting.blanked_text import PLACE, PLACES, BlankedText
from catalog.forms.spelling.facts import FACT
from catalog.forms.spelling.rows import BAR
from config.patterns import lazy_regex

_IN = rf"(?:\\[\[\]]|[^\[\]\n{PLACES}])"
_TO = rf"\((?:[^()\s{PLACES}]|\([^()\s{PLACES}]*\))*(?:[ \t]+\"[^\"\n{PLACES}]*\")?[ \t]*\)"
_GROUPS = (
    ("picture", rf"\[[ \t]*!\[{_IN}*\]{_TO}[ \t]*\]{_TO}"),
    ("picture", rf"!\[{_IN}*\](?:{_TO}|\[{_IN}*\])"),
    ("link", rf"\[\[{_IN}*\]{_TO}\]"),
    ("link", rf"\[\[{_IN}*\]\]{_TO}"),
    ("link", rf"\(\[{_IN}*\]{_TO}\)"),
    ("link", rf"\[{_IN}*\]{_TO}"),
    ("anchor", rf"<a[ \t]+(?:id|name)=[\"'][^\"'<>{PLACES}]*[\"'][ \t]*>[ \t]*</a>"),
    ("link", rf"<a\b[^>{PLACES}]*>(?:(?!</a>)[^{PLACES}])*</a>"),
    ("picture", rf"<img\b[^>{PLACES}]*>"),
    ("link", rf"<https?://[^>\s{PLACES}]*>"),
    ("bracket", rf"\[{_IN}+\]"),
    ("paren", rf"\((?:[^()\n{PLACES}]|\([^()\n{PLACES}]*\))+\)"),
    ("code", rf"`[^`\n{PLACES}]+`"),
    ("tag", rf"</?[a-zA-Z][^<>\n{PLACES}]*>"),
    ("link", rf"https?://[^\s<>\"|{PLACES}]+"),
    ("emoji", r":[a-z0-9_+-]+:"),
)
# One link or picture of any kind.
LINK = "|".join(pattern for kind, pattern in _GROUPS if kind in ("picture", "link"))
PICTURE = "|".join(pattern for kind, pattern in _GROUPS if kind == "picture")
# Blanks that are written out: "&nbsp;&nbsp;".
ENTITY_BLANK = "&(?:nb|em|en|thin)sp;"
# An underscore at a word's end is a mark of emphasis: "_Why it matters:_".
_WORD = r"[^\W_](?:\w*[^\W_])?"
_VALUE = rf"[ \t]*[^\s{PLACES}][^\n{PLACES}]*?"
# Lines that are indented further than the label above them.
_BELOW = (
    rf"(?:[ \t]*\r?\n){{1,4}}(?P=indent)[ \t]+[^\s{PLACES}][^\n{PLACES}]*?(?=[ \t]*(?:\r?\n|\Z))"
)
_LABELLED = lazy_regex(
    rf"(?P<break>[ \t]*\r?\n(?:[ \t]*\r?\n){{0,4}}(?P<indent>[ \t\xa0]*))"
    rf"(?P<line>{FACT}(?:{_VALUE}(?=[ \t]*(?:\r?\n|\Z))(?:{_BELOW})*|(?:{_BELOW})+))"
)
_TOKEN = lazy_regex(
    "|".join(f"(?P<g{number}>{pattern})" for number, (_, pattern) in enumerate(_GROUPS))
    + rf"|(?P<place>[{PLACES}])|(?P<br>[ \t]*\r?\n\s*)"
    + rf"|(?P<blank>{ENTITY_BLANK}(?:[ \t]*{ENTITY_BLANK})*)"
    + rf"|(?P<word>{_WORD}(?:[-'’.&/]{_WORD})*)|(?P<sign>\*\*|__|\S)",
    re.IGNORECASE,
)


def atoms_of(places: BlankedText, *, row: bool) -> Iterator[Atom]:
    fields = sorted(places.fields, key=lambda spot: spot[0])
    text, at = [], 0
    for number, (start, end, _) in enumerate(fields):
        text += [places.text[at:start], chr(PLACE + number)]
        at = end
    text.append(places.text[at:])
    atoms = [atom for _, _, atom in fields]
    joined = "".join(text)
    yield from _row(joined, atoms) if row else _cut_text(joined, atoms)


def _row(text: str, atoms: list[Atom]) -> Iterator[Atom]:
    """The cells of a row: one with a field is cut further, any other one is a single atom."""
    space = ""
    first = 0 if text.lstrip().startswith("|") else 1
    for number, cell in enumerate(BAR.split(text), first):
        if number > first:
            yield Atom("sign", "|", "|", space)
        inside = cell.rstrip()
        space = cell[len(inside) :] if inside else ""
        if re.search(f"[{PLACES}]", cell):
            yield from _cut_text(inside, atoms)
        elif inside or number:
            lead = cell[: len(cell) - len(cell.lstrip())]
            yield Atom("cell", inside.lstrip(), f"cell {number}", lead)


def _cut_text(text: str, atoms: list[Atom]) -> Iterator[Atom]:
    """The tokens of a text; a line with a label and no field is one, with the break before it."""
    at = 0
    for match in _LABELLED.finditer(text):
        yield from _tokens(text[: match.start()], at, atoms)
        yield Atom("group", match["line"], "fact", match["break"], style="fact")
        at = match.end()
    yield from _tokens(text, at, atoms)


def _tokens(text: str, at: int, atoms: list[Atom]) -> Iterator[Atom]:
    for match in _TOKEN.finditer(text, at):
        if match["blank"]:
            continue
        space = text[at : match.start()]
        at = match.end()
        yield _token(match, space, atoms)


def _token(match: re.Match[str], space: str, atoms: list[Atom]) -> Atom:
    said = match[0]
    if match["place"]:
        return replace(atoms[ord(said) - PLACE], space=space)
    if match["br"] is not None:
        return Atom("break", said, "\n", "")
    if match["word"]:
        return Atom("word", said, said, space)
    if match["sign"]:
        if _is_emoji(said):
            return Atom("group", said, "emoji", space, style="emoji")
        return Atom("sign", said, said, space)
    number = next(index for index in range(len(_GROUPS)) if match[f"g{index}"])
    kind = _GROUPS[number][0]
    if kind == "tag":
        return Atom("sign", said, re.sub(r"[\s/]", "", said.lower()), space)
    return Atom("group", said, kind, space, style=kind)


def _is_emoji(sign: str) -> bool:
    return unicodedata.category(sign[0]) in ("So", "Sk", "Cf", "Mn") and not sign.isascii()
