"""A measurement of the rules as text."""

from collections.abc import Iterator

from catalog.plural import counted
from pipelines.tuning.evaluate import (
    GroupEvaluation,
    RulesEvaluation,
    confusion_table,
    sections_table,
)
from pipelines.tuning.metrics import share


def lines(measured: RulesEvaluation) -> Iterator[str]:
    """A measurement as tables: fresh labels first, then seen ones."""
    yield f"{measured.rules.list}: {measured.gathered.source}"
    if measured.since:
        undated = f"; {counted(measured.undated, 'label')} without a date left out"
        yield f"labels since {measured.since:%Y-%m-%d}{undated if measured.undated else ''}"
    yield f"{measured.age}; labels younger than that are fresh, all others seen"
    for name, group, remark in (
        ("fresh", measured.fresh, "what the rules do on papers that shaped no word"),
        (
            "seen",
            measured.seen,
            "the words were chosen with these in view: no measure for new ones",
        ),
    ):
        if group.papers:
            yield f"\n{name}: {counted(group.papers, 'label')} ({remark})"
            yield from _group_lines(measured, group)
        else:
            yield f"{name}: no label"
    if measured.gathered.pool:
        n = len(measured.gathered.pool)
        yield (
            f"\npool: {measured.proposed:,} of {counted(n, 'paper')} proposed"
            f" ({measured.proposed / n:.1%}; {measured.gathered.pool_source})"
        )


def _group_lines(measured: RulesEvaluation, group: GroupEvaluation) -> Iterator[str]:
    figures, intervals = group.figures, group.intervals
    yield (
        f"in the list: precision {_three(figures.precision)}, recall {_three(figures.recall)},"
        f" f1 {_three(figures.f1)} ({figures.found} of {counted(figures.positives, 'paper')} found;"
        f" {figures.wrong} of {counted(figures.negatives, 'off-topic paper')} let in)"
    )
    if intervals:
        yield f"  95 % interval: {_between(intervals, 'precision', 'recall', 'f1')}"
    if group.average_precision is not None:
        yield f"  average precision over the score {group.average_precision:.3f}"
    if figures.placed:
        yield from _section_lines(measured, group)


def _section_lines(measured: RulesEvaluation, group: GroupEvaluation) -> Iterator[str]:
    figures = group.figures
    inside, outside = figures.either
    aside = f", {', '.join(measured.without)} ignored" if measured.without else ""
    proposed = counted(figures.let_in, "proposed paper")
    yield (
        f"section: accuracy {figures.accuracy:.3f}, macro f1 {figures.macro_f1:.3f}, first or"
        f" second choice {share(inside, figures.let_in):.3f} (of {proposed}{aside})"
    )
    yield f"  95 % interval: {_between(group.intervals, 'accuracy', 'macro_f1')}"
    yield (
        f"  of all {figures.placed} labelled with a section, proposed or not:"
        f" accuracy {share(figures.right, figures.placed):.3f}, first or second choice"
        f" {share(inside + outside, figures.placed):.3f}\n"
    )
    yield sections_table(measured, group).to_string(float_format="{:.3f}".format)
    yield "\nlabels (rows) and verdicts (columns)"
    yield confusion_table(measured, group).to_string()


def _between(intervals: dict[str, tuple[float, float]], *names: str) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {intervals[name][0]:.3f} to {intervals[name][1]:.3f}"
        for name in names
        if name in intervals
    )


def _three(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
