"""The schedule: when jobs start, that a missed one is made up for once, and the ready files."""

import re
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from catalog.errors import StoreTrouble
from cli.options import make_workspace
from cli.schedule import folders_of, jobs_of, start
from output.reports.rules_diff import MARK
from output.schedule.daemon import next_times, scheduler_of
from output.schedule.timers import command_of
from sandbox.process import running
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def world(workspace, now):
    return make_workspace(config=str(workspace.root / "config"), as_of=now.isoformat())


def scheduler(world):
    jobs = jobs_of(world.config_dir)
    commands = {job.name: command_of(folders_of(world), job) for job in jobs}
    return scheduler_of(world.state, world.root, jobs, commands, start)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-11-08T07:00", "2024-11-09T06:47"),  # Friday after the start: Saturday
        ("2024-11-09T07:00", "2024-11-11T06:47"),  # Saturday after the start: Monday
        ("2024-03-10T00:00", "2024-03-11T06:47"),  # the night US clocks go forward
        ("2024-11-03T00:00", "2024-11-04T06:47"),  # the night they go back
        ("2024-03-31T00:30", "2024-04-01T06:47"),  # Europe's
    ],
)
def test_daily_job_starts_once_a_day_whatever_clocks_do(workspace, now, expected):
    """Times are UTC: clock changes neither skip nor repeat a start."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    jobs = jobs_of(workspace.root / "config")
    found = {job.name: at for job, at in next_times(jobs, moment)}

    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == found["daily"]


@pytest.mark.long
def test_missed_start_is_made_up_for_once(workspace):
    """A machine that was off runs the job once when it comes back."""
    with running(now=TUESDAY) as outside:
        workspace.outside = outside.environment()
        schedule = workspace.root / "config" / "schedule.yaml"
        schedule.write_text(schedule.read_text().replace("command: run", "command: discover"))
        _store_as_missed(scheduler(world(workspace, TUESDAY)))
        line = [sys.executable, "-P", "-m", "cli", "schedule", "run"]
        daemon = subprocess.Popen(
            [*line, "--config", str(workspace.root / "config")],
            env=workspace.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told = _read_until(daemon, r"ended with \d+")
        time.sleep(0.5)
        daemon.send_signal(signal.SIGTERM)
        told += daemon.communicate(timeout=20)[0]

    assert 1 == told.count("starting: listkeeper discover")
    assert 130 == daemon.returncode


def _store_as_missed(scheduler):
    """Leave the job store as a daemon would whose machine went off before its last start."""
    thread = threading.Thread(target=lambda: scheduler.start(paused=True), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not all(getattr(job, "next_run_time", None) for job in scheduler.get_jobs() or [None]):
        assert time.monotonic() < end
        time.sleep(0.02)
    scheduler.shutdown(wait=False)
    thread.join(timeout=5)
    store = scheduler._jobstores["default"]
    daily = store.lookup_job("daily")
    daily._modify(next_run_time=datetime.now(UTC) - timedelta(hours=20))
    store.update_job(daily)


def _read_until(daemon, pattern):
    late = threading.Timer(30, daemon.kill)
    late.start()
    told = ""
    for line in daemon.stdout:
        told += line
        if re.search(pattern, line):
            break
    late.cancel()
    return told


def test_ready_files_hold_every_job(workspace):
    """cron, systemd and GitHub Actions: each job, at its time, off the full hour, after 06:00."""
    jobs = jobs_of(workspace.root / "config")

    cron = workspace.run("schedule", "cron").out
    systemd = workspace.run("schedule", "systemd").out
    actions = workspace.run("schedule", "github-actions").out

    for job in jobs:
        hour, minute = map(int, job.at.split(":"))
        assert hour >= 6
        assert minute not in (0, 30)
        days = ",".join(str(DAYS.index(day)) for day in job.days)
        assert f"{minute} {hour} * * {days}  cd " in cron, "a crontab takes no list of names"
        days = ",".join(day.capitalize() for day in job.days)
        assert f"OnCalendar={days} *-*-* {job.at}:00 UTC" in systemd
        assert f'cron: "{minute} {hour} * * {",".join(job.days).upper()}"' in actions
        assert f"job={job.name} ;;" in actions
    assert 'listkeeper ci "$job"' in actions
    assert "network-online" not in systemd, "a user's manager has no such target"


@pytest.mark.long
@pytest.mark.parametrize(
    "option", [(), ("--publish",), ("--rules",)], ids=["plain", "publish", "rules"]
)
def test_workflows_fit_the_schema_and_give_nobody_too_much(workspace, tmp_path, option):
    """Every action is pinned by its hash; two linters find nothing."""
    path = tmp_path / ".github" / "workflows" / "listkeeper.yml"
    path.parent.mkdir(parents=True)
    path.write_text(workspace.run("schedule", "github-actions", *option).out)

    for line in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)],
        ["zizmor", "--offline", "--no-progress", str(path)],
    ):
        program = Path(sys.executable).with_name(line[0])
        ended = subprocess.run([program, *line[1:]], capture_output=True, text=True)
        assert 0 == ended.returncode, ended.stdout + ended.stderr
    used = re.findall(r"uses: (\S+)", path.read_text())
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used), used


def test_the_workflow_for_rules_gives_each_job_what_it_needs_and_no_more(workspace):
    """Who runs the code of a pull request may only read; who may write runs none of it."""
    made = yaml.load(workspace.run("schedule", "github-actions", "--rules").out, yaml.BaseLoader)

    diff, comment = made["jobs"]["diff"], made["jobs"]["comment"]
    assert {"contents": "read"} == made["permissions"]
    assert ["pull_request"] == list(made["on"])
    assert ({"contents": "read"}, {"pull-requests": "write"}) == (
        diff["permissions"],
        comment["permissions"],
    )
    assert not any("checkout" in step.get("uses", "") for step in comment["steps"])
    scripts = [step.get("run", "") for job in (diff, comment) for step in job["steps"]]
    assert any(
        'listkeeper --config config rules diff "HEAD^1" --markdown' in text for text in scripts
    )
    assert not any("${{" in text for text in scripts)
    assert any(MARK in text for text in scripts)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ('at: "05:47"', "06:00 UTC or later"),
        ('at: "07:00"', "full or half hour"),
        ("days: [0]", "mon"),
        ("command: rm -rf /", "command"),
    ],
    ids=["too-early", "busy-minute", "day-by-number", "foreign-command"],
)
def test_schedule_that_cannot_be_meant_is_refused(workspace, wrong, says):
    """Exit 2, file and line, and what to write."""
    key = wrong.partition(":")[0]
    path = workspace.root / "config" / "schedule.yaml"
    path.write_text(re.sub(rf"{key}: .*", wrong, path.read_text(), count=1))

    ended = workspace.run("schedule", "show")

    assert 2 == ended.code
    assert re.search(r"schedule\.yaml:\d+", ended.err)
    assert says in ended.err


def test_a_job_store_behind_a_link_that_leads_nowhere_is_not_made_anew(tmp_path):
    link, away = tmp_path / "schedule.db", tmp_path / "away" / "schedule.db"
    away.parent.mkdir()
    link.symlink_to(away)

    with pytest.raises(StoreTrouble, match=r"is a link to .*away"):
        scheduler_of(tmp_path, tmp_path, (), {}, start)

    assert not away.exists()
