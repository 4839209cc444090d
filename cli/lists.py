"""``listkeeper list``: print, read, render, check, mend and edit list files."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from catalog.errors import UsageTrouble
from cli.options import with_world

if TYPE_CHECKING:
    from catalog.markdown.entry import Entry
    from cli.world import World


_files = click.argument("files", nargs=-1, type=click.Path(path_type=Path))


@click.group("list")
def list_group() -> None:
    """Read, check and edit list files."""


@list_group.command("cat")
@_files
@with_world
def cat_command(world: "World", files: tuple[Path, ...], *, as_json: bool) -> None:
    """Print a file as it is put together again from its parts: the same bytes."""
    from catalog.markdown.listfile import parse

    for path in files_or_configured(world, files):
        sys.stdout.buffer.write(bytes(parse(read(path))))
    sys.stdout.buffer.flush()


@list_group.command("entries")
@_files
@with_world
def entries_command(world: "World", files: tuple[Path, ...], *, as_json: bool) -> None:
    """Print the entries; with --json one JSON object a line, which `list render` reads."""
    from catalog.markdown.listfile import parse

    for path in files_or_configured(world, files):
        entries = parse(read(path)).entries
        if as_json:
            _print_json(entries)
        else:
            _print_table(entries)


@list_group.command("render")
@click.argument("rows", type=click.File("rb"), default="-")
@with_world
def render_command(world: "World", rows: BinaryIO, *, as_json: bool) -> None:
    """Read entries as JSON Lines and print them as the list has them."""
    for text in _rendered(rows):
        sys.stdout.buffer.write(f"{text}\n".encode())
    sys.stdout.buffer.flush()


@list_group.command("check")
@_files
@with_world
def check_command(world: "World", files: tuple[Path, ...], *, as_json: bool) -> int:
    """Say what is unclear, double or damaged; ends with 1 where something must be mended."""
    import orjson

    from catalog.markdown.findings import check
    from catalog.markdown.listfile import parse
    from output.escape import terminal

    bad = False
    for path in files_or_configured(world, files):
        for finding in check(parse(read(path))):
            bad = bad or finding.error
            row = {"file": str(path), "line": finding.line, "what": finding.what}
            level = "error" if finding.error else "note"
            if as_json:
                _line(orjson.dumps({**row, "level": level}))
            else:
                click.echo(f"{path}:{finding.line}: {level}: {terminal(finding.what)}")
    return 1 if bad else 0


@list_group.command("doctor")
@_files
@click.option(
    "--fix", metavar="NAME", help="Mend one kind of finding: link-end, badge, empty-item."
)
@with_world
def doctor_command(
    world: "World", files: tuple[Path, ...], *, fix: str | None, as_json: bool
) -> int:
    """Say what to mend, and what to do about it; ends with 1 where there is an error."""
    from cli import list_doctor

    if fix is not None:
        return list_doctor.fix(world, files, fix, as_json=as_json)
    return list_doctor.doctor(world, files, as_json=as_json)


_what = click.argument("what", metavar="ARXIV_ID|URL")
_file = click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
_line_of = click.option("--line", type=int, metavar="N", help="Where it stands, if it does twice.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")


@list_group.command("move")
@_what
@_file
@click.option("--to", metavar="SECTION", required=True, help="The section it goes to.")
@_line_of
@_dry_run
@with_world
def move_command(world: "World", to: str, **given: Any) -> int:
    """Put an entry, as it stands, at the top of another section."""
    from cli.list_edit import edit

    return edit(world, "move", to=to, **given)


@list_group.command("remove")
@_what
@_file
@_line_of
@_dry_run
@with_world
def remove_command(world: "World", **given: Any) -> int:
    """Take an entry out; it is not proposed again."""
    from cli.list_edit import edit

    return edit(world, "remove", **given)


@list_group.command("star")
@_what
@_file
@_line_of
@_dry_run
@with_world
def star_command(world: "World", **given: Any) -> int:
    """Mark an entry as the editor's pick."""
    from cli.list_edit import edit

    return edit(world, "star", **given)


@list_group.group("section")
def section_group() -> None:
    """Sections of a list file."""


@section_group.command("add")
@click.argument("title", metavar="NAME")
@click.argument("file", required=False, type=click.Path(path_type=Path), metavar="[FILE]")
@click.option("--after", metavar="SECTION", help="Below this one; otherwise at the end.")
@with_world
def section_add_command(
    world: "World", title: str, file: Path | None, *, after: str | None, as_json: bool
) -> int:
    """Add a heading and its line in the table of contents."""
    from cli.list_doctor import section_add

    return section_add(world, title, file, after=after, as_json=as_json)


def files_or_configured(world: "World", files: tuple[Path, ...]) -> list[Path]:
    """The files that were named, else those of the configured lists."""
    return list(files) or [world.list_path(rules) for rules in world.lists]


def read(path: Path) -> bytes:
    """The bytes of a list file, or of standard input for ``-``."""
    if str(path) == "-":
        return sys.stdin.buffer.read()
    try:
        return path.read_bytes()
    except OSError as trouble:
        reason = (trouble.strerror or str(trouble)).lower()
        raise UsageTrouble(str(path), f"cannot be read: {reason}", "name a list file") from None


def _print_json(entries: "tuple[Entry, ...]") -> None:
    import orjson

    from catalog.markdown.entry import entry_json

    for entry in entries:
        _line(orjson.dumps(entry_json(entry)))


def _print_table(entries: "tuple[Entry, ...]") -> None:
    from output.escape import terminal

    for entry in entries:
        mark = "*" if entry.starred else " "
        count = "" if entry.citation.count is None else str(entry.citation.count)
        where = terminal(entry.section or "")
        name = entry.arxiv_id or entry.kind
        click.echo(
            f"{entry.line:>6} {mark} {name:<12} {count:>6}  {where}: {terminal(entry.title)}"
        )


def _rendered(rows: BinaryIO) -> Iterator[str]:
    import orjson

    from catalog.markdown.entry import entry_from_json
    from catalog.markdown.entry_writer import render

    for number, line in enumerate(rows, 1):
        try:
            if line.strip():
                yield render(entry_from_json(orjson.loads(line)))
        except orjson.JSONDecodeError as trouble:
            raise UsageTrouble(f"row {number}", f"is not JSON: {trouble}") from None
        except UsageTrouble as trouble:
            raise UsageTrouble(f"row {number}", trouble.matter, trouble.do) from None


def _line(text: bytes) -> None:
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()
