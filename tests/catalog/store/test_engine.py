"""The store is opened as it was left, or refused with the reason and a way out; never remade."""

import shutil
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
from catalog.errors import ComeBackLater, StoreTrouble
from catalog.rows.digests import KeptDigest, hash_of
from catalog.rows.runs import Run, SourceState, StoredDay
from catalog.sightings import Waiting
from catalog.store import Store, engine
from catalog.store.intents import Intent
from catalog.tables import metadata
from tests.fakes import KEY, LIST, NOW, citations, decision, found, paper, verdict

BODIES = (b"old", b"new")
INTENT = Intent("apply", LIST, "list.md", *BODIES, (decision(),), NOW)
DIGEST = KeptDigest(LIST, "2024-W46", NOW, b"# A List\n", {"candidates": []})
STATE = SourceState("arxiv_rss/cs.CL", None, (), None, "OK", "", 0, NOW)
# Every method of the store, as it is called. A generator begins when it is read.
CALLS = {
    "works.save": lambda store: store.works.save([found()]),
    "works.get_many": lambda store: store.works.get_many([KEY]),
    "works.get": lambda store: store.works.get(KEY),
    "works.all": lambda store: list(store.works.all()),
    "works.titles": lambda store: store.works.titles([KEY]),
    "works.last_sighted": lambda store: store.works.last_sighted(NOW.date()),
    "works.sighted": lambda store: store.works.sighted(NOW.date()),
    "works.sighted_links": lambda store: store.works.sighted_links(NOW.date()),
    "works.restore": lambda store: store.works.restore([]),
    "works.looked_up": lambda store: store.works.looked_up("arxiv_api", [KEY]),
    "works.count": lambda store: store.works.count(),
    "verdicts.backlog": lambda store: store.verdicts.backlog(LIST, "rules-1", 1),
    "works.first_seen": lambda store: store.works.first_seen([KEY]),
    "verdicts.save": lambda store: store.verdicts.save(LIST, [(paper(), verdict())], NOW),
    "verdicts.first_judged": lambda store: store.verdicts.first_judged(LIST, "x"),
    "verdicts.titles_proposed": lambda store: store.verdicts.titles_proposed(
        LIST, NOW.date(), NOW.date()
    ),
    "verdicts.proposed": lambda store: list(store.verdicts.proposed(LIST)),
    "verdicts.near_misses": lambda store: list(store.verdicts.near_misses(LIST)),
    "verdicts.proposed_keys": lambda store: store.verdicts.proposed_keys(LIST),
    "verdicts.near_misses_of": lambda store: store.verdicts.near_misses_of(LIST, [KEY]),
    "verdicts.recent": lambda store: store.verdicts.recent(LIST, NOW.date(), [KEY]),
    "works.untrimmed_keys": lambda store: store.works.untrimmed_keys(),
    "works.untrimmed": lambda store: list(store.works.untrimmed()),
    "works.take_back": lambda store: store.works.take_back([]),
    "trimmed.count": lambda store: store.trimmed.count(),
    "trimmed.due": lambda store: store.trimmed.due(NOW),
    "trimmed.trim": lambda store: store.trimmed.trim([KEY], NOW),
    "trimmed.backlog": lambda store: store.trimmed.backlog(LIST, "rules-1", 1),
    "trimmed.judged": lambda store: store.trimmed.judged(LIST, [(paper(), verdict())], NOW),
    "trimmed.last_seen": lambda store: store.trimmed.last_seen(),
    "trimmed.seen_since": lambda store: store.trimmed.seen_since(NOW.date()),
    "trimmed.days": lambda store: store.trimmed.days(NOW.date(), NOW.date()),
    "verdicts.get": lambda store: store.verdicts.get(LIST, KEY),
    "facts.record": lambda store: store.facts.record(citations()),
    "facts.latest": lambda store: store.facts.latest("citations", [KEY]),
    "facts.latest_of": lambda store: store.facts.latest_of(["citations"], [KEY]),
    "facts.held": lambda store: store.facts.held("citations"),
    "facts.history": lambda store: list(store.facts.history("citations")),
    "facts.history_of": lambda store: list(store.facts.history_of("citations", [KEY])),
    "facts.asked": lambda store: store.facts.asked("citations", "semanticscholar"),
    "facts.misses": lambda store: store.facts.misses("citations"),
    "decisions.add": lambda store: store.decisions.add([decision()]),
    "decisions.number": lambda store: store.decisions.number(),
    "decisions.after": lambda store: store.decisions.after(0),
    "decisions.latest": lambda store: store.decisions.latest(LIST),
    "decisions.all": lambda store: store.decisions.all(),
    "digests.begin": lambda store: store.digests.begin(DIGEST),
    "digests.drop": lambda store: store.digests.drop(DIGEST),
    "digests.begun": lambda store: store.digests.begun(LIST),
    "digests.save": lambda store: store.digests.save(DIGEST),
    "digests.get": lambda store: store.digests.get(LIST, "2024-W46"),
    "digests.get_many": lambda store: store.digests.get_many(LIST, ["2024-W46"]),
    "digests.newest": lambda store: store.digests.newest(LIST, NOW),
    "digests.names": lambda store: store.digests.names(LIST, "2024-W46"),
    "digests.latest": lambda store: store.digests.latest(LIST, 3),
    "digests.all": lambda store: store.digests.all(),
    "intents.begin": lambda store: store.intents.begin(INTENT),
    "intents.close": lambda store: store.intents.close(1, "done"),
    "intents.undo": lambda store: store.intents.undo(1),
    "intents.open": lambda store: store.intents.open(),
    "intents.last_applied": lambda store: store.intents.last_applied(LIST),
    "intents.lead": lambda store: store.intents.lead(LIST, b"old", b"new"),
    "intents.newest": lambda store: store.intents.newest([LIST]),
    "named.add": lambda store: store.named.add("hf_daily", [found().sighting]),
    "named.all": lambda store: store.named.all(),
    "named.update": lambda store: store.named.update([Waiting("a", found().sighting)]),
    "named.settle": lambda store: store.named.settle([KEY]),
    "runs.keep": lambda store: store.runs.keep(Run("discover", NOW, "OK", {})),
    "runs.number": lambda store: store.runs.number(),
    "runs.recent": lambda store: store.runs.recent(),
    "runs.usual": lambda store: store.runs.usual("found"),
    "runs.source": lambda store: store.runs.source("arxiv_rss/cs.CL"),
    "runs.sources": lambda store: store.runs.sources(),
    "runs.set_source": lambda store: store.runs.set_source(STATE),
    "runs.forget_day": lambda store: store.runs.forget_day("arxiv", NOW.date()),
    "runs.days": lambda store: store.runs.days("arxiv"),
    "runs.set_day": lambda store: store.runs.set_day(
        StoredDay("arxiv", NOW.date(), "feed", 1, NOW)
    ),
    "properties.get": lambda store: store.properties.get("application"),
    "properties.set": lambda store: store.properties.set("commit of state", "abc"),
    "backup.export": lambda store: list(store.backup.export()),
    "backup.restore": lambda store: store.backup.restore([], dict),
}
WRITING = {
    "works.save", "works.restore", "verdicts.save",
    "facts.record", "decisions.add", "digests.save",
    "digests.begin", "digests.drop",
    "intents.begin", "intents.close", "intents.undo", "named.add", "named.update",
    "named.settle", "runs.keep", "runs.set_source", "runs.set_day", "runs.forget_day",
    "backup.restore", "properties.set",
    "trimmed.trim", "trimmed.judged", "works.take_back",
}  # fmt: skip
PARTS = (
    "works", "trimmed", "verdicts", "facts", "decisions", "digests", "intents", "named", "runs",
    "backup", "properties",
)  # fmt: skip


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    path = tmp_path_factory.mktemp("left") / "listkeeper.db"
    with closing(Store(path)) as store:
        store.works.save(
            [found(paper(f"2411.{n:05}", abstract="long " * 400)) for n in range(1, 80)]
        )
        store.decisions.add([decision()])
    return path


