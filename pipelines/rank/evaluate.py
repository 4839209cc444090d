"""Measures an order: average precision, recall among the first works, and calibration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog.errors import UsageTrouble
from config.rules import ListRules
from pipelines.rank.samples import Samples
from pipelines.rank.score import Strength
from pipelines.rules.ruleset import Ruleset

BINS = 10

WITHIN = (25, 50, 100, 200, 400)
ORDERS = ("rules", "model", "both")


def average_precision(scores: Sequence[float], listed: Sequence[bool]) -> float:
    """Average precision of scores, 0 to 1; works with equal scores share a rank."""
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: -pair[0])
    total = sum(listed)
    above = at = 0
    area = 0.0
    while at < len(pairs):
        end = at
        while end < len(pairs) and pairs[end][0] == pairs[at][0]:
            end += 1
        hits = sum(1 for _, good in pairs[at:end] if good)
        above += hits
        area += hits * above / end
        at = end
    return area / total if total else 0.0


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

    ``bare`` are the same scores without abstracts.
    """

    samples: Samples
    scores: dict[str, list[float]]
    bare: dict[str, list[float]]
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
    from pipelines.rank.training import held_out_chances

    seen = [sample.seen for sample in samples.all]
    learned, bare_learned, fold = held_out_chances(samples, ruleset, list_name, folds)
    strength = [
        ruleset.judge(list_name, features.title, features.abstract).score for features in seen
    ]
    bare = [ruleset.judge(list_name, features.title, None).score for features in seen]
    return OrderEvaluation(samples, _scores(strength, learned), _scores(bare, bare_learned), fold)


def _scores(rules: list[float], learned: list[float]) -> dict[str, list[float]]:
    both = [Strength(*pair).exact for pair in zip(rules, learned, strict=True)]
    return {"rules": rules, "model": learned, "both": both}


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
    return reliability(measured.scores["model"], measured.listed)


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
