"""``listkeeper rules eval``: how good the rules are on papers whose place somebody knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catalog.errors import UsageTrouble
from catalog.paper import Verdict
from cli.labelled import Files, Gathered, gather
from cli.world import World
from config.rules import ListRules
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.metrics import NONE, Figures, figures, share

if TYPE_CHECKING:
    import pandas as pd


PICTURES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything that was found out. ``proposed`` counts papers of the pool."""

    rules: ListRules
    gathered: Gathered
    figures: Figures
    intervals: dict[str, tuple[float, float]]
    average_precision: float | None
    curve: "pd.DataFrame"
    proposed: int
    without: tuple[str, ...]
    fingerprint: str


def measure(world: World, rules: ListRules, files: Files, without: Sequence[str] = ()) -> Measured:
    """Judge the labelled papers; figures of sections leave those of ``without`` aside."""
    from pipelines.tuning import intervals

    names = _sections(rules, without)
    gathered = gather(world, rules, files)
    verdicts = _judged(world, rules, gathered.papers)
    made = figures(gathered.papers, verdicts, names)
    points = intervals.curve(intervals.table(gathered.papers, verdicts))
    return Measured(
        rules=rules,
        gathered=gathered,
        figures=made,
        intervals=intervals.intervals(made),
        average_precision=intervals.average_precision(points) if made.negatives else None,
        curve=points,
        proposed=sum(v.section is not None for v in _judged(world, rules, gathered.pool)),
        without=tuple(without),
        fingerprint=world.rules.fingerprint(rules.list),
    )


def _judged(world: World, rules: ListRules, papers: Any) -> tuple[Verdict, ...]:
    return Corpus(papers).judge(world.rules, rules.list)


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


def as_dict(measured: Measured, *, curve: bool) -> dict[str, Any]:
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


def show(measured: Measured) -> None:
    """The same as tables."""
    made, between = measured.figures, measured.intervals
    click.echo(f"{measured.rules.list}: {measured.gathered.source}")
    click.echo(
        f"in the list: precision {_three(made.precision)}, recall {_three(made.recall)},"
        f" f1 {_three(made.f1)} ({made.found} of {made.positives:,} found;"
        f" {made.wrong} of {made.negatives:,} others let in)"
    )
    click.echo(f"  with 95 % {_between(between, 'precision', 'recall', 'f1')}")
    if measured.average_precision is not None:
        click.echo(f"  average precision over the score {measured.average_precision:.3f}")
    if made.placed:
        _show_sections(measured)
    if measured.gathered.pool:
        n = len(measured.gathered.pool)
        click.echo(
            f"pool: {measured.proposed:,} of {n:,} papers proposed"
            f" ({measured.proposed / n:.1%}; {measured.gathered.pool_source})"
        )


def _show_sections(measured: Measured) -> None:
    made = measured.figures
    inside, outside = made.either
    aside = f", {', '.join(measured.without)} left aside" if measured.without else ""
    click.echo(
        f"section: accuracy {made.accuracy:.3f}, macro f1 {made.macro_f1:.3f}, first or second"
        f" choice {share(inside, made.let_in):.3f} (of {made.let_in} let in{aside})"
    )
    click.echo(f"  with 95 % {_between(measured.intervals, 'accuracy', 'macro_f1')}")
    click.echo(
        f"  of all {made.placed} that carry one of its sections, let in or not:"
        f" accuracy {share(made.right, made.placed):.3f}, first or second choice"
        f" {share(inside + outside, made.placed):.3f}\n"
    )
    click.echo(sections_table(measured).to_string(float_format="{:.3f}".format))
    click.echo("\nlabelled (rows) and judged (columns)")
    click.echo(confusion_table(measured).to_string())


def sections_table(measured: Measured) -> "pd.DataFrame":
    """Precision and recall of each section among what was let in, and how many were missed."""
    import pandas as pd

    found = pd.DataFrame(measured.figures.per_section()).T
    if found.empty:
        return found
    found = found.reindex(_in_order(measured, found.index))
    confusion = measured.figures.confusion()
    found["missed"] = [confusion[name].get(NONE, 0) for name in found.index]
    return found.astype({"n": int, "missed": int})


def confusion_table(measured: Measured) -> "pd.DataFrame":
    """How many papers of each labelled section (rows) were judged into which (columns)."""
    import pandas as pd

    found = pd.DataFrame(measured.figures.confusion()).T.fillna(0).astype(int)
    columns = [*_in_order(measured, found.columns), *([NONE] if NONE in found.columns else [])]
    return found.loc[_in_order(measured, found.index), columns]


def draw(measured: Measured, path: Path) -> None:
    """The picture of both tables."""
    made = measured.figures
    if not made.placed:
        raise UsageTrouble("--plot", "no labelled paper has a section of this list")
    from output.charts import Picture, draw_rules

    draw_rules(
        path,
        Picture(
            title=f"{measured.rules.list}: where the rules put papers whose place is known",
            subtitle=f"{made.found} of {made.positives} found"
            + (f", {made.wrong} of {made.negatives:,} others let in" if made.negatives else "")
            + f"; of {made.let_in} let in, {share(made.right, made.let_in):.0%} in their section",
            confusion=confusion_table(measured),
            sections=sections_table(measured),
        ),
    )


def check_picture(path: Path | None) -> None:
    """Refuse a picture that cannot be drawn before anything is measured."""
    if path is None:
        return
    if path.suffix.lower() not in PICTURES:
        raise UsageTrouble("--plot", f"{path.name!r} is no .png or .svg", "write e.g. rules.svg")
    if not path.resolve().parent.is_dir():
        raise UsageTrouble("--plot", f"there is no folder {path.resolve().parent}", "create it")


def _in_order(measured: Measured, names: Any) -> list[str]:
    """Sections in the order of the list."""
    there = set(names)
    return [section.name for section in measured.rules.sections if section.name in there]


def _between(between: dict[str, tuple[float, float]], *names: str) -> str:
    said = (
        f"{name.replace('_', ' ')} between {between[name][0]:.3f} and {between[name][1]:.3f}"
        for name in names
        if name in between
    )
    return ", ".join(said)


def _three(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
