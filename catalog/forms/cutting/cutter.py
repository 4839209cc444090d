"""
Cuts an entry into atoms.

Places of known fields are found first; the rest are words, signs, and groups such as a link, a
picture or a bracket.
"""

import re

from catalog.forms.cutting.atoms import ADDRESSES, Cut, Known
from catalog.forms.cutting.authors import take_authors
from catalog.forms.cutting.blanked_text import PLACES, BlankedText
from catalog.forms.cutting.citations import take_bibtex, take_citations
from catalog.forms.cutting.known_fields import (
    take_addresses,
    take_affiliations,
    take_dates,
    take_details,
    take_marker,
    take_other_address,
    take_publication,
    take_row_number,
    take_tag_number,
    take_title,
)
from catalog.forms.cutting.refinement import refined
from catalog.forms.cutting.tokens import atoms_of
from catalog.forms.spelling.rows import end_of_cells
from catalog.forms.spelling.titles import find_in_row, find_name, find_title

# An entry longer than this is an essay, and is not learned from.
MAX_LEARNED_CHARS = 6_000


def cut_entry(text: str, known: Known, columns: tuple[str, ...] | None = None) -> Cut | None:
    """
    Cut an entry; None where its title or its address is not in it.

    ``columns`` are the headings of the table that a row stands in; None for what is no row.
    """
    row = columns is not None
    body = text[: end_of_cells(text)] if row else text.rstrip()
    if len(body) > MAX_LEARNED_CHARS or re.search(f"[{PLACES}]", body):
        return None
    places = BlankedText(body)
    if columns is None:
        take_marker(places)
        take_tag_number(places)
        take_details(places)
        take_bibtex(places)
    elif columns:
        take_row_number(places, columns[0], known)
    take_addresses(places, known)
    find = find_in_row if row else find_title
    match = find(places.rest(), known.title)
    by_name = find_name(places.rest(), known.title) if row and not match else None
    if match := match or by_name:
        take_other_address(places, match.end)
    if match is None or not any(atom.kind in ADDRESSES for _, _, atom in places.fields):
        return None
    take_title(places, match, by_name=by_name is not None)
    if not row:
        take_citations(places, known)
    take_authors(places, known)
    if not row:
        take_affiliations(places)
        take_publication(places)
    take_dates(places, known)
    atoms = refined(tuple(atoms_of(places, row=row)))
    return Cut(atoms, known, body, text[len(body) :], row)
