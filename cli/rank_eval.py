"""Measures an order on papers that it was not learned from, fold by fold."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from catalog.errors import UsageTrouble
from cli.world import World
from config.rules import ListRules
from pipelines.rank.evaluate import Bin, average_precision, recall_at, reliability
from pipelines.rank.samples import Samples
from pipelines.rank.score import Strength

WITHIN = (25, 50, 100, 200, 400)
ORDERS = ("rules", "model", "both")


@dataclass(frozen=True, slots=True)
class Measured:
    """
    Scores of every sample by each order, and the fold it was held out in.

    ``bare`` are the same with every abstract taken away.
    """

    known: Samples
    scores: dict[str, list[float]]
    bare: dict[str, list[float]]
    fold: list[int]

    @property
    def listed(self) -> list[bool]:
        return [number < len(self.known.listed) for number in range(len(self.known.all))]


def check_enough(rules: ListRules, known: Samples, folds: int) -> None:
    if len(known.listed) < 2 * folds or known.too_little:
        matter = (
            f"too little to measure: {known.too_little or f'{len(known.listed)} listed papers'}"
        )
        raise UsageTrouble(rules.list, matter, "give --positives and --background")


def measure(world: World, rules: ListRules, known: Samples, folds: int) -> Measured:
    from pipelines.rank.training import held_out_chances

    seen = [sample.seen for sample in known.all]
    learned, bare_learned, fold = held_out_chances(known, world.rules, rules.list, folds)
    strength = [world.rules.judge(rules.list, one.title, one.abstract).score for one in seen]
    bare = [world.rules.judge(rules.list, one.title, None).score for one in seen]
    return Measured(known, _scores(strength, learned), _scores(bare, bare_learned), fold)


def _scores(rules: list[float], learned: list[float]) -> dict[str, list[float]]:
    both = [Strength(*pair).exact for pair in zip(rules, learned, strict=True)]
    return {"rules": rules, "model": learned, "both": both}


def as_dict(measured: Measured) -> dict[str, Any]:
    """Figures for each order; ``elsewhere`` is among refused papers only."""
    known = measured.known
    refused = range(len(known.listed) + len(known.rejected)) if known.rejected else range(0)
    return {
        "listed": len(known.listed),
        "rejected": len(known.rejected),
        "background": len(known.background),
        "orders": {
            order: {
                "average_precision": _precision(measured, order, range(len(known.all))),
                "titles_only": _precision(measured, order, range(len(known.all)), bare=True),
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
            {"papers": one.number, "said": round(one.said, 4), "was": round(one.was, 4)}
            for one in calibration(measured)
        ],
    }


def calibration(measured: Measured) -> list[Bin]:
    return reliability(measured.scores["model"], measured.listed)


def _precision(
    measured: Measured, order: str, these: Sequence[int], *, bare: bool = False
) -> float | None:
    scores = (measured.bare if bare else measured.scores)[order]
    listed = measured.listed
    if not these:
        return None
    return round(average_precision([scores[n] for n in these], [listed[n] for n in these]), 4)


def _by_fold(measured: Measured, order: str) -> list[float | None]:
    numbers = range(len(measured.fold))
    return [
        _precision(measured, order, [n for n in numbers if measured.fold[n] == fold])
        for fold in sorted(set(measured.fold))
    ]


def show(measured: Measured) -> None:
    said = as_dict(measured)
    click.echo(
        f"{said['listed']} listed, {said['rejected']} refused, {said['background']} others;"
        f" each judged by a model of the other folds\n"
    )
    heads = ("average precision", "titles only", "among refused", "titles only")
    click.echo(f"{'':<6}" + "".join(f"{head:>18}" for head in heads) + "  by fold")
    for order in ORDERS:
        one = said["orders"][order]
        keys = ("average_precision", "titles_only", "elsewhere", "elsewhere_titles_only")
        cells = "".join(f"{'-' if one[k] is None else f'{one[k]:.3f}':>18}" for k in keys)
        click.echo(f"{order:<6}{cells}  " + " ".join(f"{value:.3f}" for value in one["folds"]))
    click.echo("\nshare of the listed among the first " + " ".join(f"{m:>6}" for m in WITHIN))
    for order in ORDERS:
        shares = said["orders"][order]["recall_at"].values()
        click.echo(f"{order:<36}" + " ".join(f"{share:>6.2f}" for share in shares))
    click.echo("\nlearned chance: papers, said, was")
    for one in said["calibration"]:
        click.echo(f"{one['papers']:>8} {one['said']:>8.2f} {one['was']:>8.2f}")


def draw(measured: Measured, path: Path) -> None:
    """Precision over recall for each order, and said beside was."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    for order in ORDERS:
        recall, precision = _curve(measured.scores[order], measured.listed)
        area = average_precision(measured.scores[order], measured.listed)
        left.plot(recall, precision, label=f"{order} ({area:.2f})")
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    left.legend(title="average precision")
    bins = calibration(measured)
    right.plot([0, 1], [0, 1], color="0.7")
    right.plot([one.said for one in bins], [one.was for one in bins], marker="o")
    right.set(xlabel="learned chance", ylabel="share that is listed", xlim=(0, 1), ylim=(0, 1.02))
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def _curve(scores: Sequence[float], listed: Sequence[bool]) -> tuple[list[float], list[float]]:
    found, recall, precision = 0, [], []
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1]))
    for number, (_, good) in enumerate(pairs, 1):
        if good:
            found += 1
            recall.append(found / sum(listed))
            precision.append(found / number)
    return recall, precision
