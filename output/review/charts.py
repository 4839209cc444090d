"""
Charts as SVG in the page's own colours: bars, strips and sparklines.

Each chart is hidden from screen readers, because the page has a table with the same numbers.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

# Horizontal sizes are percents of the width, so that a chart fits every screen and its letters
# keep their size. Vertical sizes are pixels.
HEIGHT, ABOVE, BELOW = 150, 14, 20
# Percent at the left for the numbers of the scale.
LEFT = 8.0
# Minimum number of groups on the axis: a new store's first weeks start at the left of it instead
# of standing alone in the middle.
MIN_GROUPS = 8
# Names below the bars that fit on a phone.
MAX_NAMES = 6
SPARK = (90, 18)
CELL = 14


@dataclass(frozen=True, slots=True)
class Bars:
    """Groups of bars side by side: ``groups`` are names with one value for each of ``series``."""

    series: tuple[str, ...]
    groups: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def most(self) -> int:
        return max((value for _, values in self.groups for value in values), default=0)

    @property
    def sums(self) -> tuple[int, ...]:
        columns = zip(*(values for _, values in self.groups), strict=True)
        return tuple(map(sum, columns)) or (0,) * len(self.series)


def bars(chart: Bars, *, high: int = HEIGHT, most: int = 0) -> Markup:
    """Upright bars on a scale from 0; ``most`` gives several charts the same scale."""
    top = _round_up(most or chart.most)
    return _svg("100%", high + BELOW, "".join(_bars(chart, high, top)))


def _bars(chart: Bars, high: int, top: int) -> Iterator[str]:
    yield from _scale(high, top)
    step = (100 - LEFT) / max(len(chart.groups), MIN_GROUPS)
    thick = min(step * 0.85 / max(len(chart.series), 1), 3.5)
    every = -(-len(chart.groups) // MAX_NAMES) or 1
    for place, (name, values) in enumerate(chart.groups):
        x = LEFT + place * step + (step - thick * len(values)) / 2
        if not any(values):
            middle = LEFT + (place + 0.5) * step
            yield f'<text x="{middle:.2f}%" y="{high - 3}" text-anchor="middle">–</text>'
        for number, value in enumerate(values):
            tall = (high - ABOVE) * value / top
            yield _bar(x + number * thick, high - tall, thick * 0.94, tall, f"s{number + 1}")
        if (len(chart.groups) - 1 - place) % every == 0:
            yield _text(LEFT + (place + 0.5) * step, high + 14, name, "middle")


def _scale(high: int, top: int) -> Iterator[str]:
    for value in (0, top):
        y = high - (high - ABOVE) * value / top
        yield f'<line class="scale" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(0, y - 3, str(value), "start")


def level(value: int, most: int) -> Markup:
    """A horizontal bar for a table cell, full at ``most``."""
    return _svg("100%", CELL, _bar(0, 0, 100 * value / (most or 1), CELL, "s1"), "level")


def strip(
    rows: Sequence[tuple[str, Sequence[str]]],
    wide: str = "100%",
    titles: Sequence[Sequence[str]] = (),
) -> Markup:
    """
    A cell per day, a row per source; statuses differ in shape too, not only in colour.

    ``titles`` are the texts that a pointer over a cell shows, row by row.
    """
    days = max((len(words) for _, words in rows), default=0)
    step = 100 / (days or 1)
    parts = [
        _titled(
            _cell(day * step, place * (CELL + 4), step * 0.86, word.lower()),
            titles[place][day] if titles else "",
        )
        for place, (_, words) in enumerate(rows)
        for day, word in enumerate(words)
    ]
    return _svg(wide, len(rows) * (CELL + 4), "".join(parts))


def _titled(cell: str, title: str) -> str:
    return f"<g>{cell}<title>{html.escape(title)}</title></g>" if title else cell


def _cell(x: float, y: float, wide: float, word: str) -> str:
    """Full for OK, low for STALE, crossed for BROKEN, hollow for QUIET; a dot if nothing ran."""
    if not word:
        return _bar(x + wide * 0.4, y + CELL / 2 - 1, wide * 0.2, 2, "none")
    if word == "quiet":
        # Half of the outline lies outside of the box.
        return _bar(x, y + 1, wide, CELL - 2, "word-quiet")
    tall = 9.0 if word == "stale" else float(CELL)
    box = _bar(x, y + CELL - tall, wide, tall, f"word-{word}")
    if word == "broken":
        left, right = x + wide * 0.25, x + wide * 0.75
        return box + "".join(
            f'<line class="cross" x1="{left:.2f}%" x2="{right:.2f}%" y1="{a:.1f}" y2="{b:.1f}"/>'
            for a, b in ((y + 3, y + 11), (y + 11, y + 3))
        )
    return box


def spark(values: Sequence[int]) -> Markup:
    """A sparkline of a number over time; empty for fewer than two values."""
    if len(values) < 2:
        return Markup()
    wide, high = SPARK
    low, top = min(values), max(values)
    step, scale = (wide - 6) / (len(values) - 1), (high - 6) / ((top - low) or 1)
    points = [(3 + n * step, high - 3 - (value - low) * scale) for n, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    dot = f'<circle class="s1" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
    return _svg(str(wide), high, f'<polyline class="line" points="{line}"/>{dot}', "spark")


def _svg(wide: str, high: float, inside: str, name: str = "chart") -> Markup:
    size = f'width="{wide}" height="{high:.0f}"'
    drawn = f'<svg class="{name}" aria-hidden="true" focusable="false" {size}>{inside}</svg>'
    return Markup(drawn)  # noqa: S704 - numbers, our own names, and texts that _text has escaped


def _bar(x: float, y: float, wide: float, tall: float, name: str) -> str:
    return (
        f'<rect class="{name}" x="{x:.2f}%" y="{y:.1f}" width="{max(wide, 0):.2f}%"'
        f' height="{max(tall, 0):.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.2f}%" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _round_up(value: int) -> int:
    """The next round number, for the end of a scale."""
    return (
        next(n for p in range(10) for m in (1, 2, 3, 4, 5, 6, 8) if (n := m * 10**p) >= value) or 1
    )
