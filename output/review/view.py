"""Which works a page shows, and in which order. Pure functions of the worklist's lines."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from typing import Self

from catalog.facts import Act
from output.review.model import SHELVES, WeekProgress, WorklistLine

# Lines that one page lists; the filter reaches the rest.
MAX_LINES = 100
# Matched words shown before the rest are folded: two lines on a screen.
MAX_UNFOLDED_WORDS = 5


@dataclass(frozen=True, slots=True)
class WorklistFilter:
    """The works to show; an empty field means all. Part of every address on the page."""

    shelf: str = "week"
    section: str = ""
    source: str = ""
    kind: str = ""
    of_list: str = ""
    words: str = ""
    state: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        given = {field.name: query[field.name] for field in fields(cls) if query.get(field.name)}
        if given.get("shelf") not in SHELVES:
            given.pop("shelf", None)
        return cls(**given)

    @property
    def query(self) -> dict[str, str]:
        """The fields that differ from the default, for an address."""
        plain = asdict(self)
        return {
            name: value for name, value in plain.items() if value != getattr(WorklistFilter(), name)
        }

    def of_lines(self, lines: Iterable[WorklistLine]) -> list[WorklistLine]:
        # The shelf first: it leaves a few of thousands of lines. Words are looked for on all.
        return [
            line
            for line in lines
            if (self.words or line.shelf == self.shelf) and self._matches(line)
        ]

    def _matches(self, line: WorklistLine) -> bool:
        return (
            self.section in ("", line.section)
            and self.kind in ("", line.kind)
            and self.of_list in ("", line.list_name)
            and (not self.source or self.source in line.sources)
            and (not self.state or line.is_open)
            and all(word in line.title.casefold() for word in self.words.casefold().split())
        )

    @property
    def narrows(self) -> bool:
        """Whether the filter leaves out a part of the shelf."""
        return bool(self.query.keys() - {"shelf"})

    @staticmethod
    def choices(lines: Iterable[WorklistLine], shelf: str) -> dict[str, list[str]]:
        """The values on this shelf that each field of the filter can take."""
        values: dict[str, dict[str, None]] = {
            "section": {},
            "source": {},
            "kind": {},
            "of_list": {},
        }
        for line in lines:
            if line.shelf != shelf:
                continue
            values["section"][line.section] = None
            values["kind"][line.kind] = None
            values["of_list"][line.list_name] = None
            values["source"].update(dict.fromkeys(line.sources))
        return {name: list(distinct) for name, distinct in values.items()}


def following(lines: Sequence[WorklistLine], work_id: str | None) -> WorklistLine | None:
    """The next open work after this one, or the first; None when all are decided."""
    ids = [line.id for line in lines]
    at = ids.index(work_id) + 1 if work_id in ids else 0
    ordered = [*lines[at:], *lines[:at]]
    return next((line for line in ordered if line.is_open and line.id != work_id), None)


def grouped(lines: Sequence[WorklistLine]) -> list[tuple[str, list[WorklistLine]]]:
    """The first ``MAX_LINES`` lines by section; sections in order of first appearance."""
    first = lines[:MAX_LINES]
    order = {
        name: place for place, name in enumerate(dict.fromkeys(line.section for line in first))
    }
    by_section = sorted(first, key=lambda line: order[line.section])
    return [(name, list(group)) for name, group in groupby(by_section, lambda line: line.section)]


def counted(lines: Iterable[WorklistLine]) -> dict[str, int]:
    """How many works each shelf has."""
    counts = Counter(line.shelf for line in lines)
    return {str(name): counts[name] for name in SHELVES}


def tally(lines: Iterable[WorklistLine], chosen: WorklistFilter) -> list[tuple[Act, int]]:
    """The acts on the works in view with their counts, the most frequent first."""
    return Counter(line.act for line in chosen.of_lines(lines) if line.act).most_common()


def progress_of(lines: Sequence[WorklistLine], pace: float = 0.0) -> WeekProgress:
    """
    Progress of the week; works on other shelves do not count.

    ``pace`` is how long this person takes for a work (seconds), 0 while that is unknown.
    """
    week = [line for line in lines if line.shelf == "week"]
    left = sum(line.is_open for line in week)
    minutes = -(-round(left * pace) // 60)
    picked = sum(line.act == "pick" for line in lines)
    return WeekProgress(len(week) - left, len(week), minutes, picked)


def leading(
    words: Iterable[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The words to show at once, those of the title first, and those to fold."""
    ordered = sorted(words, key=lambda word: not word[1].startswith("title"))
    few = len(ordered) <= MAX_UNFOLDED_WORDS + 1
    return (ordered, []) if few else (ordered[:MAX_UNFOLDED_WORDS], ordered[MAX_UNFOLDED_WORDS:])
