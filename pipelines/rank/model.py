"""
A model that learned a list's taste: weights of words, and the arithmetic that uses them.

Numbers and words only, so that it can be kept as text, shown to people, and applied without the
library that learned it.
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.rank.features import FACTS, Seen, fact, letters, rules_found, words
from pipelines.rules.ruleset import Ruleset

# What the rules found speaks half as loud as a text in which every word is telling: measured.
RULES_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class Terms:
    """Weights of terms of one kind: ``known[term]`` is (how rare it is, what it says)."""

    known: Mapping[str, tuple[float, float]]

    def parts(self, terms: Iterable[str]) -> Iterator[tuple[str, float]]:
        """What each term of a text adds; a text's terms together have length 1."""
        rare = [
            (term, (1.0 + math.log(count)) * self.known[term][0])
            for term, count in Counter(terms).items()
            if term in self.known
        ]
        length = math.sqrt(sum(value * value for _, value in rare))
        for term, value in rare:
            yield term, value / length * self.known[term][1]

    def total(self, terms: Iterable[str]) -> float:
        """What all of them add."""
        return sum(adds for _, adds in self.parts(terms))


@dataclass(frozen=True, slots=True)
class About:
    """
    What a model was learned from, for people and for the question whether it is old.

    ``source`` is "list" (with its decisions) or "files"; ``week`` the one it was learned in.
    """

    list_name: str
    fingerprint: str
    rules_fingerprint: str
    source: str
    week: str
    listed: int
    rejected: int
    background: int
    with_abstract: int


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the arithmetic: what was found, of which kind, and what it adds."""

    kind: str
    name: str
    adds: float


@dataclass(frozen=True, slots=True)
class Model:
    """
    What was learned. ``facts[name]`` is (the usual value, the weight).

    ``slope`` and ``shift`` turn points into a probability that means something: measured on
    papers that the points were not learned from.
    """

    about: About
    words: Terms
    letters: Terms
    rules: Mapping[str, float]
    facts: Mapping[str, tuple[float, float]]
    bias: float
    slope: float
    shift: float

    def parts(self, seen: Seen, found: Mapping[str, float]) -> Iterator[Part]:
        """Every step from nothing to the points of a work."""
        yield Part("start", "every work", self.bias)
        for term, adds in self.words.parts(words(seen)):
            yield Part("word", term, adds)
        for term, adds in self.letters.parts(letters(seen)):
            yield Part("letters", term, adds)
        yield from self._of_rules(found)
        yield from self._of_facts(seen)

    def points(self, seen: Seen, found: Mapping[str, float]) -> float:
        """The sum of the parts."""
        others = sum(part.adds for part in (*self._of_rules(found), *self._of_facts(seen)))
        texts = self.words.total(words(seen)) + self.letters.total(letters(seen))
        return self.bias + texts + others

    def _of_rules(self, found: Mapping[str, float]) -> Iterator[Part]:
        for name, value in found.items():
            if name in self.rules:
                yield Part("rules", name, value * RULES_SCALE * self.rules[name])

    def _of_facts(self, seen: Seen) -> Iterator[Part]:
        for name in FACTS:
            value = fact(seen, name)
            if value is not None and name in self.facts:
                usual, weight = self.facts[name]
                yield Part("fact", name, (value - usual) * weight)

    def learned(self, ruleset: Ruleset, seen: Seen) -> float:
        """How likely a work like this one is listed (0 to 1)."""
        found = rules_found(ruleset, self.about.list_name, seen)
        return self.probability(self.points(seen, found))

    def probability(self, points: float) -> float:
        return logistic(self.slope * points + self.shift)


def logistic(value: float) -> float:
    """From any number to one between 0 and 1, without overflow."""
    if value >= 0:
        return 1.0 / (1.0 + math.exp(-value))
    small = math.exp(value)
    return small / (1.0 + small)
