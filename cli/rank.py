"""
``listkeeper rank``: learn from a list what belongs in it, score papers, measure and explain scores.

Measurements are by rolling quarters: each paper is judged by a model of what was known before.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import day_of, file_options, input_file, with_workspace
from output.streams import write_lines
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from config.rules import ListRules
    from pipelines.rank.samples import SampleFiles, Samples

# Parts of the cross-validation that a chart shows, unless --folds says otherwise.
FOLDS = 5
DRAWN = f"--plot draws a cross-validation in {FOLDS} parts; without it: rolling quarters"


def files_of(
    positives: Path | None,
    negatives: Path | None,
    background: Path | None,
    abstracts: Path | None,
) -> "SampleFiles | None":
    """Check the combination of file options; None if there are none."""
    from pipelines.rank.samples import SampleFiles

    if positives is None:
        if negatives or background or abstracts:
            raise UsageTrouble("--positives", "is missing", "name the papers in the list")
        return None
    if negatives is None and background is None:
        raise UsageTrouble("--background", "is missing", "name it, or --negatives, or both")
    return SampleFiles(positives, negatives, background, abstracts)


_sample_files = file_options(
    files_of,
    positives="Papers in the list.",
    negatives="Rejected papers.",
    background="Other arXiv papers, with abstracts.",
    abstracts="Abstracts by arXiv id.",
)


@click.group("rank")
def rank_group() -> None:
    """Learn, measure and explain the order of candidates."""


@rank_group.command("train")
@_sample_files
@with_workspace
def train_command(workspace: "Workspace", files: "SampleFiles | None", *, as_json: bool) -> int:
    """Train on the list and its decisions, or on files of papers (.jsonl or .jsonl.gz)."""
    from cli.render import echo_json
    from cli.rules import one_list
    from output.reports.rank import about, about_lines
    from pipelines.rank.stage import train

    with workspace.lock("rank train"):
        lists = (one_list(workspace.lists),) if files else workspace.lists
        trained = [train(workspace, rules, files) for rules in lists]
    if as_json:
        echo_json([about(one.model) | {"file": str(one.path)} for one in trained])
        return 0
    for one in trained:
        _print(about_lines(one.model))
        for note in one.notes:
            click.echo(note)
        click.echo(f"wrote   {one.path}")
    return 0


@rank_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=input_file, default="-")
@with_workspace
def apply_command(workspace: "Workspace", rows: BinaryIO, *, as_json: bool) -> int:
    """Score papers from JSON Lines (arxiv_id, title, abstract), each compared with all."""
    from cli.rules import one_list
    from pipelines.rank.apply import lines_of
    from pipelines.rank.stage import Ranking

    rules = one_list(workspace.lists)
    ranking = Ranking.of(workspace, rules)
    model, why = ranking.usable()
    if model is None:
        click.echo(f"{rules.list}: scored by the rules only: {why}", err=True)
    write_lines(lines_of(ranking, model, rows), without="no papers")
    return 0


@rank_group.command("eval")
@_sample_files
@click.option("--since", metavar="DATE", help="First quarter to judge, e.g. 2024-01-01.")
@click.option(
    "--folds",
    type=click.IntRange(2, 20),
    help="Cross-validate in so many parts instead; needs no dates, and is kinder than time.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg",
              help="Draw the cross-validation to FILE (5 folds unless said).")  # fmt: skip
@with_workspace
def eval_command(
    workspace: "Workspace",
    files: "SampleFiles | None",
    since: str | None,
    folds: int | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    """Measure by rolling quarters: learn from all before a quarter, judge the quarter."""
    from cli.rules import one_list
    from pipelines.rank.stage import samples_of

    rules = one_list(workspace.lists)
    if folds is None and plot is None:
        first = day_of(since, "--since")
        every = samples_of(workspace, rules, files, everything=True)
        return _eval_by_quarters(rules, every, first, as_json=as_json)
    if since:
        raise UsageTrouble("--since", "does not go with --folds or --plot", "leave one out")
    if plot:
        from output.charts import check_picture

        check_picture(plot)
    if folds is None:
        click.echo(DRAWN, err=True)
    samples = samples_of(workspace, rules, files)
    return _eval_by_folds(workspace, rules, samples, folds or FOLDS, plot, as_json=as_json)


def _eval_by_quarters(
    rules: "ListRules", samples: "Samples", first: date | None, *, as_json: bool
) -> int:
    from cli.render import echo_json
    from output.reports.rank_eval import quarter_lines
    from pipelines.rank.past_rules import measure_quarters

    measured = measure_quarters(rules, samples, first)
    if as_json:
        echo_json(measured)
    else:
        _print(quarter_lines(measured))
    return 0


def _eval_by_folds(
    workspace: "Workspace",
    rules: "ListRules",
    samples: "Samples",
    folds: int,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    from cli.render import echo_json
    from output.reports.rank_eval import fold_lines
    from pipelines.rank.evaluate import as_dict, check_enough, measure

    check_enough(rules, samples, folds)
    measured = measure(workspace, rules, samples, folds)
    if plot:
        from output.charts import draw_orders

        draw_orders(measured, plot)
    if as_json:
        echo_json(as_dict(measured))
    else:
        _print(fold_lines(measured))
        if plot:
            click.echo(f"wrote   {plot}")
    return 0


_most = click.option("--most", default=15, show_default=True, type=click.IntRange(1, 500),
                     help="Most lines of each kind.")  # fmt: skip


@rank_group.command("show")
@click.argument("what", required=False, metavar="[ID|TITLE]")
@_most
@with_workspace
def show_command(workspace: "Workspace", what: str | None, most: int, *, as_json: bool) -> int:
    """Show the most important words, or with an id or title, how its score comes about."""
    from cli.render import echo_json
    from cli.rules import one_list
    from output.reports.rank import about, model_lines
    from pipelines.rank.explain import top_terms
    from pipelines.rank.stage import Ranking

    if what:
        return explain(workspace, what, most, as_json=as_json)
    rules = one_list(workspace.lists)
    ranking = Ranking.of(workspace, rules)
    saved = ranking.stored()
    if saved is None:
        raise UsageTrouble(rules.list, "there is no model yet", "listkeeper rank train")
    if as_json:
        share = asdict(ranking.share(saved))
        echo_json(about(saved) | top_terms(saved, most) | {"share": share, "not_used": ""})
    else:
        _print(model_lines(saved, ranking.share(saved), most))
    return 0


@rank_group.command("explain")
@click.argument("what", metavar="ID|TITLE")
@_most
@with_workspace
def explain_command(workspace: "Workspace", what: str, most: int, *, as_json: bool) -> int:
    """Show how a paper's score comes about, and what it is like."""
    return explain(workspace, what, most, as_json=as_json)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def explain(workspace: "Workspace", what: str, most: int, *, as_json: bool) -> int:
    from cli.render import echo_json
    from cli.rules import one_list, text_of
    from output.reports.rank import arithmetic_lines
    from pipelines.rank.apply import strength_among
    from pipelines.rank.explain import arithmetic
    from pipelines.rank.features import Features
    from pipelines.rank.stage import Ranking
    from pipelines.tuning.labelled import LabelFiles, PaperSources

    rules = one_list(workspace.lists)
    text = text_of(what, PaperSources.of(workspace), workspace.lists, LabelFiles())
    ranking = Ranking.of(workspace, rules)
    model, why = ranking.usable()
    seen, among = Features(*text), None
    if model and workspace.has_store:
        current = workspace.snapshots().candidates(rules)
        near = current.in_full(workspace.store, rules.list, current.near_misses)
        among = strength_among(ranking, model, seen, (*current.candidates, *near))
    line = ranking.line(model) if model else None
    steps = arithmetic(workspace.rules, rules.list, model, seen, among, line)
    if as_json:
        echo_json(steps | {"without_model": why})
    else:
        _print(arithmetic_lines(steps, why, most))
    return 0
