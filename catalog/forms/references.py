"""
Reference links: "[Title][12]", with "[12]: https://…" elsewhere in the file.

Forms are learned and written with the address in its place; a new entry gets a label of its own,
and its definition below the last one, where the entries around it are written like that.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog.arxiv_id import ArxivId
from catalog.forms.spelling.addresses import addresses_in
from config.patterns import lazy_regex

_USE = lazy_regex(r"(?<!!)\[(?P<text>[^\[\]\n]{1,400})\]\[(?P<name>[^\[\]\n]{0,200})\](?![\[(:])")
_DEFINITION = lazy_regex(
    r"^(?P<lead>[ ]{0,3}\[)(?P<name>[^\[\]\n]{1,200})(?P<colon>\]:[ \t]+)"
    r"(?P<open><?)(?P<url>https?://[^\s<>]+)(?P<close>>?)[^\n]*(?:\n|\Z)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition of the file: its label, where its line begins and ends, and its parts."""

    name: str
    start: int
    end: int
    style: tuple[str, str, str, str]

    def like(self, name: str, url: str) -> str:
        """A definition written in the same way, without its line end."""
        lead, colon, opening, closing = self.style
        return f"{lead}{name}{colon}{opening}{url}{closing}"


@dataclass(frozen=True, slots=True)
class ReferencedEntry:
    """An entry with a label for its address, and what defines it: a place in bytes, and bytes."""

    text: str
    at: int
    line: bytes


def inlined(text: str, references: Mapping[str, str]) -> str:
    """The text with the address in place of each label."""
    if not references or "][" not in text:
        return text
    return _USE.sub(lambda use: _led(use, references), text)


def _led(use: re.Match[str], references: Mapping[str, str]) -> str:
    url = references.get(_folded(use["name"] or use["text"]))
    return f"[{use['text']}]({url})" if url else use[0]


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def labels_in(text: str) -> list[str]:
    return [_folded(use["name"] or use["text"]) for use in _USE.finditer(text)]


def labelled(
    data: bytes, text: str, around: Sequence[str], references: Mapping[str, str]
) -> ReferencedEntry | None:
    """
    The entry as its neighbours are written; None where these have their addresses in place.

    ``around`` are the texts of the entries of its section.
    """
    used = [name for other in around for name in labels_in(other)[:1] if name in references]
    if not references or len(used) * 2 <= len(around):
        return None
    spot = _own_address(text)
    definitions = list(_definitions(data))
    if spot is None or not definitions:
        return None
    start, url = spot
    name = _new_name(used, references, url)
    near = [one for one in definitions if _folded(one.name) in used]
    last = max(near or definitions, key=lambda one: one.end)
    line = last.like(name, url).encode("utf-8", "surrogateescape")
    ending = b"\r\n" if data[last.start : last.end].endswith(b"\r\n") else b"\n"
    closed = data[: last.end].endswith(b"\n")
    line = line + ending if closed else ending + line
    return ReferencedEntry(
        f"{text[: start - 1]}[{name}]{text[start + len(url) + 1 :]}", last.end, line
    )


def _own_address(text: str) -> tuple[int, str] | None:
    """The first address of a paper that is a link's, else the first of any link."""
    spots = [
        (start, url) for start, url in addresses_in(text) if text[max(0, start - 2) : start] == "]("
    ]
    papers = (spot for spot in spots if ArxivId.parse(spot[1]))
    return next(papers, spots[0] if spots else None)


def _new_name(used: Sequence[str], references: Mapping[str, str], url: str) -> str:
    """The next number where the labels count, else the paper's id, else a number too."""
    paper = ArxivId.parse(url)
    counted = sum(name.isdecimal() for name in used) * 2 > len(used)
    if paper and not counted and paper.base not in references:
        return paper.base
    return str(1 + max((int(name) for name in references if name.isdecimal()), default=0))


def _definitions(data: bytes) -> Iterator[Definition]:
    text = data.decode("utf-8", "surrogateescape")
    places = _Places(text)
    for found in _DEFINITION.finditer(text):
        style = (found["lead"], found["colon"], found["open"], found["close"])
        yield Definition(found["name"], places.at(found.start()), places.at(found.end()), style)


class _Places:
    """Places in bytes by places in the text, asked for in rising order."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.read = self.bytes = 0

    def at(self, place: int) -> int:
        self.bytes += len(self.text[self.read : place].encode("utf-8", "surrogateescape"))
        self.read = place
        return self.bytes


def unused(data: bytes, labels: Iterable[str]) -> Iterator[tuple[int, int, bytes]]:
    """Takes out the definitions of these labels that no link of the file uses any more."""
    wanted = set(labels)
    if not wanted:
        return
    wanted -= set(labels_in(data.decode("utf-8", "surrogateescape")))
    for one in _definitions(data):
        if _folded(one.name) not in wanted:
            continue
        start = one.start
        if one.end == len(data) and not data.endswith(b"\n"):
            start -= 2 if data[:start].endswith(b"\r\n") else data[:start].endswith(b"\n")
        yield start, one.end, b""
