"""
Tables on a terminal, without pandas: whoever asks for the status does not wait for it.

Long work shows that it goes on: a bar on a terminal, plain lines elsewhere, both on stderr.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from catalog.paper import SourceStatus
from catalog.report import Report
from output.escape import terminal

Step = Callable[[str], None]

COLOURS = {
    SourceStatus.OK: "green",
    SourceStatus.QUIET: "blue",
    SourceStatus.STALE: "yellow",
    SourceStatus.BROKEN: "red",
}


def text_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows under their columns, as wide as what they hold, all to the right; or "(none)"."""
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
    """Give a function that moves on by one and says at what."""
    if quiet:
        yield lambda _text: None
    elif sys.stderr.isatty():
        with _bar(title, total) as step:
            yield step
    else:
        click.echo(f"{title} ...", err=True)
        yield lambda text: click.echo(f"  {text}", err=True)


@contextmanager
def _bar(title: str, total: int | None) -> Iterator[Step]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title), total=total)
        yield lambda text: bar.update(task, advance=1, description=escape(f"{title}: {text}"))


def show(report: Report, *, as_json: bool) -> int:
    """Print a report on stdout; its exit code."""
    if as_json:
        echo_json(report.as_json())
        return report.exit_code
    for source in report.sources:
        word = click.style(f"{source.word:<7}", fg=COLOURS[source.word])
        click.echo(f"{word} {source.source}: {terminal(source.reason)}")
    for line in report.notes:
        click.echo(terminal(line))
    for line in report.needs_person:
        click.echo(click.style("person  ", fg="yellow") + terminal(line))
    for path in report.files:
        click.echo(f"wrote   {path}")
    if report.sources:
        click.echo(click.style(str(report.word), fg=COLOURS[report.word], bold=True))
    return report.exit_code


def echo_json(value: object) -> None:
    """One JSON value on stdout."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
