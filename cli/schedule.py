"""
``listkeeper schedule``: run the jobs of ``schedule.yaml`` by itself, or print files that do.

The daemon is APScheduler with a job store of its own in the state folder. It starts each job as
a process: a job that hangs or dies takes nothing with it. A machine that was off runs a missed
job once, not once for every miss.
"""

import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from catalog.errors import UsageTrouble
from cli.options import with_workspace
from cli.render import echo_json
from config.settings import Job, schedule
from output import schedules
from output.schedules import Folders, command_of
from pipelines.workspace import Workspace

# A missed start is made up for within a day (seconds); later, the next one does the work.
GRACE = 86_400
# A job that runs longer is ended (seconds): a crawl stops itself after 45 minutes.
MAX_RUN_S = 3_600


@click.group("schedule")
def schedule_group() -> None:
    """Run by itself, or print ready files for cron, systemd and GitHub Actions."""


def _folders(workspace: Workspace) -> Folders:
    return Folders(workspace.config_dir, workspace.state.resolve(), workspace.root)


def jobs_of(workspace: Workspace) -> tuple[Job, ...]:
    return tuple(schedule(workspace.config_dir).jobs)


# Jobs that are running now, to be told when the daemon is.
_RUNNING: set["subprocess.Popen[bytes]"] = set()


def start(command: Sequence[str], folder: str) -> int:
    """Run one job as a process in the list's folder; its exit code, 75 when it was ended."""
    click.echo(f"starting: listkeeper {shlex.join(command)}", err=True)
    line = [sys.executable, "-P", "-m", "cli", *command]
    process = subprocess.Popen(line, cwd=folder)  # noqa: S603
    _RUNNING.add(process)
    try:
        code = process.wait(timeout=MAX_RUN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        click.echo(f"ended after {MAX_RUN_S} s: the next start goes on", err=True)
        return 75
    finally:
        _RUNNING.discard(process)
    click.echo(f"ended with {code}: listkeeper {shlex.join(command)}", err=True)
    return code


@schedule_group.command("run")
@with_workspace
def run_command(workspace: Workspace, *, as_json: bool) -> None:
    """Start the jobs at their times until stopped (Ctrl-C)."""
    scheduler = _scheduler(workspace)
    for job, moment in next_times(workspace):
        click.echo(f"{job.name}: listkeeper {job.command}, {moment:%a %H:%M} UTC", err=True)
    try:
        scheduler.start()
    finally:
        for process in list(_RUNNING):
            process.terminate()
        if scheduler.running:
            scheduler.shutdown(wait=False)


def _scheduler(workspace: Workspace) -> Any:
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.blocking import BlockingScheduler

    workspace.state.mkdir(parents=True, exist_ok=True)
    store = SQLAlchemyJobStore(url=f"sqlite:///{workspace.state.resolve() / 'schedule.db'}")
    scheduler = BlockingScheduler(
        jobstores={"default": store},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE},
        timezone="UTC",
    )
    _settle_jobs(scheduler, workspace, store)
    return scheduler


def _settle_jobs(scheduler: Any, workspace: Workspace, store: Any) -> None:
    """
    Bring the stored jobs in line with the YAML.

    An unchanged job keeps its stored next time: that is how a start that was missed while the
    machine was off is noticed.
    """
    store.start(scheduler, "default")
    kept = {job.id: (str(job.trigger), tuple(job.args[0])) for job in store.get_all_jobs()}
    wanted = {job.name: job for job in jobs_of(workspace)}
    for name in kept.keys() - wanted.keys():
        store.remove_job(name)
    for name, job in wanted.items():
        command = command_of(_folders(workspace), job)
        if kept.get(name) != (str(_trigger(job)), tuple(command)):
            scheduler.add_job(
                start,
                _trigger(job),
                args=[command, str(workspace.root)],
                id=name,
                name=job.command,
                replace_existing=True,
            )


def _trigger(job: Job) -> Any:
    """Days by name: APScheduler and cron do not agree on what day 0 is."""
    from apscheduler.triggers.cron import CronTrigger

    hour, minute = job.at.split(":")
    return CronTrigger(
        day_of_week=",".join(job.days), hour=int(hour), minute=int(minute), timezone="UTC"
    )


def next_times(workspace: Workspace) -> list[tuple[Job, datetime]]:
    """When each job starts next, from the run's moment on."""
    return [
        (job, _trigger(job).get_next_fire_time(None, workspace.now)) for job in jobs_of(workspace)
    ]


@schedule_group.command("show")
@with_workspace
def show_command(workspace: Workspace, *, as_json: bool) -> int:
    """Show the jobs and when they start next."""
    rows = [(job, moment) for job, moment in next_times(workspace)]
    if as_json:
        echo_json([{**job.model_dump(), "next": moment.isoformat()} for job, moment in rows])
        return 0
    for job, moment in rows:
        click.echo(f"{job.name:<12} {moment:%a %Y-%m-%d %H:%M} UTC  listkeeper {job.command}")
    return 0


@schedule_group.command("cron")
@with_workspace
def cron_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print lines for a crontab."""
    click.echo(schedules.cron(_folders(workspace), jobs_of(workspace)))


@schedule_group.command("systemd")
@with_workspace
def systemd_command(workspace: Workspace, *, as_json: bool) -> None:
    """Print a service and a timer for each job."""
    click.echo(schedules.systemd(_folders(workspace), jobs_of(workspace)))


@schedule_group.command("github-actions")
@click.option("--rules", is_flag=True, help="The one that tells on pull requests what rules do.")
@with_workspace
def github_actions_command(workspace: Workspace, *, rules: bool, as_json: bool) -> None:
    """Print a workflow that runs the jobs and commits what they wrote."""
    if rules:
        click.echo(schedules.rules_on_pull_requests())
        return
    jobs = jobs_of(workspace)
    if not jobs:
        raise UsageTrouble("schedule.yaml", "has no jobs", "add one")
    click.echo(schedules.github_actions(jobs))
