"""Measures the rules on labelled papers, for ``listkeeper rules eval``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageTrouble
from catalog.facts import Verdict
from config.rules import ListRules
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.freshness import WordsAge, split, words_age
from pipelines.tuning.labelled import LabelFiles, Labelled, LabelledPapers, PaperSources, gather
from pipelines.tuning.metrics import NONE, Figures, figures, share

if TYPE_CHECKING:
    import pandas as pd


# With fewer fresh labels than this a share says next to nothing, and the seen ones lead.
MIN_FRESH = 20


@dataclass(frozen=True, slots=True)
class GroupEvaluation:
    """The results of the fresh labels or of the seen ones."""

    papers: int
    figures: Figures
    intervals: dict[str, tuple[float, float]]
    average_precision: float | None
    curve: "pd.DataFrame"


@dataclass(frozen=True, slots=True)
class RulesEvaluation:
    """
    All results. ``proposed`` is the number of papers of the pool that the rules let in.

    ``undated`` labels were left out because of ``since``. Fresh and seen labels are never added up.
    """

    rules: ListRules
    gathered: LabelledPapers
    age: WordsAge
    since: datetime | None
    undated: int
    fresh: GroupEvaluation
    seen: GroupEvaluation
    proposed: int
    without: tuple[str, ...]
    fingerprint: str

    @property
    def leading(self) -> str:
        """The group for everything that shows one only: ``fresh`` where that says something."""
        return "fresh" if self.fresh.papers >= MIN_FRESH or not self.seen.papers else "seen"

    @property
    def group(self) -> GroupEvaluation:
        return self.fresh if self.leading == "fresh" else self.seen


def measure(
    ruleset: Ruleset,
    rules: ListRules,
    sources: PaperSources,
    files: LabelFiles,
    without: Sequence[str] = (),
    since: datetime | None = None,
) -> RulesEvaluation:
    """
    Judge the labelled papers; the figures for sections skip the sections in ``without``.

    With ``since`` only labels of that moment and later count.
    """
    names = _sections(rules, without)
    gathered = gather(sources, rules, files, dated=True)
    age = words_age(rules, sources.first_judged(rules.list, ruleset.fingerprint(rules.list)))
    kept = [paper for paper in gathered.papers if _is_since(paper, since)]
    fresh, seen = split(kept, age)
    return RulesEvaluation(
        rules=rules,
        gathered=gathered,
        age=age,
        since=since,
        undated=sum(paper.labelled_at is None for paper in gathered.papers) if since else 0,
        fresh=_measured(ruleset, rules, fresh, names),
        seen=_measured(ruleset, rules, seen, names),
        proposed=sum(v.section is not None for v in _judged(ruleset, rules, gathered.pool)),
        without=tuple(without),
        fingerprint=ruleset.fingerprint(rules.list),
    )


def _is_since(paper: Labelled, since: datetime | None) -> bool:
    return since is None or (paper.labelled_at is not None and paper.labelled_at >= since)


def _measured(
    ruleset: Ruleset, rules: ListRules, papers: Sequence[Labelled], names: set[str]
) -> GroupEvaluation:
    from pipelines.tuning import intervals

    verdicts = _judged(ruleset, rules, papers)
    measures = figures(papers, verdicts, names)
    points = intervals.curve(intervals.table(papers, verdicts))
    return GroupEvaluation(
        papers=sum(paper.belongs is not None for paper in papers),
        figures=measures,
        intervals=intervals.intervals(measures),
        average_precision=(
            intervals.average_precision(points)
            if measures.positives and measures.negatives
            else None
        ),
        curve=points,
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
    """
    All results as JSON; with the curve if ``curve``.

    The figures at the top are those of one group, which ``labels`` names.
    """
    pool = len(measured.gathered.pool)
    return {
        **_group_dict(measured, measured.group, curve=curve),
        "labels": measured.leading,
        "words": {"since": measured.age.since.isoformat(), "source": measured.age.source},
        "since": measured.since.isoformat() if measured.since else None,
        "undated": measured.undated,
        "fresh": _group_dict(measured, measured.fresh, curve=curve),
        "seen": _group_dict(measured, measured.seen, curve=curve),
        "papers": measured.gathered.source,
        "pool": {
            "n": pool,
            "proposed": measured.proposed,
            "share": _round(measured.proposed / pool) if pool else None,
        },
        "fingerprint": measured.fingerprint,
    }


def _group_dict(
    measured: RulesEvaluation, group: GroupEvaluation, *, curve: bool
) -> dict[str, Any]:
    report = figures_dict(group.figures) | {"n": group.papers}
    report["section"]["without"] = list(measured.without)
    report["intervals"] = group.intervals
    report["average_precision"] = _round(group.average_precision)
    if curve:
        report["curve"] = group.curve.round(4).to_dict("records")
    return report


def sections_table(measured: RulesEvaluation, group: GroupEvaluation) -> "pd.DataFrame":
    """Precision and recall of each section among the papers let in, and how many were missed."""
    import pandas as pd

    table = pd.DataFrame(group.figures.per_section()).T
    if table.empty:
        return table
    table = table.reindex(_in_order(measured, table.index))
    confusion = group.figures.confusion()
    table["missed"] = [confusion[name].get(NONE, 0) for name in table.index]
    return table.astype({"n": int, "missed": int})


def _in_order(measured: RulesEvaluation, names: Any) -> list[str]:
    """Sections in the order of the list."""
    present = set(names)
    return [section.name for section in measured.rules.sections if section.name in present]


def confusion_table(measured: RulesEvaluation, group: GroupEvaluation) -> "pd.DataFrame":
    """How many papers of each labelled section (rows) were put in which section (columns)."""
    import pandas as pd

    table = pd.DataFrame(group.figures.confusion()).T.fillna(0).astype(int)
    columns = [*_in_order(measured, table.columns), *([NONE] if NONE in table.columns else [])]
    return table.loc[_in_order(measured, table.index), columns]
