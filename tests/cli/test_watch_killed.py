"""``watch`` is killed at every answer and durable step; the next one ends in the same state."""

import pickle
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest

from pipelines.watch import look
from sandbox.process import running
from tests.cli.test_watch import LISTED, MONDAY
from tests.crash_driver import CrashDriver
from tests.workspace import LIST, Workspace

pytestmark = pytest.mark.long

SAME = ("led-home", "for-now", "door", "post", "alive", "renamed", "soft", "never-there")
FACTS = "SELECT work_key, kind, source, value, url, first_at, last_at FROM facts ORDER BY 1, 2, 3"
MISSES = "SELECT work_key, kind, source, reason, times, last_at FROM misses ORDER BY 1, 2, 3"


def same(line):
    """Pages that answer as others of the list do."""
    return any(f"/{name})" in line for name in SAME)


def command(folder, *options):
    line = ["watch", "--quiet", "--config", str(folder / "config"), "--as-of", MONDAY.isoformat()]
    return [*line, *options]


def state(folder):
    """The list and all that is known; and nothing left to be written."""
    with closing(sqlite3.connect(folder / ".listkeeper" / "listkeeper.db")) as store:
        told = [store.execute(query).fetchall() for query in (FACTS, MISSES)]
        intents = store.execute("SELECT count(*) FROM intents WHERE state = 'open'").fetchall()
    return (folder / LIST).read_bytes(), told, intents, list((folder / "lists").glob(".*"))


@pytest.fixture(scope="module")
def looked(tmp_path_factory):
    """A workspace where all is to be looked at, one where it was, and what the crawls sent."""
    folder = tmp_path_factory.mktemp("watch")
    with running(now=MONDAY) as outside:
        pages = {"LISTKEEPER_PAGES_URL": outside.url, "LISTKEEPER_PACE": "0"}
        fresh = Workspace(folder / "fresh", {**outside.environment(), **pages})
        fresh.listed.write_text("".join(one for one in LISTED.splitlines(True) if not same(one)))
        # The store is there already: making one is a story of its own.
        assert 0 == fresh.run("watch", "--no-look", as_of=MONDAY).code
        done = fresh.copy(folder / "done")
        sent = folder / "sent"
        sent.write_bytes(pickle.dumps(all_that_crawls_send(done)))
        yield fresh, done, str(sent)


def all_that_crawls_send(workspace):
    """Look at everything, in crawls of their own."""
    sent = []
    crawl = look.crawl

    def noted(*asked):
        for batch in crawl(*asked):
            sent.append(batch)
            yield batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look, "crawl", noted)
        ended = workspace.json("watch", as_of=MONDAY)
    assert (1, []) == (ended.code, ended.report["sources"])
    return sent


def test_killed_at_every_answer(looked):
    """Of arXiv, GitHub and each page, and at every commit in between."""
    fresh, done, sent = looked

    expected, kills = killed_at_every_step(fresh, command, sent)

    assert expected == state(done.root)
    # Five answers, each before it is read and after it is kept, and what keeps them.
    assert kills >= 14


def test_killed_while_mending(looked):
    """The list is the old one or the new one, and in the end the new one."""
    _, done, sent = looked

    expected, kills = killed_at_every_step(done, lambda root: command(root, "--fix", "title"), sent)

    assert b"Incoherence Processing" in expected[0]
    assert kills >= 5


def killed_at_every_step(fresh, line, crawled):
    """The state after a run that nobody kills, having seen that all others end in it; the kills."""
    environment = fresh.outside
    with CrashDriver() as driver:
        whole = fresh.copy(fresh.root.with_name(f"{fresh.root.name}-whole")).root
        code = driver.run(line(whole), environment=environment, crawled=crawled)
        expected, old = state(whole), fresh.listed.read_bytes()
        for n in range(1, 200):
            folder = shutil.copytree(fresh.root, fresh.root.with_name(f"{fresh.root.name}-{n}"))
            ended = driver.run(line(folder), n, environment, crawled)
            if ended == code:
                return expected, n - 1
            assert -signal.SIGKILL == ended
            assert (folder / LIST).read_bytes() in (old, expected[0])

            driver.run(line(folder), environment=environment, crawled=crawled)

            assert expected == state(folder), n
            shutil.rmtree(folder)
    raise AssertionError("it has no end")
