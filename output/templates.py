"""Jinja templates in which every outside string is escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from output.escape import mixed_words
from output.marks import coded, exact, marked, shown, spans_in, words_of


def environment(folder: Path) -> Environment:
    """The templates of a folder, with the filters and functions that all pages use."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"coded": coded, "exact": exact, "marked": marked}
    templates.globals |= {"spans_in": spans_in, "words_of": words_of, "mixed_words": mixed_words}
    return templates
