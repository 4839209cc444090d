"""What all entries of a section have: the fields in their order, and the texts between them."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from catalog.forms.alignment import (
    EMPHASIS,
    Alignment,
    Element,
    Freedom,
    align,
    class_of,
    element_of,
)
from catalog.forms.cutting.atoms import FIELDS, Atom, Cut

# A text is a part of the form if it stands in at least this share of the entries.
EVERYWHERE = 0.9
MOST = 0.5
# With fewer entries than this every one of them has a text that is a part of the form.
SHORT = 5
# So many other papers (and this share of them) must lack or add something for it to be usual.
FEWEST, SMALLEST_SHARE = 2, 0.01
# An entry that lacks more elements than this has another form.
MAX_LACKING = 2
# The skeleton is that of the newest entries; more of them say nothing new.
MAX_LEARNED = 400
# What was found in an entry is looked up again for each other entry that is left out.
CACHED = 20_000
# Keys of the marks around a title.
EMPHASISED = frozenset(("title opens", "title closes"))
# Marks that close a title, or authors: a final stop stands before or behind them.
CLOSING = frozenset(("*", "**", "***", "_", "__", '"', "”", "’"))
# Marks that stand between the words of one part.
_INSIDE = frozenset(",:/")
# Marks between two parts, which go with the one behind them.
_BETWEEN = frozenset("|/")
# Marks that set off a name before the title, and go with it: "**LoRA**: ".
_OF_NAME = frozenset(("**", "*", "__", "_", "`", ":"))
# What the keys of such marks end in, where some entries have no name.
_OF_A_NAME = " of a name"
# Marks that part links go with the link behind them: ", [code](…)".
_BEFORE_LINK = frozenset(",;·")
_OF_A_LINK = " of a link"
# The place of a text in its entry, the text, and how many equal ones come before it.
_Numbered = tuple[int, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The elements in order, what entries may lack and add, and the entries beside them."""

    elements: tuple[Element, ...]
    freedom: Freedom
    aligned: tuple[tuple[Cut, Alignment], ...]
    view: "View"

    def align(self, cut: Cut) -> Alignment:
        """An entry beside the elements, with what the form allows."""
        return align(self.elements, cut, self.freedom, early=self.view.early)


class View(NamedTuple):
    """
    Which of several equal texts of an entry is the one that all entries have.

    In "arXiv, 2025. arXiv:2411.04965" it is the last one if others have "ACL, 2025. arXiv:…";
    ``from_end`` counts them so. ``early`` takes the first one that fits the elements. With
    ``whole`` a mark between two words of a part isn't a text of its own. ``alike`` looks at the
    entries alone that have the commonest fields in the commonest order: "Authors:" stands in all
    that name them. ``bracketed`` leaves out entries that haven't the commonest signs around the
    address. ``named`` says that only some have a name before the title.
    """

    early: bool = False
    from_end: bool = False
    whole: bool = False
    alike: bool = False
    bracketed: bool = False
    named: bool = False


def skeleton_of(
    cuts: Sequence[Cut], section: Sequence[Cut] = (), view: View | None = None
) -> Skeleton | None:
    """
    The skeleton of these entries, newest first, or of a section of them; None without an entry.

    A form without a place for the title or for the address is none: such entries are not cut.
    """
    cuts = cuts[:MAX_LEARNED]
    if not cuts:
        return None
    view = view or View()
    if view.bracketed:
        section = _of_commonest_brackets(section) if section else ()
        beside = _beside_address((section or _of_commonest_brackets(cuts))[0])
        cuts = [cut for cut in cuts if _beside_address(cut) == beside]
    if not section:
        return _skeleton(_commonest(cuts, view), cuts, view)
    own = _commonest(section, view)
    near = [cut for cut in cuts if _is_near(own, cut)]
    return _skeleton(own, near or section, view)


def _skeleton(elements: tuple[Element, ...], cuts: Sequence[Cut], view: View) -> Skeleton:
    aligned = tuple((cut, align(elements, cut, early=view.early)) for cut in cuts)
    return Skeleton(elements, _freedom(elements, aligned), aligned, view)


