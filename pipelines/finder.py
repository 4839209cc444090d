"""
Finds which words of all lists stand in a text, and where, in one pass however many words there are.

The pass says where the first letters of the words stand; only there is a word looked at closely.
"""

from collections.abc import Iterable, Mapping

from pipelines.fold import Folded, Spans
from pipelines.heads import heads
from pipelines.words import Side, near, word

# The words that stand in a text, by their numbers, and where in the folded text.
Found = dict[int, Spans]
# Two sides, and the word that they are when they are near.
Pair = tuple[int, int, int]


class Finder:
    """All words of all lists, compiled once; a word is known by its number."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {one.text: number for number, one in enumerate(self.words)}
        sides = list(dict.fromkeys(side for one in self.words for side in one.sides))
        self._heads = heads([side.head for side in sides])
        self._closely = [(len(side.head), side.compiled.match) for side in sides]
        self._uses: list[tuple[list[int], list[Pair]]] = [([], []) for _ in sides]
        self._sort_out({side: number for number, side in enumerate(sides)})

    def find(self, text: Folded) -> Found:
        """The words that stand in the text; of one side first, and in the order of their sides."""
        return self._words(text.text, self._sides(text.text))

    def _sides(self, text: str) -> Mapping[int, Spans]:
        """The sides that stand where their heads do, none inside another place of its own."""
        found: dict[int, Spans] = {}
        closely = self._closely

        def look(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            length, match_at = closely[number]
            start = end - length
            if match := match_at(text, start):
                if number not in found:
                    found[number] = [match.span()]
                elif found[number][-1][1] <= start:
                    found[number].append(match.span())

        self._heads(text, look)
        return found

    def _words(self, text: str, sides: Mapping[int, Spans]) -> Found:
        found: Found = {}
        pairs: list[Pair] = []
        for side in sorted(sides):
            alone, near_others = self._uses[side]
            for number in alone:
                found[number] = sides[side]
            pairs += near_others
        for one, other, number in pairs:
            if other in sides and (spans := near(text, sides[one], sides[other])):
                found[number] = spans
        return found

    def _sort_out(self, number_of: dict[Side, int]) -> None:
        for number, one in enumerate(self.words):
            first, *second = (number_of[side] for side in one.sides)
            alone, near_others = self._uses[first]
            if second:
                near_others.append((first, second[0], number))
            else:
                alone.append(number)
