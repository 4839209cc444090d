"""``listkeeper list``: read, check, repair and edit list files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click
import orjson

from catalog.errors import UsageTrouble
from catalog.markdown.spans import spans_of
from cli.options import input_file, with_optional_config, with_workspace
from output.escape import terminal
from output.streams import write_lines
from pipelines.workspace import read

if TYPE_CHECKING:
    from catalog.markdown.entry import Entry
    from catalog.markdown.findings import Finding
    from output.lists import Edited
    from pipelines.workspace import Workspace

_files = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group("list")
def list_group() -> None:
    """Read, check and edit list files."""


@list_group.command("cat")
@_files
@with_optional_config
def cat_command(workspace: "Workspace", files: tuple[Path, ...], *, as_json: bool) -> None:
    """Print a file, rebuilt from its parsed parts: the same bytes."""
    # No entry is read for this, so what reads entries isn't loaded.
    write_lines(
        b"".join(span.raw for span in spans_of(read(path))) for path in workspace.list_files(files)
    )


@list_group.command("entries")
@_files
@with_optional_config
def entries_command(workspace: "Workspace", files: tuple[Path, ...], *, as_json: bool) -> None:
    """Print the entries; --json gives JSON Lines for `list render`."""
    from catalog.markdown.listfile import parse

    for path in workspace.list_files(files):
        entries = parse(read(path)).entries
        if as_json:
            _print_json(entries)
        else:
            _print_table(entries)


@list_group.command("render")
@click.argument("rows", type=input_file, default="-")
@with_optional_config
def render_command(workspace: "Workspace", rows: BinaryIO, *, as_json: bool) -> None:
    """Read entries as JSON Lines and print them in the list's format."""
    write_lines((f"{text}\n".encode() for text in _rendered(rows)), without="no entries")


@list_group.command("check")
@_files
@with_optional_config
def check_command(workspace: "Workspace", files: tuple[Path, ...], *, as_json: bool) -> int:
    """Report unclear, duplicate or damaged entries; exit code 1 if there is an error."""
    from catalog.markdown.findings import check
    from catalog.markdown.listfile import parse

    errors: list[bool] = []
    for path in workspace.list_files(files):
        for finding in check(parse(read(path))):
            errors.append(finding.error)
            row = {"file": str(path), "line": finding.line, "what": finding.what}
            level = "error" if finding.error else "note"
            if as_json:
                click.echo(orjson.dumps({**row, "level": level}))
            else:
                click.echo(f"{path}:{finding.line}: {level}: {terminal(finding.what)}")
    return _code(errors, as_json=as_json)


@list_group.command("doctor")
@_files
@click.option(
    "--fix", metavar="NAME", help="Repair one kind of finding: link-end, badge or empty-item."
)
@with_optional_config
def doctor_command(
    workspace: "Workspace", files: tuple[Path, ...], *, fix: str | None, as_json: bool
) -> int:
    """Report problems and their remedies; exit code 1 if there is an error."""
    from output.lists import fix as fix_finding

    if fix is not None:
        for edited in fix_finding(workspace, files, fix, notify):
            print_edit(edited, workspace.shown(edited.path), as_json=as_json)
        return 0
    from catalog.markdown.listfile import parse
    from output.lists import examined, listed_elsewhere

    errors: list[bool] = []
    seen: dict[str, str] = {}
    for path in workspace.list_files(files):
        parsed = parse(read(path))
        findings = [*examined(workspace, path, parsed), *listed_elsewhere(parsed, str(path), seen)]
        for finding in sorted(findings, key=lambda finding: finding.line):
            errors.append(finding.error)
            _show(path, finding, as_json=as_json)
    return _code(errors, as_json=as_json)


@list_group.command("form")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option(
    "--papers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ROWS.jsonl",
    help="What arXiv says of its papers: a JSON object a line (arxiv_id, title, authors ...).",
)
@with_optional_config
def form_command(
    workspace: "Workspace", file: Path | None, papers: Path | None, *, as_json: bool
) -> None:
    """Print the form of the entries, and its proof: how many come out as they stand."""
    from output.forms.proof import described, proof_of
    from output.lists import only_file

    path = only_file(workspace.list_files((file,) if file else ()))
    proved = proof_of(workspace, path, papers)
    if as_json:
        click.echo(orjson.dumps(proved.as_json()))
        return
    for line in described(proved):
        click.echo(terminal(line, blanks=True))


_what = click.argument("what", metavar="ARXIV_ID|URL")
_file = click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
_line_of = click.option(
    "--line", type=int, metavar="N", help="Line of the entry, if it is listed twice."
)
_dry_run = click.option("--dry-run", is_flag=True, help="Show the diff and write nothing.")


