"""A learned order as text: what its model knows, and how a score comes about."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from output.escape import terminal
from pipelines.rank.explain import top_terms
from pipelines.rank.model import Model, Share
from pipelines.rank.score import share_in_words


def about(model: Model) -> dict[str, Any]:
    """What a model was learned from, as data."""
    lines = {"line": model.line, "own_line": model.own_line}
    return asdict(model.about) | {
        name: asdict(line) if line else None for name, line in lines.items()
    }


def about_lines(model: Model) -> Iterator[str]:
    """What a model was learned from."""
    facts = model.about
    origin = "the list and its decisions" if facts.source == "list" else "files"
    yield (
        f"{facts.list_name}: trained in {facts.week} on {origin}: {facts.listed} listed,"
        f" {facts.rejected} rejected, {facts.background} background papers;"
        f" {facts.with_abstract} with abstract"
    )
    yield f"fingerprint {facts.fingerprint}"
    if model.line is None:
        yield "no line: too few labels of the last two quarters, so the rules let in alone"
        if model.own_line:
            own = model.own_line
            yield (
                f"while words of init remain, a likeness of {own.chance:.2f} does:"
                f" {own.found} of {own.listed} listed papers and {own.wrong} of"
                f" {own.labels - own.listed} others reach it"
            )
        return
    line = model.line
    yield (
        f"a likeness of {line.chance:.2f} makes a candidate; set on {line.labels} labels of the"
        f" last two quarters: {line.found} of {line.listed} listed papers and {line.wrong}"
        " others are above it"
    )


def model_lines(model: Model, share: Share, most: int) -> Iterator[str]:
    """What a model was learned from, and its ``most`` important words of each kind."""
    yield from about_lines(model)
    yield f"order: {share_in_words(share.rules)} rules ({terminal(share.why)})"
    terms = top_terms(model, most)
    for kind in ("words", "letters"):
        for side in ("for", "against"):
            pairs: Iterable[tuple[str, float]] = terms[kind][side]
            shown = ", ".join(f"{terminal(name)} {weight:+.2f}" for name, weight in pairs)
            if shown:
                yield f"\n{kind} {side}\n  {shown}"


def arithmetic_lines(steps: dict[str, Any], why: str, most: int) -> Iterator[str]:
    """How a score comes about, with its ``most`` weightiest terms."""
    yield terminal(steps["title"])
    if steps["learned"] is None:
        yield f"score {steps['score']:.3f} = rules {steps['rules']:.3f}; {terminal(why)}"
        return
    yield _sum(steps)
    line = "no line" if steps["line"] is None else f"candidates from {steps['line']:.2f} on"
    yield f"likeness {steps['likeness']:.2f} ({line})"
    for name, values in (("telling", steps["telling"]), ("nearest", steps["nearest"])):
        if values:
            yield f"  {name}: {terminal('; '.join(values))}"
    if steps["likely_sections"]:
        likely = (f"{row['section']} {row['chance']:.2f}" for row in steps["likely_sections"])
        yield f"  sections of papers like it: {terminal(', '.join(likely))}"
    yield (
        f"learned {steps['learned']:.3f}: {steps['points']:+.2f} points, × {steps['slope']:.2f}"
        f" {steps['shift']:+.2f} = log-odds"
    )
    for part in steps["parts"][:most]:
        yield f"  {part['adds']:+.3f}  {part['kind']}: {terminal(part['name'])}"
    rest = steps["parts"][most:]
    if rest:
        total = sum(part["adds"] for part in rest)
        yield f"  {total:+.3f}  {len(rest)} smaller terms together"


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
