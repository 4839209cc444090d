"""What all entries of a section have: the fields in their order, and the texts between them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from catalog.forms.alignment import Alignment, Element, Freedom, align, class_of, element_of
from catalog.forms.atoms import FIELDS, Atom, Cut

# A text is a part of the form if it stands in at least this share of the entries.
EVERYWHERE = 0.9
# So many other papers (and this share of them) must lack or add something for it to be usual.
FEWEST, SMALLEST_SHARE = 2, 0.01
# An entry that lacks more elements than this has another form.
MAX_LACKING = 2
# The skeleton is that of the newest entries; more of them say nothing new.
MAX_LEARNED = 400


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The elements in order, what entries may lack and add, and the entries beside them."""

    elements: tuple[Element, ...]
    freedom: Freedom
    aligned: tuple[tuple[Cut, Alignment], ...]


def skeleton_of(cuts: Sequence[Cut], section: Sequence[Cut] = ()) -> Skeleton | None:
    """
    The skeleton of these entries, newest first, or of a section of them; None without an entry.

    A form without a place for the title or for the address is none: such entries are not cut.
    """
    cuts = cuts[:MAX_LEARNED]
    if not cuts:
        return None
    if not section:
        return _skeleton(_commonest(cuts), cuts)
    own = _commonest(section)
    near = [cut for cut in cuts if _is_near(own, cut)]
    return _skeleton(own, near or section)


def _skeleton(elements: tuple[Element, ...], cuts: Sequence[Cut]) -> Skeleton:
    aligned = tuple((cut, align(elements, cut.atoms)) for cut in cuts)
    return Skeleton(elements, _freedom(elements, aligned), aligned)


def _commonest(cuts: Sequence[Cut]) -> tuple[Element, ...]:
    """The elements that most of the entries reduce to; of two that are as common, the newer."""
    usual = _usual_texts(cuts)
    reduced = Counter(tuple(_reduced(cut, usual)) for cut in cuts)
    most = max(reduced.values())
    return next(elements for elements, number in reduced.items() if number == most)


def _is_near(elements: tuple[Element, ...], cut: Cut) -> bool:
    """Whether an entry lacks so little of these elements that it is one of their form."""
    return align(elements, cut.atoms).at.count(None) <= MAX_LACKING


def _usual_texts(cuts: Sequence[Cut]) -> frozenset[tuple[str, int]]:
    """The texts of nearly all entries, each with how many times it has stood before."""
    # An emoji that most have says something about each of them; one that all have says nothing.
    counts: Counter[tuple[str, int]] = Counter()
    for cut in cuts:
        counts.update(key for _, key in _numbered(cut))
    return frozenset(
        key
        for key, times in counts.items()
        if times >= (EVERYWHERE if key[0].isascii() else 1) * len(cuts)
    )


def _numbered(cut: Cut) -> Iterator[tuple[int, tuple[str, int]]]:
    """Each text of an entry that may be a part of the form, and how often it stood before it."""
    seen: Counter[str] = Counter()
    for place, atom in enumerate(cut.atoms):
        if atom.kind in FIELDS or atom.kind == "cell" or _of_venue(cut.atoms, place):
            continue
        key = element_of(atom).key
        yield place, (key, seen[key])
        seen[key] += 1


def _of_venue(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a word or its year names a venue: "Arxiv 2024"."""
    atom = atoms[place]
    if atom.kind != "word":
        return False
    if re.search(r"['’]\d\d\Z", atom.text):
        return True
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return _is_year(atom) or (after is not None and after.kind == "word" and _is_year(after))


def _is_year(atom: Atom) -> bool:
    return len(atom.text) == 4 and atom.text.isdecimal() and atom.text[:2] in ("19", "20")


def _reduced(cut: Cut, usual: frozenset[tuple[str, int]]) -> Iterator[Element]:
    texts = {place for place, key in _numbered(cut) if key in usual}
    for place, atom in enumerate(cut.atoms):
        if place in texts or atom.kind in FIELDS or atom.kind == "cell":
            yield element_of(atom)


def _freedom(elements: tuple[Element, ...], aligned: Sequence[tuple[Cut, Alignment]]) -> Freedom:
    missing: defaultdict[int, set[str]] = defaultdict(set)
    extras: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    for cut, alignment in aligned:
        for number, at in enumerate(alignment.at):
            if at is None:
                missing[number].add(cut.key)
        for gap, atoms in enumerate(alignment.extra):
            for place in atoms:
                extras[gap, class_of(cut.atoms[place])].add(cut.key)
    fewest = max(FEWEST, SMALLEST_SHARE * len(aligned))
    never = {n for n, element in enumerate(elements) if element.kind in ("title", "address")}
    gaps: list[set[str]] = [set() for _ in range(len(elements) + 1)]
    for (gap, kind), papers in extras.items():
        if len(papers) >= fewest:
            gaps[gap].add(kind)
    lacked = {n for n, papers in missing.items() if len(papers) >= fewest and n not in never}
    after = 1 + next(n for n, element in enumerate(elements) if element.kind == "title")
    # A title's final stop is a matter of spelling.
    gaps[after].add("stop")
    lacked |= {n for n, element in enumerate(elements) if n == after and element.key == "."}
    return Freedom(frozenset(lacked), tuple(map(frozenset, gaps)))
