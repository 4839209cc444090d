"""Ready files for cron and systemd from folders with any name, and the log that a job keeps."""

import re
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.options import make_workspace
from cli.schedule import folders_of, jobs_of, start
from output.schedule import jobs as running_jobs
from output.schedule.daemon import scheduler_of
from output.schedule.timers import command_of
from tests.workspace import REPOSITORY, Workspace

NAMES = [
    "a blank",
    "50%",
    "$HOME",
    "it's",
    'say "hi"',
    "what?",
    "a#b",
    "back\\slash",
    "end\\",
    "end ",
    "Käse",
    "a;b&c|d",
    "`id`",
    "%n %%",
    "50\\% end\\\\%",
]


@pytest.fixture
def workspace(tmp_path, request):
    return Workspace(tmp_path / getattr(request, "param", "plain"))


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Stands in for the program: it writes down its folder and its arguments."""
    script = tmp_path / "program"
    told = tmp_path / "told"
    script.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(told)!r}, 'w').write('\\0'.join([os.getcwd(), *sys.argv[1:]]))\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr("output.schedule.timers.program_path", lambda: str(script))
    return lambda: told.read_text().split("\0")


def wanted(workspace, command):
    root = workspace.root
    folders = ["--config", f"{root}/config", "--state", f"{root}/.listkeeper"]
    return [*command.split(), *folders]


@pytest.mark.parametrize("workspace", NAMES, indirect=True)
def test_cron_runs_the_job_in_any_folder(workspace, program):
    """cron ends a command at a bare %, and takes the backslash from the others."""
    lines = workspace.run("schedule", "cron").out.splitlines()
    line = next(line for line in lines if line.startswith("47 6 "))

    subprocess.run(["sh", "-c", as_cron(line.split(None, 5)[5])], check=True, cwd="/")

    assert [str(workspace.root), *wanted(workspace, "schedule start daily")] == program()


def as_cron(text) -> str:
    """The command as cron hands it to the shell: what a backslash stands before is no end."""
    command, is_escaped = "", False
    for sign in text:
        if sign == "%" and not is_escaped:
            break
        command = command[:-1] + sign if sign == "%" else command + sign
        is_escaped = sign == "\\" and not is_escaped
    return command


@pytest.mark.parametrize("workspace", NAMES, indirect=True)
def test_systemd_runs_the_job_in_any_folder(workspace, program):
    units = units_of(workspace.run("schedule", "systemd").out)
    service = dict(
        line.split("=", 1)
        for line in units["listkeeper-daily.service"].splitlines()
        if "=" in line and not line.startswith("#")
    )
    folder = service["WorkingDirectory"].replace("%%", "%")

    subprocess.run(words(service["ExecStart"]), check=True, cwd=folder)

    assert not service["WorkingDirectory"].endswith((" ", "\\"))
    assert [str(workspace.root), *wanted(workspace, "schedule start daily")] == program()


def units_of(text) -> dict[str, str]:
    parts = re.split(r"(?m)^# ~/.config/systemd/user/", text)[1:]
    return dict(part.split("\n", 1) for part in parts)


def words(line) -> list[str]:
    """The words of a command as systemd reads it; its manual: systemd.service, command lines."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    plain = [re.sub(r"\\(.)", r"\1", quoted) or bare for quoted, bare in found]
    plain = [word.replace("%%", "%") for word in plain]
    return [plain[0], *(word.replace("$$", "$") for word in plain[1:])]


@pytest.mark.parametrize("workspace", ["50% $HOME it's"], indirect=True)
def test_systemd_takes_the_units(workspace, tmp_path):
    """By its own checker, where this machine has one."""
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not here")
    for name, text in units_of(workspace.run("schedule", "systemd").out).items():
        (tmp_path / name).write_text(text)

    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "listkeeper-daily.service"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "listkeeper-daily" not in checked.stderr


def test_systemd_tells_a_person_and_how_to_enable_the_timers(workspace):
    text = workspace.run("schedule", "systemd").out

    assert 3 == text.count("OnFailure=listkeeper-needs-you@%n.service\n")
    assert "listkeeper-needs-you@.service" in units_of(text)
    assert "systemctl --user enable --now listkeeper-daily.timer listkeeper-" in text


