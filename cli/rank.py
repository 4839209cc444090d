"""
``listkeeper rank``: the order of a digest: learned, tried on rows, measured, and explained.

Measures an order on papers that it was not learned from, fold by fold.

What a model learned and how it comes to a score, as values and as lines for people.
"""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import with_workspace
from config.rules import ListRules
from output.escape import terminal
from pipelines.rank.evaluate import ORDERS, WITHIN, OrderEvaluation, as_dict
from pipelines.rank.features import Features, rules_found
from pipelines.rank.model import Model, ScoreTerm
from pipelines.rank.score import RULES_SHARE, Strength
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from pipelines.candidates import Snapshots
    from pipelines.rank.samples import SampleFiles, Samples


_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_positives = click.option("--positives", type=_file, help="Rows that are in the list.")
_negatives = click.option("--negatives", type=_file, help="Rows that were put elsewhere.")
_background = click.option("--background", type=_file, help="Rows of arXiv, with abstracts.")
_abstracts = click.option("--abstracts", type=_file, help="Rows with abstracts, by id.")

Weighted = list[tuple[str, float]]


@click.group("rank")
def rank_group() -> None:
    """Learn the order of a digest, try it, measure it, and see why."""


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
    """Learn from the list and its decisions, or from files of rows (.jsonl or .jsonl.gz)."""
    from catalog.store.lock import lock
    from cli.render import echo_json
    from pipelines.rank.stage import Ranking

    files = files_of(positives, negatives, background, abstracts)
    models = []
    with lock(workspace.state, "rank train"):
        # Rows of files need no store, and must not create one.
        snapshots = None if files else workspace.snapshots()
        for rules in chosen(workspace, files):
            ranking = Ranking.of(workspace, rules)
            samples = gathered(workspace, rules, files, snapshots)
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
    """The files of a command line; None where it names none."""
    from pipelines.rank.samples import SampleFiles

    if positives is None:
        if negatives or background or abstracts:
            raise UsageTrouble("--positives", "is missing", "name the rows that are in the list")
        return None
    if negatives is None and background is None:
        raise UsageTrouble("--background", "is missing", "name it, or --negatives, or both")
    return SampleFiles(positives, negatives, background, abstracts)


def chosen(workspace: "Workspace", files: "SampleFiles | None") -> "list[ListRules]":
    """The lists to learn for: all of them from the store, but one from files."""
    if files and len(workspace.lists) > 1:
        names = ", ".join(rules.list for rules in workspace.lists)
        raise UsageTrouble("--list", "there are several lists", f"name one: {names}")
    return list(workspace.lists)


def gathered(
    workspace: "Workspace",
    rules: "ListRules",
    files: "SampleFiles | None",
    snapshots: "Snapshots | None" = None,
) -> "Samples":
    from pipelines.rank.samples import from_files, from_store

    if files:
        return from_files(files)
    snapshot = (snapshots or workspace.snapshots()).current(rules)
    return from_store(workspace.store, rules, snapshot)


@rank_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=click.File("rb"), default="-")
@with_workspace
def apply_command(workspace: "Workspace", rows: BinaryIO, *, as_json: bool) -> int:
    """Score rows of JSON Lines (arxiv_id, title, abstract), in their order."""
    from pipelines.rank.stage import Ranking

    (rules,) = _one(workspace)
    model, why = Ranking.of(workspace, rules).usable()
    if model is None:
        click.echo(f"{rules.list}: scored by the rules alone: {why}", err=True)
    for line in scored(workspace, rules, model, rows):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return 0


def scored(
    workspace: "Workspace", rules: "ListRules", model: "Model | None", rows: BinaryIO
) -> Iterator[bytes]:
    """One line of JSON for each row; nothing is held back, so the input may be endless."""
    import orjson

    from catalog.rows import read_rows
    from pipelines.rank.features import Features
    from pipelines.rank.score import Strength

    for row in read_rows(rows, getattr(rows, "name", "-")):
        strength = workspace.rules.judge(rules.list, row.title, row.abstract).score
        learned = (
            model.learned(workspace.rules, Features(row.title, row.abstract)) if model else None
        )
        made = {"arxiv_id": row.arxiv_id, "score": Strength(strength, learned).exact}
        yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)