@pytest.fixture
def path(left, tmp_path):
    """Where a store with some papers and a decision was left, closed."""
    path = tmp_path / "state" / "listkeeper.db"
    path.parent.mkdir()
    shutil.copy(left, path)
    return path


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


# The tables and their steps


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


# Refused


def nothing(path):
    path.write_bytes(b"")


def garbage(path):
    path.write_bytes(bytes(range(256)) * 40)


def a_page_of_text(path):
    path.write_text("# Not a database\n")


def someone_elses(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE works (key TEXT)")
        other.commit()


def cut_in_the_middle(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_in_its_head(path):
    path.write_bytes(path.read_bytes()[:50])


def cut_after_its_head(path):
    path.write_bytes(path.read_bytes()[:100])


def cut_after_its_first_page(path):
    path.write_bytes(path.read_bytes()[:4096])


def of_the_future(path):
    with closing(sqlite3.connect(path)) as later:
        later.execute("UPDATE alembic_version SET version_num = '0099'")
        later.commit()


@pytest.mark.parametrize(
    ("harm", "matter", "way_out"),
    [
        pytest.param(nothing, "not one of Listkeeper's", "another --state", id="zero bytes"),
        pytest.param(garbage, "cannot be read as a database", "backup", id="garbage"),
        pytest.param(a_page_of_text, "cannot be read as a database", "backup", id="text"),
        pytest.param(someone_elses, "not one of Listkeeper's", "another --state", id="foreign"),
        pytest.param(cut_in_the_middle, "damaged|cannot be read", "backup", id="cut to half"),
        pytest.param(cut_in_its_head, "cannot be read", "backup", id="cut in the head"),
        pytest.param(cut_after_its_head, "damaged|cannot be read", "backup", id="cut to the head"),
        pytest.param(cut_after_its_first_page, "damaged|cannot", "backup", id="cut to a page"),
        pytest.param(
            of_the_future, f"0099.*newer than {engine.SCHEMA}", "newer program", id="newer schema"
        ),
    ],
)
def test_what_cannot_be_used_is_refused_and_left_alone(path, harm, matter, way_out):
    """The trouble names the path, the matter and a way out; not a byte is changed."""
    harm(path)
    before = path.read_bytes()

    with pytest.raises(StoreTrouble) as trouble:
        Store(path)

    assert str(path) == trouble.value.where
    assert trouble.match(matter)
    assert way_out in trouble.value.do
    assert 1 == trouble.value.exit_code
    assert before == path.read_bytes()


def test_a_folder_in_its_place_is_refused(tmp_path):
    path = tmp_path / "listkeeper.db"
    path.mkdir()

    with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is a folder.*move it away"):
        Store(path)

    assert [] == list(path.iterdir())


def test_a_state_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "state").write_text("mine")

    with pytest.raises(StoreTrouble, match=r"state: is a file, not a folder"):
        Store(tmp_path / "state" / "listkeeper.db")

    assert "mine" == (tmp_path / "state").read_text()


def test_damage_inside_is_found_and_named(path):
    """A page that rotted is found by a check, and by whoever reads it."""
    data = bytearray(path.read_bytes())
    half = len(data) // 2 // 4096 * 4096
    data[half:] = b"\x5a" * (len(data) - half)
    path.write_bytes(data)

    with closing(Store(path)) as store:
        assert [] != store.check()
        with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is damaged .*backup"):
            list(store.works.all())


def test_a_store_that_may_not_be_written_says_so(path):
    with closing(Store(path)) as store:
        with store.transaction(), store._database.begin() as connection:
            connection.exec_driver_sql("PRAGMA query_only = 1")

        with pytest.raises(StoreTrouble, match=r"listkeeper\.db: is read-only; check"):
            store.decisions.add([decision("reject")])


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
