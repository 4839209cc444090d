"""
``listkeeper watch``: dead links, withdrawn papers and other changes of listed entries.

It asks the network, unlike ``list`` and its commands. Each address is checked every four weeks,
a failing one again on the next day. Findings are for a person; only ``--fix`` changes a file.
"""

from dataclasses import asdict
from pathlib import Path

import click

from catalog.errors import UsageTrouble
from catalog.report import Report
from catalog.report import keep as keep_report
from cli.options import renamed_option, with_workspace
from cli.render import echo_json, show
from output.escape import terminal
from pipelines.workspace import Workspace


@click.command("watch")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--no-look", is_flag=True, help="Ask no service; show the stored findings.")
@renamed_option("--ignore", "--leave", metavar="ID|URL", help="Never report this finding again.")
@click.option("--fix", "kind", metavar="NAME", help="Repair findings: moved, title, dead or venue.")
@click.option("--only", "which", multiple=True, metavar="ID|URL", help="With --fix: only this one.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the diff and write nothing.")
@with_workspace
def watch_command(
    workspace: Workspace,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    no_look: bool,
    ignore: str | None,
    kind: str | None,
    which: tuple[str, ...],
    dry_run: bool,
) -> int:
    """
    Check for dead links and withdrawn papers.

    Exit code 1 means that an entry is withdrawn, renamed, moved or dead, and that the last run
    did not report it. Only --fix changes files: it writes new addresses, arXiv's titles and
    venues, and removes dead links.
    """
    from pipelines.watch.stage import leave, sum_up, summary_lines, untold, watch, watched

    paths = workspace.list_files(files)
    if kind is not None:
        from cli.lists import notify, print_edit
        from output.lists import fix_watched

        by_hand: list[str] = []
        for edited in fix_watched(workspace, paths, kind, notify, only=which, dry_run=dry_run):
            print_edit(edited, workspace.shown(edited.path), as_json=as_json)
            by_hand += edited.by_hand
        for line in by_hand:
            notify(line)
        return 1 if by_hand else 0
    if which or dry_run:
        raise UsageTrouble("watch", "--only and --dry-run need --fix", "add --fix NAME")
    report = Report("watch", workspace.now)
    with workspace.lock("watch"):
        if ignore is not None:
            known = watched(workspace.store, paths, workspace.now)
            leave(workspace.store.facts, report, known, ignore, workspace.now)
        stored = no_look or ignore
        results = (
            watched(workspace.store, paths, workspace.now)
            if stored
            else watch(workspace, report, paths)
        )
        new = untold(workspace.store.runs, report, results, workspace.shown)
        sum_up(report, results, new)
        if not no_look and ignore is None:
            keep_report(workspace.store, report)
    if as_json:
        rows = [
            {"file": str(result.path)} | {k: v for k, v in asdict(item).items() if k != "value"}
            for result in results
            for item in result.items
        ]
        echo_json(report.as_json() | {"items": rows})
        return report.exit_code
    for result in results:
        for line in summary_lines(result, f"{result.path}:"):
            click.echo(terminal(line))
    return show(report, as_json=False)
