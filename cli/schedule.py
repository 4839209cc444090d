"""
``listkeeper schedule``: run the jobs of ``schedule.yaml``, or print files for other schedulers.

Each job is a process, so a job that hangs or dies doesn't stop the daemon.
"""

import os
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.errors import UsageTrouble
from cli.options import moment, with_workspace
from cli.render import echo_json
from output.schedule import other_forges, timers, workflows
from output.schedule.daemon import next_times, scheduler_of
from output.schedule.jobs import FOR_A_PERSON, RUNNING, logged, run_job
from output.schedule.timers import Folders, command_of, config_of
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from config.channels import Channels
    from config.settings import Job

# systemd sets it where the output goes to its journal.
JOURNAL = "JOURNAL_STREAM"


@click.group("schedule")
def schedule_group() -> None:
    """Run jobs on a schedule, or print files for cron, systemd and the CI of forges."""


def folders_of(workspace: Workspace) -> Folders:
    return Folders(workspace.config_dir, workspace.state.resolve(), workspace.root)


def jobs_of(config_dir: Path) -> "tuple[Job, ...]":
    from config.settings import schedule

    return tuple(schedule(config_dir).jobs)


def start(command: Sequence[str], folder: str) -> int:
    """Run a job of the daemon as a process in ``folder`` and return its exit code."""
    shown = f"listkeeper {shlex.join(command)}"
    click.echo(f"{moment(None):%Y-%m-%d %H:%M:%S} UTC starting: {shown}", err=True)
    ended = run_job(command, Path(folder))
    click.echo(
        f"{moment(None):%Y-%m-%d %H:%M:%S} UTC ended with {ended.code}: {shown}: {ended}", err=True
    )
    _ping(config_of(command), ended.code, shown)
    return ended.code


def _ping(config: Path, code: int, shown: str) -> None:
    """Tell the watcher of jobs, if there is one."""
    from output.publish.channels.stage import ping_end

    sent = ping_end(config, os.environ, code, shown)
    if sent and sent.word != "sent":
        click.echo(f"ping: {sent.message}", err=True)


@schedule_group.command("start")
@click.argument("name")
@with_workspace
def start_command(workspace: Workspace, name: str, *, as_json: bool) -> int:
    """
    Run a job now, as cron does: its output goes to its log.

    The log is NAME.log in the folder of the store. The output is also printed if somebody has to
    read it (exit code 1, 2 or 3), and in the journal of systemd; the exit code is that of the job.
    """
    jobs = {job.name: job for job in jobs_of(workspace.config_dir)}
    if name not in jobs:
        raise UsageTrouble("NAME", f"no job is called {name!r}", f"known: {', '.join(jobs)}")
    folders = folders_of(workspace)
    command = [*command_of(folders, jobs[name]), "--quiet"]
    log = folders.state / f"{name}.log"
    shown = f"listkeeper {jobs[name].command}"
    try:
        ended, printed = logged(command, shown, workspace.root, log, partial(moment, None))
    except OSError as trouble:
        raise UsageTrouble(str(log), f"cannot be written ({trouble.strerror})") from trouble
    if ended.code in FOR_A_PERSON or JOURNAL in os.environ:
        click.echo(printed, nl=False)
    _ping(workspace.config_dir, ended.code, shown)
    return ended.code


@schedule_group.command("run")
@with_workspace
def run_command(workspace: Workspace, *, as_json: bool) -> None:
    """Start the jobs at their times until stopped (Ctrl-C)."""
    jobs = jobs_of(workspace.config_dir)
    commands = {job.name: command_of(folders_of(workspace), job) for job in jobs}
    scheduler = scheduler_of(workspace.state, workspace.root, jobs, commands, start)
    for job, at in next_times(jobs, workspace.now):
        click.echo(f"{job.name}: listkeeper {job.command}, {at:%a %H:%M} UTC", err=True)
    try:
        scheduler.start()
    finally:
        for process in list(RUNNING):
            process.terminate()
        if scheduler.running:
            scheduler.shutdown(wait=False)


@schedule_group.command("show")
@with_workspace
def show_command(workspace: Workspace, *, as_json: bool) -> int:
    """Show the jobs and their next start."""
    rows = next_times(jobs_of(workspace.config_dir), workspace.now)
    if as_json:
        echo_json([{**asdict(job), "next": at.isoformat()} for job, at in rows])
        return 0
    for job, at in rows:
        click.echo(f"{job.name:<12} {at:%a %Y-%m-%d %H:%M} UTC  listkeeper {job.command}")
    return 0


@schedule_group.command("cron")
@with_workspace
def cron_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print crontab lines."""
    _print(timers.cron(folders_of(workspace), jobs_of(workspace.config_dir)))


@schedule_group.command("systemd")
@with_workspace
def systemd_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print a systemd service and timer for each job."""
    _print(timers.systemd(folders_of(workspace), jobs_of(workspace.config_dir)))


def _print(text: str) -> None:
    """Print a file with the names of folders as they are, whatever the terminal shows."""
    click.echo(os.fsencode(text))


@schedule_group.command("github-actions")
@click.option(
    "--rules",
    is_flag=True,
    help="Print the workflow that comments on rule changes in pull requests.",
)
@click.option(
    "--publish", is_flag=True, help="Also take what people tick and merge (config/publish.yaml)."
)
@with_workspace
def github_actions_command(
    workspace: Workspace, *, rules: bool, publish: bool, as_json: bool
) -> None:
    """Print a workflow that runs the jobs in a repository that holds nothing but the list."""
    if rules:
        click.echo(workflows.rules_on_pull_requests())
        return
    jobs, config, channels = _for_a_forge(workspace.config_dir, workspace.root)
    click.echo(workflows.github_actions(jobs, publish=publish, config=config, channels=channels))


@schedule_group.command("gitlab-ci")
@with_workspace
def gitlab_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print a .gitlab-ci.yml that runs the jobs and commits digests by plain git."""
    jobs, config, channels = _for_a_forge(workspace.config_dir, workspace.root)
    _print(other_forges.gitlab_ci(jobs, config=config, channels=channels))


@schedule_group.command("forgejo-actions")
@with_workspace
def forgejo_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print a workflow for Forgejo or Gitea that runs the jobs and commits digests by plain git."""
    jobs, config, channels = _for_a_forge(workspace.config_dir, workspace.root)
    _print(other_forges.forgejo_actions(jobs, config=config, channels=channels))


def _for_a_forge(config_dir: Path, root: Path) -> "tuple[Sequence[Job], str, Channels | None]":
    """The jobs, the folder of the YAML files in the repository, and where the week is told."""
    from config.publish import channels
    from output.publish.setup import checkout_of, config_in

    jobs = jobs_of(config_dir)
    if not jobs:
        raise UsageTrouble("schedule.yaml", "has no jobs", "add a job")
    return jobs, config_in(checkout_of(root), config_dir), channels(config_dir)
