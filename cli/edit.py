"""The commands that change a list: apply, undo, add."""

from pathlib import Path

import click

from catalog.report import Report
from catalog.store.lock import LOCK_TIMEOUT_S, lock
from cli.options import with_workspace
from cli.render import echo_json, show
from output.add import AddRequest, add
from output.apply import apply, undo
from pipelines.workspace import Workspace


@click.command("apply")
@click.argument(
    "page", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[DIGEST.md]"
)
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@with_workspace
def apply_command(workspace: Workspace, *, as_json: bool, page: Path | None, dry_run: bool) -> int:
    """Put what was ticked in a digest into the list."""
    report = Report("apply", workspace.now)
    with lock(workspace.state, "apply", patience=LOCK_TIMEOUT_S):
        change = apply(workspace, report, page, dry_run=dry_run)
    return _show(report, change, as_json=as_json)


@click.command("undo")
@with_workspace
def undo_command(workspace: Workspace, *, as_json: bool) -> int:
    """Take the last applied entries out of the list again."""
    report = Report("undo", workspace.now)
    with lock(workspace.state, "undo", patience=LOCK_TIMEOUT_S):
        change = undo(workspace, report)
    return _show(report, change, as_json=as_json)


def _show(report: Report, change: str, *, as_json: bool) -> int:
    if as_json:
        echo_json(report.as_json() | {"diff": change})
        return report.exit_code
    if change:
        click.echo(change, nl=False)
    return show(report, as_json=False)


@click.command("add")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--section", metavar="NAME", help="Where it goes, instead of where the rules say.")
@click.option("--star", is_flag=True, help="Mark it as the editor's pick.")
@click.option("--extra", "extras", multiple=True, metavar="URL", help="A further link of it.")
@click.option("--title", metavar="TEXT", help="The title of a page that cannot be asked.")
@click.option("--dry-run", is_flag=True, help="Show the diff, write nothing.")
@with_workspace
def add_command(
    workspace: Workspace,
    *,
    as_json: bool,
    urls: tuple[str, ...],
    section: str | None,
    star: bool,
    extras: tuple[str, ...],
    title: str | None,
    dry_run: bool,
) -> int:
    """
    Add papers, repositories, videos, posts and pages to the list.

    An arXiv id or address in any spelling, or the address of any other page. Several become an
    entry each; where one cannot be added, none is.
    """
    report = Report("add", workspace.now)
    wish = AddRequest(urls, section, extras, title, star)
    with lock(workspace.state, "add", patience=LOCK_TIMEOUT_S):
        added = add(workspace, report, wish, dry_run=dry_run)
    if as_json:
        entries = [one.as_json() for one in added.additions]
        echo_json(report.as_json() | {"entries": entries, "diff": added.change})
        return report.exit_code
    if added.change:
        click.echo(added.change, nl=False)
    return show(report, as_json=False)
