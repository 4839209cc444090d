"""Columns of tables in which a few rows have the paper's address by chance, beside its own."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from catalog.forms.cutting.atoms import Atom, Cut

# A column holds the address if so many rows have it there; where fewer have it, it is a remark.
OF_ADDRESS, BY_CHANCE = 0.9, 0.5
# With fewer rows nothing is by chance.
FEWEST_ROWS = 4


def without_chance_addresses(cuts: Sequence[Cut | None]) -> list[Cut | None]:
    """Rows whose address stands a second time where others have something else: a plain cell."""
    tables: defaultdict[tuple[str, ...], list[Cut]] = defaultdict(list)
    for cut in cuts:
        if cut and cut.row:
            tables[cut.columns].append(cut)
    chance = {columns: _by_chance(rows) for columns, rows in tables.items()}
    return [_plain(cut, chance[cut.columns]) if cut and cut.row else cut for cut in cuts]


def _by_chance(rows: Sequence[Cut]) -> frozenset[int]:
    counts = Counter(
        number for cut in rows for number in {at for at, atom in _numbered(cut) if _leads(atom)}
    )
    if len(rows) < FEWEST_ROWS or max(counts.values(), default=0) < OF_ADDRESS * len(rows):
        return frozenset()
    return frozenset(at for at, times in counts.items() if times < BY_CHANCE * len(rows))


def _leads(atom: Atom) -> bool:
    return atom.kind == "address"


def _numbered(cut: Cut) -> Iterator[tuple[int, Atom]]:
    """Each atom with the number of its column; a bar with that of the column behind it."""
    number = 0 if cut.atoms[0].key == "|" else 1
    for atom in cut.atoms:
        number += atom.key == "|"
        yield number, atom


def _plain(cut: Cut, columns: frozenset[int]) -> Cut:
    """The row with each of these cells in one piece."""
    cells: dict[int, list[Atom]] = {}
    atoms: list[Atom] = []
    for number, atom in _numbered(cut):
        if number not in columns or atom.key == "|":
            atoms.append(atom)
            continue
        cell = cells.setdefault(number, [])
        if not cell:
            atoms.append(Atom("cell", "", f"cell {number}", atom.space))
        cell.append(atom)
    said = {f"cell {number}": _joined(cell) for number, cell in cells.items()}
    atoms = [
        replace(atom, text=said[atom.key]) if atom.key in said and not atom.text else atom
        for atom in atoms
    ]
    return replace(cut, atoms=tuple(atoms)) if cells else cut


def _joined(cell: Sequence[Atom]) -> str:
    return cell[0].text + "".join(atom.space + atom.text for atom in cell[1:])
