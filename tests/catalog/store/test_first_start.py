"""The first start makes a store, and never in the place of anything."""

import errno
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from catalog import files
from catalog.errors import StoreTrouble
from catalog.store import Store, engine
from catalog.store.lock import lock
from tests.fakes import decision
from tests.held import held
from tests.workspace import REPOSITORY


def open_and_close(path):
    Store(path).close()


@pytest.mark.parametrize(
    ("owner", "name"),
    [(engine, "_create"), (engine, "_migrate"), (engine, "name_new"), (os, "link")],
    ids=["before-all", "before-its-tables", "before-its-name", "at-the-last-moment"],
)
def test_a_slow_first_start_does_not_replace_what_another_has_filled(tmp_path, owner, name):
    path = tmp_path / "state" / "listkeeper.db"

    with held(owner, name, lambda: open_and_close(path)), closing(Store(path)) as store:
        store.decisions.add([decision()])

    with closing(Store(path)) as store:
        assert [decision()] == store.decisions.all()
    assert [path] == list(path.parent.iterdir())


@pytest.fixture
def without_links(monkeypatch):
    def refuse(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("without_links")
def test_on_a_disk_without_hard_links_neither(tmp_path):
    path = tmp_path / "listkeeper.db"

    with (
        held(files, "_name_new_in_turn", lambda: open_and_close(path)),
        closing(Store(path)) as store,
    ):
        store.decisions.add([decision()])

    with closing(Store(path)) as store:
        assert [decision()] == store.decisions.all()
    assert [path] == list(tmp_path.iterdir())


def test_a_store_behind_a_link_that_leads_nowhere_is_not_made_anew(tmp_path):
    """Its disk may not be mounted just now."""
    path = tmp_path / "listkeeper.db"
    path.symlink_to(tmp_path / "away" / "listkeeper.db")

    with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is a link to .*away.*is its disk"):
        Store(path)

    assert [path] == list(tmp_path.iterdir())
    assert path.is_symlink()


@pytest.mark.parametrize(
    "use",
    [lambda state: Store(state / "listkeeper.db"), lambda state: lock(state, "add").__enter__()],
    ids=["open", "lock"],
)
def test_nor_is_a_state_folder(tmp_path, use):
    state = tmp_path / "state"
    state.symlink_to(tmp_path / "away")

    with pytest.raises(StoreTrouble, match=r"state: is a link to .*away, which is not there"):
        use(state)

    assert [state] == list(tmp_path.iterdir())


def test_the_log_of_a_lost_store_is_not_taken_over(tmp_path):
    """SQLite would copy its pages into a new store."""
    path, log = tmp_path / "listkeeper.db", tmp_path / "listkeeper.db-wal"
    log.write_bytes(b"pages")

    with pytest.raises(StoreTrouble, match=r"is missing, but its log listkeeper\.db-wal is there"):
        Store(path)

    assert [log] == list(tmp_path.iterdir())


def test_what_a_killed_creation_left_is_swept(tmp_path):
    """The database and its companions; not those of a creation that goes on."""
    path = tmp_path / "listkeeper.db"
    for ending in ("", "-wal", "-shm"):
        (tmp_path / f".listkeeper.db.99999999{files.ENDING}{ending}").write_bytes(b"half")

    with files.claimed(tmp_path / "other.db") as (others, _):
        Store(path).close()
        assert {path, others} == set(tmp_path.iterdir())

    with closing(sqlite3.connect(path)) as second:
        assert [("ok",)] == second.execute("PRAGMA integrity_check").fetchall()


def test_a_store_whose_log_could_not_be_folded_in_gets_no_name(tmp_path, monkeypatch):
    """As on a disk that fills up then: the file alone is no database, and would stay broken."""
    migrate, readers = engine._migrate, []

    def migrate_and_hold(own):
        migrate(own)
        readers.append(sqlite3.connect(own.url.database, isolation_level=None))
        readers[0].execute("BEGIN")
        readers[0].execute("SELECT count(*) FROM sqlite_master").fetchone()

    path = tmp_path / "listkeeper.db"
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_migrate", migrate_and_hold)
        patch.setattr(engine, "BUSY_SECONDS", 0.01)
        with pytest.raises(StoreTrouble, match="cannot be created"):
            Store(path)
    readers[0].close()

    assert [] == list(tmp_path.iterdir())
    open_and_close(path)
    assert [path] == list(tmp_path.iterdir())


# A process that ends without looking for garbage, and with it a store that is in a circle.
LEAVE = """
import gc, sys
from pathlib import Path
from catalog.store import Store
store = Store(Path(sys.argv[1]))
store.itself = store
store.properties.set("name", "value")
gc.freeze()
"""


@pytest.mark.long
def test_a_store_that_nobody_closes_leaves_no_log_beside_its_file(tmp_path):
    """Who copies the file has all that the command stored."""
    path = tmp_path / "listkeeper.db"

    subprocess.run(
        [sys.executable, "-P", "-c", LEAVE, path],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        check=True,
    )

    assert [path] == list(tmp_path.iterdir())
