"""What a model learned and how it comes to a score, as values and as lines for people."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from cli.world import World
from config.rules import ListRules
from output.escape import terminal
from pipelines.rank.features import Seen, rules_found
from pipelines.rank.model import Model, Part
from pipelines.rank.score import RULES_SHARE, Strength

Weighted = list[tuple[str, float]]


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
        "words": ((term, weight) for term, (_, weight) in model.words.known.items()),
        "letters": ((term, weight) for term, (_, weight) in model.letters.known.items()),
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
    world: World, rules: ListRules, model: Model | None, text: tuple[str, str | None]
) -> dict[str, Any]:
    """Every step from the words of a work to its score."""
    seen = Seen(*text)
    verdict = world.rules.judge(rules.list, *text)
    parts: list[Part] = []
    learned = None
    if model:
        found = rules_found(world.rules, rules.list, seen)
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