def _commonest(cuts: Sequence[Cut], view: View) -> tuple[Element, ...]:
    """The elements that most of the entries reduce to; of two that are as common, the newer."""
    if view.alike:
        cuts = _of_commonest_fields(cuts)
    view = view._replace(named=not all(map(_has_name, cuts)))
    numbered = [_numbered(cut, from_end=view.from_end, named=view.named) for cut in cuts]
    usual = _usual_texts(numbered, row=cuts[0].row)
    usual -= _within_phrases(cuts, numbered, usual)
    reduced = Counter(_reduced(cut, usual, view) for cut in cuts)
    most = max(reduced.values())
    return next(elements for elements, number in reduced.items() if number == most)


def _of_commonest_fields(cuts: Sequence[Cut]) -> list[Cut]:
    """The entries that have the fields, in their order, that most of them have."""
    fields = [
        tuple(atom.kind for atom in cut.atoms if atom.kind in FIELDS or atom.kind == "cell")
        for cut in cuts
    ]
    ((most, _),) = Counter(fields).most_common(1)
    return [cut for cut, kinds in zip(cuts, fields, strict=True) if kinds == most]


def _of_commonest_brackets(cuts: Sequence[Cut]) -> list[Cut]:
    """The entries that have the signs around the address that most of them have."""
    signs = [_beside_address(cut) for cut in cuts]
    ((most, _),) = Counter(signs).most_common(1)
    return [cut for cut, beside in zip(cuts, signs, strict=True) if beside == most]


def _beside_address(cut: Cut) -> tuple[str, ...]:
    """The signs right before and behind the first address of an entry."""
    at = next((n for n, atom in enumerate(cut.atoms) if atom.kind == "address"), None)
    near = () if at is None else (*cut.atoms[max(at - 1, 0) : at], *cut.atoms[at + 1 : at + 2])
    return tuple(atom.text for atom in near if atom.kind == "sign")


def _is_near(elements: tuple[Element, ...], cut: Cut) -> bool:
    """Whether an entry lacks so little of these elements that it is one of their form."""
    return align(elements, cut).at.count(None) <= MAX_LACKING


def _usual_texts(cuts: Sequence[Sequence[_Numbered]], *, row: bool) -> frozenset[tuple[str, int]]:
    """The texts of nearly all entries, each with how many times it has stood before."""
    # An emoji that most have says something about each of them; one that all have says nothing.
    counts: Counter[tuple[str, int]] = Counter()
    for keys in cuts:
        counts.update(key for _, key in keys)
    return frozenset(
        key for key, times in counts.items() if times >= _least(key[0], len(cuts), row=row)
    )


def _within_phrases(
    cuts: Sequence[Cut], numbered: Sequence[Sequence[_Numbered]], usual: frozenset[tuple[str, int]]
) -> frozenset[tuple[str, int]]:
    """The names before which most entries have a word of their own: "Kyoto University"."""
    behind: Counter[tuple[str, int]] = Counter()
    for cut, keys in zip(cuts, numbered, strict=True):
        own = {place for place, key in keys if key not in usual}
        behind.update(
            key
            for place, key in keys
            if key in usual
            and cut.atoms[place].kind == "word"
            and cut.atoms[place].text[0].isupper()
            and place - 1 in own
            and cut.atoms[place - 1].kind == "word"
        )
    return frozenset(key for key, times in behind.items() if times * 2 > len(cuts))


def _least(key: str, entries: int, *, row: bool) -> float:
    """
    How many of the entries must have a text; most have the marks around their titles.

    In a short list one entry may be an exception. What parts two links stands with both of them.
    """
    if key in EMPHASISED:
        return MOST * entries
    if not key.isascii() or (key in _BETWEEN and not row) or key.endswith((_OF_A_NAME, _OF_A_LINK)):
        return entries
    return min(EVERYWHERE * entries, entries - 1) if entries >= SHORT else EVERYWHERE * entries


def _has_name(cut: Cut) -> bool:
    """Whether anything but marks stands before the title: "**LoRA**: "."""
    return any(atom.kind in ("word", "group") for atom in cut.atoms[: _title(cut)])


