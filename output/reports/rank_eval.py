"""Measurements of a learned order as text."""

from collections.abc import Iterator
from typing import Any

from catalog.plural import counted
from pipelines.rank.evaluate import WITHIN, OrderEvaluation, as_dict


def quarter_lines(measured: dict[str, Any]) -> Iterator[str]:
    """The figures of each quarter, and of all together."""
    yield f"{measured['protocol']}; {measured['dates']}\n"
    yield from (f"without the rules of then: {why}\n" for why in measured["rules_unknown"])
    for row in (*measured["quarters"], {"quarter": "together", **measured["together"]}):
        learned = row["learned_from"]
        yield (
            f"{row['quarter']}: {row['listed']} listed and {row['rejected']} rejected; learned from"
            f" {learned['listed']} listed, {learned['rejected']} rejected,"
            f" {learned['background']} others"
        )
        for name, figure in _figures(row):
            yield f"  {name:<34} {figure}"
        yield from _short_weeks(row["order"])


def _short_weeks(order: dict[str, Any]) -> Iterator[str]:
    """Why the order was not measured, where the weeks have too few papers for it."""
    unknown = [most for most, share in order["model"].items() if share["is"] is None]
    if unknown and order["in_a_week"]:
        yield (
            f"  order: weeks of {counted(order['in_a_week'], 'paper')} are too short to measure the"
            f" first {', '.join(unknown)}; --background FILE brings more"
        )


def _figures(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the name and text of each figure that there is."""
    precision = next(key for key in row if key.startswith("precision_at_recall"))
    yield from _figure("in or out: average precision", row["average_precision"])
    yield from _figure(f"in or out: {precision.replace('_', ' ')}", row[precision])
    for name, figure in (row["candidates"] or {}).items():
        yield from _figure(f"candidates: {name}", figure)
    for order, shares in row["order"].items():
        for most, share in shares.items() if isinstance(shares, dict) else ():
            yield from _figure(f"order by {order}: in the first {most}", share)
    for name, share in row["sections"].items():
        yield from _figure(f"section: {name.replace('_', ' ')}", share)


def _figure(name: str, figure: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    if figure and figure["is"] is not None:
        low, high = figure["between"]
        number = f", n {figure['n']}" if "n" in figure else ""
        number += f"; by luck {figure['by_luck']:.2f}" if "by_luck" in figure else ""
        yield name, f"{figure['is']:.3f} ({low:.2f} to {high:.2f}{number})"


def fold_lines(measured: OrderEvaluation) -> Iterator[str]:
    """A cross-validation: each order on fresh labels, then on seen ones; then the model."""
    figures = as_dict(measured)
    yield (
        f"{figures['listed']} listed, {figures['rejected']} rejected,"
        f" {figures['background']} background papers; cross-validated"
    )
    yield f"{measured.age}; labels younger than that are fresh, all others seen"
    yield from _labels("fresh", "", figures["fresh"])
    remark = " (the words were chosen with these in view: rules and both say nothing of new ones)"
    yield from _labels("seen", remark, figures["seen"])
    yield "\nthe model alone, each paper judged by a model of the others"
    scores = figures["model"]
    for key, what in (
        ("average_precision", "average precision"),
        ("titles_only", "the same by titles only"),
        ("elsewhere", "among rejected papers only"),
        ("elsewhere_titles_only", "the same by titles only"),
    ):
        if scores[key] is not None:
            yield f"  {what:<28} {scores[key]:.3f}"
    yield f"  {'by fold':<28} " + " ".join(f"{value:.3f}" for value in scores["folds"])
    yield "  share of listed papers in the first " + " ".join(f"{most:>6}" for most in WITHIN)
    yield f"{'':<38}" + " ".join(f"{share:>6.2f}" for share in scores["recall_at"].values())
    yield "\n  papers predicted observed"
    for row in figures["calibration"]:
        yield f"{row['papers']:>8} {row['said']:>9.2f} {row['was']:>8.2f}"


def _labels(name: str, remark: str, group: dict[str, Any]) -> Iterator[str]:
    """How well each order tells listed from rejected papers, on one kind of labels."""
    if not group["n"]:
        yield f"{name}: no label"
        return
    yield f"\n{name}: {counted(group['n'], 'label')}, {group['listed']} listed{remark}"
    for order, figure in group["average_precision"].items():
        low, high = figure["between"]
        yield f"  average precision, {order:<6} {figure['is']:.3f} ({low:.2f} to {high:.2f})"
