"""
Jobs at their times: APScheduler with its own job store in the state folder.

After downtime a missed job runs once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.settings import Job


# A missed job still starts within a day; after that, its next start does the work.
MAX_START_DELAY_S = 86_400
Start = Callable[[Sequence[str], str], int]


def scheduler_of(
    state: Path, root: Path, jobs: "Sequence[Job]", commands: Mapping[str, list[str]], start: Start
) -> Any:
    """
    The scheduler of these jobs, with its store in ``state``; it isn't running yet.

    ``start`` runs a command in a folder. The store has it by its name, so it must be of a module.
    """
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.blocking import BlockingScheduler

    from catalog.files import refuse_lost_link
    from catalog.store.engine import sqlite_url

    refuse_lost_link(state / "schedule.db")
    state.mkdir(parents=True, exist_ok=True)
    store = SQLAlchemyJobStore(url=sqlite_url(state.resolve() / "schedule.db"))
    scheduler = BlockingScheduler(
        jobstores={"default": store},
        job_defaults={
            "coalesce": True,
            "max_instances": 1,
            "misfire_grace_time": MAX_START_DELAY_S,
        },
        timezone="UTC",
    )
    _update_jobs(scheduler, store, root, jobs, commands, start)
    return scheduler


def _update_jobs(
    scheduler: Any,
    store: Any,
    root: Path,
    jobs: "Sequence[Job]",
    commands: Mapping[str, list[str]],
    start: Start,
) -> None:
    """
    Make the stored jobs equal to those in the YAML file.

    An unchanged job keeps its stored next time, which reveals a start missed during downtime.
    """
    store.start(scheduler, "default")
    stored = {job.id: (str(job.trigger), tuple(job.args[0])) for job in store.get_all_jobs()}
    for name in stored.keys() - {job.name for job in jobs}:
        store.remove_job(name)
    for job in jobs:
        command = commands[job.name]
        if stored.get(job.name) != (str(_trigger(job)), tuple(command)):
            scheduler.add_job(
                start,
                _trigger(job),
                args=[command, str(root)],
                id=job.name,
                name=job.command,
                replace_existing=True,
            )


def _trigger(job: "Job") -> Any:
    """Build a trigger with days by name: APScheduler and cron disagree about day 0."""
    from apscheduler.triggers.cron import CronTrigger

    hour, minute = job.at.split(":")
    return CronTrigger(
        day_of_week=",".join(job.days), hour=int(hour), minute=int(minute), timezone="UTC"
    )


def next_times(jobs: "Sequence[Job]", now: datetime) -> "list[tuple[Job, datetime]]":
    """Pair each job with its next start (UTC) after ``now``."""
    return [(job, _trigger(job).get_next_fire_time(None, now)) for job in jobs]
