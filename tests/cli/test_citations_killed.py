"""``citations refresh`` is killed at every request and durable step; the next one ends the same."""

import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from sandbox.process import running
from tests.crash_driver import CrashDriver
from tests.workspace import LIST, Workspace

pytestmark = pytest.mark.long

SUNDAY = datetime(2024, 11, 17, 7, 23, tzinfo=UTC)
FACTS = (
    "SELECT work_key, kind, source, value, url, held, first_at, last_at FROM facts ORDER BY 1, 3"
)
MISSES = "SELECT work_key, kind, source, reason, times, last_at FROM misses ORDER BY 1, 3"


@pytest.fixture(scope="module")
def outside():
    with running(now=SUNDAY) as sandbox:
        sandbox.set_openalex({"2410.20399": 4})
        yield sandbox


def command(folder):
    line = ["citations", "refresh", "--write", "--quiet", "--config", str(folder / "config")]
    return [*line, "--as-of", SUNDAY.isoformat()]


def state(folder):
    """The list, what is known, and what is not; and nothing left to be written."""
    with closing(sqlite3.connect(folder / ".listkeeper" / "listkeeper.db")) as store:
        told = [store.execute(query).fetchall() for query in (FACTS, MISSES)]
        intents = store.execute("SELECT count(*) FROM intents WHERE state = 'open'").fetchall()
    return (folder / LIST).read_bytes(), told, intents, list((folder / "lists").glob(".*"))


def test_killed_at_every_step(outside, tmp_path):
    """Before and after each request, before each write, flush, replacement and commit."""
    workspace = Workspace(tmp_path / "start", outside.environment())
    # The store is there already: making one is a story of its own.
    assert 0 == workspace.run("citations", "show", as_of=SUNDAY).code
    old = workspace.listed.read_bytes()
    environment = {**workspace.outside, "LISTKEEPER_PACE": "0"}
    undisturbed = workspace.copy(tmp_path / "undisturbed").root
    kills = 0

    with CrashDriver() as driver:
        assert 0 == driver.run(command(undisturbed), environment=environment)
        expected = state(undisturbed)
        assert old != expected[0]

        for n in range(1, 200):
            folder = tmp_path / str(n)
            shutil.copytree(workspace.root, folder)
            code = driver.run(command(folder), n, environment)
            if code == 0:
                break
            kills += 1
            assert -signal.SIGKILL == code
            assert (folder / LIST).read_bytes() in (old, expected[0])

            assert 0 == driver.run(command(folder), environment=environment)

            assert expected == state(folder), n
            shutil.rmtree(folder)

    # Two services, before and after; two transactions of answers; the intent and what follows.
    assert kills >= 12
