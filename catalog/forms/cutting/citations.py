"""Lines below an entry that cite its paper once more, and entries of BibTeX: fields of the list."""

from catalog.forms.cutting.atoms import ADDRESSES, Atom, Known
from catalog.forms.cutting.authors import plain
from catalog.forms.cutting.blanked_text import BlankedText
from catalog.forms.spelling.titles import find_title
from config.patterns import lazy_regex

# An entry of BibTeX that stands in no block of code; braces inside its values may be nested once.
_BIBTEX = lazy_regex(
    r"@[A-Za-z]{3,15}\{[^\s,{}]+,[^{}]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}[^{}]*)*\}"
)
# A line below the first one, without its bullet or quotation mark and a label that says citation.
_LINE = lazy_regex(
    r"\n(?:[ \t]*(?:[-*+>][ \t]+)?)*(?:[*_]*(?:cite|citation|reference)[*_]*[:\uff1a][*_]*[ \t]*)?"
    r"(?P<said>\S[^\n]*?)(?=[ \t\\]*(?:\n|\Z))",
)


def take_bibtex(places: BlankedText) -> None:
    for match in _BIBTEX.finditer(places.text, 1):
        if places.free(*match.span()):
            places.take(*match.span(), Atom("group", "", "bibtex", style="bibtex"))


def take_citations(places: BlankedText, known: Known) -> None:
    """A line below with title and first author once more, unless it has the only address."""
    surname = plain(known.authors[0]).split()[-1:] if known.authors else []
    for match in _LINE.finditer(places.text):
        start, end = match.span("said")
        rest = places.rest()[start:end]
        if not surname or surname[0] not in plain(rest) or not find_title(rest, known.title):
            continue
        outside = [spot for spot in places.fields if spot[1] <= start or spot[0] >= end]
        kinds = {atom.kind for _, _, atom in outside}
        if "title" in kinds and kinds & ADDRESSES:
            places.fields = outside
            places.take(start, end, Atom("group", "", "citation", style="citation"))
