"""A store on a PostgreSQL server: ours alone, one writer at a time, and no password in any word."""

import threading
from contextlib import closing, contextmanager
from dataclasses import replace

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from catalog.errors import ComeBackLater, StoreTrouble, UsageTrouble
from catalog.rows.runs import SourceState
from catalog.store import Store, engine, is_there
from catalog.store import postgres as server
from catalog.store.intents import Intent
from catalog.store.lock import LOCK_TIMEOUT_S, check_held, holder, lock
from catalog.tables import metadata
from config.secret import Secret
from tests import postgres
from tests.catalog.store.calls import CALLS, WRITING
from tests.fakes import KEY, LIST, NOW, decision, found, link, paper

pytestmark = pytest.mark.postgres
PASSWORD = "a-password"


@pytest.fixture
def fresh(postgres_server):
    """A database without any table."""
    url = postgres.new_database(postgres_server)
    yield url
    postgres.drop_database(url)


@contextmanager
def writing(url):
    """Another process in the middle of a write."""
    with psycopg.connect(url) as other:
        other.execute(f"SELECT pg_advisory_xact_lock({server.WRITE_LOCK})")
        yield other
        other.rollback()


# Opened, or refused


def test_the_first_start_makes_it_and_no_file(fresh, tmp_path):
    path = tmp_path / "state" / "listkeeper.db"
    assert not is_there(path, Secret(fresh))

    Store(path, Secret(fresh)).close()

    assert is_there(path, Secret(fresh))
    assert ["home"] == [file.name for file in path.parent.iterdir()]
    assert [("listkeeper",)] == postgres.rows_of(
        fresh, "SELECT value FROM properties WHERE name = 'application'"
    )


def test_two_first_starts_at_once_make_one_store(fresh, tmp_path, monkeypatch):
    """Both find it whole; what each decides is there."""
    # However long a busy machine takes for the tables: the second start waits for the first.
    monkeypatch.setattr(server, "BUSY_SECONDS", 600.0)
    troubles = []

    def start(name):
        try:
            with closing(Store(tmp_path / name / "listkeeper.db", Secret(fresh))) as store:
                store.decisions.add([decision()])
        except Exception as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=start, args=(name,)) for name in ("here", "there")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == troubles
    assert [(2,)] == postgres.rows_of(fresh, "SELECT count(*) FROM decisions")


def test_the_steps_lead_to_the_tables(opened):
    """Types are wider than the steps say, so that nothing is refused that SQLite keeps."""
    with opened()._database.engine.connect() as connection:
        options = {"compare_type": False}
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=options), metadata
        )
        narrow = connection.execute(server.NARROW).all()

    assert ([], []) == (differences, narrow)


def test_a_step_killed_half_way_leaves_nothing(fresh, tmp_path, monkeypatch):
    def killed(*args, **kwargs):
        raise KeyboardInterrupt

    path = tmp_path / "listkeeper.db"
    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", killed)
        with pytest.raises(KeyboardInterrupt):
            Store(path, Secret(fresh))

    assert not is_there(path, Secret(fresh))
    with closing(Store(path, Secret(fresh))) as store:
        assert 0 == store.works.count()


def test_what_an_older_program_left_is_brought_up_to_date(fresh, tmp_path, monkeypatch):
    """Each step runs on what the steps before it made: here from the third on, with an intent."""
    from alembic import command

    up_to_head = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, _head: up_to_head(config, "0003"))
    old = server._engine(server.DatabaseAddress.parse(Secret(fresh)))
    with old.begin() as connection:
        engine.migrate(connection)
        connection.exec_driver_sql(
            "INSERT INTO intents (id, kind, list_name, path, base_hash, new_hash, base, new, "
            "decisions, state, at) VALUES (1, 'apply', 'L', 'x', 'a', 'b', 'old', 'new', '[]', "
            "'open', '2024-11-11')"
        )
        connection.exec_driver_sql(
            "INSERT INTO misses VALUES ('arxiv:2411.07077', 'work', 'p', 'not-found', '', 1, 'x')"
        )
        monkeypatch.setattr(command, "upgrade", up_to_head)
        engine.migrate(connection)
    old.dispose()

    assert {("a", b"old"), ("b", b"new")} == {*postgres.rows_of(fresh, "SELECT * FROM bodies")}
    assert [("arxiv:2411.07077",)] == postgres.rows_of(fresh, "SELECT work_key FROM named")
    with closing(Store(tmp_path / "listkeeper.db", Secret(fresh))) as store:
        assert 0 == store.works.count()


