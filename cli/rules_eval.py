"""Measures rules on labelled papers: precision, recall, and whether the section is right."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cli.rows import Row, read_file
from config.rules import ListRules
from pipelines.rules import Ruleset

NONE = "(none)"


@dataclass(frozen=True, slots=True)
class Measured:
    """
    What came out.

    ``pairs`` counts (labelled section, judged section or NONE) over the positives whose section
    the list has; sections are compared among those that were let in.
    """

    found: int
    positives: int
    wrong: int
    negatives: int
    pairs: Mapping[tuple[str, str], int]
    fingerprint: str

    @property
    def precision(self) -> float:
        return _share(self.found, self.found + self.wrong)

    @property
    def recall(self) -> float:
        return _share(self.found, self.positives)

    @property
    def let_in(self) -> int:
        return sum(n for (_, judged), n in self.pairs.items() if judged != NONE)

    @property
    def accuracy(self) -> float:
        return _share(sum(n for (one, other), n in self.pairs.items() if one == other), self.let_in)

    def per_section(self) -> dict[str, dict[str, float]]:
        """Precision, recall, f1 and number of each labelled section."""
        pairs = {pair: n for pair, n in self.pairs.items() if pair[1] != NONE}
        return {name: _section(name, pairs) for name in sorted({one for one, _ in pairs})}

    def confusion(self) -> dict[str, dict[str, int]]:
        rows: dict[str, dict[str, int]] = {}
        for (labelled, judged), n in sorted(self.pairs.items()):
            rows.setdefault(labelled, {})[judged] = n
        return rows


def measure(
    ruleset: Ruleset, rules: ListRules, positives: Path, negatives: Path, abstracts: Path | None
) -> Measured:
    """Judge the labelled papers; the abstract of a row, else the one in ``abstracts``."""
    good, bad = list(read_file(positives)), list(read_file(negatives))
    known = _abstracts(abstracts, {row.arxiv_id for row in [*good, *bad]})
    names = {section.name for section in rules.sections}

    def judged(rows: Iterable[Row]) -> list[str | None]:
        texts = ((row.title, row.abstract or known.get(row.arxiv_id)) for row in rows)
        return [verdict.section for verdict in ruleset.judge_all(rules.list, texts)]

    put = judged(good)
    return Measured(
        found=sum(section is not None for section in put),
        positives=len(good),
        wrong=sum(section is not None for section in judged(bad)),
        negatives=len(bad),
        pairs=Counter(
            (row.section, section or NONE)
            for row, section in zip(good, put, strict=True)
            if row.section in names
        ),
        fingerprint=ruleset.fingerprint(rules.list),
    )


def as_dict(measured: Measured) -> dict[str, Any]:
    per_section = measured.per_section()
    f1s = [one["f1"] for one in per_section.values()]
    return {
        "in_list": {
            "precision": round(measured.precision, 4),
            "recall": round(measured.recall, 4),
            "f1": round(_f1(measured.precision, measured.recall), 4),
            "n_pos": measured.positives,
            "n_neg": measured.negatives,
        },
        "section": {
            "accuracy": round(measured.accuracy, 4),
            "macro_f1": round(_share(sum(f1s), len(f1s)), 4),
            "n": measured.let_in,
            "per_section": per_section,
            "confusion": measured.confusion(),
        },
        "fingerprint": measured.fingerprint,
    }


def show(measured: Measured) -> None:
    """The same as tables."""
    import pandas as pd

    said = as_dict(measured)
    inside, section = said["in_list"], said["section"]
    click.echo(
        f"in the list: precision {inside['precision']:.3f}, recall {inside['recall']:.3f}"
        f" ({measured.found} of {inside['n_pos']} found; {measured.wrong} of"
        f" {inside['n_neg']} others let in)"
    )
    click.echo(
        f"section: accuracy {section['accuracy']:.3f}, macro f1 {section['macro_f1']:.3f}"
        f" (of {section['n']} let in)\n"
    )
    click.echo(pd.DataFrame(section["per_section"]).T.astype({"n": int}).to_string())
    confusion = pd.DataFrame(section["confusion"]).T.fillna(0).astype(int)
    click.echo(f"\nlabelled (rows) and judged (columns)\n{confusion.to_string()}")


def _abstracts(path: Path | None, wanted: set[str | None]) -> dict[str | None, str]:
    if path is None:
        return {}
    return {
        row.arxiv_id: row.abstract
        for row in read_file(path)
        if row.abstract and row.arxiv_id in wanted
    }


def _section(name: str, pairs: Mapping[tuple[str, str], int]) -> dict[str, float]:
    right = pairs.get((name, name), 0)
    labelled = sum(n for (one, _), n in pairs.items() if one == name)
    precision = _share(right, sum(n for (_, other), n in pairs.items() if other == name))
    recall = _share(right, labelled)
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(_f1(precision, recall), 4),
        "n": labelled,
    }


def _f1(precision: float, recall: float) -> float:
    return _share(2 * precision * recall, precision + recall)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
