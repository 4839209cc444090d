"""
How good verdicts are on labelled papers: precision, recall, and whether the section is right.

Counts and shares only, nothing that takes long to import: ``rules diff`` makes them twice.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.paper import Verdict
from pipelines.tuning.labelled import Labelled

NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Figures:
    """
    What came out.

    ``pairs`` counts (labelled section, judged section or NONE) over the papers of the list whose
    section is known; sections are compared among those that were let in. ``either`` counts
    those whose section was the first or the second choice: let in, and not.
    """

    found: int
    positives: int
    wrong: int
    negatives: int
    pairs: Mapping[tuple[str, str], int]
    either: tuple[int, int] = (0, 0)

    @property
    def precision(self) -> float | None:
        """None where no paper is known that does not belong: any figure would flatter."""
        return share(self.found, self.found + self.wrong) if self.negatives else None

    @property
    def recall(self) -> float:
        return share(self.found, self.positives)

    @property
    def f1(self) -> float | None:
        return None if self.precision is None else f1(self.precision, self.recall)

    @property
    def placed(self) -> int:
        """Papers whose section is known."""
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
        """Precision, recall, f1 and number of each labelled section, among what was let in."""
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
    """The figures of verdicts; sections are looked at where they are one of ``sections``."""
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
