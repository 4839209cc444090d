"""
Charts as SVG, drawn here: bars, strips and small lines, in the page's own colours.

Beside each stands a table with the same numbers; the picture is hidden from screen readers.
"""

import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

# Drawn in units that are pixels on a wide screen.
WIDE, HIGH = 640, 150
LEFT, BELOW = 34, 20
GAP = 6
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


def bars(chart: Bars, *, wide: int = WIDE, high: int = HIGH, most: int = 0) -> Markup:
    """Upright bars on a scale from 0; ``most`` gives several charts the same scale."""
    top = _round_up(most or chart.most)
    return _svg(wide, high + BELOW, "".join(_bars(chart, wide, high, top)))


def _bars(chart: Bars, wide: int, high: int, top: int) -> Iterator[str]:
    yield from _scale(wide, high, top)
    step = (wide - LEFT) / max(len(chart.groups), 1)
    thick = min((step - GAP) / max(len(chart.series), 1), 26)
    every = max(1, -(-len(chart.groups) * 62 // wide))
    for place, (name, values) in enumerate(chart.groups):
        x = LEFT + place * step + (step - thick * len(values)) / 2
        for number, value in enumerate(values):
            tall = (high - 4) * value / top
            yield _bar(x + number * thick, high - tall, thick - 1, tall, f"s{number + 1}")
        if (len(chart.groups) - 1 - place) % every == 0:
            middle = LEFT + (place + 0.5) * step
            yield _text(middle, high + 14, name, "middle")


def _scale(wide: int, high: int, top: int) -> Iterator[str]:
    for value in (0, top):
        y = high - (high - 4) * value / top
        yield f'<line class="scale" x1="{LEFT}" x2="{wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield _text(LEFT - 5, y + (10 if value else 0), str(value), "end")


def levels(rows: Sequence[tuple[str, int, str]], *, most: int = 0) -> Markup:
    """Lying bars, one a line: a name, a value, and the words behind the bar."""
    top = most or max((value for _, value, _ in rows), default=0) or 1
    parts = []
    for place, (name, value, words) in enumerate(rows):
        y = place * 24
        long = (WIDE - 300) * value / top
        parts += [
            _text(190, y + 16, name[:30], "end"),
            _bar(200, y + 4, long, 16, "s1"),
            _text(206 + long, y + 16, words, "start"),
        ]
    return _svg(WIDE, 24 * len(rows), "".join(parts))


def strip(rows: Sequence[tuple[str, Sequence[str]]]) -> Markup:
    """A cell a day, a row a source; each word has its own shape, not only its own colour."""
    days = max((len(words) for _, words in rows), default=0)
    parts = []
    for place, (_, words) in enumerate(rows):
        for day, word in enumerate(words):
            parts.append(_cell(day * (CELL + 2), place * (CELL + 4), word.lower()))
    return _svg(days * (CELL + 2), len(rows) * (CELL + 4), "".join(parts))


def _cell(x: float, y: float, word: str) -> str:
    if not word:
        return _bar(x + CELL / 2 - 1, y + CELL / 2 - 1, 2, 2, "none")
    tall = {"quiet": 5.0, "stale": 9.0}.get(word, float(CELL))
    box = _bar(x, y + CELL - tall, CELL, tall, f"word-{word}")
    if word == "broken":
        lines = f"M{x + 3} {y + 3}l8 8m0-8l-8 8"
        return f'{box}<path class="cross" d="{lines}"/>'
    return box


def spark(values: Sequence[int]) -> Markup:
    """A small line of what a number was; nothing where it never was another."""
    if len(values) < 2:
        return Markup()
    wide, high = SPARK
    low, top = min(values), max(values)
    step, scale = (wide - 6) / (len(values) - 1), (high - 6) / ((top - low) or 1)
    points = [(3 + n * step, high - 3 - (value - low) * scale) for n, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    dot = f'<circle class="s1" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'
    return _svg(wide, high, f'<polyline class="line" points="{line}"/>{dot}', "spark")


def _svg(wide: float, high: float, inside: str, name: str = "chart") -> Markup:
    size = f'width="{wide:.0f}" height="{high:.0f}" viewBox="0 0 {wide:.0f} {high:.0f}"'
    made = f'<svg class="{name}" aria-hidden="true" focusable="false" {size}>{inside}</svg>'
    return Markup(made)  # noqa: S704 - numbers, our own names, and texts that _text has escaped


def _bar(x: float, y: float, wide: float, tall: float, name: str) -> str:
    return (
        f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}"'
        f' height="{max(tall, 0):.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _round_up(value: int) -> int:
    """The next number that reads well at the end of a scale."""
    return (
        next(n for p in range(10) for m in (1, 2, 3, 4, 5, 6, 8) if (n := m * 10**p) >= value) or 1
    )
