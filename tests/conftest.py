"""What all tests share: none of them leaves the machine; some look at recorded answers."""

import gc
import os
import signal
import socket
import sqlite3
from contextlib import ExitStack, closing, suppress
from importlib import import_module
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from coverage import Coverage
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from catalog.store import engine
from crawler import process
from sandbox.process import Sandbox
from tests import forked, postgres

# How long an example takes says more of the machine than of the program.
settings.register_profile(
    "listkeeper", deadline=None, max_examples=100 if "CI" in os.environ else 40
)
settings.load_profile("listkeeper")
# Seconds for one test. The slowest takes ten; where others use the machine too, many times that.
LONGEST = 400
# New objects between two looks for garbage; Python's own number makes an eighth of the time.
NEW_OBJECTS = 20_000
# Modules that take long begin first: one that begins last is waited for by all others.
LONG = (
    "test_fetch",
    "test_bad_feeds",
    "test_citations_killed",
    "test_digest_kept",
    "test_watch_killed",
    "test_fortnight",
    "test_readme",
    "test_demo",
    "test_browser",
    "test_week",
    "test_interrupted",
    "test_schedule",
    "test_citations_year",
    "test_fold",
    "test_outage",
)
# Few tests each, on a repository that takes long to set up: one worker does it for all of them.
ON_A_FORGE = ("test_people", "test_pull_request", "test_quietly", "test_refusals")
# What lives as long as the session of this process.
SESSION = ExitStack()
BESIDE = Path(__file__).resolve().parents[2] / "shared"


def pytest_configure(config):
    """With several workers, one PostgreSQL server for all of them."""
    several = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if not several:
        gc.disable()  # while modules are loaded, which stay
    if hasattr(config, "workerinput"):
        # Scrapy looks up the file of each frame above it: dearer the more is loaded.
        import_module("scrapy.core.downloader.contextfactory")
    if several and postgres.programs():
        os.environ[postgres.SERVER] = SESSION.enter_context(postgres.cluster())


def pytest_xdist_make_scheduler(config, log):
    """The long tests on a forge are too many for one worker."""
    return _ByModule(config, log) if config.option.markexpr == "not long" else None


class _ByModule(LoadScopeScheduling):
    """The tests of a module run on one worker, and so do those of a repository on a forge."""

    def _split_scope(self, nodeid):
        module = super()._split_scope(nodeid)
        return "on a forge" if Path(module).stem in ON_A_FORGE else module


def pytest_unconfigure(config):
    SESSION.close()


def pytest_collection_finish():
    """What is loaded stays: without this each full look for garbage goes through all of it."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()


def pytest_terminal_summary(terminalreporter):
    if postgres.programs() is None:
        terminalreporter.write_line(
            "PostgreSQL: skipped, no server here (apt-get install postgresql, or initdb in PATH)"
        )


@pytest.fixture(scope="session")
def postgres_server():
    """The folder of a PostgreSQL server's socket; skips where there is no server."""
    if postgres.programs() is None:
        pytest.skip("no PostgreSQL server here")
    if postgres.SERVER not in os.environ:
        os.environ[postgres.SERVER] = SESSION.enter_context(postgres.cluster())
        SESSION.callback(os.environ.pop, postgres.SERVER)
    return os.environ[postgres.SERVER]


@pytest.fixture(scope="session")
def postgres_database(postgres_server):
    """This worker's database, with the store's tables."""
    url = postgres.new_database(postgres_server)
    from catalog.store import Store
    from config.secret import Secret

    with TemporaryDirectory() as folder:
        Store(Path(folder) / "listkeeper.db", Secret(url)).close()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request):
    """No address for a store in a file; then the address of an empty database of PostgreSQL."""
    if request.param == "sqlite":
        return ""
    url = request.getfixturevalue("postgres_database")
    postgres.emptied(url)
    return url


@pytest.fixture
def on_database(database, monkeypatch):
    """Every command of the test uses the database."""
    if database:
        monkeypatch.setenv(postgres.URL, database)
    return database


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Long stories are marked before `-m` chooses, and the slowest modules come first."""
    for item in items:
        # The store's own tests run on both databases; what the commands do there can wait.
        doubled = item.get_closest_marker("postgres") and "database" in item.fixturenames
        if doubled and "catalog" not in item.path.parts:
            item.add_marker("long")
    yield
    order = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: order.get(item.path.stem, len(order)))


@pytest.fixture(scope="session", autouse=True)
def _no_way_out():
    """Connecting to anything but this machine fails, in every test of this process."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _local_only(getattr(socket.socket, name)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _sandboxes_are_forked():
    """One process imports the sandbox, not every one that is started."""
    with pytest.MonkeyPatch.context() as patch:
        # `make cover` does not see what the server of forks loads; there each sandbox loads itself.
        if Coverage.current() is None:
            patch.setattr(process, "PRELOAD", forked.PRELOAD)
        patch.setattr("sandbox.process._child", forked.sandbox_child)
        yield


@pytest.fixture(scope="session", autouse=True)
def _stores_are_born_once():
    """A new store in a file is a copy of this process's first, without nine steps of its schema."""
    migrate, first = engine._migrate, sqlite3.connect(":memory:", check_same_thread=False)

    def copied(database):
        with closing(database.raw_connection()) as link:
            files = link.driver_connection
            if has_tables(files):
                migrate(database)
                return
            if not has_tables(first):
                migrate(database)
                files.backup(first)
            first.backup(files)

    def has_tables(link):
        return link.execute("SELECT 1 FROM sqlite_master").fetchone() is not None

    with closing(first), pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_migrate", copied)
        yield migrate


@pytest.fixture
def born_by_steps(_stores_are_born_once, monkeypatch):
    """A new store of this test takes the steps of its schema."""
    monkeypatch.setattr(engine, "_migrate", _stores_are_born_once)


def _local_only(call):
    def connect(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
            raise AssertionError(f"a test wanted to leave the machine: {address!r}")
        return call(self, address)

    return connect


def _is_local(host):
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _ends():
    """A test that does not end is stopped and fails, instead of holding up all others."""

    def stop(_signal, _frame):
        raise AssertionError(f"does not end: stopped after {LONGEST} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, LONGEST)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _faults_end():
    """A fault that a test sets in a sandbox ends with it; another test may share that sandbox."""
    faulty = set()
    set_fault = Sandbox.set_fault

    def recorded(sandbox, service, *details, **named):
        faulty.add((sandbox, service))
        set_fault(sandbox, service, *details, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "set_fault", recorded)
        yield
    for sandbox, service in faulty:
        # A sandbox of the test's own has gone already.
        with suppress(OSError):
            sandbox.set_fault(service, None)


@pytest.fixture(scope="session")
def shared():
    """The folder with recorded answers of the real services; not everybody has it."""
    folder = Path(os.environ.get("LISTKEEPER_SHARED", BESIDE))
    if not (folder / "wire").is_dir():
        pytest.skip("the recorded answers are not here")
    return folder
