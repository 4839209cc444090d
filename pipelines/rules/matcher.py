"""Finds which words stand in a text, and where, in one pass however many words there are."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Literal

from pipelines.rules.fold import Folded, Spans
from pipelines.rules.words import Side, Word, near, word
from pipelines.sides import Sides

Field = Literal["title", "abstract"]
# The words that stand in a text, by their numbers, and where in the folded text.
Found = dict[int, Spans]
# A word of two sides, and the sides, all by their numbers.
Two = tuple[int, int, int]


class Finder:
    """
    All words of all lists, compiled once; a word is known by its number.

    ``titles`` are words that mean nothing in an abstract: they are not looked for there.
    """

    def __init__(self, words: Iterable[str], titles: Collection[str] = ()) -> None:
        self.words = tuple(word(text) for text in dict.fromkeys(words))
        self.number = {one.text: number for number, one in enumerate(self.words)}
        self.titles = frozenset(titles)
        every = dict(enumerate(self.words))
        said = {n: one for n, one in every.items() if one.text not in self.titles}
        self._in_titles = _Words(every)
        self._in_abstracts = _Words(said) if len(said) < len(every) else self._in_titles

    def find(self, text: Folded, where: Field = "title") -> Found:
        """The words that stand in a text, in no special order."""
        words = self._in_abstracts if where == "abstract" else self._in_titles
        return words.find(text.text)


class _Words:
    """Some words by their numbers, which are looked for together."""

    def __init__(self, words: dict[int, Word]) -> None:
        numbers: dict[Side, int] = {}
        self._alike: dict[int, list[int]] = defaultdict(list)
        alone = {number: one.sides[0] for number, one in words.items() if len(one.sides) == 1}
        for number, side in alone.items():
            if numbers.setdefault(side, number) != number:
                self._alike[numbers[side]].append(number)
        twos = {number: one.sides for number, one in words.items() if number not in alone}
        parts = dict.fromkeys(
            side for sides in twos.values() for side in sides if side not in numbers
        )
        # Sides that are no word by themselves have numbers of their own, above all others.
        numbers |= {side: n for n, side in enumerate(parts, max(words, default=0) + 1)}
        self._parts = frozenset(numbers[side] for side in parts)
        self._near = _led(
            [(number, numbers[one], numbers[other]) for number, (one, other) in twos.items()]
        )
        self._leading = frozenset(self._near)
        self._doubled = frozenset(self._alike)
        self._sides = Sides({number: side for side, number in numbers.items()})

    def find(self, text: str) -> Found:
        found = self._sides.find(text)
        made = [
            (number, spans)
            for lead in self._leading.intersection(found)
            for number, one, other in self._near[lead]
            if one in found and other in found and (spans := near(text, found[one], found[other]))
        ]
        for number in self._doubled.intersection(found):
            made += [(other, found[number]) for other in self._alike[number]]
        for number in self._parts.intersection(found):
            del found[number]
        found.update(made)
        return found


def _led(twos: list[Two]) -> dict[int, list[Two]]:
    """
    Words of two sides, by the one that leads to them.

    What many words are made of is common in texts too, like "LLM", so the rarer side leads.
    """
    often = Counter(side for _, *sides in twos for side in sides)
    made: dict[int, list[Two]] = defaultdict(list)
    for two in twos:
        made[min(two[1:], key=lambda side: often[side])].append(two)
    return dict(made)
