"""Draws how counts grew: one line a paper, or what a section gained together."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import dates
from matplotlib.figure import Figure

from output.charts import NO_DATE, STEADY
from output.escape import plain
from output.files import write_whole

# Okabe and Ito: told apart by everybody; the dashes also tell them apart in grey.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), "-")
LONGEST_TITLE = 44


@dataclass(frozen=True, slots=True)
class Line:
    """A name, a title under it, and the counts in order of time."""

    name: str
    title: str
    points: tuple[tuple[datetime, int], ...]


def draw(path: Path, title: str, sources: Sequence[str], lines: Sequence[Line]) -> None:
    """Write the picture as its ending says, png or svg; the same numbers give the same bytes."""
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
        kind, drawn = path.suffix.lower(), BytesIO()
        figure.savefig(drawn, dpi=150, format=kind[1:], metadata=NO_DATE[kind])
    write_whole(path, drawn.getvalue())


def _draw_line(axes: Any, number: int, line: Line) -> None:
    """A count stays what it was until it was seen to change: steps, not slopes."""
    title = plain(line.title)
    cut = title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1]}…"
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
