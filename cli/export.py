"""``listkeeper export`` and ``import``: tables, feeds for a list's readers, and backups."""

import io
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import click
import orjson

from catalog.errors import UsageTrouble
from catalog.files import write_whole
from catalog.jsonl import read_lines, read_objects
from catalog.plural import counted
from catalog.report import Report
from cli.options import input_file, with_workspace
from cli.render import show
from pipelines.workspace import Workspace

_format = click.option("--format", "kind", default="csv", show_default=True,
                       type=click.Choice(["csv", "jsonl", "parquet"]))  # fmt: skip
_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Output file (default: stdout)."
)


@click.command("feeds")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@click.option("--url", "base", default="", metavar="URL", help="Where the folder is served.")
@click.option("--list-url", "home", default="", metavar="URL", help="Address of the list.")
@with_workspace
def feeds_command(
    workspace: Workspace, *, as_json: bool, folder: Path, base: str, home: str
) -> int:
    """Write Atom and JSON feeds of candidates and accepted entries."""
    from output.feeds import write_feeds

    report = Report("export feeds", workspace.now)
    for rules in workspace.lists:
        written = write_feeds(workspace.store, rules, folder, base=base, home=home)
        report.files += map(str, written)
    if not report.files:
        report.notes.append("no news for the feeds")
    return show(report, as_json=as_json)


@click.group("export")
def export_group() -> None:
    """Write tables, feeds or a backup."""


@export_group.command("papers")
@_format
@_output
@with_workspace
def papers_command(workspace: Workspace, *, as_json: bool, kind: str, output: Path | None) -> None:
    """Write all papers ever found."""
    from output.export import PAPER_COLUMNS, paper_rows

    _export(paper_rows(workspace.store.works.all()), PAPER_COLUMNS, kind, output)


@export_group.command("candidates")
@_format
@_output
@with_workspace
def candidates_command(
    workspace: Workspace, *, as_json: bool, kind: str, output: Path | None
) -> None:
    """Write the current candidates, best first, and those on the shelf with the reason."""
    from output.export import CANDIDATE_COLUMNS, rows_of_lists

    _export(rows_of_lists(workspace), CANDIDATE_COLUMNS, kind, output)


@export_group.command("citations")
@_format
@_output
@with_workspace
def citations_command(
    workspace: Workspace, *, as_json: bool, kind: str, output: Path | None
) -> None:
    """Write all citation counts with source and dates."""
    from output.export import CITATION_COLUMNS, citation_rows

    history = workspace.store.facts.history("citations")
    _export(citation_rows(history), CITATION_COLUMNS, kind, output)


@export_group.command("all")
@_output
@with_workspace
def all_command(workspace: Workspace, *, as_json: bool, output: Path | None) -> None:
    """Write a backup of decisions, digests and facts for `import`, as sorted JSON Lines."""
    from catalog.store.backup import with_count

    lines = (
        orjson.dumps(row, option=orjson.OPT_SORT_KEYS) + b"\n"
        for row in with_count(workspace.store.backup.export())
    )
    _write_out(output, b"".join(lines))


export_group.add_command(feeds_command)


@click.command("import")
@click.argument("file", type=input_file)
@with_workspace
def import_command(workspace: Workspace, *, as_json: bool, file: IO[bytes]) -> int:
    """Restore a backup (safe to repeat)."""
    from catalog.store.backup import check_count
    from output.digest.validation import check_json

    report = Report("import", workspace.now)
    rows = check_count(read_objects(read_lines(file, file.name), file.name), file.name)
    with workspace.lock("import"):
        added = workspace.store.backup.restore(rows, check_json)
    report.count("import/added", added)
    report.notes.append(f"{counted(added, 'record')} imported")
    return show(report, as_json=as_json)


def _export(
    rows: Iterable[dict[str, Any]], columns: tuple[str, ...], kind: str, output: Path | None
) -> None:
    from output.export import table, write_table

    frame = table(list(rows), columns)
    if kind == "parquet" and output is None and sys.stdout.isatty():
        raise UsageTrouble("--format", "parquet is not for a terminal", "add -o FILE")
    written = io.BytesIO()
    write_table(frame, written, kind)
    _write_out(output, written.getvalue())


def _write_out(output: Path | None, data: bytes) -> None:
    """Write to the output file, whole or not at all, or to standard output."""
    if output is None or str(output) == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        write_whole(output, data)
