"""What works that a person named become in a list: entries, their text, and the decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.markdown.edits import insert_all
from catalog.markdown.entry import Entry
from catalog.markdown.entry_writer import render
from catalog.paper import Decision, Paper, Work


@dataclass(frozen=True, slots=True)
class Addition:
    """A work with its place; ``proposed`` says that the rules chose it."""

    work: Work
    section: str
    entry: Entry
    proposed: bool

    @property
    def text(self) -> str:
        return render(self.entry)

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.work.key,
            "kind": "paper" if isinstance(self.work, Paper) else self.work.kind,
            "title": self.work.title,
            "section": self.section,
            "proposed": self.proposed,
            "entry": self.text,
        }


def insert_additions(current: bytes, additions: Sequence[Addition], name: str) -> bytes:
    """The list with each entry at the top of its section; ListConflict if one is not whole."""
    return insert_all(current, [(one.section, one.text) for one in additions], name=name)


def decisions_of(
    additions: Sequence[Addition], list_name: str, who: str, at: datetime
) -> tuple[Decision, ...]:
    return tuple(
        Decision(list_name, one.work.key, "accept", who, at, one.section, "added by hand")
        for one in additions
    )
