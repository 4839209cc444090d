"""Long work shows that it goes on: a bar on a terminal, plain lines elsewhere, both on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Step = Callable[[str], None]


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
