"""
``listkeeper watch``: whether what is listed is still what it was when it was listed.

A command of its own, beside ``run`` and ``citations refresh``: it goes to the wire, while ``list``
and its commands stay at home. Every address is looked at once in four weeks, one that fails on the
next day; what is found are items for a person, and no file is changed.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from catalog.errors import UsageTrouble
from catalog.report import Report
from catalog.report import keep as keep_report
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import echo_json, show
from output.escape import terminal
from pipelines.watch.stage import Watched, leave, summary_lines, watch, watched
from pipelines.workspace import Workspace


@click.command("watch")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--no-look", is_flag=True, help="Ask nobody; show what is known.")
@click.option("--leave", "left", metavar="ID|URL", help="Do not tell this again.")
@click.option("--fix", "kind", metavar="NAME", help="Mend: moved, title, dead, or venue.")
@click.option("--only", "which", multiple=True, metavar="ID|URL", help="With --fix: of this alone.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the diff, write nothing.")
@with_workspace
def watch_command(
    workspace: Workspace,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    no_look: bool,
    left: str | None,
    kind: str | None,
    which: tuple[str, ...],
    dry_run: bool,
) -> int:
    """
    Look whether papers, repositories and links of the list are still as they were.

    Ends with 1 where something is withdrawn, renamed, moved or dead. No file is changed but with
    --fix: new addresses, arXiv's titles, dead links taken away, venues written in.
    """
    paths = workspace.list_files(files)
    if kind is not None:
        from cli.lists import notify, say
        from output.lists import fix_watched

        by_hand: list[str] = []
        for edited in fix_watched(workspace, paths, kind, notify, only=which, dry_run=dry_run):
            say(edited, as_json=as_json)
            by_hand += edited.by_hand
        for line in by_hand:
            notify(line)
        return 1 if by_hand else 0
    if which or dry_run:
        raise UsageTrouble("watch", "--only and --dry-run go with --fix", "name what to mend")
    report = Report("watch", workspace.now)
    with lock(workspace.state, "watch"):
        if left is not None:
            noted = watched(workspace.store, paths, workspace.now)
            leave(workspace.store.facts, report, noted, left, workspace.now)
        found = (
            watched(workspace.store, paths, workspace.now)
            if no_look or left
            else watch(workspace, report, paths)
        )
        _sum_up(report, found)
        if not no_look and left is None:
            keep_report(workspace.store, report)
    if as_json:
        rows = [
            {"file": str(one.path)} | {k: v for k, v in asdict(item).items() if k != "value"}
            for one in found
            for item in one.items
        ]
        echo_json(report.as_json() | {"items": rows})
        return report.exit_code
    for one in found:
        for line in summary_lines(one, f"{one.path}:"):
            click.echo(terminal(line))
    return show(report, as_json=False)


def _sum_up(report: Report, found: Sequence[Watched]) -> None:
    every = [item for one in found for item in one.items]
    needing = sum(item.needs for item in every)
    for item in every:
        report.count(f"watch/{item.kind}", 1)
    if needing:
        report.needs_person.append(f"{needing} of the list's entries and links need a look")
    news = len(every) - needing
    if news:
        report.notes.append(f"{news} {'is' if news == 1 else 'are'} only news")
    if not every:
        report.notes.append("nothing to look at")
