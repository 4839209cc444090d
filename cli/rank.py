"""
``listkeeper rank``: learn from a list what belongs in it, score papers, measure and explain scores.

Measurements are by rolling quarters: each paper is judged by a model of what was known before.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import day_of, with_workspace
from config.rules import ListRules
from output.escape import terminal
from output.streams import write_lines
from pipelines.rank.explain import arithmetic, share_in_words, top_terms
from pipelines.rank.features import Features, alike
from pipelines.rank.model import Model
from pipelines.rank.score import Strength, compare
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.rank.evaluate import OrderEvaluation
    from pipelines.rank.samples import SampleFiles, Samples
    from pipelines.rank.stage import Ranking


_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_positives = click.option("--positives", type=_file, help="Papers in the list.")
_negatives = click.option("--negatives", type=_file, help="Rejected papers.")
_background = click.option("--background", type=_file, help="Other arXiv papers, with abstracts.")
_abstracts = click.option("--abstracts", type=_file, help="Abstracts by arXiv id.")


@click.group("rank")
def rank_group() -> None:
    """Learn, measure and explain the order of candidates."""


@rank_group.command("train")
@_positives
@_negatives
@_background
@_abstracts
@with_workspace
def train_command(
    workspace: "Workspace",
    positives: Path | None,
    negatives: Path | None,
    background: Path | None,
    abstracts: Path | None,
    *,
    as_json: bool,
) -> int:
    """Train on the list and its decisions, or on files of papers (.jsonl or .jsonl.gz)."""
    from catalog.store.lock import lock
    from cli.render import echo_json
    from pipelines.rank.stage import Ranking, refresh
    from pipelines.tuning.freshness import words_age

    files = files_of(positives, negatives, background, abstracts)
    models = []
    with lock(workspace.state, "rank train"):
        for rules in lists_to_train(workspace.lists, files):
            ranking = Ranking.of(workspace, rules)
            samples = samples_of(workspace, rules, files)
            source = "files" if files else "list"
            model = ranking.train(
                samples, source, words_age(rules, _judged_since(workspace, ranking))
            )
            # Rows of files need no store, and must not create one.
            if has_store(workspace):
                refresh(ranking, model, workspace.store, workspace.snapshots().current(rules))
            models.append((model, ranking.path, samples.promise))
    if as_json:
        echo_json([about(model) | {"file": str(path)} for model, path, _ in models])
        return 0
    for model, path, promise in models:
        show_about(model)
        if promise:
            click.echo(promise)
        click.echo(f"wrote   {path}")
    return 0


def has_store(workspace: "Workspace") -> bool:
    return (workspace.state / "listkeeper.db").exists()


def _judged_since(workspace: "Workspace", ranking: "Ranking") -> datetime | None:
    if not has_store(workspace):
        return None
    return workspace.store.verdicts.first_judged(ranking.rules.list, ranking.rules_fingerprint)


def samples_of(
    workspace: "Workspace",
    rules: ListRules,
    files: "SampleFiles | None",
    *,
    everything: bool = False,
) -> "Samples":
    """Read the samples from files, or else from the list and the store."""
    from pipelines.rank.samples import MAX_BACKGROUND, from_files, from_store
    from pipelines.tuning.freshness import first_listed

    most = None if everything else MAX_BACKGROUND
    if files:
        return from_files(files, most=most)
    snapshot = workspace.snapshots().current(rules)
    listed_at = first_listed(workspace.list_path(rules))
    return from_store(workspace.store, rules, snapshot, listed_at, most=most)


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


def lists_to_train(
    lists: "Sequence[ListRules]", files: "SampleFiles | None"
) -> "Sequence[ListRules]":
    """Choose the lists to train for: all of them from the store, but only one from files."""
    if files and len(lists) > 1:
        names = ", ".join(rules.list for rules in lists)
        raise UsageTrouble("--list", "there are several lists", f"name one: {names}")
    return lists


@rank_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=click.File("rb"), default="-")
@with_workspace
def apply_command(workspace: "Workspace", rows: BinaryIO, *, as_json: bool) -> int:
    """Score papers from JSON Lines (arxiv_id, title, abstract), each compared with all."""
    from cli.rules import one_list
    from pipelines.rank.stage import Ranking

    rules = one_list(workspace.lists)
    ranking = Ranking.of(workspace, rules)
    model, why = ranking.usable()
    if model is None:
        click.echo(f"{rules.list}: scored by the rules only: {why}", err=True)
    write_lines(scored(ranking, model, rows))
    return 0


def scored(ranking: "Ranking", model: Model | None, rows: BinaryIO) -> Iterator[bytes]:
    """Give a line of JSON for each row; all are read first, since each is compared with all."""
    import orjson

    from catalog.rows import read_rows
    from pipelines.rank.apply import apply

    read = list(read_rows(rows, getattr(rows, "name", "-")))
    for result in apply(ranking, model, read):
        yield orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE)


@rank_group.command("eval")
@_positives
@_negatives
@_background
@_abstracts
@click.option("--since", metavar="DATE", help="First quarter to judge, e.g. 2024-01-01.")
@click.option(
    "--folds",
    type=click.IntRange(2, 20),
    help="Cross-validate in so many parts instead; needs no dates, and is kinder than time.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg",
              help="Draw a chart of the cross-validation to FILE.")  # fmt: skip
@with_workspace
def eval_command(
    workspace: "Workspace",
    positives: Path | None,
    negatives: Path | None,
    background: Path | None,
    abstracts: Path | None,
    since: str | None,
    folds: int | None,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    """Measure by rolling quarters: learn from all before a quarter, judge the quarter."""
    from cli.rules import one_list

    files = files_of(positives, negatives, background, abstracts)
    rules = one_list(workspace.lists)
    if folds is None and plot is None:
        return _eval_by_quarters(workspace, rules, files, since, as_json=as_json)
    if since:
        raise UsageTrouble("--since", "does not go with --folds or --plot", "leave one out")
    return _eval_by_folds(workspace, rules, files, folds or 5, plot, as_json=as_json)


def _eval_by_quarters(
    workspace: "Workspace",
    rules: ListRules,
    files: "SampleFiles | None",
    since: str | None,
    *,
    as_json: bool,
) -> int:
    from cli.render import echo_json
    from pipelines.rank.past_rules import rules_at
    from pipelines.rank.quarters import moments
    from pipelines.rank.rolling import as_dict, roll

    first = day_of(since, "--since")
    known = samples_of(workspace, rules, files, everything=True)
    start = datetime(first.year, first.month, first.day, tzinfo=UTC) if first else None
    names = [section.name for section in rules.sections]
    figures = list(roll(known, rules_at(rules), since=start, names=names))
    if not figures:
        matter = "no quarter has labels and enough papers before it to learn from"
        raise UsageTrouble(rules.list, matter, "give --folds 5, or files with first_added")
    measured = as_dict(figures, moments(known).source)
    if as_json:
        echo_json(measured)
    else:
        show_quarters(measured)
    return 0


def show_quarters(measured: dict[str, Any]) -> None:
    """Print the figures of each quarter, and of all together."""
    click.echo(f"{measured['protocol']}; {measured['dates']}\n")
    for row in (*measured["quarters"], {"quarter": "together", **measured["together"]}):
        learned = row["learned_from"]
        click.echo(
            f"{row['quarter']}: {row['listed']} listed and {row['rejected']} rejected; learned from"
            f" {learned['listed']} listed, {learned['rejected']} rejected,"
            f" {learned['background']} others"
        )
        for name, figure in _lines(row):
            click.echo(f"  {name:<34} {figure}")


def _lines(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the name and text of each figure that there is."""
    precision = next(key for key in row if key.startswith("precision_at_recall"))
    yield from _line("in or out: average precision", row["average_precision"])
    yield from _line(f"in or out: {precision.replace('_', ' ')}", row[precision])
    for name, figure in (row["candidates"] or {}).items():
        yield from _line(f"candidates: {name}", figure)
    for order, shares in row["order"].items():
        for most, share in shares.items() if isinstance(shares, dict) else ():
            yield from _line(f"order by {order}: in the first {most}", share)
    for name, share in row["sections"].items():
        yield from _line(f"section: {name.replace('_', ' ')}", share)


