"""
The template of an entry, in a small part of Jinja's language: names, filters, ``if`` and texts.

A list's YAML may come from a stranger. A template can therefore not loop, call, compute, include or
reach into anything: ``parse_template`` refuses all of that before anything runs, and what it gives
is plain data. ``docs/forms.md`` explains the language to its users.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from config.patterns import lazy_regex
from config.validation import MAX_SHOWN_CHARS, Wrong, did_you_mean, shown

# A form of six lines with all its optional parts has 900 characters.
MAX_TEMPLATE_CHARS = 4_000
# An optional part inside an optional part, and so on.
MAX_DEPTH = 4
# Places, and the beginnings and ends of optional parts: the form of six lines has forty.
MAX_TAGS = 100
# The filters of one place.
MAX_FILTERS = 8

# What a filter takes: the numbers and texts it may have.
FILTERS: dict[str, tuple[tuple[type, ...], ...]] = {
    "stop": ((),),
    "nostop": ((),),
    "upper": ((),),
    "lower": ((),),
    "default": ((str,),),
    "surnames": ((),),
    "initials": ((),),
    "initial": ((),),
    "last_first": ((),),
    "last_initials": ((),),
    "bare_initials": ((),),
    "last_bare_initials": ((),),
    "joined": ((str,), (str, str)),
    "et_al": ((int,), (int, int), (int, int, str)),
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter and its arguments, numbers and texts."""

    name: str
    arguments: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a field: ``{{ title|stop }}``."""

    name: str
    filters: tuple[Filter, ...] = ()
    line: int = 1


@dataclass(frozen=True, slots=True)
class Optional:
    """``{% if code %}…{% else %}…{% endif %}``: one part where the field is known, else another."""

    name: str
    then: "Pieces"
    otherwise: "Pieces" = ()
    line: int = 1


Piece = str | Slot | Optional
Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read: its text, and its pieces in order."""

    text: str
    pieces: Pieces

    @property
    def names(self) -> tuple[tuple[str, int], ...]:
        """The fields that the template names, with their lines in it (from 1)."""
        return tuple(_names(self.pieces))


class WrongTemplate(Wrong):
    """A template that is refused; ``line`` counts from its first line."""

    def __init__(self, line: int, matter: str, do: str = "") -> None:
        self.line = line
        super().__init__(matter, do)


def _names(pieces: Pieces) -> Iterator[tuple[str, int]]:
    for piece in pieces:
        if isinstance(piece, str):
            continue
        yield piece.name, piece.line
        if isinstance(piece, Optional):
            yield from _names(piece.then)
            yield from _names(piece.otherwise)


# A place {{ … }}, a part {% … %} or a comment {# … #}; what opens none of them is text.
_TAG = lazy_regex(r"\{\{(?P<slot>.*?)\}\}|\{%(?P<block>.*?)%\}|\{#.*?#\}|\{[{%#]", re.DOTALL)
_NAME = lazy_regex(r"[a-z][a-z0-9_]{0,39}")
_IF = lazy_regex(r"if\s+(?P<name>.*)", re.DOTALL)
_FILTER = lazy_regex(r"(?P<name>\w+)\s*(?:\((?P<arguments>.*)\))?", re.DOTALL)
_ARGUMENT = lazy_regex(
    r"\s*(?:(?P<number>\d{1,2})|\"(?P<text>[^\"]*)\"|'(?P<other>[^']*)')\s*(?:,|\Z)"
)
# What stands between two bars; a bar in quotes is part of a text.
_PART = lazy_regex(r"(?:\"[^\"]*\"|'[^']*'|[^|])*+")
_ONLY = "a form has {{ name }}, {{ name|filter }} and {% if name %} … {% else %} … {% endif %} only"


@dataclass(slots=True)
class _Open:
    """An ``if`` that has not ended yet."""

    name: str
    line: int
    then: list[Piece] = field(default_factory=list)
    otherwise: list[Piece] | None = None

    @property
    def pieces(self) -> list[Piece]:
        return self.then if self.otherwise is None else self.otherwise


