"""The score that orders a digest, from the rules and the learned model."""

from dataclasses import dataclass

# The model knows the rules' matches already. A higher share improved no metric
# (docs/measurements.md), a lower one would let works far from all rules come first.
RULES_SHARE = 0.2
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Strength:
    """
    How strong a candidate is: the rules' score and the learned probability, each 0 to 1.

    ``learned`` is None without a model; the rules decide alone then. Both are rounded first, so
    that the same work has the same score on every machine.
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
        """The unrounded score, to order many works without ties."""
        if self.learned is None:
            return self.rules
        return RULES_SHARE * self.rules + (1 - RULES_SHARE) * self.learned
