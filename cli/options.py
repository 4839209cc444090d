"""Options that several commands share, and the workspace that a command line asks for."""

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

from catalog.errors import UsageTrouble
from config.errors import ConfigTrouble

if TYPE_CHECKING:
    from pipelines.bulk.workers import Spread
    from pipelines.workspace import Workspace

Function = TypeVar("Function", bound=Callable[..., Any])
WITH_VALUE = ("--config", "--state", "--list", "--as-of")
FLAGS = ("--json", "--quiet", "-v", "--verbose")
# More processes than any machine has cores, and fewer than it may have processes.
MAX_WORKERS = 1024


def find_config(given: str | None, environment: Mapping[str, str]) -> Path:
    """
    Find the folder with the YAML files: the given one, $LISTKEEPER_CONFIG, or ./config.

    ConfigTrouble if a named one is no folder. Whether ./config exists is not checked.
    """
    named = given or environment.get("LISTKEEPER_CONFIG")
    folder = Path(named or "config").resolve()
    if named and not folder.is_dir():
        raise ConfigTrouble(folder, "is not a folder", "name the one with services.yaml")
    return folder


# What somebody is told who starts a command outside a list's folder.
WHAT_NOW = "in your list's folder: listkeeper init README.md; to look around: listkeeper demo"


def refuse_without_config(folder: Path) -> None:
    """Raise Trouble where a command would find no list: it must not make up a configuration."""
    from pipelines.workspace import has_config

    if has_config(folder):
        return
    if folder != Path("config").resolve() or folder.is_dir():
        raise ConfigTrouble(folder, "has no services.yaml and no list", WHAT_NOW)
    raise UsageTrouble("", "no config/ here", WHAT_NOW)


def moment(text: str | None) -> datetime:
    """
    Read the run's time (UTC) from an option, or from the real clock, which nothing else reads.

    A date alone means noon: at midnight UTC arXiv still shows the day before.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(f"{text}T12:00" if len(text) == len("2024-11-12") else text)
    except ValueError:
        raise UsageTrouble(
            "--as-of", f"{text!r} is not a time", "write e.g. 2024-11-11T06:47:00Z"
        ) from None
    _refuse_odd_year("--as-of", given)
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)


def day_of(text: str | None, option: str) -> date | None:
    """Read the date of an option."""
    try:
        given = date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageTrouble(option, f"{text!r} is not a date", "write e.g. 2024-11-04") from None
    if given:
        _refuse_odd_year(option, given)
    return given


def _refuse_odd_year(option: str, given: date) -> None:
    from catalog.paper import FIRST_YEAR, LAST_YEAR  # --help needs no paper

    if not FIRST_YEAR <= given.year <= LAST_YEAR:
        raise UsageTrouble(
            option,
            f"{given.year} is no year of a run",
            f"write one from {FIRST_YEAR} to {LAST_YEAR}",
        )


def spread(arguments: list[str]) -> list[str]:
    """Move options from before the command to its end, where the command reads them."""
    moved: list[str] = []
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        name, equals, _ = rest[0].partition("=")
        if name in FLAGS or (name in WITH_VALUE and equals):
            moved.append(rest.pop(0))
        elif name in WITH_VALUE and len(rest) > 1:
            moved += [rest.pop(0), rest.pop(0)]
        else:
            return arguments
    return _insert(rest, moved)


def _insert(rest: list[str], moved: list[str]) -> list[str]:
    """Insert options before a command's own ``--``, or at the end of the line."""
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *moved, *rest[end:]]


def spread_options(default: str) -> Callable[[Function], Function]:
    """Give a command its --workers and --dask; ``default`` says who works without them."""

    def options(function: Function) -> Function:
        dask = click.option(
            "--dask", metavar="ADDRESS", help="Share the work between a Dask cluster's workers."
        )
        workers = click.option(
            "--workers",
            type=click.IntRange(1, MAX_WORKERS),
            metavar="N",
            help=f"Share the work between N processes (default: {default}).",
        )
        return workers(dask(function))

    return options


