"""Where a work stands in a list already: as an entry, an extra, or in a note."""

from dataclasses import dataclass

from catalog.address import identity
from catalog.markdown.listfile import ListFile, listed_keys


@dataclass(frozen=True, slots=True)
class Place:
    """The line of the item, and the section it is in (None above the first one)."""

    line: int
    section: str | None

    def __str__(self) -> str:
        return f"line {self.line}" + (f" ({self.section})" if self.section else "")


def find_listed(parsed: ListFile, keys: set[str]) -> dict[str, Place]:
    """The first place of each of these works that the list has, in any version or spelling."""
    wanted = {identity(key): key for key in keys}
    found: dict[str, Place] = {}
    section = None
    for span in parsed.spans:
        if span.kind == "heading":
            section = None if span.level == 1 and span.text == parsed.title else span.text
        elif span.kind in ("entry", "text"):
            for key in map(identity, listed_keys(ListFile((span,)))):
                if key in wanted:
                    found.setdefault(wanted[key], Place(span.line, section))
    return found