def _line(name: str, figure: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if figure and figure["is"] is not None:
        low, high = figure["between"]
        number = f", n {figure['n']}" if "n" in figure else ""
        yield name, f"{figure['is']:.3f} ({low:.2f} to {high:.2f}{number})"


def _eval_by_folds(
    workspace: "Workspace",
    rules: ListRules,
    files: "SampleFiles | None",
    folds: int,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    from cli.render import echo_json
    from output.charts import check_picture, draw_orders
    from pipelines.rank.evaluate import as_dict, check_enough, measure

    check_picture(plot)
    samples = samples_of(workspace, rules, files)
    check_enough(rules, samples, folds)
    measured = measure(workspace.rules, rules.list, samples, folds)
    if plot:
        draw_orders(measured, plot)
    if as_json:
        echo_json(as_dict(measured))
    else:
        show(measured)
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
        show_model(ranking, saved, most)
    return 0


@rank_group.command("explain")
@click.argument("what", metavar="ID|TITLE")
@_most
@with_workspace
def explain_command(workspace: "Workspace", what: str, most: int, *, as_json: bool) -> int:
    """Show how a paper's score comes about, and what it is like."""
    return explain(workspace, what, most, as_json=as_json)


def explain(workspace: "Workspace", what: str, most: int, *, as_json: bool) -> int:
    from cli.render import echo_json
    from cli.rules import one_list, text_to_explain
    from pipelines.rank.stage import Ranking

    rules = one_list(workspace.lists)
    text = text_to_explain(what, workspace)
    ranking = Ranking.of(workspace, rules)
    model, why = ranking.usable()
    seen = Features(*text)
    steps = arithmetic(
        workspace.rules, rules.list, model, seen, among_candidates(workspace, ranking, model, seen)
    )
    if as_json:
        echo_json(steps | {"without_model": why})
    else:
        show_arithmetic(steps, why, most)
    return 0


def among_candidates(
    workspace: "Workspace", ranking: "Ranking", model: Model | None, seen: Features
) -> Strength | None:
    """Compare a work with the candidates of now; None without a model or candidates."""
    from pipelines.rank.samples import features_of

    if model is None or not has_store(workspace):
        return None
    current = workspace.snapshots().candidates(ranking.rules)
    others = [
        (w, v) for w, v in (*current.candidates, *current.near_misses) if w.title != seen.title
    ]
    if not others:
        return None
    pool = alike([features_of(work) for work, _ in others])
    verdict = ranking.ruleset.judge(ranking.rules.list, seen.title, seen.abstract)
    rules_scores = [verdict.score, *(judged.score for _, judged in others)]
    learned = [model.judge(one).order for one in (seen, *pool)]
    return compare(rules_scores, learned, ranking.share(model).rules)[0]


def show(measured: "OrderEvaluation") -> None:
    """Print a measurement as tables."""
    from pipelines.rank.evaluate import ORDERS, WITHIN, as_dict

    figures = as_dict(measured)
    click.echo(
        f"{figures['listed']} listed, {figures['rejected']} rejected,"
        f" {figures['background']} background papers; cross-validated\n"
    )
    heads = ("average precision", "titles only", "among rejected", "titles only")
    click.echo(f"{'':<6}" + "".join(f"{head:>18}" for head in heads) + "  by fold")
    for order in ORDERS:
        scores = figures["orders"][order]
        keys = ("average_precision", "titles_only", "elsewhere", "elsewhere_titles_only")
        cells = "".join(f"{'-' if scores[k] is None else f'{scores[k]:.3f}':>18}" for k in keys)
        click.echo(f"{order:<6}{cells}  " + " ".join(f"{value:.3f}" for value in scores["folds"]))
    click.echo("\nshare of listed papers in the first " + " ".join(f"{m:>6}" for m in WITHIN))
    for order in ORDERS:
        shares = figures["orders"][order]["recall_at"].values()
        click.echo(f"{order:<36}" + " ".join(f"{share:>6.2f}" for share in shares))
    click.echo("\n  papers predicted observed")
    for row in figures["calibration"]:
        click.echo(f"{row['papers']:>8} {row['said']:>9.2f} {row['was']:>8.2f}")


def about(model: Model) -> dict[str, Any]:
    return asdict(model.about) | {"line": asdict(model.line) if model.line else None}


def show_about(model: Model) -> None:
    facts = model.about
    origin = "the list and its decisions" if facts.source == "list" else "files"
    click.echo(
        f"{facts.list_name}: trained in {facts.week} on {origin}: {facts.listed} listed,"
        f" {facts.rejected} rejected, {facts.background} background papers;"
        f" {facts.with_abstract} with abstract"
    )
    click.echo(f"fingerprint {facts.fingerprint}")
    if model.line is None:
        click.echo("no line: too few labels of the last two quarters, so the rules let in alone")
        return
    line = model.line
    click.echo(
        f"a likeness of {line.chance:.2f} makes a candidate; set on {line.labels} labels of the"
        f" last two quarters: {line.found} of {line.listed} listed papers and {line.wrong}"
        " others are above it"
    )


def show_model(ranking: "Ranking", model: Model, most: int) -> None:
    show_about(model)
    share = ranking.share(model)
    click.echo(f"order: {share_in_words(share.rules)} rules ({terminal(share.why)})")
    terms = top_terms(model, most)
    for kind in ("words", "letters"):
        for side in ("for", "against"):
            pairs: Iterable[tuple[str, float]] = terms[kind][side]
            shown = ", ".join(f"{terminal(name)} {weight:+.2f}" for name, weight in pairs)
            if shown:
                click.echo(f"\n{kind} {side}\n  {shown}")


def show_arithmetic(steps: dict[str, Any], why: str, most: int) -> None:
    click.echo(terminal(steps["title"]))
    if steps["learned"] is None:
        click.echo(f"score {steps['score']:.3f} = rules {steps['rules']:.3f}; {terminal(why)}")
        return
    click.echo(_sum(steps))
    line = "no line" if steps["line"] is None else f"candidates from {steps['line']:.2f} on"
    click.echo(f"likeness {steps['likeness']:.2f} ({line})")
    for name, values in (("telling", steps["telling"]), ("nearest", steps["nearest"])):
        if values:
            click.echo(f"  {name}: {terminal('; '.join(values))}")
    if steps["likely_sections"]:
        likely = (f"{row['section']} {row['chance']:.2f}" for row in steps["likely_sections"])
        click.echo(f"  sections of papers like it: {terminal(', '.join(likely))}")
    click.echo(
        f"learned {steps['learned']:.3f}: {steps['points']:+.2f} points, × {steps['slope']:.2f}"
        f" {steps['shift']:+.2f} = log-odds"
    )
    for part in steps["parts"][:most]:
        click.echo(f"  {part['adds']:+.3f}  {part['kind']}: {terminal(part['name'])}")
    rest = steps["parts"][most:]
    if rest:
        total = sum(part["adds"] for part in rest)
        click.echo(f"  {total:+.3f}  {len(rest)} smaller terms together")


def _sum(steps: dict[str, Any]) -> str:
    """Give both numbers, and the sum among the candidates where there are any."""
    among = steps["among_candidates"]
    if among is None:
        return (
            f"rules {steps['rules']:.3f}, learned {steps['learned']:.3f}; no candidates to compare"
        )
    share = among["share_of_rules"]
    return (
        f"score {steps['score']:+.2f} = {share_in_words(share)} of rules"
        f" {among['rules_above_mean']:+.2f} ({steps['rules']:.2f})"
        f" + {share_in_words(1 - share)} of learned"
        f" {among['learned_above_mean']:+.2f} ({steps['learned']:.2f}),"
        " each compared with the candidates of now"
    )
