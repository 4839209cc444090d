"""
The features of a work: its words, the letters of its title, matches of the rules, and facts.

Training and scoring use the same functions. Nothing heavy is imported here: a model is applied
without the library that trained it.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from pipelines.rules.matcher import Field
from pipelines.rules.ruleset import Explanation, Ruleset
from pipelines.rules.scoring import KEYS, Place

# Raised when features change: older models are trained again.
RECIPE = 1

_WORD = re.compile(r"\w\w+")
LETTERS = (3, 4, 5)
# Facts that count things; a work with twice as many is not twice as good.
FACTS = ("citations", "upvotes", "code")
FIELDS: tuple[Field, ...] = ("title", "abstract")
PLACES: tuple[Place, ...] = tuple((key, where) for key in KEYS for where in FIELDS)


@dataclass(frozen=True, slots=True)
class Features:
    """
    One work: a title, an abstract where there is one, and facts where they are known.

    A fact that isn't in ``facts`` is unknown, which isn't zero.
    """

    title: str
    abstract: str | None = None
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def without_abstract(self) -> "Features":
        return Features(self.title, None, self.facts)


def words(seen: Features) -> Iterator[str]:
    """Words and pairs of words of title and abstract; a pair never spans both."""
    for text in (seen.title, seen.abstract):
        terms = _WORD.findall(text.lower()) if text else []
        yield from terms
        yield from map(" ".join, pairwise(terms))


def letters(seen: Features) -> Iterator[str]:
    """Runs of letters of the title's words, ends marked: ``_qua``, ``quant``, ``bit_``."""
    for word in seen.title.lower().split():
        marked = f"_{word}_"
        for length in LETTERS:
            yield from (marked[at : at + length] for at in range(len(marked) - length + 1))


def rules_found(ruleset: Ruleset, list_name: str, seen: Features) -> dict[str, float]:
    """Matches of a list's rules as numbers: in the title alone, and in title and abstract."""
    title = ruleset.explain(list_name, seen.title, None)
    full = ruleset.explain(list_name, seen.title, seen.abstract) if seen.abstract else title
    numbers = {f"title, {name}": value for name, value in _numbers(title).items()}
    return numbers | _numbers(full)


def _numbers(explanation: Explanation) -> dict[str, float]:
    """Strength, vetoes, the words of each kind, and how well each section fits."""
    weighed = [fit for fit in explanation.fits if fit.points]
    numbers = {
        "strength": explanation.verdict.score,
        "let in": float(explanation.verdict.section is not None),
        "nearest section": max((fit.score() for fit in weighed), default=0.0),
        "sections that fit": math.log1p(sum(fit.fits for fit in explanation.fits)),
        "words of about": math.log1p(len(explanation.about)),
        "words of unless": math.log1p(len(explanation.vetoes)),
    }
    for place in PLACES:
        number = sum(len(fit.matched.get(place, ())) for fit in explanation.fits)
        numbers[f"words of {place[0]} in the {place[1]}"] = math.log1p(number)
    for fit in weighed:
        numbers[f"near {fit.name}"] = fit.score()
        numbers[f"in {fit.name}"] = float(fit.fits)
    return {name: value for name, value in numbers.items() if value}


def fact(seen: Features, name: str) -> float | None:
    """A fact's value on a log scale; None if it's unknown."""
    value = seen.facts.get(name)
    return None if value is None else math.log1p(max(0.0, value))
