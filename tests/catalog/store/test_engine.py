"""The store is opened as it was left, or refused with the reason and a way out; never remade."""

import shutil
import sqlite3
from contextlib import closing

import pytest

from catalog.errors import ComeBackLater
from catalog.store import Store, engine
from tests.catalog.store.calls import CALLS, PARTS, WRITING
from tests.fakes import decision


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.0)


# A store that is well


def test_a_new_store_is_ours_whole_and_alone(tmp_path):
    """It is created with its folder, marked as ours, and no temporary file stays behind."""
    path = tmp_path / "new" / "folder" / "listkeeper.db"

    Store(path).close()

    with closing(sqlite3.connect(path)) as second:
        assert [(0x4C4B4550,)] == second.execute("PRAGMA application_id").fetchall()
        version = second.execute("SELECT version_num FROM alembic_version").fetchall()
        assert [(engine.SCHEMA,)] == version
        assert [("ok",)] == second.execute("PRAGMA integrity_check").fetchall()
    assert {"listkeeper.db"} == {file.name for file in path.parent.iterdir()}


def test_what_was_kept_is_there_after_closing(path):
    with closing(Store(path)) as store:
        assert 79 == store.works.count()
        assert [decision()] == store.decisions.all()
        assert [] == store.check()


def test_opening_changes_nothing(path):
    """A store that is only looked at keeps its bytes."""
    before = path.read_bytes()

    with closing(Store(path)) as store:
        store.decisions.all()

    assert before == path.read_bytes()


def test_a_power_cut_loses_nothing_that_was_committed(path):
    """The log is ahead of the file, and each commit waits for the disk."""
    with closing(Store(path)) as store, store.transaction(), store._database.begin() as connection:
        journal = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()

    assert ("wal", 2) == (journal, synchronous)


def test_a_log_left_by_a_killed_process_is_read(path, tmp_path):
    """File and log as a killed process leaves them hold everything it had committed."""
    left = tmp_path / "left" / "listkeeper.db"
    with closing(Store(path)) as store:
        store.decisions.add([decision("reject")])
        shutil.copytree(path.parent, left.parent)

    assert left.with_name("listkeeper.db-wal").stat().st_size
    with closing(Store(left)) as found_again:
        assert [decision(), decision("reject")] == found_again.decisions.all()


@pytest.mark.parametrize(
    "folder",
    [
        pytest.param("50% of #1", id="percent and hash"),
        pytest.param("what?mode=memory", id="question mark"),
        pytest.param("Ünïcode and blanks", id="letters"),
    ],
)
def test_a_folder_may_be_called_anything(tmp_path, folder):
    """Signs that mean something in an address mean nothing in a path."""
    path = tmp_path / folder / "listkeeper.db"
    with closing(Store(path)) as store:
        store.decisions.add([decision()])

    with closing(Store(path)) as again:
        assert [decision()] == again.decisions.all()
    assert [path.parent] == list(tmp_path.iterdir())


# Locked


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("name", CALLS)
def test_locked_by_another_process(path, name):
    """Who writes is asked to come back later, and changes nothing; who reads need not wait."""
    with closing(Store(path)) as store, closing(sqlite3.connect(path)) as other:
        before = list(other.iterdump())
        other.execute("BEGIN IMMEDIATE")

        if name in WRITING:
            with pytest.raises(ComeBackLater) as trouble:
                CALLS[name](store)
            assert (75, str(path)) == (trouble.value.exit_code, trouble.value.where)
        else:
            CALLS[name](store)
        other.rollback()
        assert before == list(other.iterdump())
        CALLS[name](store)


def test_every_method_has_its_locked_case(path):
    with closing(Store(path)) as store:
        methods = {
            f"{part}.{name}"
            for part in PARTS
            for name in dir(type(getattr(store, part)))
            if not name.startswith("_")
        }

    assert methods == set(CALLS)


def test_opening_a_store_that_another_process_writes(path):
    """What the other one has not finished is not seen, and not waited for."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM decisions")

        with closing(Store(path)) as store:
            assert [decision()] == store.decisions.all()
