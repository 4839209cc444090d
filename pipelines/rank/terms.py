"""The weights of a model's terms, and what the terms of a text add up to."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain
from operator import mul

from pipelines.rank.features import Features, letters_of, texts, title_words

# Titles use the same words over and over; the runs of letters of as many are kept.
KEPT_TITLE_WORDS = 1 << 14


@dataclass(frozen=True)
class Terms:
    """
    Weights of terms of one kind.

    ``weights[term]`` is how rare the term is, then for each question or section its weight times
    that, so that scoring a text only adds up.
    """

    weights: Mapping[str, tuple[float, ...]]

    def in_words(self, seen: Features) -> list[str]:
        """The known ones of a work's words and pairs; of each text its words come first."""
        known, following = self._known.get, self._following.get
        found: list[str] = []
        for terms in texts(seen):
            found += filter(None, map(known, terms))
            found += [
                pair
                for after, second in zip(map(following, terms), terms[1:], strict=False)
                if after and (pair := after.get(second))
            ]
        return found

    def in_letters(self, seen: Features) -> list[str]:
        """The known ones of the runs of letters of a work's title, in their order."""
        return list(chain.from_iterable(map(self._letters_of, title_words(seen))))

    @cached_property
    def _known(self) -> dict[str, str]:
        return {term: term for term in self.weights}

    @cached_property
    def _following(self) -> dict[str, dict[str, str]]:
        """Pairs by their first word and their second: most texts then need no string a pair."""
        by_first: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for term in self.weights:
            first, blank, second = term.partition(" ")
            if blank:
                by_first[first][second] = term
        return dict(by_first)

    @cached_property
    def _letters_of(self) -> Callable[[str], list[str]]:
        known = self._known.get
        return lru_cache(KEPT_TITLE_WORDS)(
            lambda word: list(filter(None, map(known, letters_of(word))))
        )

    def values(self, terms: Iterable[str]) -> list[tuple[str, float]]:
        """How much each of these terms of a text counts; together they have length 1."""
        return self._column(terms, 0)

    def adds(self, terms: Iterable[str], question: int) -> list[tuple[str, float]]:
        """What each of these terms of a text adds for one question or section."""
        return self._column(terms, question + 1)

    def totals(self, terms: Iterable[str], columns: int) -> list[float]:
        """What all these terms of a text add, for each question or section."""
        counted = Counter(terms)
        if not counted:
            return [0.0] * columns
        rising = list(map(_rising, counted.values()))
        rare, *others = zip(*map(self.weights.__getitem__, counted), strict=True)
        length = math.hypot(*map(mul, rising, rare))
        return [sum(map(mul, rising, column)) / length for column in others]

    def _column(self, terms: Iterable[str], at: int) -> list[tuple[str, float]]:
        rows = [(term, _rising(n), self.weights[term]) for term, n in Counter(terms).items()]
        length = math.hypot(*[rising * row[0] for _, rising, row in rows])
        return [(term, rising * row[at] / length) for term, rising, row in rows]


NO_TERMS = Terms({})


@lru_cache(1024)
def _rising(count: int) -> float:
    """A term that stands twice counts more, but not twice as much."""
    return 1.0 if count == 1 else 1.0 + math.log(count)
