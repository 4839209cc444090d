"""The score that orders a digest, and its arithmetic: the rules and what was learned."""

from dataclasses import dataclass

# What was learned knows the rules' findings already; more of them made no measure better
# (docs/measurements.md), and less would let a work far from every word of the rules come first.
RULES_SHARE = 0.2
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Strength:
    """
    How strong a candidate is: the rules' score and the learned probability, each 0 to 1.

    ``learned`` is None while there is no model; the rules then speak alone. Both are rounded
    first, so that the same work has the same score on every machine.
    """

    rules: float
    learned: float | None = None

    @property
    def score(self) -> float:
        rules = round(self.rules, DIGITS)
        if self.learned is None:
            return rules
        learned = round(self.learned, DIGITS)
        return round(RULES_SHARE * rules + (1 - RULES_SHARE) * learned, DIGITS)

    @property
    def exact(self) -> float:
        """The score unrounded: for orders of many works, where ties would be lost."""
        if self.learned is None:
            return self.rules
        return RULES_SHARE * self.rules + (1 - RULES_SHARE) * self.learned
