"""
``listkeeper rank``: learn the order of candidates, score papers, measure and explain scores.

Measurements are cross-validated: each paper is scored by a model that was trained without it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import with_workspace
from config.rules import ListRules
from output.escape import terminal
from output.streams import write_lines
from pipelines.rank.evaluate import ORDERS, WITHIN, OrderEvaluation, as_dict
from pipelines.rank.features import Features, rules_found
from pipelines.rank.model import Model, ScoreTerm
from pipelines.rank.score import RULES_SHARE, Strength
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.rank.samples import SampleFiles
    from pipelines.rules.ruleset import Ruleset


_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_positives = click.option("--positives", type=_file, help="Papers in the list.")
_negatives = click.option("--negatives", type=_file, help="Rejected papers.")
_background = click.option("--background", type=_file, help="Other arXiv papers, with abstracts.")
_abstracts = click.option("--abstracts", type=_file, help="Abstracts by arXiv id.")

Weighted = list[tuple[str, float]]


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
    from pipelines.rank.samples import from_files, from_store
    from pipelines.rank.stage import Ranking

    files = files_of(positives, negatives, background, abstracts)
    models = []
    with lock(workspace.state, "rank train"):
        for rules in lists_to_train(workspace.lists, files):
            ranking = Ranking.of(workspace, rules)
            # Rows of files need no store, and must not create one.
            samples = (
                from_files(files)
                if files
                else from_store(workspace.store, rules, workspace.snapshots().current(rules))
            )
            models.append((ranking.train(samples, "files" if files else "list"), ranking.path))
    if as_json:
        echo_json([about(model) | {"file": str(path)} for model, path in models])
        return 0
    for model, path in models:
        show_about(model)
        click.echo(f"wrote   {path}")
    return 0


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
    """Score papers from JSON Lines (arxiv_id, title, abstract), in their order."""
    from cli.rules import one_list
    from pipelines.rank.stage import Ranking

    rules = one_list(workspace.lists)
    model, why = Ranking.of(workspace, rules).usable()
    if model is None:
        click.echo(f"{rules.list}: scored by the rules only: {why}", err=True)
    write_lines(scored(workspace.rules, rules.list, model, rows))
    return 0


def scored(
    ruleset: "Ruleset", list_name: str, model: Model | None, rows: BinaryIO
) -> Iterator[bytes]:
    """Give a line of JSON for each row, one at a time: the input may be endless."""
    import orjson

    from catalog.rows import read_rows

    for row in read_rows(rows, getattr(rows, "name", "-")):
        strength = ruleset.judge(list_name, row.title, row.abstract).score
        learned = model.learned(ruleset, Features(row.title, row.abstract)) if model else None
        scores = {"arxiv_id": row.arxiv_id, "score": Strength(strength, learned).exact}
        yield orjson.dumps(scores, option=orjson.OPT_APPEND_NEWLINE)


@rank_group.command("eval")
@_positives
@_negatives
@_background
@_abstracts
@click.option(
    "--folds",
    default=5,
    show_default=True,
    type=click.IntRange(2, 20),
    help="Parts of the cross-validation.",
)
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg",
              help="Draw a chart to FILE.")  # fmt: skip
@with_workspace
def eval_command(
    workspace: "Workspace",
    positives: Path | None,
    negatives: Path | None,
    background: Path | None,
    abstracts: Path | None,
    folds: int,
    plot: Path | None,
    *,
    as_json: bool,
) -> int:
    """Measure the orders by rules, by model and by both, with cross-validation."""
    from cli.render import echo_json
    from cli.rules import one_list
    from output.charts import check_picture, draw_orders
    from pipelines.rank.evaluate import check_enough, measure
    from pipelines.rank.samples import from_files, from_store

    check_picture(plot)
    files = files_of(positives, negatives, background, abstracts)
    rules = one_list(workspace.lists)
    samples = (
        from_files(files)
        if files
        else from_store(workspace.store, rules, workspace.snapshots().current(rules))
    )
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


@rank_group.command("show")
@click.argument("what", required=False, metavar="[ID|TITLE]")
@click.option("--most", default=15, show_default=True, type=click.IntRange(1, 500),
              help="Most lines of each kind.")  # fmt: skip
@with_workspace
def show_command(workspace: "Workspace", what: str | None, most: int, *, as_json: bool) -> int:
    """Show the most important words, or with an id or title, how its score comes about."""
    from cli.render import echo_json
    from cli.rules import one_list, stored_text, text_to_explain
    from pipelines.rank.stage import Ranking

    rules = one_list(workspace.lists)
    if what:
        files = (workspace.list_path(rules) for rules in workspace.lists)
        has_store = (workspace.state / "listkeeper.db").exists()
        text = text_to_explain(
            what, lambda key: stored_text(key, workspace.store if has_store else None, files)
        )
        model, why = Ranking.of(workspace, rules).usable()
        steps = arithmetic(workspace.rules, rules.list, model, text)
        if as_json:
            echo_json(steps | {"without_model": why})
        else:
            show_arithmetic(steps, why, most)
        return 0
    saved = Ranking.of(workspace, rules).stored()
    if saved is None:
        raise UsageTrouble(rules.list, "there is no model yet", "listkeeper rank train")
    _, why = Ranking.of(workspace, rules).usable()
    if as_json:
        echo_json(top_terms(saved, most) | {"not_used": why})
    else:
        show_model(saved, why, most)
    return 0


def show(measured: OrderEvaluation) -> None:
    """Print a measurement as tables."""
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
    return asdict(model.about)


def show_about(model: Model) -> None:
    facts = model.about
    origin = "the list and its decisions" if facts.source == "list" else "files"
    click.echo(
        f"{facts.list_name}: trained in {facts.week} on {origin}: {facts.listed} listed,"
        f" {facts.rejected} rejected, {facts.background} background papers;"
        f" {facts.with_abstract} with abstract"
    )
    click.echo(f"fingerprint {facts.fingerprint}, rules {facts.rules_fingerprint}")


def top_terms(model: Model, most: int) -> dict[str, Any]:
    """Give the terms with the largest weights of each kind, for and against."""
    kinds: dict[str, Iterable[tuple[str, float]]] = {
        "words": ((term, weight) for term, (_, weight) in model.words.weights.items()),
        "letters": ((term, weight) for term, (_, weight) in model.letters.weights.items()),
        "rules": model.rules.items(),
        "facts": ((name, weight) for name, (_, weight) in model.facts.items()),
    }
    return about(model) | {
        kind: dict(zip(("for", "against"), _ends(list(weights), most), strict=True))
        for kind, weights in kinds.items()
    }


def _ends(weights: Weighted, most: int) -> tuple[Weighted, Weighted]:
    ordered = [(name, round(weight, 3)) for name, weight in sorted(weights, key=lambda w: -w[1])]
    up = [pair for pair in ordered[:most] if pair[1] > 0]
    return up, [pair for pair in ordered[::-1][:most] if pair[1] < 0]


def show_model(model: Model, why: str, most: int) -> None:
    show_about(model)
    if why:
        click.echo(f"not used: {terminal(why)}")
    terms = top_terms(model, most)
    for kind in ("words", "letters", "rules", "facts"):
        for side in ("for", "against"):
            pairs = terms[kind][side]
            if pairs:
                shown = ", ".join(f"{terminal(name)} {weight:+.2f}" for name, weight in pairs)
                click.echo(f"\n{kind} {side}\n  {shown}")


def arithmetic(
    ruleset: "Ruleset", list_name: str, model: Model | None, text: tuple[str, str | None]
) -> dict[str, Any]:
    """Give each step from the words of a title and abstract to the score."""
    features = Features(*text)
    verdict = ruleset.judge(list_name, *text)
    parts: list[ScoreTerm] = []
    learned = None
    if model:
        matches = rules_found(ruleset, list_name, features)
        parts = sorted(model.parts(features, matches), key=lambda part: -abs(part.adds))
        learned = model.probability(sum(part.adds for part in parts))
    strength = Strength(verdict.score, learned)
    return {
        "title": features.title,
        "section": verdict.section,
        "score": strength.score,
        "rules": round(strength.rules, 3),
        "learned": None if learned is None else round(learned, 3),
        "points": round(sum(part.adds for part in parts), 3),
        "slope": round(model.slope, 3) if model else None,
        "shift": round(model.shift, 3) if model else None,
        "parts": [asdict(part) | {"adds": round(part.adds, 3)} for part in parts],
    }


def show_arithmetic(steps: dict[str, Any], why: str, most: int) -> None:
    click.echo(terminal(steps["title"]))
    if steps["learned"] is None:
        click.echo(f"score {steps['score']:.3f} = rules {steps['rules']:.3f}; {terminal(why)}")
        return
    click.echo(
        f"score {steps['score']:.3f} = {RULES_SHARE:.0%} of rules {steps['rules']:.3f}"
        f" + {1 - RULES_SHARE:.0%} of learned {steps['learned']:.3f}"
    )
    click.echo(
        f"learned: {steps['points']:+.2f} points, × {steps['slope']:.2f} {steps['shift']:+.2f}"
        " = log-odds"
    )
    for part in steps["parts"][:most]:
        click.echo(f"  {part['adds']:+.3f}  {part['kind']}: {terminal(part['name'])}")
    rest = steps["parts"][most:]
    if rest:
        total = sum(part["adds"] for part in rest)
        click.echo(f"  {total:+.3f}  {len(rest)} smaller terms together")