@lru_cache(maxsize=64)
def parse_template(text: str) -> Template:
    """Read a template; WrongTemplate, with the line, for all that the language doesn't have."""
    if len(text) > MAX_TEMPLATE_CHARS:
        raise WrongTemplate(
            1, f"has {len(text):,} characters", f"at most {MAX_TEMPLATE_CHARS:,} are allowed"
        )
    open_parts = [_Open("", 1)]
    at, line = 0, 1
    for number, tag in enumerate(_TAG.finditer(text)):
        if number == MAX_TAGS:
            raise WrongTemplate(line, "has too many places", f"{MAX_TAGS} are allowed")
        if tag.start() > at:
            open_parts[-1].pieces.append(text[at : tag.start()])
        line += text.count("\n", at, tag.start())
        _take(tag, line, open_parts)
        line += tag[0].count("\n")
        at = tag.end()
    if len(open_parts) > 1:
        raise WrongTemplate(open_parts[-1].line, "has an if without its endif", "write {% endif %}")
    if at < len(text):
        open_parts[0].pieces.append(text[at:])
    return Template(text, tuple(open_parts[0].pieces))


def _take(tag: re.Match[str], line: int, open_parts: list[_Open]) -> None:
    if tag["slot"] is not None:
        open_parts[-1].pieces.append(_slot(tag["slot"], line))
    elif tag["block"] is not None:
        _block(tag["block"].strip(), line, open_parts)
    elif len(tag[0]) == 2:
        raise WrongTemplate(line, f"opens {tag[0]} and doesn't close it", _ONLY)


def _block(block: str, line: int, open_parts: list[_Open]) -> None:
    test = _IF.fullmatch(block)
    if test:
        if not _NAME.fullmatch(test["name"]):
            raise WrongTemplate(line, f"asks for {shown(test['name'])}", "write {% if code %}")
        if len(open_parts) > MAX_DEPTH:
            raise WrongTemplate(line, "is nested too deeply", f"{MAX_DEPTH} levels are allowed")
        open_parts.append(_Open(test["name"], line))
    elif block == "else" and len(open_parts) > 1 and open_parts[-1].otherwise is None:
        open_parts[-1].otherwise = []
    elif block == "endif" and len(open_parts) > 1:
        done = open_parts.pop()
        optional = Optional(done.name, tuple(done.then), tuple(done.otherwise or ()), done.line)
        open_parts[-1].pieces.append(optional)
    else:
        raise WrongTemplate(line, f"has {{% {block[:MAX_SHOWN_CHARS]} %}}", _ONLY)


def _slot(inside: str, line: int) -> Slot:
    name, *filters = (part.strip() for part in islice(_parts(inside), MAX_FILTERS + 2))
    if len(filters) > MAX_FILTERS:
        raise WrongTemplate(line, f"has too many filters for {name}", f"{MAX_FILTERS} are allowed")
    if not _NAME.fullmatch(name):
        raise WrongTemplate(line, f"has {{{{ {inside.strip()[:MAX_SHOWN_CHARS]} }}}}", _ONLY)
    return Slot(name, tuple(_filter(text, line) for text in filters), line)


def _parts(inside: str) -> Iterator[str]:
    at = 0
    while at <= len(inside):
        match = _PART.match(inside, at)
        yield match[0] if match else ""
        at = (match.end() if match else at) + 1


def _filter(text: str, line: int) -> Filter:
    match = _FILTER.fullmatch(text)
    name = match["name"] if match else text
    if match is None or name not in FILTERS:
        matter = f"names {shown(name)}, which is no filter"
        raise WrongTemplate(line, matter, did_you_mean(name, [*FILTERS]))
    values = _arguments(match["arguments"] or "")
    if values is None or tuple(map(type, values)) not in FILTERS[name]:
        kinds = " or ".join(_shape(name, shape) for shape in FILTERS[name])
        raise WrongTemplate(line, f"has other arguments for {name}", f"write {kinds}")
    return Filter(name, values)


def _arguments(text: str) -> tuple[int | str, ...] | None:
    """Numbers and texts between commas; None for anything else."""
    values: list[int | str] = []
    at = 0
    while at < len(text):
        match = _ARGUMENT.match(text, at)
        if match is None:
            return None
        said = match["text"] if match["text"] is not None else match["other"]
        values.append(int(match["number"]) if match["number"] else said)
        at = match.end()
    return tuple(values)


def _shape(name: str, kinds: tuple[type, ...]) -> str:
    arguments = ", ".join("3" if kind is int else '", "' for kind in kinds)
    return f"{name}({arguments})" if kinds else name
