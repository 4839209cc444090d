"""Stores of a test's own, on SQLite and, where it is asked for, on PostgreSQL."""

import shutil

import pytest

from catalog.store import Store
from config.secret import Secret


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
