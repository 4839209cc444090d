"""Stores of a test's own, on SQLite and, where it is asked for, on PostgreSQL."""

import shutil
from contextlib import closing

import pytest

from catalog.store import Store
from config.secret import Secret
from tests import postgres
from tests.fakes import decision, found, paper


@pytest.fixture(scope="module")
def newborn(tmp_path_factory):
    path = tmp_path_factory.mktemp("newborn") / "listkeeper.db"
    Store(path).close()
    return path


@pytest.fixture
def store(newborn, tmp_path, database):
    """An empty store of one's own."""
    path = tmp_path / "state" / "listkeeper.db"
    path.parent.mkdir()
    if not database:
        shutil.copy(newborn, path)
    store = Store(path, Secret(database))
    store.url = database
    yield store
    store.close()


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
def url(postgres_database):
    postgres.emptied(postgres_database)
    return postgres_database


@pytest.fixture
def opened(url, tmp_path):
    """Opens the store from a folder of that name."""
    stores = []

    def open_in(name="here"):
        stores.append(Store(tmp_path / name / "listkeeper.db", Secret(url)))
        return stores[-1]

    yield open_in
    for store in stores:
        store.close()
