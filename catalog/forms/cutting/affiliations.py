"""Where a list shows an affiliation inside the authors: "Ada Lovelace (ACME) et al."."""

from collections.abc import Iterator
from dataclasses import replace

from catalog.forms.cutting.atoms import Atom, Cut
from catalog.forms.cutting.authors import without_marks
from catalog.forms.spelling.names import styles_of
from config.patterns import lazy_regex

# So many entries must show one.
MIN_ENTRIES = 2
_MORE = lazy_regex(r"(?P<names>[^\n]*\w)(?P<space>[ ]+)et al(?P<stop>\.?)\Z")


def with_affiliations(cuts: list[Cut | None]) -> list[Cut | None]:
    """
    The entries alike where some of them show one: "et al." is no part of the names then.

    "Ada Lovelace et al." is an entry without an affiliation, and no other way to write names.
    """
    if sum(_shows_one(cut) for cut in cuts if cut) < MIN_ENTRIES:
        return cuts
    return [cut and replace(cut, atoms=tuple(_parted(cut))) for cut in cuts]


def _shows_one(cut: Cut) -> bool:
    for at, atom in enumerate(cut.atoms):
        if atom.kind == "authors":
            after = cut.atoms[at + 1 : at + 4]
            return [a.text for a in after[1:]] == ["et", "al"] and after[0].style == "paren"
    return False


def _parted(cut: Cut) -> Iterator[Atom]:
    for atom in cut.atoms:
        said = _MORE.fullmatch(atom.text) if atom.kind == "authors" else None
        if said is None:
            yield atom
            continue
        exact = styles_of(without_marks(said["names"]), cut.known.authors)
        yield replace(atom, text=said["names"], agrees="exact" if exact else atom.agrees)
        yield Atom("word", "et", "et", said["space"])
        yield Atom("word", "al", "al", " ")
        if said["stop"]:
            yield Atom("sign", ".", ".")