def spread_over(workers: int | None, dask: str | None) -> "Spread":
    """Who does the work on a large file: so many processes (by default one a core), or Dask."""
    if dask is None:
        from pipelines.bulk.workers import over_cores

        return over_cores(workers)
    from pipelines.bulk.cluster import over_dask

    if workers is not None:
        raise UsageTrouble("--workers", "is the cluster's own affair", "leave it out with --dask")
    return over_dask(dask)


def with_workspace(function: Function) -> Function:
    """
    Give a command the global options, and the workspace they name as first argument.

    Without a configuration the command ends at once, before it can make a folder.
    """
    return _with_workspace(function, lambda _given: True)


def with_optional_config(function: Function) -> Function:
    """Like ``with_workspace``, for commands that only read the files on their command line."""
    return _with_workspace(
        function, lambda given: not (given.get("files") or given.get("file")) or given.get("fix")
    )


def _with_workspace(function: Function, needs_config: Callable[[dict[str, Any]], Any]) -> Function:
    @click.option("--config", "config", metavar="DIR", help="Folder with the YAML files.")
    @click.option("--state", metavar="DIR", help="Folder of the store (default: .listkeeper).")
    @click.option("--list", "only", metavar="NAME", help="Use only this configured list.")
    @click.option("--as-of", metavar="TIME", help="Time of this run, e.g. 2024-11-11T06:47Z.")
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @click.option("--quiet", is_flag=True, help="Hide progress.")
    @click.option("-v", "--verbose", is_flag=True, help="Log of the network; where a path failed.")
    @wraps(function)
    def command(**given: Any) -> Any:
        workspace = make_workspace(
            config=given.pop("config"),
            state=given.pop("state"),
            only=given.pop("only"),
            as_of=given.pop("as_of"),
            quiet=given.pop("quiet"),
            verbose=given.pop("verbose"),
        )
        if needs_config(given):
            refuse_without_config(workspace.config_dir)
        return function(workspace=workspace, **given)

    return command  # type: ignore[return-value]


def renamed_option(name: str, old: str, **settings: Any) -> Callable[[Function], Function]:
    """Add an option that also works, unlisted in the help, under its old name."""

    class Renamed(click.Option):
        def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
            record = super().get_help_record(ctx)
            return record and (record[0].replace(f", {old}", ""), record[1])

    return click.option(name, old, name.strip("-").replace("-", "_"), cls=Renamed, **settings)


def input_file(path: str) -> BinaryIO:
    """A file of the command line, open for reading; standard input for ``-``. UsageTrouble."""
    from config.plain_files import open_file

    if path == "-":
        return sys.stdin.buffer
    try:
        return click.get_current_context().with_resource(open_file(Path(path)))
    except OSError as trouble:
        raise UsageTrouble(path, f"cannot be read ({trouble.strerror})") from None


def file_options(make: Callable[..., Any], **texts: str) -> Callable[[Function], Function]:
    """Add an option per file; the command gets what ``make`` makes of their paths as ``files``."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)

    def options(function: Function) -> Function:
        @wraps(function)
        def command(**given: Any) -> Any:
            return function(files=make(**{name: given.pop(name) for name in texts}), **given)

        for name, text in reversed(texts.items()):
            command = click.option(f"--{name}", type=path, help=text)(command)
        return command  # type: ignore[return-value]

    return options


def make_workspace(
    *,
    config: str | None = None,
    state: str | None = None,
    only: str | None = None,
    as_of: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> "Workspace":
    """Build the workspace of a command line."""
    import os

    from pipelines.workspace import Workspace

    config_dir = find_config(config, os.environ)
    root = config_dir.parent
    return Workspace(
        config_dir=config_dir,
        root=root,
        state=Path(state) if state else root / ".listkeeper",
        now=moment(as_of),
        only=only,
        progress=partial(_progress, quiet=quiet),
        verbose=verbose,
    )


def _progress(
    title: str, *, quiet: bool, total: int | None = None
) -> AbstractContextManager[Callable[[str], None]]:
    """Show long work; what prints it is loaded by commands that have any."""
    from cli.render import progress

    return progress(title, quiet=quiet, total=total)
