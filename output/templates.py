"""Jinja environments in which every string is cleaned and escaped."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from output.escape import mixed_words
from output.marked_text import exact, marked, shown, spans_in


def environment(folder: Path) -> Environment:
    """An environment for a folder's templates, with the filters and functions of all pages."""
    jinja = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"exact": exact, "marked": marked}
    jinja.globals |= {"spans_in": spans_in, "mixed_words": mixed_words}
    return jinja
