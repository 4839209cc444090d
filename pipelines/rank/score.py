"""
The score that orders a digest: the rules' score and the model's, standardised and added.

Both are compared with the works of the same run, since neither scale means anything by itself:
how far a work stands from their mean, in standard deviations.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

# The shares of the rules that may be chosen; the rest is the model's.
SHARES = (0.0, 0.5, 1.0)
HALF = 0.5
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Strength:
    """
    How strong a candidate is among the works of its run.

    ``rules`` is the rules' score and ``learned`` the model's chance, both 0 to 1; ``rules_above``
    and ``learned_above`` say how far above the mean they are, in standard deviations. ``learned``
    is None without a model: the rules' score orders alone then. Numbers are rounded first, so that
    the same works have the same order on every machine.
    """

    rules: float
    learned: float | None = None
    rules_above: float = 0.0
    learned_above: float = 0.0
    share: float = 1.0

    @property
    def score(self) -> float:
        """What orders, as it is shown: 0 to 1 by the rules alone, else any number around 0."""
        return round(self.exact, DIGITS)

    @property
    def exact(self) -> float:
        """The unrounded score, to order many works without ties."""
        if self.learned is None:
            return self.rules
        return self.share * self.rules_above + (1 - self.share) * self.learned_above


@dataclass(frozen=True, slots=True)
class ModelScore:
    """What a model says of a work: points (log-odds, any number) and the chance from them."""

    points: float
    chance: float


class OrderPoints(NamedTuple):
    """What a work's text gives it in the order, and what its authors add; None where none count."""

    text: float
    authors: float | None = None


def compare(rules: Sequence[float], learned: Sequence[ModelScore], share: float) -> list[Strength]:
    """The strength of each work among all of them."""
    above = standardised(rules)
    learned_above = standardised([one.points for one in learned])
    return [
        Strength(score, one.chance, high, learned_high, share)
        for score, one, high, learned_high in zip(rules, learned, above, learned_above, strict=True)
    ]


def standardised(values: Sequence[float]) -> list[float]:
    """Distances from the mean in standard deviations; all zero where there is no difference."""
    if not values:
        return []
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return [round((value - mean) / spread, DIGITS + 3) if spread else 0.0 for value in values]


def share_in_words(share: float) -> str:
    """The share of the rules as a reader knows it: 50%."""
    return f"{math.floor(share * 100 + 0.5)}%"
