"""The weights of a model's terms, and what the terms of a text add up to."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Terms:
    """
    Weights of terms of one kind.

    ``weights[term]`` is how rare the term is, then for each question or section its weight times
    that, so that scoring a text only adds up.
    """

    weights: Mapping[str, tuple[float, ...]]

    def values(self, terms: Iterable[str]) -> list[tuple[str, float]]:
        """How much each known term of a text counts; together they have length 1."""
        return self._column(terms, 0)

    def adds(self, terms: Iterable[str], question: int) -> list[tuple[str, float]]:
        """What each known term of a text adds for one question or section."""
        return self._column(terms, question + 1)

    def totals(self, terms: Iterable[str], columns: int) -> list[float]:
        """What all terms of a text add, for each question or section."""
        get = self.weights.get
        # Nearly every term stands once: a call for each would take a fifth of the time.
        rows = [
            row if n == 1 else _counted(row, n)
            for term, n in Counter(terms).items()
            if (row := get(term))
        ]
        if not rows:
            return [0.0] * columns
        rare, *others = zip(*rows, strict=True)
        length = math.hypot(*rare)
        return [sum(column) / length for column in others]

    def _column(self, terms: Iterable[str], at: int) -> list[tuple[str, float]]:
        known = ((term, n, self.weights.get(term)) for term, n in Counter(terms).items())
        rows = [(term, _counted(row, n)) for term, n, row in known if row]
        length = math.hypot(*[row[0] for _, row in rows])
        return [(term, row[at] / length) for term, row in rows]


def _counted(row: tuple[float, ...], count: int) -> tuple[float, ...]:
    rising = _rising(count)
    return tuple([rising * value for value in row])


def _rising(count: int) -> float:
    """A term that stands twice counts more, but not twice as much."""
    return 1.0 if count == 1 else 1.0 + math.log(count)