def _title(cut: Cut) -> int:
    return next(n for n, atom in enumerate(cut.atoms) if atom.kind == "title")


@lru_cache(maxsize=CACHED)
def _numbered(cut: Cut, *, from_end: bool, named: bool) -> tuple[_Numbered, ...]:
    """Each text of an entry that may be a part of the form, and how often it stood before it."""
    found: list[_Numbered] = []
    seen: Counter[str] = Counter()
    title = _title(cut) if named and not cut.row else 0
    places = range(len(cut.atoms))
    for place in reversed(places) if from_end else places:
        atom = cut.atoms[place]
        if atom.kind in FIELDS or atom.kind == "cell" or _of_venue(cut.atoms, place):
            continue
        key = element_of(atom).key
        if place < title and key in _OF_NAME:
            key += _OF_A_NAME
        if key in _BEFORE_LINK and _leads_to_link(cut.atoms, place):
            key += _OF_A_LINK
        found.append((place, (key, seen[key])))
        seen[key] += 1
    return tuple(found)


def _leads_to_link(atoms: Sequence[Atom], place: int) -> bool:
    return place + 1 < len(atoms) and atoms[place + 1].style == "link"


def _of_venue(atoms: Sequence[Atom], place: int) -> bool:
    """Whether a word or its year names a venue: "Arxiv 2024", "CVPR' 23"."""
    atom = atoms[place]
    near = [other.text for other in atoms[max(0, place - 2) : place + 3]]
    at = min(place, 2)
    if any(_is_short_year(near[start : start + 3]) for start in range(at + 1)):
        return True
    if atom.kind != "word":
        return False
    if re.search(r"['’]\d\d\Z", atom.text):
        return True
    after = atoms[place + 1] if place + 1 < len(atoms) else None
    return _is_year(atom) or (after is not None and after.kind == "word" and _is_year(after))


def _is_short_year(texts: Sequence[str]) -> bool:
    """Whether these are a venue's name, an apostrophe, and two digits."""
    return len(texts) == 3 and texts[1] in ("'", "’") and bool(re.fullmatch(r"\d\d", texts[2]))


def _is_year(atom: Atom) -> bool:
    return len(atom.text) == 4 and atom.text.isdecimal() and atom.text[:2] in ("19", "20")


@lru_cache(maxsize=CACHED)
def _reduced(cut: Cut, usual: frozenset[tuple[str, int]], view: View) -> tuple[Element, ...]:
    numbered = _numbered(cut, from_end=view.from_end, named=view.named)
    texts = {place for place, key in numbered if key in usual}
    return tuple(
        element_of(atom)
        for place, atom in enumerate(cut.atoms)
        if (place in texts and not (view.whole and _is_inside(cut.atoms, place, texts)))
        or (place not in texts and (atom.kind in FIELDS or atom.kind == "cell"))
    )


def _is_inside(atoms: Sequence[Atom], place: int, texts: Collection[int]) -> bool:
    """Whether a mark stands between two words of one part, as in "ACL, 2025"."""
    near = (place - 1, place + 1)
    return atoms[place].text in _INSIDE and all(
        0 < at < len(atoms) and at not in texts and atoms[at].kind == "word" for at in near
    )


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
    for gap in _before_stops(elements):
        gaps[gap].add("stop")
    lacked |= {
        n
        for n, element in enumerate(elements)
        if element.kind == EMPHASIS
        or element.key == "\n"
        or (n in _before_stops(elements) and element.key == ".")
    }
    return Freedom(frozenset(lacked), tuple(map(frozenset, gaps)))


def _before_stops(elements: tuple[Element, ...]) -> set[int]:
    """
    The gaps for a final stop of the title, or of the authors: it is a matter of spelling.

    It may stand before the marks that close them, between these, or behind.
    """
    gaps: set[int] = set()
    for number, element in enumerate(elements):
        if element.kind in ("title", "authors"):
            gaps.add(number + 1)
            while number + 1 < len(elements) and _closes(elements[number + 1]):
                number += 1
                gaps.add(number + 1)
    return gaps


def _closes(element: Element) -> bool:
    return element.kind == EMPHASIS or element.key in CLOSING
