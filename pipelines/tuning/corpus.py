"""Many texts read as one, to say at once which of them may have a word."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import accumulate

from pipelines.heads import bare, heads
from pipelines.rules.scoring import Texts
from pipelines.rules.words import Word
from pipelines.sides import first_letters


class Gathered:
    """Titles and abstracts behind one another, known by their numbers; one byte for each sign."""

    def __init__(self, texts: Sequence[Texts]) -> None:
        whole = ["\n".join(part.text for part in one.values()) for one in texts]
        self._read = bare("\n".join(whole))
        # Where each begins in what is read: behind the space before it.
        self._starts = list(accumulate((len(text) + 1 for text in whole), initial=1))[:-1]

    def may_have(self, words: Collection[Word]) -> list[int]:
        """The numbers of the texts that have the first letters of each side of some word."""
        sides = list(dict.fromkeys(side for one in words for side in one.sides if side.parts))
        having: list[set[int]] = [set() for _ in sides]
        for side, end in heads([first_letters(side) for side in sides])(self._read):
            having[side].add(bisect_right(self._starts, end - 1) - 1)
        known = dict(zip(sides, having, strict=True))
        all_sides = ([known.get(side, set()) for side in one.sides] for one in words)
        return sorted(set[int]().union(*(set.intersection(*some) for some in all_sides)))