@list_group.command("move")
@_what
@_file
@click.option("--to", metavar="SECTION", required=True, help="New section of the entry.")
@_line_of
@_dry_run
@with_workspace
def move_command(workspace: "Workspace", to: str, *, as_json: bool, **given: Any) -> None:
    """Move an unchanged entry to the top of another section."""
    from output.lists import edit

    edited = edit(workspace, "move", notify, to=to, **given)
    print_edit(edited, workspace.shown(edited.path), as_json=as_json)


@list_group.command("remove")
@_what
@_file
@_line_of
@_dry_run
@with_workspace
def remove_command(workspace: "Workspace", *, as_json: bool, **given: Any) -> None:
    """Remove an entry; it is not proposed again."""
    from output.lists import edit

    edited = edit(workspace, "remove", notify, **given)
    print_edit(edited, workspace.shown(edited.path), as_json=as_json)


@list_group.command("star")
@_what
@_file
@_line_of
@_dry_run
@with_workspace
def star_command(workspace: "Workspace", *, as_json: bool, **given: Any) -> None:
    """Mark an entry as editor's pick."""
    from output.lists import edit

    edited = edit(workspace, "star", notify, **given)
    print_edit(edited, workspace.shown(edited.path), as_json=as_json)


@list_group.group("section")
def section_group() -> None:
    """Edit the sections of a list file."""


@section_group.command("add")
@click.argument("title", metavar="NAME")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option(
    "--after", metavar="SECTION", help="Place it after this section (default: at the end)."
)
@with_workspace
def section_add_command(
    workspace: "Workspace", title: str, file: Path | None, *, after: str | None, as_json: bool
) -> None:
    """Add a heading and its line in the table of contents."""
    from output.lists import section_add

    edited = section_add(workspace, title, file, notify, after=after)
    print_edit(edited, workspace.shown(edited.path), as_json=as_json)
    if edited.rules and not as_json:
        click.echo(f"add its rules as a new item under sections: in {edited.rules.path}")


def _print_json(entries: "tuple[Entry, ...]") -> None:
    from catalog.markdown.entry import entry_json

    write_lines(orjson.dumps(entry_json(entry)) + b"\n" for entry in entries)


def _print_table(entries: "tuple[Entry, ...]") -> None:
    for entry in entries:
        mark = "*" if entry.starred else " "
        count = "" if entry.citation.count is None else str(entry.citation.count)
        where = terminal(entry.section or "")
        name = entry.arxiv_id or entry.kind
        click.echo(
            f"{entry.line:>6} {mark} {name:<12} {count:>6}  {where}: {terminal(entry.title)}"
        )


def _rendered(rows: BinaryIO) -> Iterator[str]:
    from catalog.jsonl import read_lines
    from catalog.markdown.entry import entry_from_json
    from catalog.markdown.entry_writer import render

    for number, line in enumerate(read_lines(rows, rows.name), 1):
        try:
            if line.strip():
                yield render(entry_from_json(orjson.loads(line)))
        except orjson.JSONDecodeError as trouble:
            raise UsageTrouble(f"row {number}", f"is not JSON: {trouble}") from None
        except UsageTrouble as trouble:
            raise UsageTrouble(f"row {number}", trouble.matter, trouble.do) from None


def _code(errors: Sequence[bool], *, as_json: bool) -> int:
    """The exit code of findings, each an error or not; a line says that there are none."""
    if not (errors or as_json or click.get_current_context().params["quiet"]):
        click.echo("no finding")
    return int(any(errors))


def _show(path: Path, finding: "Finding", *, as_json: bool) -> None:
    level = "error" if finding.error else "note"
    if as_json:
        row = {"file": str(path), "line": finding.line, "name": finding.name, "level": level}
        row |= {"what": finding.what, "fixable": bool(finding.edits)}
        click.echo(orjson.dumps(row))
        return
    do = finding.do + (f" (--fix {finding.name})" if finding.edits else "")
    text = terminal(f"{finding.name}: {finding.what}; {do}")
    click.echo(f"{path}:{finding.line}: {level}: {text}")


def print_edit(edited: "Edited", shown: str, *, as_json: bool) -> None:
    """Print the diff of an edit; ``shown`` is the name of its file there."""
    from output.patch import patch

    change = patch(edited.base, edited.new, shown)
    if as_json:
        click.echo(orjson.dumps({"file": str(edited.path), **edited.facts, "diff": change}))
        return
    click.echo(change or f"{edited.path}: nothing to change\n", nl=False)


def notify(line: str) -> None:
    """Print a line on stderr, beside the result."""
    click.echo(terminal(line), err=True)
