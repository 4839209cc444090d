"""
``listkeeper digest``, ``publish``, ``sync``, ``state`` and ``ci``: the week's page, and its way.

The page is written, published where the maintainers are, and what they did there comes back.
"""

import re
from functools import partial
from pathlib import Path

import click

from catalog.errors import UsageTrouble
from catalog.plural import counted
from catalog.report import Report, keep
from cli.options import with_workspace
from cli.render import echo_json, show, text_table
from pipelines.workspace import Workspace


@click.command("digest")
@click.option("--week", metavar="WEEK", help="Name of the digest, e.g. 2024-W46.")
@click.option("--size", type=click.IntRange(1, 500),
              help="Most candidates on the page (default: 25, then as editors take).")  # fmt: skip
@click.option("--html", is_flag=True, help="Also write an HTML page for mail and browsers.")
@click.option("--more", is_flag=True, help="Show further candidates, on a page of their own.")
@with_workspace
def digest_command(
    workspace: Workspace,
    *,
    as_json: bool,
    week: str | None,
    size: int | None,
    html: bool,
    more: bool,
) -> int:
    """Write the week's candidates to a page; with --json also a file beside it."""
    from output.digest.build import digest, last_said
    from output.digest.pages import HTML_TWIN, MACHINE_TWIN

    if week and not re.fullmatch(r"\d{4}-W\d{2}", week):
        raise UsageTrouble("--week", f"{week!r} is not a week", "write e.g. 2024-W46")
    report = Report("digest", workspace.now)
    with workspace.lock("digest"):
        digest(
            workspace,
            report,
            last_said(workspace.store),
            workspace.snapshots(),
            week=week,
            size=size,
            twins=[*([MACHINE_TWIN] if as_json else []), *([HTML_TWIN] if html else [])],
            more=more,
        )
    return show(report, as_json=as_json)


@click.command("publish")
@click.argument("names", nargs=-1, metavar="[NAME]...",
                type=click.Choice(["pr", "mail", "chat", "site", "ping", "metrics"]))  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show what would be sent or written.")
@click.option("--week", metavar="WEEK", help="Week to publish, e.g. 2024-W46 (default: this one).")
@click.option("--again", is_flag=True,
              help="Publish now, on any day, and to those who have it already.")  # fmt: skip
@with_workspace
def publish_command(
    workspace: Workspace,
    *,
    as_json: bool,
    names: tuple[str, ...],
    dry_run: bool,
    week: str | None,
    again: bool,
) -> int:
    """
    Send the week as config/publish.yaml says: pull request, mail, chat, site, ping, metrics.

    Without NAME everything that is due today; each once, and one that fails stops no other.
    """
    from output.publish.channels.outcome import attempt
    from output.publish.channels.stage import has_forge, tell_channels
    from output.publish.job import GRAVITY
    from output.publish.stage import publish, rehearse

    report = Report("publish", workspace.now)
    with workspace.lock("publish"):
        outcomes = []
        if "pr" in names or (not names and has_forge(workspace.config_dir)):
            do = partial(rehearse if dry_run else publish, week=week, again=again or bool(names))
            outcomes = attempt("pr", lambda: do(workspace, report) or ())
        wanted = [name for name in names if name != "pr"]
        if wanted or not names:
            outcomes += tell_channels(workspace, wanted, week=week, again=again, dry_run=dry_run)
        for outcome in outcomes:
            outcome.tell(report)
        if not dry_run:
            keep(workspace.store, report)
    codes = [show(report, as_json=as_json), *(outcome.code for outcome in outcomes)]
    return max(codes, key=GRAVITY.index)


@click.command("sync")
@click.option("--event", type=click.Path(path_type=Path), metavar="FILE",
              help="A job's event file: who ticked what just now.")  # fmt: skip
@with_workspace
def sync_command(workspace: Workspace, *, as_json: bool, event: Path | None) -> int:
    """Turn ticks, comments, merges and closes of the pull request or issue into decisions."""
    from output.publish.conversation import read_event
    from output.publish.stage import sync

    report = Report("sync", workspace.now)
    with workspace.lock("sync"):
        sync(workspace, report, read_event(event) if event else None)
        keep(workspace.store, report)
    return show(report, as_json=as_json)


@click.group("state")
def state_group() -> None:
    """Keep the store on a branch of the list's own repository."""


_branch = click.option("--branch", metavar="NAME", help="The branch (default: listkeeper-state).")


@state_group.command("pull")
@_branch
@with_workspace
def pull_command(workspace: Workspace, *, as_json: bool, branch: str | None) -> int:
    """Take in what the branch holds; nothing in the store is lost."""
    from output.publish.stage import state_of

    report = Report("state pull", workspace.now)
    with workspace.lock("state pull"):
        added = state_of(workspace, branch).pull()
    report.count("state/added", added)
    report.notes.append(f"{counted(added, 'row')} new from the branch")
    return show(report, as_json=as_json)


@state_group.command("push")
@_branch
@with_workspace
def push_command(workspace: Workspace, *, as_json: bool, branch: str | None) -> int:
    """Commit the store to the branch; with no news nothing is committed."""
    from output.publish.stage import state_of

    report = Report("state push", workspace.now)
    with workspace.lock("state push"):
        commit = state_of(workspace, branch).push()
    report.notes.append(f"pushed {commit[:10]}" if commit else "nothing new to push")
    return show(report, as_json=as_json)


@state_group.command("show")
@_branch
@with_workspace
def show_command(workspace: Workspace, *, as_json: bool, branch: str | None) -> int:
    """Show the files of the branch and the number of their lines."""
    from output.publish.stage import state_of

    files = state_of(workspace, branch).show()
    if as_json:
        echo_json({"files": files})
    else:
        rows = [{"file": path, "lines": lines} for path, lines in sorted(files.items())]
        click.echo(text_table(rows, ("lines", "file")))
    return 0


@click.command("ci")
@click.argument("job", type=click.Choice(["daily", "citations", "watch"]))
@with_workspace
def ci_command(workspace: Workspace, *, as_json: bool, job: str) -> int:
    """
    Run a scheduled job in a fresh clone, all in one line.

    It takes in the state branch and what people did, does the job, publishes, and pushes the state.
    Each step is tried whatever the one before said; the exit code is the gravest.
    """
    from output.publish.channels.stage import ping_end
    from output.publish.job import GRAVITY, carry_out

    workspace.check_lists()
    with workspace.lock("ci"):
        reports = carry_out(workspace, job)
    code = max((report.exit_code for report in reports), key=GRAVITY.index)
    told = ping_end(workspace.config_dir, workspace.environment, code, f"ci {job}")
    if told:
        reports[-1].notes.append(f"{told.channel}: {told.message}")
    if as_json:
        echo_json({"exit_code": code, "steps": [report.as_json() for report in reports]})
        return code
    for report in reports:
        click.secho(f"{report.command}:", bold=True)
        show(report, as_json=False)
    return code
