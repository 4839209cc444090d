"""An entry of a list in any form: its bytes, its place, the works it names, and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from catalog.markdown.sections import ListSection
from catalog.markdown.spans import Span


@dataclass(frozen=True)
class Item:
    """
    Everything that belongs to one entry: marker line, further lines, remarks; or a table row.

    ``tree_end`` is the place in the file (bytes) after the entries nested in this one; nothing
    may be put between. ``references`` are the addresses of reference links, by name.
    """

    span: Span
    section: ListSection | None = field(default=None, compare=False, repr=False)
    tree_end: int = 0
    references: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def raw(self) -> bytes:
        return self.span.raw

    @property
    def start(self) -> int:
        """The place of the first byte in the file."""
        return self.span.start

    @property
    def end(self) -> int:
        """The place after its last byte; blank lines that follow are not its own."""
        return self.span.end

    @property
    def line(self) -> int:
        return self.span.line

    @property
    def text(self) -> str:
        """The bytes as text, one to one: places of parts are positions in it."""
        return self.span.raw.decode("utf-8", "surrogateescape")
