"""How well the rules do on labelled papers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from catalog.paper import Verdict
from config.rules import ListRules
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.labelled import LabelFiles, LabelledPapers, gather
from pipelines.tuning.metrics import NONE, Figures, figures, share
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class RulesEvaluation:
    """Everything that was found out. ``proposed`` counts papers of the pool."""

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
    workspace: Workspace, rules: ListRules, files: LabelFiles, without: Sequence[str] = ()
) -> RulesEvaluation:
    """Judge the labelled papers; figures of sections leave those of ``without`` aside."""
    from pipelines.tuning import intervals

    names = _sections(rules, without)
    gathered = gather(workspace, rules, files)
    verdicts = _judged(workspace, rules, gathered.papers)
    made = figures(gathered.papers, verdicts, names)
    points = intervals.curve(intervals.table(gathered.papers, verdicts))
    return RulesEvaluation(
        rules=rules,
        gathered=gathered,
        figures=made,
        intervals=intervals.intervals(made),
        average_precision=intervals.average_precision(points) if made.negatives else None,
        curve=points,
        proposed=sum(v.section is not None for v in _judged(workspace, rules, gathered.pool)),
        without=tuple(without),
        fingerprint=workspace.rules.fingerprint(rules.list),
    )


def _judged(workspace: Workspace, rules: ListRules, papers: Any) -> tuple[Verdict, ...]:
    return Corpus(papers).judge(workspace.rules, rules.list)


def _sections(rules: ListRules, without: Sequence[str]) -> set[str]:
    names = {section.name for section in rules.sections}
    for name in without:
        if name not in names:
            known = ", ".join(section.name for section in rules.sections)
            raise UsageTrouble("--without", f"no section is called {name!r}", f"known: {known}")
    return names - set(without)


def figures_dict(made: Figures) -> dict[str, Any]:
    """The figures for a program: the contract's keys, and some more."""
    inside, outside = made.either
    return {
        "in_list": {
            "precision": _round(made.precision),
            "recall": _round(made.recall),
            "f1": _round(made.f1),
            "n_pos": made.positives,
            "n_neg": made.negatives,
        },
        "section": {
            "accuracy": _round(made.accuracy),
            "macro_f1": _round(made.macro_f1),
            "n": made.let_in,
            "first_or_second": _round(share(inside, made.let_in)),
            "of_all": {
                "n": made.placed,
                "accuracy": _round(share(made.right, made.placed)),
                "first_or_second": _round(share(inside + outside, made.placed)),
            },
            "per_section": {
                name: {key: round(value, 4) for key, value in part.items()}
                for name, part in made.per_section().items()
            },
            "confusion": made.confusion(),
        },
    }


def as_dict(measured: RulesEvaluation, *, curve: bool) -> dict[str, Any]:
    """Everything for a program; the curve where it was asked for."""
    said = figures_dict(measured.figures)
    said["section"]["without"] = list(measured.without)
    said["intervals"] = measured.intervals
    said["average_precision"] = _round(measured.average_precision)
    said["papers"] = measured.gathered.source
    pool = len(measured.gathered.pool)
    said["pool"] = {
        "n": pool,
        "proposed": measured.proposed,
        "share": _round(measured.proposed / pool) if pool else None,
    }
    if curve:
        said["curve"] = measured.curve.round(4).to_dict("records")
    return {**said, "fingerprint": measured.fingerprint}


def sections_table(measured: RulesEvaluation) -> "pd.DataFrame":
    """Precision and recall of each section among what was let in, and how many were missed."""
    import pandas as pd

    found = pd.DataFrame(measured.figures.per_section()).T
    if found.empty:
        return found
    found = found.reindex(_in_order(measured, found.index))
    confusion = measured.figures.confusion()
    found["missed"] = [confusion[name].get(NONE, 0) for name in found.index]
    return found.astype({"n": int, "missed": int})


def confusion_table(measured: RulesEvaluation) -> "pd.DataFrame":
    """How many papers of each labelled section (rows) were judged into which (columns)."""
    import pandas as pd

    found = pd.DataFrame(measured.figures.confusion()).T.fillna(0).astype(int)
    columns = [*_in_order(measured, found.columns), *([NONE] if NONE in found.columns else [])]
    return found.loc[_in_order(measured, found.index), columns]


def _in_order(measured: RulesEvaluation, names: Any) -> list[str]:
    """Sections in the order of the list."""
    there = set(names)
    return [section.name for section in measured.rules.sections if section.name in there]


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
