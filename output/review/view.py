"""Which works a page shows and in which order: decided here, without a request or a store."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from typing import Self

from catalog.paper import Act
from output.digest.model import SECONDS_A_CANDIDATE
from output.review.model import SHELVES, WeekProgress, WorklistLine

# Lines of a shelf that one page lists; a long tail is reached by the filters.
MOST_LINES = 100
# Words of "why here" before the others are folded: two lines of a screen.
MAX_WORDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Filter:
    """What a person wants to see; empty means all. It travels in the address."""

    shelf: str = "week"
    section: str = ""
    source: str = ""
    kind: str = ""
    of_list: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        known = {one.name: query[one.name] for one in fields(cls) if query.get(one.name)}
        made = cls(**known)
        return made if made.shelf in SHELVES else cls(**{**known, "shelf": "week"})

    @property
    def query(self) -> dict[str, str]:
        """What differs from showing the whole week."""
        plain = asdict(self)
        return {name: value for name, value in plain.items() if value != getattr(Filter(), name)}

    def of_lines(self, lines: Iterable[WorklistLine]) -> list[WorklistLine]:
        # The shelf first: of thousands of lines a week's few are left to look at.
        return [line for line in lines if line.shelf == self.shelf and self._wants(line)]

    def _wants(self, line: WorklistLine) -> bool:
        return (
            self.section in ("", line.section)
            and self.kind in ("", line.kind)
            and self.of_list in ("", line.list_name)
            and (not self.source or self.source in line.sources)
        )

    @property
    def narrows(self) -> bool:
        """Whether a part of the shelf is left out."""
        return bool(self.query.keys() - {"shelf"})

    @staticmethod
    def choices(lines: Iterable[WorklistLine], shelf: str) -> dict[str, list[str]]:
        """What can be chosen for each part of the filter: what the shelf has."""
        found: dict[str, dict[str, None]] = {"section": {}, "source": {}, "kind": {}, "of_list": {}}
        for line in lines:
            if line.shelf != shelf:
                continue
            found["section"][line.section] = None
            found["kind"][line.kind] = None
            found["of_list"][line.list_name] = None
            found["source"].update(dict.fromkeys(line.sources))
        return {name: list(values) for name, values in found.items()}


def following(lines: Sequence[WorklistLine], work_id: str | None) -> WorklistLine | None:
    """The next open work behind this one, or the first open one; None when all are decided."""
    ids = [line.id for line in lines]
    at = ids.index(work_id) + 1 if work_id in ids else 0
    ordered = [*lines[at:], *lines[:at]]
    return next((line for line in ordered if line.is_open and line.id != work_id), None)


def grouped(lines: Sequence[WorklistLine]) -> list[tuple[str, list[WorklistLine]]]:
    """The first lines by section, each section once, in the order of the lines."""
    some = lines[:MOST_LINES]
    order = {name: place for place, name in enumerate(dict.fromkeys(s.section for s in some))}
    by_section = sorted(some, key=lambda line: order[line.section])
    return [(name, list(group)) for name, group in groupby(by_section, lambda line: line.section)]


def counted(lines: Iterable[WorklistLine]) -> dict[str, int]:
    """How many works each shelf has."""
    found = Counter(line.shelf for line in lines)
    return {str(name): found[name] for name in SHELVES}


def tally(lines: Iterable[WorklistLine], chosen: Filter) -> list[tuple[Act, int]]:
    """What became of the works in view: each act with its number, the most frequent first."""
    return Counter(line.act for line in chosen.of_lines(lines) if line.act).most_common()


def progress_of(lines: Sequence[WorklistLine]) -> WeekProgress:
    """How far the week is; works on the other shelves do not count."""
    week = [line for line in lines if line.shelf == "week"]
    left = sum(line.is_open for line in week)
    minutes = -(-left * SECONDS_A_CANDIDATE // 60)
    picked = sum(line.act == "pick" for line in lines)
    return WeekProgress(len(week) - left, len(week), minutes, picked)


def leading(
    words: Iterable[tuple[str, str]],
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The words to show at once, those of the title first, and the others where they are many."""
    ordered = sorted(words, key=lambda word: not word[1].startswith("title"))
    few = len(ordered) <= MAX_WORDS_SHOWN + 1
    return (ordered, []) if few else (ordered[:MAX_WORDS_SHOWN], ordered[MAX_WORDS_SHOWN:])
