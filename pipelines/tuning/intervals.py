"""
Precision and recall over the score, and confidence intervals of the figures.

A bootstrap resample of papers gives multinomial counts, so drawing the counts directly makes two
thousand draws of thousands of papers a matter of milliseconds. Imports numpy and pandas.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from catalog.facts import Verdict
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.metrics import NONE, Figures, share_intervals

DRAWS = 2_000
SEED = 20241111
MIDDLE = (2.5, 97.5)
# Draws of fewer papers of a kind are all alike, and their interval would look sure of itself.
MIN_DRAWN = 10

Interval = tuple[float, float]


def table(papers: Sequence[Labelled], verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """A row for each labelled paper, with its label and its verdict."""
    rows = [
        (paper.belongs, paper.section, verdict.section, verdict.runner_up, verdict.score)
        for paper, verdict in zip(papers, verdicts, strict=True)
        if paper.belongs is not None
    ]
    return pd.DataFrame(rows, columns=["belongs", "section", "judged", "runner_up", "score"])


def curve(judged: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall with each occurring score as the threshold, highest first."""
    counts = judged.groupby("score")["belongs"].agg(["sum", "count"]).sort_index(ascending=False)
    total = counts.cumsum()
    hits = total["sum"].astype(int)
    return pd.DataFrame(
        {
            "score": total.index,
            "precision": (hits / total["count"]).to_numpy(dtype=float),
            "recall": (hits / max(int(judged["belongs"].sum()), 1)).to_numpy(dtype=float),
            "found": hits.to_numpy(),
            "let_in": total["count"].to_numpy(),
        }
    )


def average_precision(points: pd.DataFrame) -> float:
    """The mean of precision over recall; papers with the same score are one step."""
    steps = points["recall"].diff().fillna(points["recall"])
    return float((steps * points["precision"]).sum())


def intervals(measured: Figures, draws: int = DRAWS) -> dict[str, Interval]:
    """
    95 % intervals of the figures: Wilson's of shares, by bootstrap for both kinds of f1.

    Of fewer than ``MIN_DRAWN`` papers of a kind there are Wilson's only.
    """
    chance = np.random.default_rng(SEED)
    drawn: dict[str, Any] = {}
    if min(measured.positives, measured.negatives) >= MIN_DRAWN:
        shares = measured.found / measured.positives, measured.wrong / measured.negatives
        hits, wrong = (
            chance.binomial(number, share, draws)
            for number, share in zip((measured.positives, measured.negatives), shares, strict=True)
        )
        drawn["f1"] = _shares(2 * hits, hits + wrong + measured.positives)
    if measured.placed >= MIN_DRAWN:
        drawn |= _of_sections(measured, chance, draws)
    by_draw = {name: _interval(values) for name, values in drawn.items()}
    return dict(sorted((by_draw | share_intervals(measured)).items()))


def _of_sections(measured: Figures, chance: np.random.Generator, draws: int) -> dict[str, Any]:
    pairs = sorted(measured.pairs)
    shares = np.array([measured.pairs[pair] for pair in pairs]) / measured.placed
    counts = chance.multinomial(measured.placed, shares, draws)
    inside = counts * np.array([judged != NONE for _, judged in pairs])
    names = sorted({labelled for labelled, judged in pairs if judged != NONE})
    f1s = [_f1s(name, pairs, inside) for name in names]
    return {"macro_f1": _mean(f1s)} if f1s else {}


def _f1s(name: str, pairs: Sequence[tuple[str, str]], inside: Any) -> Any:
    """F1 of one section in each draw; NaN where none of its papers was drawn."""
    labelled = inside[:, [truth == name for truth, _ in pairs]].sum(axis=1)
    judged = inside[:, [verdict == name for _, verdict in pairs]].sum(axis=1)
    right = inside[:, [pair == (name, name) for pair in pairs]].sum(axis=1)
    return np.where(labelled > 0, _shares(2 * right, labelled + judged), np.nan)


def _mean(f1s: Sequence[Any]) -> Any:
    return pd.DataFrame(np.array(f1s)).mean().fillna(0.0).to_numpy()


def _shares(part: Any, total: Any) -> Any:
    return np.divide(part, total, out=np.zeros(len(part)), where=np.asarray(total) > 0)


def _interval(values: Any) -> Interval:
    low, high = np.percentile(values, MIDDLE)
    return round(float(low), 4), round(float(high), 4)
