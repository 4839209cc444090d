"""
Places where a few entries have the paper's address by chance, beside its own.

It is a column of a table, or a link that leads elsewhere in the other entries.
"""

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


def without_chance_links(cuts: Sequence[Cut | None]) -> list[Cut | None]:
    """
    Entries with a second link to the paper where others link another page: a link as any other.

    In "[2025-ICLR](https://…) **A Title** [PDF](https://…)" the first one of a preprint is arXiv's.
    """
    plain = [cut for cut in cuts if cut and not cut.row]
    labels = Counter(label for cut in plain for label in {_label(cut, at) for at in _pages(cut)})
    del labels[""]
    usual, times = labels.most_common(1)[0] if labels else ("", 0)
    several = sum(len(_pages(cut)) > 1 for cut in plain)
    if not FEWEST_ROWS <= len(plain) <= times / OF_ADDRESS or several >= BY_CHANCE * len(plain):
        return list(cuts)
    return [cut and (cut if cut.row else _with_links(cut, usual)) for cut in cuts]


def _pages(cut: Cut) -> list[int]:
    return [at for at, atom in enumerate(cut.atoms) if _leads(atom)]


def _label(cut: Cut, at: int) -> str:
    """The label of the link with this address; empty if it has none of its own."""
    label, opens = cut.atoms[max(0, at - 2) : at] if at > 1 else (None, None)
    linked = label and opens and opens.text == "(" and label.style == "bracket"
    return label.text if linked and label else ""


def _with_links(cut: Cut, usual: str) -> Cut:
    """The entry with each link to the paper in one piece, but for those with the usual label."""
    atoms = list(cut.atoms)
    pages = _pages(cut)
    others = [at for at in pages if _label(cut, at) != usual]
    for at in reversed(others if len(others) < len(pages) else []):
        start = _start_of_link(atoms, at)
        if start is not None and at + 1 < len(atoms) and atoms[at + 1].text == ")":
            link = atoms[start : at + 2]
            style = "picture" if any(atom.style == "picture" for atom in link) else "link"
            atoms[start : at + 2] = [Atom("group", _joined(link), style, link[0].space, style)]
    return replace(cut, atoms=tuple(atoms))


def _start_of_link(atoms: Sequence[Atom], at: int) -> int | None:
    """Where the link begins: at "[label](", or at the outer bracket of "[[label]]("."""
    if at < 2 or atoms[at - 1].text != "(":
        return None
    if atoms[at - 2].style == "bracket":
        return at - 2
    inner = at > 3 and atoms[at - 3].style in ("bracket", "picture")
    return at - 4 if inner and atoms[at - 2].text == "]" and atoms[at - 4].text == "[" else None