@pytest.mark.parametrize(
    ("harm", "matter", "way_out"),
    [
        pytest.param("CREATE TABLE works (key TEXT)", "not one of", "search_path", id="foreign"),
        pytest.param("DROP TABLE properties", "not one of", "search_path", id="without a name"),
        pytest.param(
            "UPDATE properties SET value = 'another'", "not one of", "search_path", id="another's"
        ),
        pytest.param(
            "UPDATE alembic_version SET version_num = '0099'",
            f"0099.*newer than {engine.SCHEMA}",
            "newer program",
            id="newer",
        ),
    ],
)
def test_what_is_not_ours_is_refused_and_left_alone(fresh, tmp_path, harm, matter, way_out):
    path = tmp_path / "listkeeper.db"
    if "CREATE" not in harm:
        Store(path, Secret(fresh)).close()
    with psycopg.connect(fresh) as other:
        other.execute(harm)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    before = postgres.rows_of(fresh, tables)

    with pytest.raises(StoreTrouble, match=matter) as trouble:
        Store(path, Secret(fresh))

    assert way_out in trouble.value.do
    assert before == postgres.rows_of(fresh, tables)


def test_a_schema_of_its_own_in_another_program_s_database(fresh, tmp_path):
    with psycopg.connect(fresh) as other:
        other.execute("CREATE TABLE works (key TEXT); CREATE SCHEMA papers")
    ours = Secret(f"{fresh}&options=-csearch_path%3Dpapers")

    with closing(Store(tmp_path / "listkeeper.db", ours)) as store:
        store.decisions.add([decision()])

    assert [(1,)] == postgres.rows_of(fresh, "SELECT count(*) FROM papers.decisions")
    assert [(0,)] == postgres.rows_of(fresh, "SELECT count(*) FROM works")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        pytest.param("mysql://ada:{p}@host/papers", 2, id="another kind"),
        pytest.param("postgresql://ada:{p}@host:five/papers", 2, id="no port"),
        pytest.param("postgresql://ada:{p}@host", 2, id="no database"),
        pytest.param("postgresql://ada:x@{p}@host/papers", 2, id="a sign to be quoted"),
        pytest.param("{p}", 2, id="a password alone"),
        pytest.param("postgresql://ada:{p}@127.0.0.1:1/papers", 75, id="nobody answers"),
        pytest.param("postgresql://ada:{p}@/none?host={socket}", 2, id="no such user"),
        pytest.param("postgresql://listkeeper:{p}@/none?host={socket}", 2, id="no such database"),
        pytest.param("postgresql:///papers?host=/nowhere&password={p}", 75, id="no socket"),
        pytest.param("postgresql://a:{p}@127.0.0.1/papers?sslmode=x", 2, id="no such option"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(
    postgres_server, tmp_path, address, code
):
    address = Secret(address.format(p="geheim", socket=postgres_server))

    for use in (
        lambda: Store(tmp_path / "listkeeper.db", address),
        lambda: lock(tmp_path, "run", address=address).__enter__(),
    ):
        with pytest.raises((UsageTrouble, ComeBackLater)) as trouble:
            use()
        assert code == trouble.value.exit_code
        assert "geheim" not in f"{trouble.value} {trouble.value!r} {trouble.value.__cause__}"
        assert server.DATABASE_URL in str(trouble.value)


def test_its_name_has_no_password(opened):
    assert opened().name.startswith("postgresql://listkeeper@/tmp/")
    assert PASSWORD not in opened().name


def test_a_database_of_other_letters_is_refused(postgres_server, tmp_path):
    """What cannot hold every title would fail in the middle of a run."""
    with closing(postgres._admin(postgres_server)) as admin:
        admin.execute(
            "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc "
            "TEMPLATE template0"
        )
    url = f"postgresql://listkeeper@/latin?host={postgres_server}"

    with pytest.raises(StoreTrouble, match=r"keeps text as LATIN1.*UTF8"):
        Store(tmp_path / "listkeeper.db", Secret(url))

    postgres.drop_database(url)


# Kept as SQLite keeps it


def test_order_is_that_of_the_bytes(opened):
    """A language's order would put small letters beside their capitals."""
    store = opened()
    keys = [f"https://example.org/{name}" for name in ("b", "A", "a", "B", "é", "_")]
    store.works.save([found(link(key)) for key in keys])

    assert sorted(f"link:{key}" for key in keys) == [work.key for work in store.works.all()]


def test_nothing_is_too_long_or_too_large(opened):
    """Columns have the lengths of the first steps; neither database may refuse what is longer."""
    store = opened()
    long = "x" * 500
    store.runs.set_source(SourceState(long, None, (), None, "OK", "", 0, NOW))
    store.decisions.add([decision(digest=long)])

    assert long in store.runs.sources()
    assert long == store.decisions.all()[0].digest
    assert [] == store.decisions.after(10**15)


def test_zero_bytes_are_left_out(opened):
    store = opened()
    store.works.save([found(paper(title="A\x00 Title", abstract="\x00"))])

    assert "A Title" == store.works.get(KEY).title


# Several at once


@pytest.mark.parametrize("name", CALLS)
def test_locked_by_another_process(opened, url, monkeypatch, name):
    """Who writes is asked to come back later, and changes nothing; who reads need not wait."""
    monkeypatch.setattr(server, "BUSY_SECONDS", 0.0)
    store = opened()

    with writing(url):
        if name in WRITING:
            with pytest.raises(ComeBackLater, match="has held it"):
                CALLS[name](store)
        else:
            CALLS[name](store)

    CALLS[name](store)


def test_a_reader_sees_one_moment(opened):
    """What another machine stores meanwhile is not in the middle of an answer."""
    here, there = opened("here"), opened("there")
    with here._database.read() as connection:
        first = connection.exec_driver_sql("SELECT count(*) FROM decisions").scalar()
        there.decisions.add([decision()])
        second = connection.exec_driver_sql("SELECT count(*) FROM decisions").scalar()

    assert (0, 0, 1) == (first, second, len(here.decisions.all()))


def test_a_check_holds_until_the_commit(opened):
    """Two machines that add what is missing: one after the other, so it is added once."""
    stores = [opened(name) for name in ("here", "there")]
    at_once = threading.Barrier(2)

    def add(store):
        at_once.wait()
        with store.transaction():
            if not store.decisions.all():
                store.decisions.add([decision()])

    threads = [threading.Thread(target=add, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 1 == len(stores[0].decisions.all())


def test_one_command_in_all_folders(url, tmp_path):
    """The second is told who is at work, and where; then it may."""
    here, there, address = tmp_path / "here", tmp_path / "there", Secret(url)

    with lock(here, "run", address=address):
        check_held(here)
        assert "listkeeper run" in holder(there, address)
        with (
            pytest.raises(ComeBackLater, match=r"in use by `listkeeper run` \(\d+ on .*\) since"),
            lock(there, "apply", address=address),
        ):
            pass

    assert holder(there, address) is None
    with lock(there, "apply", patience=LOCK_TIMEOUT_S, address=address):
        check_held(there)


def test_a_lock_that_the_server_lost_is_no_lock(url, tmp_path):
    """A server that was started anew has let others in: nothing is written on."""
    with lock(tmp_path, "run", address=Secret(url)):
        postgres.rows_of(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE 'listkeeper run%'",
        )
        with pytest.raises(ComeBackLater, match="lost our connection"):
            check_held(tmp_path)


def test_what_a_machine_began_only_that_machine_finishes(opened):
    """The list and the page are files there; another machine's are others."""
    here, there = opened("here"), opened("there")
    began = Intent("apply", LIST, "/list.md", b"old", b"new", (decision(),), NOW)
    number = here.intents.begin(began)

    assert [replace(began, number=number)] == [*here.intents.open()]
    assert [] == there.intents.open()

    here.intents.close(number, "done")
    assert (None, number) == (there.intents.newest([LIST]), here.intents.newest([LIST]).number)
