"""
The points of many texts at once, as ``Model.judge`` adds them up for one.

A new model judges all works of 60 days. Terms are numbers here, and whatever follows is done for
hundreds of texts together. Sums are of another order, so their last digits may be others.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np

from pipelines.rank.features import Features, letters_of, runs, title_words
from pipelines.rank.model import QUESTIONS, Model
from pipelines.rank.terms import Terms

# More at once are no faster and take more memory.
TEXTS_AT_ONCE = 500
# What a word is to the model: in none of its terms, or too short to be one.
UNKNOWN, TOO_SHORT = 0, -1
SHORT_WORDS = "abcdefghijklmnopqrstuvwxyz0123456789_"

Vector = np.ndarray[Any, np.dtype[Any]]


class TextPoints:
    """The points that a model's terms give to texts, without their authors."""

    def __init__(self, model: Model) -> None:
        self._start = np.array([model.order.bias, model.belongs.bias])
        self._words, self._letters = _WordSums(model.words), _LetterSums(model.letters)

    def of(self, works: Sequence[Features]) -> Vector:
        """A row for each work and a column for each question."""
        parts = [
            self._start + self._words.totals(part) + self._letters.totals(part)
            for part in in_parts(works)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(QUESTIONS)))


def in_parts(works: Sequence[Features]) -> Iterator[Sequence[Features]]:
    for start in range(0, len(works), TEXTS_AT_ONCE):
        yield works[start : start + TEXTS_AT_ONCE]


class _WordSums:
    """Words and pairs: a word is a number, a pair that of its first word beside the second's."""

    def __init__(self, terms: Terms) -> None:
        parts = {part for term in terms.weights for part in term.split(" ")}
        self._number_of = dict.fromkeys(SHORT_WORDS, TOO_SHORT)
        self._number_of |= {part: number for number, part in enumerate(sorted(parts), 1)}
        self._words = len(parts) + 1
        numbers = np.array([self._number(term) for term in terms.weights], dtype=np.int64)
        order = np.argsort(numbers)
        self._numbers, self._weights = numbers[order], _table(terms)[order]

    def totals(self, works: Sequence[Features]) -> Vector:
        words, ends = self._read(works)
        work = number_of_each(ends)
        kept = words != TOO_SHORT
        words, work = words[kept], work[kept]
        pairs = np.flatnonzero((words[:-1] > UNKNOWN) & (words[1:] > UNKNOWN))
        single = np.flatnonzero(words > UNKNOWN)
        terms = np.concatenate((words[single], words[pairs] * self._words + words[pairs + 1]))
        place = np.searchsorted(self._numbers, terms)
        place[place == len(self._numbers)] = 0
        known = self._numbers[place] == terms if len(self._numbers) else place > 0
        of = np.concatenate((work[single], work[pairs]))
        return _added(of[known], place[known], self._weights, len(works))

    def _read(self, works: Sequence[Features]) -> tuple[Vector, list[int]]:
        """The words of all texts in turn, an unknown one after each, and where each work ends."""
        number_of, unknown = self._number_of.get, repeat(UNKNOWN)
        words: list[int] = []
        ends: list[int] = []
        for seen in works:
            for text in filter(None, (seen.title, seen.abstract)):
                words += map(number_of, runs(text.lower()), unknown)
                words.append(UNKNOWN)
            ends.append(len(words))
        return np.array(words, dtype=np.int64), ends

    def _number(self, term: str) -> int:
        first, _, second = term.partition(" ")
        number = self._number_of[first]
        return number * self._words + self._number_of[second] if second else number


class _LetterSums:
    """Runs of letters of titles."""

    def __init__(self, terms: Terms) -> None:
        self._weights = _table(terms)
        place_of = {term: place for place, term in enumerate(terms.weights)}
        # Titles use the same words over and over.
        self._places: Callable[[str], list[int]] = cache(
            lambda word: [place_of[run] for run in letters_of(word) if run in place_of]
        )

    def totals(self, works: Sequence[Features]) -> Vector:
        places: list[int] = []
        ends: list[int] = []
        for seen in works:
            for word in title_words(seen):
                places += self._places(word)
            ends.append(len(places))
        of = number_of_each(ends)
        return _added(of, np.array(places, dtype=np.int64), self._weights, len(works))


def number_of_each(ends: Sequence[int]) -> Vector:
    """The number of the work that each place is of, by where the places of each work end."""
    sizes: Vector = np.diff(np.array(ends, dtype=np.int64), prepend=0)
    return np.repeat(np.arange(len(ends)), sizes)


def _table(terms: Terms) -> Vector:
    """A row for each term: how rare it is, and its weight times that for each question."""
    rows = list(terms.weights.values())
    return np.array(rows, dtype=np.float64).reshape(len(rows), 1 + len(QUESTIONS))


def _added(of: Vector, places: Vector, weights: Vector, works: int) -> Vector:
    """What the terms at these places of the table add to the works that they are of."""
    totals = np.zeros((works, len(QUESTIONS)))
    if not len(of):
        return totals
    all_terms = np.sort(of * len(weights) + places)
    first = np.flatnonzero(np.diff(all_terms, prepend=-1))
    rising = 1.0 + np.log(np.diff(first, append=len(all_terms)))
    of, places = np.divmod(all_terms[first], len(weights))
    rare, *others = weights[places].T * rising
    length = np.sqrt(np.bincount(of, rare * rare, works))
    said = length > 0
    for question, adds in enumerate(others):
        total = np.bincount(of, adds, works)
        totals[said, question] = total[said] / length[said]
    return totals
