"""The options that every command has, wherever on the line they stand."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from catalog.errors import UsageTrouble
from config.errors import ConfigTrouble
from pipelines.workspace import PACKAGED

if TYPE_CHECKING:
    from pipelines.workspace import Workspace


Function = TypeVar("Function", bound=Callable[..., Any])
WITH_VALUE = ("--config", "--state", "--list", "--as-of")
FLAGS = ("--json", "--quiet", "-v", "--verbose")


def find_config(given: str | None, environment: Mapping[str, str]) -> tuple[Path, Path]:
    """
    The folder with the YAML, and the folder its paths are relative to.

    As given, else $LISTKEEPER_CONFIG, else ./config, else the one that came with the program
    (whose lists then stand in the current folder).
    """
    named = given or environment.get("LISTKEEPER_CONFIG")
    if named:
        folder = Path(named).resolve()
        if not folder.is_dir():
            raise ConfigTrouble(folder, "is not a folder", "name the one with services.yaml")
        return folder, folder.parent
    here = Path("config").resolve()
    if (here / "services.yaml").is_file():
        return here, here.parent
    return PACKAGED, Path.cwd()


def moment(text: str | None) -> datetime:
    """
    The clock of this run: as given, else the real one. Nothing else reads the real clock.

    A day without a time means its noon: at midnight UTC arXiv still shows the day before.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        given = datetime.fromisoformat(f"{text}T12:00" if len(text) == len("2024-11-12") else text)
    except ValueError:
        raise UsageTrouble(
            "--as-of", f"{text!r} is no moment", "write e.g. 2024-11-11T06:47:00Z"
        ) from None
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC)


def spread(arguments: list[str]) -> list[str]:
    """Move options that stand before the command behind it, where the command reads them."""
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
    """Put options in front of a command's own ``--``, or at the end of the line."""
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *moved, *rest[end:]]


def with_workspace(function: Function) -> Function:
    """Give a command the options of every command, and a World made from them, first."""

    @click.option("--config", "config", metavar="DIR", help="Folder with the YAML.")
    @click.option("--state", metavar="DIR", help="Folder of the store (.listkeeper beside config).")
    @click.option("--list", "only", metavar="NAME", help="One of the configured lists.")
    @click.option("--as-of", metavar="TIME", help="The clock for this run, e.g. 2024-11-11T06:47Z.")
    @click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
    @click.option("--quiet", is_flag=True, help="No progress, only the result.")
    @click.option("-v", "--verbose", is_flag=True, help="Say more about the wire.")
    @wraps(function)
    def command(**given: Any) -> Any:
        given["workspace"] = make_workspace(
            config=given.pop("config"),
            state=given.pop("state"),
            only=given.pop("only"),
            as_of=given.pop("as_of"),
            quiet=given.pop("quiet"),
            verbose=given.pop("verbose"),
        )
        return function(**given)

    return command  # type: ignore[return-value]


def file_options(function: Function) -> Function:
    """The options that name files of papers on which rules are measured."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    for name, told in (
        ("--pool", "Rows nobody labelled: how much of them is proposed. Their abstracts count."),
        ("--abstracts", "Rows with abstracts (.jsonl or .jsonl.gz)."),
        ("--negatives", "Rows that are not in the list, instead of what is known here."),
        ("--positives", "Rows that are in the list, instead of what is known here."),
    ):
        function = click.option(name, type=path, help=told)(function)
    return function


def make_workspace(
    *,
    config: str | None = None,
    state: str | None = None,
    only: str | None = None,
    as_of: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> "Workspace":
    """The World of a command line."""
    import os

    from cli.render import progress
    from pipelines.workspace import Workspace

    config_dir, root = find_config(config, os.environ)
    return Workspace(
        config_dir=config_dir,
        root=root,
        state=Path(state) if state else root / ".listkeeper",
        now=moment(as_of),
        only=only,
        progress=partial(progress, quiet=quiet),
        verbose=verbose,
    )
