"""
What commands print: reports, tables, JSON, and the progress of long work.

Results go to stdout, progress to stderr. Nothing here loads pandas: `status` starts at once.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import TYPE_CHECKING, Any

import click

from catalog.report import Report
from catalog.sightings import SourceStatus, told_once
from output.escape import terminal

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

Step = Callable[[str], None]

BAR_WIDTH, MAX_ITEM_CHARS = 20, 30

COLOURS = {
    SourceStatus.OK: "green",
    SourceStatus.QUIET: "blue",
    SourceStatus.STALE: "yellow",
    SourceStatus.BROKEN: "red",
}


def text_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Align rows to the right under their column names; without rows, give "(none)"."""
    if not rows:
        return "(none)"
    lines = [tuple(columns), *(tuple(str(row[name]) for name in columns) for row in rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        " ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in lines
    )


@contextmanager
def progress(title: str, *, quiet: bool, total: int | None = None) -> Iterator[Step]:
    """
    Show long work on stderr: a bar on a terminal, plain lines elsewhere, nothing if ``quiet``.

    The function it gives is called at each of the ``total`` steps with the name of the item.
    """
    if quiet:
        yield lambda _text: None
    elif sys.stderr.isatty():
        with _bar(title, total) as bar:
            yield lambda text: bar.update(1, text)
    else:
        click.echo(f"{title} ...", err=True)
        yield lambda text: click.echo(f"  {text}", err=True)


def _bar(title: str, total: int | None) -> "ProgressBar[str]":
    return click.progressbar(
        repeat(""),  # the bar has no length of its own: it goes by ``total``, where that is known
        length=total,
        label=title,
        file=sys.stderr,
        show_percent=False,
        show_eta=False,
        show_pos=True,
        width=BAR_WIDTH,
        # A line longer than the terminal would stay there at each step.
        item_show_func=lambda text: terminal(text or "")[:MAX_ITEM_CHARS],
    )


def show(report: Report, *, as_json: bool) -> int:
    """Print a report on stdout and return its exit code."""
    if as_json:
        echo_json(report.as_json())
        return report.exit_code
    for source in told_once(report.sources):
        word = click.style(f"{source.word:<7}", fg=COLOURS[source.word])
        click.echo(f"{word} {source.source}: {terminal(source.reason)}")
    for line in report.notes:
        click.echo(terminal(line))
    for line in report.needs_person:
        click.echo(click.style("needs you  ", fg="yellow") + terminal(line))
    for path in report.files:
        click.echo(f"wrote   {path}")
    if report.sources:
        word = click.style(str(report.word), fg=COLOURS[report.word], bold=True)
        click.echo(f"{word}{report.outlook}")
    return report.exit_code


def echo_json(value: object) -> None:
    """Print one JSON value on stdout: as UTF-8, whatever the terminal can show."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))
