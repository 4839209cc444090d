"""What the page of rules shows: a word that is tried, what it would do, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipelines.tuning.comparison import Effect


@dataclass(frozen=True, slots=True)
class Tried:
    """A change of one word, as it was asked for. Without a section it is of the whole list."""

    list_name: str
    section: str
    key: str
    word: str
    add: bool

    @property
    def back(self) -> "Tried":
        """The change that takes this one back."""
        return Tried(self.list_name, self.section, self.key, self.word, not self.add)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The words of one list as they are: by section ("" is the whole list) and key."""

    list_name: str
    words: dict[str, dict[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What a change would do to the works on the desk, to labelled papers, and to other new ones.

    ``figures`` are names with the values before and after; ``broken`` the examples in the file
    that would not hold any more. ``token`` names the file that it was tried on.
    """

    desk: Effect
    labelled: Effect
    others: Effect
    figures: tuple[tuple[str, str], ...]
    broken: tuple[str, ...]
    token: str

    @property
    def parts(self) -> tuple[tuple[str, Effect], ...]:
        return (
            ("Works on the desk", self.desk),
            ("Labelled papers", self.labelled),
            ("Other papers of the last weeks", self.others),
        )


class Bench(Protocol):
    """Where words of the rules are tried."""

    def books(self) -> Sequence[RuleBook]:
        """The rules of every list."""

    def try_(self, tried: Tried) -> Trial:
        """What would move; Trouble where the change cannot be meant."""

    def save(self, tried: Tried, token: str) -> str:
        """Write the change into the file and nothing else; the diff. Trouble where it cannot be."""
