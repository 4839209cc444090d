"""
Finds which words of all lists stand in a text, in one pass however many words there are.

RE2 reads the text once for all of them. Without RE2 they are tried one by one, which is right
and slow.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from pipelines.words import Side, Text, word

# RE2 refuses, or forgets what it knew, when its states do not fit; 400 words need 12 MB.
MOST_MEMORY = 256 << 20


class Finder:
    """All words of all lists, compiled once; a word is known by its number."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {one.text: number for number, one in enumerate(self.words)}
        sides = list(dict.fromkeys(side for one in self.words for side in one.sides))
        self._sides = one_pass(sides)
        self._alone: list[list[int]] = [[] for _ in sides]
        self._pairs: list[list[tuple[int, int]]] = [[] for _ in sides]
        self._sort_out({side: number for number, side in enumerate(sides)})

    def find(self, text: Text) -> list[int]:
        """The numbers of the words that stand in the text."""
        sides = self._sides.Match(text.folded.text) or ()  # RE2 says None for none
        there = frozenset(sides)
        found = [number for side in sides for number in self._alone[side]]
        for side in sides:
            for other, number in self._pairs[side]:
                if other in there and self.words[number].spans(text):
                    found.append(number)
        return found

    def spans(self, number: int, text: Text) -> list[tuple[int, int]]:
        """Where one word stands in the text as it was before folding."""
        return [text.folded.original(*span) for span in self.words[number].spans(text)]

    def _sort_out(self, number_of: dict[Side, int]) -> None:
        for number, one in enumerate(self.words):
            first, *second = (number_of[side] for side in one.sides)
            if second:
                self._pairs[first].append((second[0], number))
            else:
                self._alone[first].append(number)


class OnePass(Protocol):
    """Says which of its patterns stand in a text."""

    def Match(self, text: str) -> list[int] | None: ...  # noqa: N802


def one_pass(sides: Sequence[Side]) -> OnePass:
    """All sides as one automaton of RE2, where it is installed."""
    try:
        import re2
    except ImportError:
        return OneByOne(sides)
    options = re2.Options()
    options.max_mem = MOST_MEMORY
    options.log_errors = False
    made = re2.Set.SearchSet(options)
    for side in sides:
        made.Add(side.pattern)
    made.Compile()
    return made  # type: ignore[no-any-return]


class OneByOne:
    """What RE2's set does, without RE2."""

    def __init__(self, sides: Sequence[Side]) -> None:
        self._sides = sides

    def Match(self, text: str) -> list[int]:  # noqa: N802
        return [n for n, side in enumerate(self._sides) if side.compiled.search(text)]
