"""
Charts as PNG or SVG: evaluations of rules and of the order, and growth of citation counts.

The same numbers always give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib import dates
from matplotlib.figure import Figure

from catalog.errors import UsageTrouble
from catalog.files import write_whole
from output.escape import plain
from pipelines.enrich.citations import source_name
from pipelines.enrich.trends import Mover, Trend, gained
from pipelines.rank.evaluate import ORDERS, OrderEvaluation, calibration
from pipelines.rank.metrics import average_precision
from pipelines.tuning.evaluate import RulesEvaluation, confusion_table, sections_table
from pipelines.tuning.metrics import share

# Okabe and Ito's blue and orange: safe for colour-blind readers and in grey.
PRECISION, RECALL = "#0072b2", "#e69f00"
# Without these the bytes would differ from day to day.
STEADY: dict[Any, Any] = {
    "svg.hashsalt": "listkeeper",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.parse_math": False,  # a section may be called "$5 models"
}
NO_DATE: dict[str, dict[str, Any]] = {".svg": {"Date": None}, ".png": {"Software": None}}

# Okabe and Ito's palette, safe for colour-blind readers; dashes distinguish lines in grey.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), "-")
MAX_LABEL_CHARS = 44
PICTURES = (".png", ".svg")


@dataclass(frozen=True, slots=True)
class Picture:
    """The content of a chart of rules; both tables have the sections in the same order."""

    title: str
    subtitle: str
    confusion: pd.DataFrame
    sections: pd.DataFrame


def draw_evaluation(measured: RulesEvaluation, path: Path) -> None:
    """Chart an evaluation of rules. UsageTrouble if no labelled paper has a section."""
    group = measured.group
    metrics = group.figures
    if not metrics.placed:
        raise UsageTrouble("--plot", "no labelled paper has a section of this list")

    draw_rules(
        path,
        Picture(
            title=f"{measured.rules.list}: sections by the rules for {measured.leading} labels",
            subtitle=f"{metrics.found} of {metrics.positives} found"
            + (f", {metrics.wrong} of {metrics.negatives:,} others in" if metrics.negatives else "")
            + f"; {share(metrics.right, metrics.let_in):.0%} of {metrics.let_in} in their section",
            confusion=confusion_table(measured, group),
            sections=sections_table(measured, group),
        ),
    )


def check_picture(path: Path | None) -> None:
    """Refuse an unusable path before anything is measured."""
    if path is None:
        return
    if path.suffix.lower() not in PICTURES:
        raise UsageTrouble("--plot", f"{path.name!r} is no .png or .svg", "write e.g. rules.svg")
    if not path.resolve().parent.is_dir():
        raise UsageTrouble("--plot", f"there is no folder {path.resolve().parent}", "create it")


def draw_rules(path: Path, picture: Picture) -> None:
    """Write the chart as PNG or SVG, by the ending of the path."""
    with mpl.rc_context(STEADY):
        rows, columns = picture.confusion.shape
        height = max(4.2, 1.9 + 0.42 * rows)
        figure = Figure(figsize=(7.5 + 0.45 * columns, height), layout="constrained")
        figure.suptitle(f"{picture.title}\n", fontsize=13, fontweight="bold")
        figure.text(0.5, 1 - 0.42 / height, picture.subtitle, ha="center", va="center")
        left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
        _matrix(left, picture.confusion)
        _bars(right, picture.sections)
        _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    kind, drawn = path.suffix.lower(), BytesIO()
    figure.savefig(drawn, dpi=150, format=kind[1:], metadata=NO_DATE[kind])
    write_whole(path, drawn.getvalue())


def _matrix(axes: Any, confusion: pd.DataFrame) -> None:
    """Counts, shaded by their share of the row; the framed diagonal is right."""
    shares = confusion.div(confusion.sum(axis=1), axis=0).fillna(0)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, labelled in enumerate(confusion.index):
        for column, judged in enumerate(confusion.columns):
            _count(axes, row, column, confusion.loc[labelled, judged], shares.iloc[row, column])
            if labelled == judged:
                axes.add_patch(_frame(row, column))
    axes.set_xticks(range(len(confusion.columns)), confusion.columns, rotation=40, ha="right")
    totals = confusion.sum(axis=1)
    axes.set_yticks(range(len(totals)), [f"{name} ({n})" for name, n in totals.items()])
    axes.set_title("Labelled section against judged section, in papers", fontsize=10)
    axes.set_xlabel("judged (shade: share of the row; framed: right)")
    axes.set_ylabel("labelled (papers)")


def _count(axes: Any, row: int, column: int, count: int, share: float) -> None:
    if count:
        colour = "white" if share > 0.65 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=colour)


def _frame(row: int, column: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, fill=False, edgecolor="black", linewidth=1)


def _bars(axes: Any, sections: pd.DataFrame) -> None:
    """Precision and recall of each section, with their values."""
    places = range(len(sections))
    for key, colour, shift, hatch in (
        ("precision", PRECISION, -0.2, ""),
        ("recall", RECALL, 0.2, "//"),
    ):
        bars = axes.barh(
            [place + shift for place in places],
            sections[key] if len(sections) else [],
            height=0.38,
            color=colour,
            edgecolor="white",
            hatch=hatch,
            label=key,
        )
        axes.bar_label(bars, fmt="{:.2f}", padding=2, fontsize=7.5)
    names = [f"{name} ({sections.loc[name, 'n']})" for name in sections.index]
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.12)
    axes.set_title("Each section, among the papers let in", fontsize=10)
    axes.set_xlabel("share")
    axes.set_ylabel("section (papers let in)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2, frameon=False)


@dataclass(frozen=True, slots=True)
class CitationSeries:
    """A label, a title below it, and the counts in order of time."""

    name: str
    title: str
    points: tuple[tuple[datetime, int], ...]


def draw_movers(path: Path, since: str, moved: list[Mover], titles: dict[str, str]) -> None:
    """Chart the papers whose counts grew most; ``since`` is e.g. 30d."""
    _check(path, drawable=bool(moved))
    lines = [
        CitationSeries(
            f"{mover.trend.key.partition(':')[2]} (+{mover.gain})",
            titles.get(mover.trend.key, ""),
            mover.trend.points,
        )
        for mover in moved
    ]
    sources = sorted({source_name(mover.trend.source) for mover in moved})
    draw_citations(
        path, f"Citations that grew most, last {since.removesuffix('d')} days", sources, lines
    )


def draw_growth(path: Path, name: str, histories: list[Trend]) -> None:
    """Chart the citations that papers gained together."""
    line = gained(histories)
    _check(path, drawable=bool(line))
    sources = sorted({source_name(trend.source) for trend in histories})
    title = f"Citations gained since the first look: {name}"
    draw_citations(path, title, sources, [CitationSeries(name, "", tuple(line))])


def _check(path: Path, *, drawable: bool) -> None:
    if path.suffix.lower() not in PICTURES:
        raise UsageTrouble("--plot", f"{path.name!r} is no picture", "end it in .png or .svg")
    if not drawable:
        raise UsageTrouble("--plot", "there is nothing to draw yet", "refresh a few times first")


def draw_citations(
    path: Path, title: str, sources: Sequence[str], lines: Sequence[CitationSeries]
) -> None:
    """Write the chart as PNG or SVG, by the ending of the path."""
    with mpl.rc_context(STEADY):
        figure = Figure(figsize=(9, 4.8), layout="constrained")
        axes: Any = figure.subplots()
        for number, line in enumerate(lines):
            _draw_line(axes, number, line)
        calendar: Any = dates
        locator = calendar.AutoDateLocator(minticks=3, maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(calendar.ConciseDateFormatter(locator))
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set_title(plain(title), fontsize=12, fontweight="bold", loc="left")
        axes.set_ylabel("citations" + (f" ({', '.join(sources)})" if sources else ""))
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", linewidth=0.4, alpha=0.5)
        if len(lines) > 1:
            figure.legend(loc="outside right upper", frameon=False, fontsize=8)
        _save(figure, path)


def _draw_line(axes: Any, number: int, line: CitationSeries) -> None:
    """Steps, not slopes: a count holds until it was seen to change."""
    title = plain(line.title)
    cut = title if len(title) <= MAX_LABEL_CHARS else f"{title[: MAX_LABEL_CHARS - 1]}…"
    axes.step(
        [moment for moment, _ in line.points],
        [count for _, count in line.points],
        where="post",
        marker="o",
        markersize=3,
        color=COLOURS[number % len(COLOURS)],
        linestyle=DASHES[number % len(DASHES)],
        label=f"{line.name}\n{cut}" if cut else line.name,
    )


def draw_orders(measured: OrderEvaluation, path: Path) -> None:
    """Precision over recall for each order, and the calibration of the learned order."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5))
    for order in ORDERS:
        recall, precision = _curve(measured.scores[order], measured.listed)
        area = average_precision(measured.scores[order], measured.listed)
        # How well words fit the labels they were chosen by is no promise for others.
        in_view = order != "model" and bool(measured.labels(fresh=False))
        label = f"{order}, words saw the labels" if in_view else order
        left.plot(recall, precision, label=f"{label} ({area:.2f})")
    left.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    left.legend(title="average precision")
    bins = calibration(measured)
    right.plot([0, 1], [0, 1], color="0.7")
    right.plot([group.predicted for group in bins], [group.observed for group in bins], marker="o")
    right.set(xlabel="learned chance", ylabel="share that is listed", xlim=(0, 1), ylim=(0, 1.02))
    figure.tight_layout()
    _save(figure, path)
    plt.close(figure)


def _curve(scores: Sequence[float], listed: Sequence[bool]) -> tuple[list[float], list[float]]:
    hits, recall, precision = 0, [], []
    pairs = sorted(zip(scores, listed, strict=True), key=lambda pair: (-pair[0], pair[1]))
    for number, (_, good) in enumerate(pairs, 1):
        if good:
            hits += 1
            recall.append(hits / sum(listed))
            precision.append(hits / number)
    return recall, precision
