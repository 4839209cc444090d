"""Real processes that overlap, are interrupted, or die: the next one goes on."""

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from sandbox.process import running
from tests.workspace import Workspace

pytestmark = pytest.mark.long

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    outside.set_fault("rss", None)
    outside.forget_seen()
    return Workspace(tmp_path, outside.environment())


def started(workspace, *arguments: str) -> subprocess.Popen:
    line = [sys.executable, "-P", "-m", "cli", *arguments]
    folders = ["--config", str(workspace.root / "config"), "--as-of", "2024-11-12T06:47Z"]
    return subprocess.Popen(
        [*line, *folders],
        env=workspace.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_as_at_a_terminal,
    )


def _as_at_a_terminal() -> None:
    """In the background or under nohup, both would be ignored from the start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def until_asked(outside) -> None:
    """Wait until the process has a request on the wire."""
    end = time.monotonic() + 60
    while not outside.seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_second_run_is_told_who_holds_the_lock(outside, workspace):
    """A run that overlaps ends at once with 75 and names the holder; the first is unharmed."""
    outside.set_fault("rss", "hang")
    first = started(workspace, "discover")
    until_asked(outside)

    second = started(workspace, "run")
    _, err = second.communicate(timeout=60)

    assert 75 == second.returncode
    assert f"in use by `listkeeper discover` (process {first.pid}) since 20" in err
    assert first.poll() is None
    first.kill()
    first.communicate()


def test_lock_dies_with_its_owner(outside, workspace):
    """After a kill -9 the next run starts, and finds everything."""
    outside.set_fault("rss", "hang")
    first = started(workspace, "discover")
    until_asked(outside)
    first.kill()
    first.communicate()
    outside.set_fault("rss", None)

    third = workspace.json("discover", as_of=TUESDAY)

    assert (0, "OK") == (third.code, third.report["word"])


STOPS = {
    "ctrl-c": signal.SIGINT,
    "terminated": signal.SIGTERM,
    "terminal closed": signal.SIGHUP,
}


@pytest.mark.parametrize("kind", STOPS.values(), ids=STOPS)
def test_interrupted_run_says_so_and_the_next_goes_on(outside, workspace, kind):
    """A signal ends a run with 130 and one line; nothing half-stored stays behind."""
    outside.set_fault("rss", "hang")
    run = started(workspace, "run", "--quiet")
    until_asked(outside)

    run.send_signal(kind)
    _, err = run.communicate(timeout=60)

    assert 130 == run.returncode
    assert "listkeeper: stopped; finished work is saved, the next run continues" == err.strip()
    outside.set_fault("rss", None)
    assert 0 == workspace.run("run", as_of=TUESDAY).code
