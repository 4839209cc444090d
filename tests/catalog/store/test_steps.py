"""A store of an older schema is brought up to date by steps, each whole or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import catalog.migrations
from catalog.rows.digests import hash_of
from catalog.store import Store, engine
from catalog.tables import metadata
from tests.catalog.store.calls import BODIES
from tests.fakes import KEY, LIST, NOW, decision


# SQLite doesn't tell which expression an index is of.
@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_steps_lead_to_the_tables(path):
    """The migrations make exactly what catalog/tables.py says."""
    with closing(Store(path)) as store, store._database.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)

    assert [] == differences


def test_the_newest_step_is_the_schema():
    config = Config()
    config.set_main_option("script_location", str(Path(catalog.migrations.__file__).parent))

    assert engine.SCHEMA == ScriptDirectory.from_config(config).get_current_head()


def test_a_store_of_the_first_schema_is_brought_up_to_date(path):
    """
    What it kept is there, the newer columns are empty, and each list's bytes are kept once.

    A paper that was looked up once in vain waits to be asked for again.
    """
    with closing(sqlite3.connect(path)) as old:
        old.execute("ALTER TABLE decisions DROP COLUMN entry")
        old.execute("ALTER TABLE source_states DROP COLUMN modified")
        old.execute("ALTER TABLE source_states DROP COLUMN news")
        old.execute("ALTER TABLE source_states DROP COLUMN open")
        old.execute("DROP TABLE named")
        old.execute("DROP TABLE bodies")
        for key in ("arxiv:2411.07077", "arxiv:2411.00001", "link:https://example.org/gone"):
            row = (key, "work", "page", "not-found", "", 1, str(NOW))
            old.execute("INSERT INTO misses VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        old.execute("DROP TABLE begun_digests")
        old.execute("DROP TABLE properties")
        old.execute("DROP TABLE trimmed")
        old.execute("DROP TABLE judging")
        for name in ("works_by_change", "works_by_last_seen", "sightings_by_day"):
            old.execute(f"DROP INDEX {name}")
        old.execute("DROP INDEX verdicts_with_section")
        old.execute("ALTER TABLE works DROP COLUMN change")
        old.execute("CREATE INDEX ix_sightings_work_key ON sightings (work_key)")
        old.execute("ALTER TABLE intents DROP COLUMN home")
        old.execute("DROP TABLE publications")
        old.execute("ALTER TABLE intents DROP COLUMN undoes")
        for side in ("base", "new"):
            old.execute(f"ALTER TABLE intents ADD COLUMN {side} BLOB")
        for number, state in ((1, "done"), (2, "open")):
            row = (
                number,
                "apply",
                LIST,
                "x",
                *map(hash_of, BODIES),
                "[]",
                state,
                str(NOW)[:19],
                *BODIES,
            )
            old.execute(f"INSERT INTO intents VALUES ({', '.join('?' * len(row))})", row)
        old.execute("UPDATE alembic_version SET version_num = '0001'")
        old.commit()

    with closing(Store(path)) as store:
        (left,) = store.intents.open()
        assert BODIES == (left.base, left.new)
        assert replace(left, number=1) == store.intents.last_applied(LIST)
        assert [decision()] == store.decisions.all()
        store.decisions.add([decision("pick", entry="- text")])
        assert "- text" == store.decisions.latest(LIST)[KEY].entry
        assert ["arxiv:2411.07077"] == [waiting.key for waiting in store.named.all()]


def test_a_step_killed_half_way_leaves_the_old_version(path, born_by_steps, monkeypatch):
    """Tables and version of a step come together; the next opening takes it from the start."""
    path.unlink()
    with closing(sqlite3.connect(path)) as empty:
        empty.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", killed)
        with pytest.raises(KeyboardInterrupt):
            Store(path)
    with closing(sqlite3.connect(path)) as second:
        tables = second.execute("SELECT name FROM sqlite_master").fetchall()
    assert [] == tables

    with closing(Store(path)) as store:
        assert 0 == store.works.count()


def test_a_birth_killed_half_way_leaves_nothing(tmp_path, born_by_steps, monkeypatch):
    """A store is there whole or not at all."""

    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("alembic.op.create_index", killed)
    with pytest.raises(KeyboardInterrupt):
        Store(tmp_path / "listkeeper.db")

    assert [] == list(tmp_path.iterdir())
