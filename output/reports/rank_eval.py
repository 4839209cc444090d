"""Measurements of a learned order as text."""

from collections.abc import Iterator
from typing import Any

from pipelines.rank.evaluate import ORDERS, WITHIN, OrderEvaluation, as_dict


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
        yield name, f"{figure['is']:.3f} ({low:.2f} to {high:.2f}{number})"


def fold_lines(measured: OrderEvaluation) -> Iterator[str]:
    """A cross-validation as tables."""
    figures = as_dict(measured)
    yield (
        f"{figures['listed']} listed, {figures['rejected']} rejected,"
        f" {figures['background']} background papers; cross-validated\n"
    )
    heads = ("average precision", "titles only", "among rejected", "titles only")
    yield f"{'':<6}" + "".join(f"{head:>18}" for head in heads) + "  by fold"
    for order in ORDERS:
        scores = figures["orders"][order]
        keys = ("average_precision", "titles_only", "elsewhere", "elsewhere_titles_only")
        cells = "".join(f"{'-' if scores[k] is None else f'{scores[k]:.3f}':>18}" for k in keys)
        yield f"{order:<6}{cells}  " + " ".join(f"{value:.3f}" for value in scores["folds"])
    yield "\nshare of listed papers in the first " + " ".join(f"{m:>6}" for m in WITHIN)
    for order in ORDERS:
        shares = figures["orders"][order]["recall_at"].values()
        yield f"{order:<36}" + " ".join(f"{share:>6.2f}" for share in shares)
    yield "\n  papers predicted observed"
    for row in figures["calibration"]:
        yield f"{row['papers']:>8} {row['said']:>9.2f} {row['was']:>8.2f}"
