"""
The atoms of an entry: the places of what is known of its paper, and everything between them.

What is known comes from arXiv, or, without it, from the entry's own parts.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from catalog.forms.spelling.dates import Date
from catalog.forms.spelling.titles import Agreement

# Fields: marker, title, address, authors, date, badge (an address that isn't a page but has the
# id), id. Between them: group, word, sign, break (of a line), cell (of a table row), end.
AtomKind = Literal[
    "marker",
    "title",
    "address",
    "badge",
    "id",
    "authors",
    "date",
    "group",
    "word",
    "sign",
    "break",
    "cell",
]
FIELDS = frozenset({"marker", "title", "address", "badge", "id", "authors", "date"})
# What identifies a paper in an entry.
ADDRESSES = frozenset({"address", "badge", "id"})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a paper; ``shaped`` says that the entry itself was the source."""

    title: str
    authors: tuple[str, ...] = ()
    arxiv_id: str | None = None
    day: date | None = None
    code: str | None = None
    urls: tuple[str, ...] = ()
    shaped: bool = False


@dataclass(frozen=True, slots=True)
class Atom:
    """
    A piece of an entry, ``space`` before it included.

    ``key`` is what makes two entries' atoms the same one. ``style`` is how a field is written, as
    a piece of a template, and ``agrees`` how the text agrees with what is known.
    """

    kind: AtomKind
    text: str
    key: str
    space: str = ""
    style: str = ""
    agrees: Agreement = "exact"
    date: Date | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """An entry in atoms. ``tail`` is the white space at its end; ``row`` says a table's row."""

    atoms: tuple[Atom, ...]
    known: Known
    text: str
    tail: str = ""
    row: bool = False
    order: int = 0
    line: int = 0
    section: tuple[str, ...] = ()
    key: str = ""
    columns: tuple[str, ...] = ()

    def __hash__(self) -> int:
        # Cuts are keys of caches: a hash of every atom costs more than what is looked up.
        return hash((self.text, self.line))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(atom.key for atom in self.atoms)

    def has(self, kind: AtomKind) -> bool:
        return any(atom.kind == kind for atom in self.atoms)
