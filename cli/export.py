"""
``listkeeper export`` and ``import``: tables for people, and the memory of the program.

``listkeeper export feeds``: what readers of a list can subscribe to, as files.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import click
import orjson

from catalog.errors import UsageTrouble
from catalog.files import write_whole
from catalog.report import Report
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import show
from output.export import (
    CANDIDATE_COLUMNS,
    CITATION_COLUMNS,
    PAPER_COLUMNS,
    candidate_rows,
    citation_rows,
    paper_rows,
)
from output.feeds import FeedDocument, atom, feed, feed_accepted, feed_candidates, json_feed
from pipelines.workspace import Workspace

_format = click.option("--format", "kind", default="csv", show_default=True,
                       type=click.Choice(["csv", "jsonl", "parquet"]))  # fmt: skip
_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="A file; else stdout."
)


@click.command("feeds")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@with_workspace
def feeds_command(workspace: Workspace, *, as_json: bool, folder: Path) -> int:
    """Atom and JSON Feed of each list's candidates and accepted works."""
    report = Report("export feeds", workspace.now)
    for rules in workspace.lists:
        candidates = feed(
            rules.list, "candidates", list(feed_candidates(workspace.store, rules.list))
        )
        accepted = feed(rules.list, "accepted", list(feed_accepted(workspace.store, rules.list)))
        for made in (candidates, accepted):
            _write(report, folder / f"{Path(rules.file).stem}-{made.about}", made)
    if not report.files:
        report.notes.append("nothing is new in the feeds")
    return show(report, as_json=as_json)


def _write(report: Report, path: Path, made: FeedDocument) -> None:
    """A reader asks for the file's date: one without news is not touched."""
    for suffix, body in ((".atom", atom(made)), (".json", json_feed(made))):
        file = path.with_name(path.name + suffix)
        if not file.exists() or file.read_bytes() != body:
            write_whole(file, body)
            report.files.append(str(file))


@click.group("export")
def export_group() -> None:
    """Write tables, or everything that cannot be fetched again."""


@export_group.command("papers")
@_format
@_output
@with_workspace
def papers_command(workspace: Workspace, *, as_json: bool, kind: str, output: Path | None) -> None:
    """Every paper ever seen."""
    _export(paper_rows(workspace.store.works.all()), PAPER_COLUMNS, kind, output)


@export_group.command("candidates")
@_format
@_output
@with_workspace
def candidates_command(
    workspace: Workspace, *, as_json: bool, kind: str, output: Path | None
) -> None:
    """What stands before people now, best first."""
    snapshots = workspace.snapshots()
    rows = (
        row
        for rules in workspace.lists
        for row in candidate_rows(
            rules.list, snapshots.candidates(rules).candidates, workspace.store.facts
        )
    )
    _export(rows, CANDIDATE_COLUMNS, kind, output)


@export_group.command("citations")
@_format
@_output
@with_workspace
def citations_command(
    workspace: Workspace, *, as_json: bool, kind: str, output: Path | None
) -> None:
    """Every count with its source and dates."""
    _export(
        citation_rows(workspace.store.facts.history("citations")), CITATION_COLUMNS, kind, output
    )


@export_group.command("all")
@_output
@with_workspace
def all_command(workspace: Workspace, *, as_json: bool, output: Path | None) -> None:
    """Decisions, digests and the history of facts, as sorted JSON Lines for `import`."""
    lines = (
        orjson.dumps(row, option=orjson.OPT_SORT_KEYS) + b"\n"
        for row in workspace.store.moving.export()
    )
    with _opened(output) as file:
        file.writelines(lines)


export_group.add_command(feeds_command)


@click.command("import")
@click.argument("file", type=click.File("rb"))
@with_workspace
def import_command(workspace: Workspace, *, as_json: bool, file: IO[bytes]) -> int:
    """Take in what `export all` wrote; twice is once."""
    report = Report("import", workspace.now)
    with lock(workspace.state, "import"):
        added = workspace.store.moving.take_in(_rows(file))
    report.count("import/added", added)
    report.notes.append(f"{added} records taken in")
    return show(report, as_json=as_json)


def _rows(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, 1):
        if line.strip():
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as trouble:
                raise UsageTrouble(f"{file.name}:{number}", f"is no JSON ({trouble})") from None
            if not isinstance(row, dict):
                raise UsageTrouble(f"{file.name}:{number}", "is no JSON object")
            yield row


def _export(
    rows: Iterator[dict[str, Any]], columns: tuple[str, ...], kind: str, output: Path | None
) -> None:
    from output.export import table, write_table

    frame = table(list(rows), columns)
    if kind == "parquet" and output is None and sys.stdout.isatty():
        raise UsageTrouble("--format", "parquet is not for a terminal", "add -o FILE")
    with _opened(output) as file:
        write_table(frame, file, kind)


@contextmanager
def _opened(output: Path | None) -> Iterator[IO[bytes]]:
    """The file to write to, or standard output, which stays open."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        file = output.open("wb")
    except OSError as trouble:
        raise UsageTrouble(str(output), f"cannot be written ({trouble.strerror})") from trouble
    with file:
        yield file
