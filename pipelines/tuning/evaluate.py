"""Measures the rules on labelled papers, for ``listkeeper rules eval``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from catalog.paper import Verdict
from config.rules import ListRules
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.labelled import LabelFiles, Labelled, LabelledPapers, PaperSources, gather
from pipelines.tuning.metrics import NONE, Figures, figures, share

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class RulesEvaluation:
    """All results. ``proposed`` is the number of papers of the pool that the rules let in."""

    rules: ListRules
    gathered: LabelledPapers
    figures: Figures
    intervals: dict[str, tuple[float, float]]
    average_precision: float | None
    curve: "pd.DataFrame"
    proposed: int
    without: tuple[str, ...]
    fingerprint: str


def measure(
    ruleset: Ruleset,
    rules: ListRules,
    sources: PaperSources,
    files: LabelFiles,
    without: Sequence[str] = (),
) -> RulesEvaluation:
    """Judge the labelled papers; the figures for sections skip the sections in ``without``."""
    from pipelines.tuning import intervals

    names = _sections(rules, without)
    gathered = gather(sources, rules, files)
    verdicts = _judged(ruleset, rules, gathered.papers)
    measures = figures(gathered.papers, verdicts, names)
    points = intervals.curve(intervals.table(gathered.papers, verdicts))
    return RulesEvaluation(
        rules=rules,
        gathered=gathered,
        figures=measures,
        intervals=intervals.intervals(measures),
        average_precision=intervals.average_precision(points) if measures.negatives else None,
        curve=points,
        proposed=sum(v.section is not None for v in _judged(ruleset, rules, gathered.pool)),
        without=tuple(without),
        fingerprint=ruleset.fingerprint(rules.list),
    )


def _sections(rules: ListRules, without: Sequence[str]) -> set[str]:
    names = {section.name for section in rules.sections}
    for name in without:
        if name not in names:
            existing = ", ".join(section.name for section in rules.sections)
            raise UsageTrouble("--without", f"no section is called {name!r}", f"known: {existing}")
    return names - set(without)


def _judged(ruleset: Ruleset, rules: ListRules, papers: Sequence[Labelled]) -> tuple[Verdict, ...]:
    return Corpus(papers).judge(ruleset, rules.list)


def figures_dict(measures: Figures) -> dict[str, Any]:
    """The figures as JSON."""
    inside, outside = measures.either
    return {
        "in_list": {
            "precision": _round(measures.precision),
            "recall": _round(measures.recall),
            "f1": _round(measures.f1),
            "n_pos": measures.positives,
            "n_neg": measures.negatives,
        },
        "section": {
            "accuracy": _round(measures.accuracy),
            "macro_f1": _round(measures.macro_f1),
            "n": measures.let_in,
            "first_or_second": _round(share(inside, measures.let_in)),
            "of_all": {
                "n": measures.placed,
                "accuracy": _round(share(measures.right, measures.placed)),
                "first_or_second": _round(share(inside + outside, measures.placed)),
            },
            "per_section": {
                name: {key: round(value, 4) for key, value in part.items()}
                for name, part in measures.per_section().items()
            },
            "confusion": measures.confusion(),
        },
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def as_dict(measured: RulesEvaluation, *, curve: bool) -> dict[str, Any]:
    """All results as JSON; with the curve if ``curve``."""
    report = figures_dict(measured.figures)
    report["section"]["without"] = list(measured.without)
    report["intervals"] = measured.intervals
    report["average_precision"] = _round(measured.average_precision)
    report["papers"] = measured.gathered.source
    pool = len(measured.gathered.pool)
    report["pool"] = {
        "n": pool,
        "proposed": measured.proposed,
        "share": _round(measured.proposed / pool) if pool else None,
    }
    if curve:
        report["curve"] = measured.curve.round(4).to_dict("records")
    return {**report, "fingerprint": measured.fingerprint}


def sections_table(measured: RulesEvaluation) -> "pd.DataFrame":
    """Precision and recall of each section among the papers let in, and how many were missed."""
    import pandas as pd

    table = pd.DataFrame(measured.figures.per_section()).T
    if table.empty:
        return table
    table = table.reindex(_in_order(measured, table.index))
    confusion = measured.figures.confusion()
    table["missed"] = [confusion[name].get(NONE, 0) for name in table.index]
    return table.astype({"n": int, "missed": int})


def _in_order(measured: RulesEvaluation, names: Any) -> list[str]:
    """Sections in the order of the list."""
    present = set(names)
    return [section.name for section in measured.rules.sections if section.name in present]


def confusion_table(measured: RulesEvaluation) -> "pd.DataFrame":
    """How many papers of each labelled section (rows) were put in which section (columns)."""
    import pandas as pd

    table = pd.DataFrame(measured.figures.confusion()).T.fillna(0).astype(int)
    columns = [*_in_order(measured, table.columns), *([NONE] if NONE in table.columns else [])]
    return table.loc[_in_order(measured, table.index), columns]
