"""Lays an entry's atoms beside the elements of a form: which are there, missing, or in addition."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from catalog.forms.cutting.atoms import FIELDS, Atom, Cut

# What one step costs: a step that the form allows, and one that it doesn't.
ALLOWED, REFUSED = 1, 1_000
# Words and signs of one blank together, in characters.
MAX_BLANK_CHARS = 80
_NEVER_BLANK = frozenset("[]<>|")
# The marks around a title: entries that lack them are in the same form.
EMPHASIS = "emphasis"
# Neither do these: a line's end is white space to a reader.
_SPELLED = frozenset((EMPHASIS, "break"))


class Element(NamedTuple):
    """A text that all entries have, a field, or a cell of a row; compared by ``key``."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Freedom:
    """
    What entries may lack (elements by number), and what they may have in addition.

    ``extras`` has the classes that each gap may hold: gap n is before element n, the last one
    after the last element.
    """

    missing: frozenset[int] = frozenset()
    extras: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Alignment:
    """
    ``at[n]`` is the atom of element n, None where it is missing; ``extra[n]`` the atoms of gap n.

    ``fits`` says that the form allows all of it.
    """

    at: tuple[int | None, ...]
    extra: tuple[tuple[int, ...], ...]
    fits: bool


def element_of(atom: Atom) -> Element:
    if atom.kind in FIELDS:
        return Element(atom.kind, atom.key if atom.kind == "marker" else atom.kind)
    if atom.kind == "cell":
        return Element("cell", atom.key)
    if atom.style == EMPHASIS:
        return Element(EMPHASIS, atom.key)
    return Element("text", literal(atom))


def literal(atom: Atom) -> str:
    """What makes a text of two entries the same one: breaks and tags are alike in all spellings."""
    if atom.kind == "break" or (atom.kind == "sign" and atom.text[:1] == "<"):
        return atom.key
    return atom.text


def class_of(atom: Atom) -> str:
    """The class of an atom in addition: a kind of field, ``group``, ``word`` or ``break``."""
    if atom.kind in FIELDS or atom.kind in ("group", "break", "cell"):
        return atom.kind
    if atom.style == EMPHASIS:
        return EMPHASIS
    if atom.text == ".":
        return "stop"
    return "structure" if atom.text[:1] in _NEVER_BLANK else "word"


def align(
    elements: tuple[Element, ...],
    cut: Cut,
    freedom: Freedom | None = None,
    *,
    early: bool = False,
) -> Alignment:
    """
    The cheapest way to lay an entry's atoms beside the elements; without freedom, the closest one.

    Of two atoms that may be the same element it is the last one, or ``early`` the first.
    """
    return _align(elements, _keys_of(cut), freedom, early)


@lru_cache(maxsize=10_000)
def _keys_of(cut: Cut) -> tuple[tuple[Element, str, int], ...]:
    return tuple((element_of(atom), class_of(atom), len(atom.text)) for atom in cut.atoms)


@lru_cache(maxsize=20_000)
def _align(
    elements: tuple[Element, ...],
    atoms: tuple[tuple[Element, str, int], ...],
    freedom: Freedom | None,
    early: bool,  # noqa: FBT001 - a key of the cache
) -> Alignment:
    rows, columns = len(elements), len(atoms)
    lacking = [_cost(freedom is None or n in freedom.missing) for n in range(rows)]
    beside = [
        [_cost(freedom is None or _may_be(cls, freedom.extras[gap])) for _, cls, _ in atoms]
        for gap in range(rows + 1)
    ]
    cost = [[0] * (columns + 1) for _ in range(rows + 1)]
    for column in range(1, columns + 1):
        cost[0][column] = cost[0][column - 1] + beside[0][column - 1]
    for row in range(1, rows + 1):
        line, above, element = cost[row], cost[row - 1], elements[row - 1]
        miss, extra = lacking[row - 1], beside[row]
        line[0] = above[0] + miss
        for column in range(1, columns + 1):
            best = above[column] + miss
            if (other := line[column - 1] + extra[column - 1]) < best:
                best = other
            if atoms[column - 1][0] == element and above[column - 1] < best:
                best = above[column - 1]
            line[column] = best
    steps = cost, lacking, beside
    return _traced(elements, atoms, freedom, steps, early=early)


def _may_be(kind: str, allowed: frozenset[str]) -> bool:
    return kind in allowed or kind in _SPELLED or (kind == "stop" and "word" in allowed)


def _cost(allowed: bool) -> int:  # noqa: FBT001 - read beside its table
    return ALLOWED if allowed else REFUSED


def _traced(
    elements: tuple[Element, ...],
    atoms: tuple[tuple[Element, str, int], ...],
    freedom: Freedom | None,
    steps: tuple[list[list[int]], list[int], list[list[int]]],
    *,
    early: bool,
) -> Alignment:
    cost, lacking, beside = steps
    row, column = len(elements), len(atoms)
    at: list[int | None] = [None] * row
    extra: list[list[int]] = [[] for _ in range(row + 1)]
    while row or column:
        here = cost[row][column]
        matches = row and column and atoms[column - 1][0] == elements[row - 1]
        match = matches and cost[row - 1][column - 1] == here
        added = column and cost[row][column - 1] + beside[row][column - 1] == here
        if match and not (early and added):
            row, column = row - 1, column - 1
            at[row] = column
        elif added:
            column -= 1
            extra[row].append(column)
        else:
            row -= 1
            assert cost[row][column] + lacking[row] == here  # noqa: S101 - the only step left
    gaps = tuple(tuple(reversed(gap)) for gap in extra)
    fits = cost[-1][-1] < REFUSED and (freedom is None or not _too_long(gaps, atoms))
    return Alignment(tuple(at), gaps, fits)


def _too_long(
    gaps: tuple[tuple[int, ...], ...], atoms: tuple[tuple[Element, str, int], ...]
) -> bool:
    return any(
        sum(atoms[n][2] + 1 for n in gap if atoms[n][1] in ("word", "stop")) > MAX_BLANK_CHARS
        for gap in gaps
    )