@rank_group.command("eval")
@_positives
@_negatives
@_background
@_abstracts
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 20))
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg")
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
    """Measure rules alone, model alone and both, each paper by a model that never saw it."""
    from cli.render import echo_json
    from output.charts import check_picture, draw_orders
    from pipelines.rank.evaluate import as_dict, check_enough, measure

    check_picture(plot)
    files = files_of(positives, negatives, background, abstracts)
    (rules,) = _one(workspace)
    known = gathered(workspace, rules, files)
    check_enough(rules, known, folds)
    measured = measure(workspace.rules, rules.list, known, folds)
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
@click.option("--most", default=15, show_default=True, type=click.IntRange(1, 500))
@with_workspace
def show_command(workspace: "Workspace", what: str | None, most: int, *, as_json: bool) -> int:
    """Show the most telling words, or with an id or title the arithmetic for one work."""
    from cli.render import echo_json
    from cli.rules import stored_text, text_to_explain
    from pipelines.rank.stage import Ranking

    (rules,) = _one(workspace)
    if what:
        text = text_to_explain(what, lambda arxiv_id: stored_text(workspace, arxiv_id))
        model, why = Ranking.of(workspace, rules).usable()
        steps = arithmetic(workspace, rules, model, text)
        if as_json:
            echo_json(steps | {"without_model": why})
        else:
            show_arithmetic(steps, why, most)
        return 0
    kept = Ranking.of(workspace, rules).stored()
    if kept is None:
        raise UsageTrouble(rules.list, "nothing was learned yet", "listkeeper rank train")
    _, why = Ranking.of(workspace, rules).usable()
    if as_json:
        echo_json(telling(kept, most) | {"not_used": why})
    else:
        show_model(kept, why, most)
    return 0


def _one(workspace: "Workspace") -> "list[ListRules]":
    from cli.rules import one_list

    name, _ = one_list(workspace)
    return [rules for rules in workspace.lists if rules.list == name]


def show(measured: OrderEvaluation) -> None:
    said = as_dict(measured)
    click.echo(
        f"{said['listed']} listed, {said['rejected']} refused, {said['background']} others;"
        f" each judged by a model of the other folds\n"
    )
    heads = ("average precision", "titles only", "among refused", "titles only")
    click.echo(f"{'':<6}" + "".join(f"{head:>18}" for head in heads) + "  by fold")
    for order in ORDERS:
        one = said["orders"][order]
        keys = ("average_precision", "titles_only", "elsewhere", "elsewhere_titles_only")
        cells = "".join(f"{'-' if one[k] is None else f'{one[k]:.3f}':>18}" for k in keys)
        click.echo(f"{order:<6}{cells}  " + " ".join(f"{value:.3f}" for value in one["folds"]))
    click.echo("\nshare of the listed among the first " + " ".join(f"{m:>6}" for m in WITHIN))
    for order in ORDERS:
        shares = said["orders"][order]["recall_at"].values()
        click.echo(f"{order:<36}" + " ".join(f"{share:>6.2f}" for share in shares))
    click.echo("\nlearned chance: papers, said, was")
    for one in said["calibration"]:
        click.echo(f"{one['papers']:>8} {one['said']:>8.2f} {one['was']:>8.2f}")


def about(model: Model) -> dict[str, Any]:
    return asdict(model.about)


def show_about(model: Model) -> None:
    one = model.about
    where = "the list and its decisions" if one.source == "list" else "files"
    click.echo(
        f"{one.list_name}: learned in {one.week} from {where}: {one.listed} listed,"
        f" {one.rejected} refused, {one.background} others; {one.with_abstract} with abstract"
    )
    click.echo(f"fingerprint {one.fingerprint}, rules {one.rules_fingerprint}")


def telling(model: Model, most: int) -> dict[str, Any]:
    """The words, letters and findings of the rules that say most, for and against."""
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
    said = telling(model, most)
    for kind in ("words", "letters", "rules", "facts"):
        for side in ("for", "against"):
            pairs = said[kind][side]
            if pairs:
                shown = ", ".join(f"{terminal(name)} {weight:+.2f}" for name, weight in pairs)
                click.echo(f"\n{kind} {side}\n  {shown}")


def arithmetic(
    workspace: Workspace, rules: ListRules, model: Model | None, text: tuple[str, str | None]
) -> dict[str, Any]:
    """Every step from the words of a work to its score."""
    seen = Features(*text)
    verdict = workspace.rules.judge(rules.list, *text)
    parts: list[ScoreTerm] = []
    learned = None
    if model:
        found = rules_found(workspace.rules, rules.list, seen)
        parts = sorted(model.parts(seen, found), key=lambda part: -abs(part.adds))
        learned = model.probability(sum(part.adds for part in parts))
    strength = Strength(verdict.score, learned)
    return {
        "title": seen.title,
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
        " are the log-odds"
    )
    for part in steps["parts"][:most]:
        click.echo(f"  {part['adds']:+.3f}  {part['kind']}: {terminal(part['name'])}")
    rest = steps["parts"][most:]
    if rest:
        total = sum(part["adds"] for part in rest)
        click.echo(f"  {total:+.3f}  {len(rest)} smaller ones together")