@pytest.mark.parametrize("workspace", ["line\nbreak", "car\rriage"], indirect=True)
@pytest.mark.parametrize("kind", ["cron", "systemd"])
def test_a_line_break_is_refused(workspace, kind):
    """No quoting of theirs holds it: half of the name would be a line of its own."""
    ended = workspace.run("schedule", kind)

    assert (2, "") == (ended.code, ended.out)
    assert "rename the folder" in ended.err
    assert 1 == len(ended.err.splitlines())


@pytest.mark.parametrize("workspace", [*NAMES, "line\nbreak"], indirect=True)
def test_the_daemon_keeps_its_jobs_in_the_store_folder(workspace):
    """A question mark would begin the options of an address, and cut the folder's name."""
    here = make_workspace(config=str(workspace.root / "config"))
    jobs = jobs_of(here.config_dir)
    commands = {job.name: command_of(folders_of(here), job) for job in jobs}
    scheduler = scheduler_of(here.state, here.root, jobs, commands, start)
    thread = threading.Thread(target=lambda: scheduler.start(paused=True), daemon=True)
    thread.start()
    while not scheduler.running:
        pass
    scheduler.shutdown(wait=False)
    thread.join(timeout=5)

    assert ["schedule.db"] == [path.name for path in here.state.iterdir()]
    assert [workspace.root.name] == [
        path.name for path in workspace.root.parent.iterdir() if path.name != "program"
    ]


@pytest.mark.parametrize(
    ("code", "result", "printed"),
    [
        (0, "done (exit code 0)", False),
        (75, "try again later (exit code 75)", False),
        (1, "needs you (exit code 1)", True),
        (2, "wrong command or configuration (exit code 2)", True),
        (3, "a bug (exit code 3)", True),
        (-9, "killed by SIGKILL (exit code 1)", True),
    ],
)
def test_only_what_needs_a_person_is_printed(workspace, monkeypatch, code, result, printed):
    """cron mails what a job prints; the log has every run, from its begin to its end."""
    fake_job(monkeypatch, code)

    ended = workspace.run("schedule", "start", "daily")

    log = (workspace.root / ".listkeeper" / "daily.log").read_text()
    time = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC "
    assert re.fullmatch(
        f"{time}began: listkeeper run\nsaid something\n"
        rf"{time}ended: listkeeper run: {re.escape(result)}, \d+\.\d s\n",
        log,
    )
    assert (log if printed else "") == ended.out
    assert (1 if code < 0 else code) == ended.code


def fake_job(monkeypatch, code):
    """A job that prints a line and ends with this code, or by this signal."""
    program = f"import os; print('said something', flush=True); os.kill(os.getpid(), {-code})"
    if code >= 0:
        program = f"print('said something', flush=True); raise SystemExit({code})"
    real = subprocess.Popen

    def start(line, **how):
        return real([sys.executable, "-c", program], **how)

    monkeypatch.setattr(running_jobs.subprocess, "Popen", start)


def test_the_journal_has_all_output(workspace, monkeypatch):
    fake_job(monkeypatch, 0)
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")

    ended = workspace.run("schedule", "start", "daily")

    assert (workspace.root / ".listkeeper" / "daily.log").read_text() == ended.out


def test_each_run_stands_behind_the_last_and_the_log_stays_small(workspace, monkeypatch):
    fake_job(monkeypatch, 1)
    log = workspace.root / ".listkeeper" / "daily.log"
    workspace.run("schedule", "start", "daily")

    second = workspace.run("schedule", "start", "daily").out
    both = log.read_text()
    monkeypatch.setattr(running_jobs, "MAX_LOG_BYTES", 10)
    third = workspace.run("schedule", "start", "daily").out

    assert both.endswith(second)
    assert 2 == both.count("began:")
    assert third == log.read_text()
    assert both == log.with_name("daily.log.1").read_text()


def test_an_unknown_job_is_refused_with_the_known_ones(workspace):
    ended = workspace.run("schedule", "start", "nightly")

    assert 2 == ended.code
    assert "known: daily, citations, watch" in ended.err
    assert not (workspace.root / ".listkeeper").exists()


def test_times_in_logs_are_utc(tmp_path, monkeypatch):
    fake_job(monkeypatch, 0)
    at = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)

    running_jobs.logged(["run"], "listkeeper run", Path(REPOSITORY), tmp_path / "a.log", lambda: at)

    assert (tmp_path / "a.log").read_text().startswith("2024-11-12 06:47:00 UTC began:")
