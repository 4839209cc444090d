"""
What more can be said of verdicts when there is time for it: the curve, and how sure figures are.

pandas does the counting. Drawing rows again with replacement, as the bootstrap does, gives counts
that are multinomial, so that two thousand draws of thousands of papers take some milliseconds.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from catalog.paper import Verdict
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.metrics import NONE, Figures

DRAWS = 2_000
SEED = 20241111
MIDDLE = (2.5, 97.5)

Interval = tuple[float, float]


def table(papers: Sequence[Labelled], verdicts: Sequence[Verdict]) -> pd.DataFrame:
    """A row for each paper that somebody labelled: what is known of it, and what was said."""
    rows = [
        (paper.belongs, paper.section, verdict.section, verdict.runner_up, verdict.score)
        for paper, verdict in zip(papers, verdicts, strict=True)
        if paper.belongs is not None
    ]
    return pd.DataFrame(rows, columns=["belongs", "section", "judged", "runner_up", "score"])


def curve(judged: pd.DataFrame) -> pd.DataFrame:
    """Precision and recall for a line drawn at each score that occurs, best first."""
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
    """The mean of precision over recall; papers of one score count as one step."""
    steps = points["recall"].diff().fillna(points["recall"])
    return float((steps * points["precision"]).sum())


def intervals(measured: Figures, draws: int = DRAWS) -> dict[str, Interval]:
    """Between which values 95 of 100 such collections of papers would bring each figure."""
    chance = np.random.default_rng(SEED)
    drawn: dict[str, Any] = {}
    if measured.positives:
        hits = chance.binomial(measured.positives, measured.recall, draws)
        drawn["recall"] = hits / measured.positives
        if measured.negatives:
            share = measured.wrong / measured.negatives
            wrong = chance.binomial(measured.negatives, share, draws)
            drawn["precision"] = _shares(hits, hits + wrong)
            drawn["f1"] = _shares(2 * hits, hits + wrong + measured.positives)
    if measured.placed:
        drawn |= _of_sections(measured, chance, draws)
    return {name: _interval(values) for name, values in sorted(drawn.items())}


def _of_sections(measured: Figures, chance: np.random.Generator, draws: int) -> dict[str, Any]:
    pairs = sorted(measured.pairs)
    shares = np.array([measured.pairs[pair] for pair in pairs]) / measured.placed
    counts = chance.multinomial(measured.placed, shares, draws)
    inside = counts * np.array([judged != NONE for _, judged in pairs])
    same = np.array([labelled == judged for labelled, judged in pairs])
    names = sorted({labelled for labelled, judged in pairs if judged != NONE})
    f1s = [_f1s(name, pairs, inside) for name in names]
    accuracy = _shares((inside * same).sum(axis=1), inside.sum(axis=1))
    return {"accuracy": accuracy} | ({"macro_f1": _mean(f1s)} if f1s else {})


def _f1s(name: str, pairs: Sequence[tuple[str, str]], inside: Any) -> Any:
    """F1 of one section in each draw; not a number where none of its papers was drawn."""
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
