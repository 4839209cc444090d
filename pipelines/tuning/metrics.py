"""
Quality of verdicts on labelled papers: precision, recall, and section accuracy.

Counts and shares only, without slow imports: ``rules diff`` computes them twice.
"""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.facts import Verdict
from pipelines.tuning.labelled import Labelled

NONE = "(none)"
# Of a normal distribution 95 % lie within so many standard deviations.
Z = 1.96


@dataclass(frozen=True, slots=True)
class Figures:
    """
    Counts of verdicts, and the figures from them.

    ``found`` of ``positives`` and ``wrong`` of ``negatives`` were let in. ``pairs`` counts
    (labelled section, judged section or NONE) over positives with a known section. ``either``
    counts those whose section was the first or second choice: (let in, not let in).
    """

    found: int
    positives: int
    wrong: int
    negatives: int
    pairs: Mapping[tuple[str, str], int]
    either: tuple[int, int] = (0, 0)

    @property
    def precision(self) -> float | None:
        """None with one kind of papers only, where it would always be 1 or 0."""
        if not (self.positives and self.negatives):
            return None
        return share(self.found, self.found + self.wrong)

    @property
    def recall(self) -> float | None:
        """None without positives: nothing was there to be found."""
        return share(self.found, self.positives) if self.positives else None

    @property
    def f1(self) -> float | None:
        if self.precision is None or self.recall is None:
            return None
        return f1(self.precision, self.recall)

    @property
    def placed(self) -> int:
        """The number of positives with a known section."""
        return sum(self.pairs.values())

    @property
    def let_in(self) -> int:
        return sum(n for (_, judged), n in self.pairs.items() if judged != NONE)

    @property
    def right(self) -> int:
        return sum(n for (labelled, judged), n in self.pairs.items() if labelled == judged)

    @property
    def accuracy(self) -> float:
        return share(self.right, self.let_in)

    @property
    def macro_f1(self) -> float:
        parts = self.per_section().values()
        return share(sum(part["f1"] for part in parts), len(parts))

    def per_section(self) -> dict[str, dict[str, float]]:
        """Precision, recall, f1 and number of each labelled section, among papers let in."""
        inside = {pair: n for pair, n in self.pairs.items() if pair[1] != NONE}
        return {
            name: _section(name, inside) for name in sorted({labelled for labelled, _ in inside})
        }

    def confusion(self) -> dict[str, dict[str, int]]:
        rows: dict[str, dict[str, int]] = {}
        for (labelled, judged), n in sorted(self.pairs.items()):
            rows.setdefault(labelled, {})[judged] = n
        return rows


def figures(
    papers: Sequence[Labelled], verdicts: Sequence[Verdict], sections: Collection[str]
) -> Figures:
    """The figures of verdicts; labelled sections count if they are one of ``sections``."""
    judged = list(zip(papers, verdicts, strict=True))
    good = [(paper, verdict) for paper, verdict in judged if paper.belongs]
    bad = [verdict for paper, verdict in judged if paper.belongs is False]
    placed = [(paper, verdict) for paper, verdict in good if paper.section in sections]
    chosen = [v for paper, v in placed if paper.section in (v.section, v.runner_up)]
    return Figures(
        found=_let_in(verdict for _, verdict in good),
        positives=len(good),
        wrong=_let_in(bad),
        negatives=len(bad),
        pairs=Counter((p.section or "", v.section or NONE) for p, v in placed),
        either=(_let_in(chosen), len(chosen) - _let_in(chosen)),
    )


def share(part: float, total: float) -> float:
    return part / total if total else 0.0


def wilson(part: int, total: int) -> tuple[float, float]:
    """
    The 95 % interval (Wilson's) of a share: where it may be in many more papers like these.

    It holds for small numbers too: 3 of 3 gives 0.44 to 1. Without papers it is 0 to 1.
    """
    if not total:
        return 0.0, 1.0
    middle = part + Z * Z / 2
    spread = Z * math.sqrt(part * (total - part) / total + Z * Z / 4)
    low, high = ((middle + sign * spread) / (total + Z * Z) for sign in (-1, 1))
    return round(max(low, 0.0), 4), round(min(high, 1.0), 4)


def share_intervals(measured: Figures) -> dict[str, tuple[float, float]]:
    """Wilson's intervals of recall, precision and section accuracy, where there are papers."""
    found = measured.found + measured.wrong
    shares = {
        "recall": (measured.found, measured.positives),
        "precision": (measured.found, found if measured.positives and measured.negatives else 0),
        "accuracy": (measured.right, measured.let_in),
    }
    return {name: wilson(*pair) for name, pair in shares.items() if pair[1]}


def f1(precision: float, recall: float) -> float:
    return share(2 * precision * recall, precision + recall)


def _let_in(verdicts: Iterable[Verdict]) -> int:
    return sum(verdict.section is not None for verdict in verdicts)


def _section(name: str, inside: Mapping[tuple[str, str], int]) -> dict[str, float]:
    right = inside.get((name, name), 0)
    labelled = sum(n for (labelled, _), n in inside.items() if labelled == name)
    precision = share(right, sum(n for (_, judged), n in inside.items() if judged == name))
    recall = share(right, labelled)
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall), "n": labelled}
