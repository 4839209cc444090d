"""``listkeeper rank``: the order of a digest: learned, tried on rows, measured, and explained."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import with_world

if TYPE_CHECKING:
    from cli.learning_from import Files
    from cli.world import World
    from config.rules import ListRules
    from pipelines.rank.model import Model
    from pipelines.rank.samples import Samples


_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_positives = click.option("--positives", type=_file, help="Rows that are in the list.")
_negatives = click.option("--negatives", type=_file, help="Rows that were put elsewhere.")
_background = click.option("--background", type=_file, help="Rows of arXiv, with abstracts.")
_abstracts = click.option("--abstracts", type=_file, help="Rows with abstracts, by id.")


@click.group("rank")
def rank_group() -> None:
    """Learn the order of a digest, try it, measure it, and see why."""


@rank_group.command("train")
@_positives
@_negatives
@_background
@_abstracts
@with_world
def train_command(
    world: "World",
    positives: Path | None,
    negatives: Path | None,
    background: Path | None,
    abstracts: Path | None,
    *,
    as_json: bool,
) -> int:
    """Learn from the list and its decisions, or from files of rows (.jsonl or .jsonl.gz)."""
    from cli.lock import lock
    from cli.ordering import model_path, train
    from cli.rank_text import about, show_about
    from cli.report import echo_json

    files = files_of(positives, negatives, background, abstracts)
    models = []
    with lock(world.state, "rank train"):
        for rules in chosen(world, files):
            known = gathered(world, rules, files)
            model = train(world, rules, known, "files" if files else "list")
            models.append((model, model_path(world, rules)))
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
) -> "Files | None":
    """The files of a command line; None where it names none."""
    from cli.learning_from import Files

    if positives is None:
        if negatives or background or abstracts:
            raise UsageTrouble("--positives", "is missing", "name the rows that are in the list")
        return None
    if negatives is None and background is None:
        raise UsageTrouble("--background", "is missing", "name it, or --negatives, or both")
    return Files(positives, negatives, background, abstracts)


def chosen(world: "World", files: "Files | None") -> "list[ListRules]":
    """The lists to learn for: all of them from the store, but one from files."""
    if files and len(world.lists) > 1:
        names = ", ".join(rules.list for rules in world.lists)
        raise UsageTrouble("--list", "there are several lists", f"name one: {names}")
    return list(world.lists)


def gathered(world: "World", rules: "ListRules", files: "Files | None") -> "Samples":
    from cli.learning_from import from_files, from_store

    return from_files(files) if files else from_store(world, rules)


@rank_group.command("apply")
@click.argument("rows", metavar="[FILE.jsonl]", type=click.File("rb"), default="-")
@with_world
def apply_command(world: "World", rows: BinaryIO, *, as_json: bool) -> int:
    """Score rows of JSON Lines (arxiv_id, title, abstract), in their order."""
    from cli.ordering import usable

    (rules,) = _one(world)
    model, why = usable(world, rules)
    if model is None:
        click.echo(f"{rules.list}: scored by the rules alone: {why}", err=True)
    for line in scored(world, rules, model, rows):
        sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()
    return 0


def scored(
    world: "World", rules: "ListRules", model: "Model | None", rows: BinaryIO
) -> Iterator[bytes]:
    """One line of JSON for each row; nothing is held back, so the input may be endless."""
    import orjson

    from cli.rows import read_rows
    from pipelines.rank.features import Seen
    from pipelines.rank.score import Strength

    for row in read_rows(rows, getattr(rows, "name", "-")):
        strength = world.rules.judge(rules.list, row.title, row.abstract).score
        learned = model.learned(world.rules, Seen(row.title, row.abstract)) if model else None
        made = {"arxiv_id": row.arxiv_id, "score": Strength(strength, learned).exact}
        yield orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE)


@rank_group.command("eval")
@_positives
@_negatives
@_background
@_abstracts
@click.option("--folds", default=5, show_default=True, type=click.IntRange(2, 20))
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png|svg")
@with_world
def eval_command(
    world: "World",
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
    from cli.rank_eval import as_dict, check_enough, draw, measure, show
    from cli.report import echo_json
    from cli.rules_eval import check_picture

    check_picture(plot)
    files = files_of(positives, negatives, background, abstracts)
    (rules,) = _one(world)
    known = gathered(world, rules, files)
    check_enough(rules, known, folds)
    measured = measure(world, rules, known, folds)
    if plot:
        draw(measured, plot)
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
@with_world
def show_command(world: "World", what: str | None, most: int, *, as_json: bool) -> int:
    """Show the most telling words, or with an id or title the arithmetic for one work."""
    from cli.ordering import kept_model, usable
    from cli.rank_text import arithmetic, show_arithmetic, show_model, telling
    from cli.report import echo_json
    from cli.rules import stored_text, text_to_explain

    (rules,) = _one(world)
    if what:
        text = text_to_explain(what, lambda arxiv_id: stored_text(world, arxiv_id))
        model, why = usable(world, rules)
        steps = arithmetic(world, rules, model, text)
        if as_json:
            echo_json(steps | {"without_model": why})
        else:
            show_arithmetic(steps, why, most)
        return 0
    kept = kept_model(world, rules)
    if kept is None:
        raise UsageTrouble(rules.list, "nothing was learned yet", "listkeeper rank train")
    _, why = usable(world, rules)
    if as_json:
        echo_json(telling(kept, most) | {"not_used": why})
    else:
        show_model(kept, why, most)
    return 0


def _one(world: "World") -> "list[ListRules]":
    from cli.rules import one_list

    name, _ = one_list(world)
    return [rules for rules in world.lists if rules.list == name]
