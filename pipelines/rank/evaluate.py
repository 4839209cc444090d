"""
Cross-validates an order: each paper is judged by a model of the other folds.

That is kinder than tomorrow: papers of the same days stand on both sides. ``rolling`` is the honest
measure where labels have dates; this one needs none, and tells whether a chance holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.errors import UsageTrouble
from config.rules import ListRules
from pipelines.rank.metrics import average_precision
from pipelines.rank.samples import Samples
from pipelines.rank.score import HALF, ModelScore, compare
from pipelines.rules.ruleset import Ruleset

BINS = 10
WITHIN = (25, 50, 100, 200, 400)
ORDERS = ("rules", "model", "both")


def recall_at(scores: Sequence[float], listed: Sequence[bool], most: int) -> float:
    """The share of the listed among the first ``most``; of equal scores, listed ones come last."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1]))
    total = sum(listed)
    return sum(1 for _, good in pairs[:most] if good) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Papers with similar predicted chances: their number, mean prediction, and listed share."""

    number: int
    predicted: float
    observed: float


def reliability(chances: Sequence[float], listed: Sequence[bool]) -> list[Bin]:
    """Predicted and observed chances in ten bins; empty bins are left out."""
    sorted_in: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for chance, good in zip(chances, listed, strict=True):
        sorted_in[min(BINS - 1, int(chance * BINS))].append((chance, good))
    return [
        Bin(
            len(group), sum(c for c, _ in group) / len(group), sum(g for _, g in group) / len(group)
        )
        for group in sorted_in
        if group
    ]


@dataclass(frozen=True, slots=True)
class OrderEvaluation:
    """
    Scores of every sample by each order, and the fold it was held out in.

    ``bare`` are the same scores without abstracts, ``chances`` the model's chances.
    """

    samples: Samples
    scores: dict[str, list[float]]
    bare: dict[str, list[float]]
    chances: list[float]
    fold: list[int]

    @property
    def listed(self) -> list[bool]:
        return [number < len(self.samples.listed) for number in range(len(self.samples.all))]


def check_enough(rules: ListRules, samples: Samples, folds: int) -> None:
    if len(samples.listed) < 2 * folds or samples.too_little:
        matter = (
            f"too little to measure: {samples.too_little or f'{len(samples.listed)} listed papers'}"
        )
        raise UsageTrouble(rules.list, matter, "give --positives and --background")


def measure(ruleset: Ruleset, list_name: str, samples: Samples, folds: int) -> OrderEvaluation:
    from pipelines.rank.training import held_out

    seen = [sample.seen for sample in samples.all]
    learned, bare_learned, fold = held_out(samples, folds)
    strength = [
        ruleset.judge(list_name, features.title, features.abstract).score for features in seen
    ]
    bare = [ruleset.judge(list_name, features.title, None).score for features in seen]
    chances = [one.chance for one in learned]
    return OrderEvaluation(
        samples, _scores(strength, learned), _scores(bare, bare_learned), chances, fold
    )


def _scores(rules: list[float], learned: list[ModelScore]) -> dict[str, list[float]]:
    both = [strength.exact for strength in compare(rules, learned, HALF)]
    return {"rules": rules, "model": [one.points for one in learned], "both": both}


def as_dict(measured: OrderEvaluation) -> dict[str, Any]:
    """Metrics of each order, for JSON; ``elsewhere`` is among refused papers only."""
    samples = measured.samples
    refused = range(len(samples.listed) + len(samples.rejected)) if samples.rejected else range(0)
    return {
        "listed": len(samples.listed),
        "rejected": len(samples.rejected),
        "background": len(samples.background),
        "orders": {
            order: {
                "average_precision": _precision(measured, order, range(len(samples.all))),
                "titles_only": _precision(measured, order, range(len(samples.all)), bare=True),
                "elsewhere": _precision(measured, order, refused),
                "elsewhere_titles_only": _precision(measured, order, refused, bare=True),
                "recall_at": {
                    str(most): round(recall_at(measured.scores[order], measured.listed, most), 4)
                    for most in WITHIN
                },
                "folds": _by_fold(measured, order),
            }
            for order in ORDERS
        },
        "calibration": [
            {
                "papers": group.number,
                "said": round(group.predicted, 4),
                "was": round(group.observed, 4),
            }
            for group in calibration(measured)
        ],
    }


def calibration(measured: OrderEvaluation) -> list[Bin]:
    return reliability(measured.chances, measured.listed)


def _precision(
    measured: OrderEvaluation, order: str, these: Sequence[int], *, bare: bool = False
) -> float | None:
    scores = (measured.bare if bare else measured.scores)[order]
    listed = measured.listed
    if not these:
        return None
    return round(average_precision([scores[n] for n in these], [listed[n] for n in these]), 4)


def _by_fold(measured: OrderEvaluation, order: str) -> list[float | None]:
    numbers = range(len(measured.fold))
    return [
        _precision(measured, order, [n for n in numbers if measured.fold[n] == fold])
        for fold in sorted(set(measured.fold))
    ]
