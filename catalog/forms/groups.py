"""
Sections whose entries are nested in items that only name a year, a venue or a subject.

"- **Year 2024**" holds "  - **arXiv**", and that the papers. A new entry goes into the part of its
year, and there to the preprints.
"""

import re
from collections.abc import Sequence

from catalog.errors import ListConflict
from catalog.forms.parts.names import is_preprint
from catalog.markdown.lines import indent_of, is_item
from catalog.markdown.listfile import ListFile
from catalog.markdown.parts.wording import is_venue
from catalog.markdown.sections import ListSection
from catalog.markdown.spans import Span
from config.patterns import lazy_regex

_YEAR = lazy_regex(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PREPRINTS = lazy_regex(r"\b(?:arxiv|preprints?)\b", re.IGNORECASE)
_WORDS = lazy_regex(r"<[^<>]*>|[*_`#\[\]]")
# So many names of parts are shown to somebody who must choose one.
MAX_PARTS_NAMED = 4


def nested_items(section: ListSection, indent: int) -> list[Span]:
    """The entries of a section with this indentation, where all its works are nested; else none."""
    entries = [span for span in section.body if span.kind == "entry" and span.form]
    top = [span for span in entries if span.form and not span.form.depth]
    if not indent or any(b"://" in span.raw for span in top):
        return []
    return [span for span in entries if span.form and span.form.depth and _indent(span) == indent]


def siblings(data: bytes, section: ListSection, span: Span) -> list[Span]:
    """The entries in the same part as a nested one, itself included."""
    nested = nested_items(section, _indent(span))
    chains = _chains(data, section, nested) if nested else {}
    return [other for other in nested if chains.get(other.start) == chains.get(span.start)]


def _indent(span: Span) -> int:
    return indent_of(span.raw)


def part_of(
    data: bytes, section: ListSection, items: Sequence[Span], year: int | None, name: str
) -> list[Span]:
    """
    The entries of the part that a new preprint of this year belongs to.

    ListConflict where the section has no such part: a person chooses, or makes it.
    """
    chains = _chains(data, section, items)
    years = set(filter(None, map(_year, chains.values())))
    found = [(span, chains.get(span.start, ())) for span in items]
    here = [(span, chain) for span, chain in found if not years or _year(chain) == year]
    if not here:
        raise _conflict(
            name, items[0], f"{section.name} has no part for {year or 'a page without a date'}"
        )
    preprints = [span for span, chain in here if chain and _PREPRINTS.search(chain[0])]
    parts = list(dict.fromkeys(chain[0] for _, chain in here if chain))
    if not preprints and len(parts) > 1:
        shown = ", ".join(parts[:MAX_PARTS_NAMED])
        raise _conflict(name, here[0][0], f"{section.name} has parts ({shown}), none for preprints")
    return preprints or [span for span, _ in here]


def _conflict(name: str, span: Span, matter: str) -> ListConflict:
    return ListConflict(f"{name}:{span.line}", matter, "add this entry, or such a part, by hand")


def _year(chain: Sequence[str]) -> int | None:
    return next((int(match[0]) for label in chain if (match := _YEAR.search(label))), None)


def _chains(data: bytes, section: ListSection, items: Sequence[Span]) -> dict[int, tuple[str, ...]]:
    """By the place of each entry what the items say that it is nested in, the nearest one first."""
    starts = {span.start for span in items}
    chains: dict[int, tuple[str, ...]] = {}
    above: list[tuple[int, str]] = []
    at = section.heading.end
    for line in data[at : items[-1].end].splitlines(keepends=True):
        if is_item(line.lstrip()):
            width = indent_of(line)
            while above and above[-1][0] >= width:
                above.pop()
            if at in starts:
                chains[at] = tuple(label for _, label in reversed(above))
            else:
                above.append((width, _label(line)))
        at += len(line)
    return chains


def _label(line: bytes) -> str:
    return " ".join(_WORDS.sub("", line.decode("utf-8", "replace").strip()[1:]).split())


def years_of(parsed: ListFile, section: ListSection, name: str) -> dict[int, ListSection]:
    """
    The headings of years below a section, or those beside it if it is one of them itself.

    ListConflict where all of them name a venue, too: a preprint belongs to none of these.
    """
    above = section.path[:-1] if section.year else section.path
    parts = [child for child in parsed.sections if child.year and child.path[:-1] == above]
    venues = [part for part in parts if is_venue(part.name) and not is_preprint(part.name)]
    if parts and len(venues) == len(parts):
        shown = ", ".join(part.name for part in parts[:MAX_PARTS_NAMED])
        matter = f"{section.name} has parts ({shown}), none for preprints"
        raise ListConflict(
            f"{name}:{parts[0].heading.line}", matter, "add this entry, or such a part, by hand"
        )
    return {part.year: part for part in parts if part.year and part not in venues}


def with_year(data: bytes, parsed: ListFile, years: dict[int, ListSection], year: int) -> bytes:
    """A heading for a new year, written like the nearest one, where its turn is."""
    later = [later_year for later_year in years if later_year > year]
    nearest = years[min(later) if later else max(years)]
    order = sorted(years.values(), key=lambda part: part.heading.start)
    falling = len(order) < 2 or (order[0].year or 0) > (order[-1].year or 0)
    number = parsed.sections.index(nearest)
    following = parsed.sections[number + 1 :]
    end = following[0].heading.start if following else len(data)
    at = nearest.heading.start if falling != bool(later) else end
    text = _YEAR.sub(str(year), nearest.heading.raw.decode(), count=1).rstrip("\r\n").encode()
    ending = b"\r\n" if nearest.heading.raw.endswith(b"\r\n") else b"\n"
    lead = b"" if data[:at].endswith(ending * 2) or not at else ending
    return data[:at] + lead + text + ending * 2 + data[at:]
