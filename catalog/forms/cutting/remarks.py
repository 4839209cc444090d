"""Items below an entry that say something of the paper, now one and now three: one field."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from catalog.forms.cutting.atoms import FIELDS, Atom, Cut
from catalog.forms.spelling.facts import name_of_fact
from catalog.markdown.parts.wording import is_venue

# So many entries must have several of them, and no number of items may be that usual.
MIN_ENTRIES, USUAL = 2, 0.8
# A label that so many entries have says what a field is, and is no remark.
OF_FIELD = 0.15
# An item with a date or a link in it is a remark if it has so many words.
WORDS = 3
_BULLETS = frozenset("-*+>•")


@dataclass(frozen=True, slots=True)
class _Line:
    """Atoms ``start`` to ``end``, the line's break with them; a fact is one of its own."""

    start: int
    end: int
    is_remark: bool
    is_fact: bool = False


def with_remarks(cuts: list[Cut | None]) -> list[Cut | None]:
    """The entries with each run of such items as one atom, behind the first one's bullet."""
    cut_entries = [cut for cut in cuts if cut and not cut.row]
    labels = Counter(name for cut in cut_entries for name in set(_labels(cut)))
    fields = {
        name for name, n in labels.items() if n >= max(MIN_ENTRIES, OF_FIELD * len(cut_entries))
    }
    runs = {id(cut): _runs(_lines(cut, fields)) for cut in cut_entries}
    several = sum(any(_is_plain(run) for run in entry_runs) for entry_runs in runs.values())
    numbers = Counter(sum(map(len, entry_runs)) for entry_runs in runs.values() if entry_runs)
    if several < MIN_ENTRIES or max(numbers.values(), default=0) >= USUAL * sum(numbers.values()):
        return cuts
    return [cut and replace(cut, atoms=_joined(cut, runs.get(id(cut), []))) for cut in cuts]


def _is_plain(run: Sequence[_Line]) -> bool:
    return len(run) > 1 and not all(line.is_fact for line in run)


def _labels(cut: Cut) -> list[str]:
    return [name_of_fact(atom.text) for atom in cut.atoms if atom.style == "fact"]


def _lines(cut: Cut, fields: set[str]) -> list[_Line]:
    """The lines of an entry below the first one."""
    starts = [n for n, atom in enumerate(cut.atoms) if atom.kind == "break" or atom.style == "fact"]
    lines = []
    for start, end in pairwise([*starts, len(cut.atoms)]):
        first = cut.atoms[start]
        if first.style == "fact":
            free = name_of_fact(first.text) not in fields and end == start + 1
            lines.append(_Line(start, end, free, is_fact=True))
        else:
            lines.append(_Line(start, end, _is_remark(cut.atoms[start + 1 : end])))
    return lines


def _is_remark(atoms: Sequence[Atom]) -> bool:
    if len(atoms) < 2 or atoms[0].text not in _BULLETS:
        return False
    words = sum(atom.kind == "word" for atom in atoms) + WORDS * any(
        atom.style == "prose" for atom in atoms
    )
    if any(atom.kind in FIELDS - {"date"} or atom.style == "details" for atom in atoms):
        return False
    plain = all(atom.kind != "date" and atom.style not in ("link", "picture") for atom in atoms)
    return words >= (1 if plain else WORDS) and not is_venue(_text(atoms[1:]))


def _runs(lines: Sequence[_Line]) -> list[list[_Line]]:
    runs: list[list[_Line]] = []
    for line in lines:
        if not line.is_remark:
            continue
        if runs and runs[-1][-1].end == line.start:
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _joined(cut: Cut, runs: Sequence[Sequence[_Line]]) -> tuple[Atom, ...]:
    atoms: list[Atom] = []
    at = 0
    for run in runs:
        start, end = run[0].start, run[-1].end
        atoms += cut.atoms[at:start]
        first, rest = cut.atoms[start], cut.atoms[start + 1 : end]
        if first.style == "fact":
            bullet, text = first.text[:1], first.text[1:] + "".join(a.space + a.text for a in rest)
            atoms += [Atom("break", first.space, "\n"), Atom("sign", bullet, bullet)]
        else:
            atoms += [first, rest[0]]
            text = rest[1].space + _text(rest[1:])
        bare = text.lstrip()
        space = text[: len(text) - len(bare)]
        atoms.append(Atom("group", bare, "remarks", space, style="remarks"))
        at = end
    return (*atoms, *cut.atoms[at:])


def _text(atoms: Sequence[Atom]) -> str:
    return atoms[0].text + "".join(atom.space + atom.text for atom in atoms[1:])
