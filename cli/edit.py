"""``listkeeper apply``, ``undo`` and ``add``: change a list, and show the diff."""

from pathlib import Path

import click

from catalog.errors import UsageTrouble
from catalog.report import Report
from cli.options import with_workspace
from cli.render import echo_json, show
from pipelines.workspace import Workspace


@click.command("apply")
@click.argument(
    "page", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[DIGEST.md]"
)
@click.option("--dry-run", is_flag=True, help="Show the diff and write nothing.")
@with_workspace
def apply_command(workspace: Workspace, *, as_json: bool, page: Path | None, dry_run: bool) -> int:
    """Add the accepted entries of a digest to the list."""
    from catalog.store.lock import LOCK_TIMEOUT_S
    from output.apply.stage import apply

    report = Report("apply", workspace.now)
    with workspace.lock("apply", patience=LOCK_TIMEOUT_S):
        change = apply(workspace, report, page, dry_run=dry_run)
    return _show(report, change, as_json=as_json)


@click.command("undo")
@click.option("--dry-run", is_flag=True, help="Show the diff and write nothing.")
@with_workspace
def undo_command(workspace: Workspace, *, as_json: bool, dry_run: bool) -> int:
    """Undo the last apply, add or edit of entries."""
    from catalog.store.lock import LOCK_TIMEOUT_S
    from output.apply.undo import undo

    report = Report("undo", workspace.now)
    with workspace.lock("undo", patience=LOCK_TIMEOUT_S):
        change = undo(workspace, report, dry_run=dry_run)
    return _show(report, change, as_json=as_json)


def _show(report: Report, change: str, *, as_json: bool) -> int:
    if as_json:
        echo_json(report.as_json() | {"diff": change})
        return report.exit_code
    if change:
        click.echo(change, nl=False)
    return show(report, as_json=False)


def _filled(own: tuple[str, ...]) -> dict[str, str]:
    """``FIELD=VALUE`` as pairs; UsageTrouble for anything else."""
    for given in own:
        if not given.partition("=")[0].strip() or "=" not in given:
            raise UsageTrouble("--set", f"{given!r} is no FIELD=VALUE", "write affiliation=Acme")
    return {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in own)}


@click.command("add")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option(
    "--section", metavar="NAME", help="Section for the entries (default: the rules choose)."
)
@click.option("--star", is_flag=True, help="Mark as editor's pick.")
@click.option("--extra", "extras", multiple=True, metavar="URL", help="Another link for the entry.")
@click.option("--title", metavar="TEXT", help="Title for a page that cannot be read.")
@click.option(
    "--set", "own", multiple=True, metavar="FIELD=VALUE", help="Fill in a field of the list's form."
)
@click.option("--dry-run", is_flag=True, help="Show the diff and write nothing.")
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
    own: tuple[str, ...],
    dry_run: bool,
) -> int:
    """
    Add papers, repositories, videos, posts and pages to the list.

    Each URL is an arXiv id or address in any spelling, or the address of any other page, and
    becomes an entry. If one of them fails, none is added.
    """
    from catalog.store.lock import LOCK_TIMEOUT_S
    from output.add import AddRequest, add

    report = Report("add", workspace.now)
    request = AddRequest(urls, section, extras, title, star, _filled(own))
    with workspace.lock("add", patience=LOCK_TIMEOUT_S):
        added = add(workspace, report, request, dry_run=dry_run)
    if as_json:
        entries = [addition.as_json() for addition in added.additions]
        echo_json(report.as_json() | {"entries": entries, "diff": added.change})
        return report.exit_code
    if added.change:
        click.echo(added.change, nl=False)
    return show(report, as_json=False)
