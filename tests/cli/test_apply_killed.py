"""``apply`` is killed before every durable call: the list is wholly old or wholly new."""

import shutil
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.process import running
from tests.crash_driver import CrashDriver
from tests.workspace import LIST, Workspace

pytestmark = pytest.mark.long

MONDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
FRIDAY = "2024-11-15T06:47Z"


@pytest.fixture(scope="module")
def ticked(tmp_path_factory):
    """A workspace with a digest in which two candidates are accepted and one is rejected."""
    workspace = Workspace(tmp_path_factory.mktemp("ticked"))
    with running(now=MONDAY) as outside:
        workspace.outside = outside.environment()
        assert 0 == workspace.run("run", as_of=MONDAY).code
    workspace.tick(1)
    workspace.tick(2)
    workspace.tick(3, "reject, because:", reason=" off topic")
    return workspace


def copy(ticked: Workspace, folder: Path) -> Path:
    shutil.copytree(ticked.root, folder)
    return folder


def command(folder: Path) -> list[str]:
    page = folder / "digests" / "2024-W46.md"
    return ["apply", str(page), "--config", str(folder / "config"), "--as-of", FRIDAY, "--quiet"]


def decisions(folder: Path) -> list[tuple[str, str]]:
    import sqlite3

    with sqlite3.connect(folder / ".listkeeper" / "listkeeper.db") as store:
        return store.execute("SELECT work_key, act FROM decisions ORDER BY work_key").fetchall()


def test_killed_at_every_durable_step(ticked, tmp_path):
    """After each kill the list is old or new; the next apply ends as the undisturbed one does."""
    old = ticked.listed.read_bytes()
    undisturbed = copy(ticked, tmp_path / "undisturbed")
    kills = 0

    with CrashDriver() as driver:
        assert 0 == driver.run(command(undisturbed))
        new = (undisturbed / LIST).read_bytes()
        assert old != new

        for n in range(1, 100):
            folder = copy(ticked, tmp_path / str(n))
            code = driver.run(command(folder), n)
            if code == 0:
                break
            kills += 1
            assert -signal.SIGKILL == code
            assert (folder / LIST).read_bytes() in (old, new)

            assert 0 == driver.run(command(folder))

            assert new == (folder / LIST).read_bytes()
            assert decisions(undisturbed) == decisions(folder)
            assert [] == list((folder / "lists").glob(".*"))

    assert kills >= 7
