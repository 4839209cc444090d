"""
Cross-validates an order: each paper is judged by a model of the other folds.

That is kinder than tomorrow: papers of the same days stand on both sides. ``rolling`` is the honest
measure where labels have dates; this one needs none, and tells whether a chance holds. The rules
are left out of no fold: whoever chose their words had the older labels in view. So what contains
them is measured on younger labels and on older ones apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from config.rules import ListRules
from pipelines.rank.metrics import average_precision, interval
from pipelines.rank.samples import Samples
from pipelines.rank.score import HALF, ModelScore, compare
from pipelines.tuning.freshness import WordsAge, words_age

if TYPE_CHECKING:
    from pipelines.workspace import Workspace

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

    ``bare`` are the same scores without abstracts, ``chances`` the model's chances. ``age`` says
    since when the rules have their words.
    """

    samples: Samples
    age: WordsAge
    scores: dict[str, list[float]]
    bare: dict[str, list[float]]
    chances: list[float]
    fold: list[int]

    @property
    def listed(self) -> list[bool]:
        return [number < len(self.samples.listed) for number in range(len(self.samples.all))]

    def labels(self, *, fresh: bool) -> list[int]:
        """The numbers of labels that are younger than the words, or of the others."""
        known = (*self.samples.listed, *self.samples.rejected)
        return [n for n, s in enumerate(known) if self.age.is_fresh(s.labelled_at) is fresh]


def check_enough(rules: ListRules, samples: Samples, folds: int) -> None:
    if len(samples.listed) < 2 * folds or samples.too_little:
        matter = (
            f"too little to measure: {samples.too_little or f'{len(samples.listed)} listed papers'}"
        )
        raise UsageTrouble(rules.list, matter, "give --positives and --background")


def measure(
    workspace: "Workspace", rules: ListRules, samples: Samples, folds: int
) -> OrderEvaluation:
    from pipelines.rank.training import held_out

    ruleset, list_name = workspace.rules, rules.list
    store = workspace.store if workspace.has_store else None
    first = (
        store.verdicts.first_judged(list_name, ruleset.fingerprint(list_name)) if store else None
    )
    seen = [sample.seen for sample in samples.all]
    learned, bare_learned, fold = held_out(samples, folds)
    strength = [
        ruleset.judge(list_name, features.title, features.abstract).score for features in seen
    ]
    bare = [ruleset.judge(list_name, features.title, None).score for features in seen]
    chances = [one.chance for one in learned]
    return OrderEvaluation(
        samples,
        words_age(rules, first),
        _scores(strength, learned),
        _scores(bare, bare_learned),
        chances,
        fold,
    )


def _scores(rules: list[float], learned: list[ModelScore]) -> dict[str, list[float]]:
    both = [strength.exact for strength in compare(rules, learned, HALF)]
    return {"rules": rules, "model": [one.points for one in learned], "both": both}


def as_dict(measured: OrderEvaluation) -> dict[str, Any]:
    """
    Metrics for JSON: of the model on all samples, of each order on fresh and on seen labels.

    ``elsewhere`` is among refused papers only.
    """
    samples = measured.samples
    refused = range(len(samples.listed) + len(samples.rejected)) if samples.rejected else range(0)
    everything = range(len(samples.all))
    return {
        "listed": len(samples.listed),
        "rejected": len(samples.rejected),
        "background": len(samples.background),
        "words": {"since": measured.age.since.isoformat(), "source": measured.age.source},
        "fresh": _labels(measured, fresh=True),
        "seen": _labels(measured, fresh=False),
        "model": {
            "average_precision": _precision(measured, everything),
            "titles_only": _precision(measured, everything, bare=True),
            "elsewhere": _precision(measured, refused),
            "elsewhere_titles_only": _precision(measured, refused, bare=True),
            "recall_at": {
                str(most): round(recall_at(measured.scores["model"], measured.listed, most), 4)
                for most in WITHIN
            },
            "folds": _by_fold(measured),
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


def _labels(measured: OrderEvaluation, *, fresh: bool) -> dict[str, Any]:
    """Average precision of each order on one kind of labels, with its 95 % interval."""
    numbers = measured.labels(fresh=fresh)
    listed = [measured.listed[n] for n in numbers]
    scores = {order: [measured.scores[order][n] for n in numbers] for order in ORDERS}
    return {
        "n": len(numbers),
        "listed": sum(listed),
        "average_precision": {
            order: {
                "is": round(average_precision(values, listed), 4),
                "between": [round(end, 3) for end in interval(average_precision, values, listed)],
            }
            for order, values in scores.items()
            if 0 < sum(listed) < len(listed)
        },
    }


def calibration(measured: OrderEvaluation) -> list[Bin]:
    return reliability(measured.chances, measured.listed)


def _precision(
    measured: OrderEvaluation, these: Sequence[int], *, bare: bool = False
) -> float | None:
    scores = (measured.bare if bare else measured.scores)["model"]
    listed = measured.listed
    if not these:
        return None
    return round(average_precision([scores[n] for n in these], [listed[n] for n in these]), 4)


def _by_fold(measured: OrderEvaluation) -> list[float | None]:
    numbers = range(len(measured.fold))
    return [
        _precision(measured, [n for n in numbers if measured.fold[n] == fold])
        for fold in sorted(set(measured.fold))
    ]
