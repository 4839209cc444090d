"""The sections of a list that hold entries, each with a name that identifies it."""

from collections import Counter
from dataclasses import dataclass

from catalog.arxiv_id import ArxivId
from catalog.errors import ListConflict
from catalog.markdown.contents import is_contents
from catalog.markdown.edits import find_section
from catalog.markdown.entry import Entry
from catalog.markdown.listfile import ListFile
from catalog.markdown.sections import MAX_NAME_CHARS, ListSection, year_named

_NO_ENTRIES = "holds a text and no entries"


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """A section for entries; ``name`` identifies it in the file, as a path if necessary."""

    name: str
    line: int
    entries: tuple[Entry, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        """The titles of its papers, including links to arXiv."""
        return tuple(entry.title for entry in self.entries if is_paper(entry) and entry.title)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A heading that isn't a section for entries, and why."""

    heading: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Outline:
    """All headings, as sections or left out; ``above`` counts entries before the first section."""

    parts: tuple[OutlineSection, ...]
    left_out: tuple[LeftOut, ...]
    above: int = 0

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(title for part in self.parts for title in part.titles)


def is_paper(entry: Entry) -> bool:
    """Whether an entry is an arXiv paper, in the list's own format or as a link."""
    return base_of(entry) is not None


def base_of(entry: Entry) -> str | None:
    """The arXiv id of an entry without its version, also where its link is to arXiv."""
    named = ArxivId.parse(entry.arxiv_id or entry.url or "")
    return named.base if named else None


def outline(parsed: ListFile) -> Outline:
    """
    The sections in the order of the list; headings of groups and of texts are left out.

    What stands under a heading per year is in the section that the year is a part of.
    """
    inside: dict[int, list[Entry]] = {section.heading.start: [] for section in parsed.sections}
    holders = _holders(parsed.sections)
    place = {
        span.start: holders[section.heading.start].heading.start
        for section in parsed.sections
        for span in section.body
    }
    above = 0
    for item in parsed.items:
        if item.start in place and item.entry:
            inside[place[item.start]].append(item.entry)
        elif item.entry:
            above += 1
    parts: list[OutlineSection] = []
    left_out: list[LeftOut] = []
    names = _Names(parsed)
    for number, section in enumerate(parsed.sections):
        entries, heading = inside[section.heading.start], section.heading
        why = "" if entries else _no_section(parsed.sections, number)
        holder = holders[heading.start]
        why = why if holder is section else f"is a part of {holder.name}"
        name = "" if why else names.of(section)
        if not (why or name):
            why = f"cannot be named: empty, over {MAX_NAME_CHARS} letters, damaged, or not unique"
        if why:
            left_out.append(LeftOut(heading.text, heading.line, why))
        else:
            parts.append(OutlineSection(name, heading.line, tuple(entries)))
    return Outline(tuple(parts), tuple(left_out), above)


def _holders(sections: tuple[ListSection, ...]) -> dict[int, ListSection]:
    """
    The section itself by the place of its heading; of a period, the one it is a part of.

    Of periods that are parts of none the first one stands for all.
    """
    newest: dict[tuple[str, ...], ListSection] = {}
    holders = {}
    for section in sections:
        path = section.path
        while path and year_named(path[-1]) is not None:
            path = path[:-1]
        newest[section.path] = section
        holders[section.heading.start] = newest.setdefault(path, section)
    return holders


def _no_section(sections: tuple[ListSection, ...], number: int) -> str:
    """Why a heading without entries isn't a section for them; empty if it is."""
    section = sections[number]
    if is_contents(section.name) or any(span.kind == "toc" for span in section.body):
        return "holds the contents"
    following = sections[number + 1] if number + 1 < len(sections) else None
    if following and following.level > section.level:
        return "holds other sections only"
    return _NO_ENTRIES if any(span.raw.strip() for span in section.body) else ""


class _Names:
    """Gives each section the shortest unique name."""

    def __init__(self, parsed: ListFile) -> None:
        self.parsed = parsed
        self.times = Counter(section.name.casefold() for section in parsed.sections)
        self.taken: set[str] = set()

    def of(self, section: ListSection) -> str:
        names = (*([self.parsed.title] if self.parsed.title else []), *section.path)
        shortest = 1 if self.times[section.name.casefold()] == 1 else 2
        for length in range(shortest, len(names) + 1):
            name = " > ".join(names[-length:]).strip()
            if self._finds(name, section):
                self.taken.add(name.casefold())
                return name
        return ""

    def _finds(self, name: str, section: ListSection) -> bool:
        if not 0 < len(name) <= MAX_NAME_CHARS or name.casefold() in self.taken:
            return False
        # No configuration holds a NUL.
        if "\0" in name:
            return False
        try:
            return find_section(self.parsed, name).heading == section.heading
        except ListConflict:
            return False
