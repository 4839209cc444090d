"""Jinja environments in which every string is cleaned and escaped."""

import hashlib
import sys
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

import jinja2
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

from catalog.plural import counted
from output.escape import mixed_words
from output.marked_text import exact, marked, shown, spans_in


def environment(folder: Path) -> Environment:
    """An environment for a folder's templates, with the filters and functions of all pages."""
    jinja = Environment(
        loader=FileSystemLoader(folder),
        bytecode_cache=CompiledTemplates(folder),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters |= {"counted": counted, "exact": exact, "marked": marked}
    jinja.globals |= {"spans_in": spans_in, "mixed_words": mixed_words}
    return jinja


class CompiledTemplates(FileSystemBytecodeCache):
    """
    The code of a folder's templates, in ``__pycache__`` beside them, as Python keeps its own.

    Making it takes as long as all else of a page. It is made anew where a template, or what an
    extension makes of it, is another, and where nobody may write there it is not kept.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder / "__pycache__"), "%s.jinja")

    def get_bucket(
        self, environment: Environment, name: str, filename: str | None, source: str
    ) -> Bucket:
        read = environment.preprocess(source, name, filename)
        return super().get_bucket(environment, name, filename, read)

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(f"{jinja2.__version__} {source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, UnpicklingError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(exist_ok=True)
            super().dump_bytecode(bucket)
