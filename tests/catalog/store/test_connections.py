"""One connection of a process to a PostgreSQL server: few ways to it and back, and found again."""

import os
from contextlib import suppress

import psycopg
import pytest

from catalog.errors import ComeBackLater
from catalog.store import is_there
from catalog.store import postgres as server
from config.secret import Secret
from tests import postgres
from tests.catalog.store.calls import CALLS
from tests.fakes import decision

pytestmark = pytest.mark.postgres

OURS = "datname = current_database() AND application_name = 'listkeeper'"
# As a server that is started anew; waits until they are gone (milliseconds).
END_ALL = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def test_a_process_connects_once_however_often_the_store_is_opened(opened, url, tmp_path):
    """A command asks whether there is a store, then opens it; each connection takes its time."""
    postgres.rows_of(url, END_ALL)
    opened().close()
    mine = f"SELECT backend_start FROM pg_stat_activity WHERE {OURS} ORDER BY 1"
    before = postgres.rows_of(url, mine)

    assert is_there(tmp_path / "listkeeper.db", Secret(url))
    opened("there").decisions.add([decision()])
    assert [decision()] == opened().decisions.all()

    assert 1 == len(before)
    assert before == postgres.rows_of(url, mine)


@pytest.fixture
def sent(monkeypatch):
    """Every statement that goes to the server, apart from the ends of transactions."""
    statements = []
    for kind in (psycopg.Cursor, psycopg.Connection):
        monkeypatch.setattr(
            kind,
            "execute",
            lambda self, query, *more, real=kind.execute, **named: (
                statements.append(query) or real(self, query, *more, **named)
            ),
        )
    return statements


def test_a_store_is_opened_with_two_questions(opened, url, tmp_path, sent):
    """Each is a way to the server and back, and so were the transactions around them."""
    opened().close()
    sent.clear()

    assert is_there(tmp_path / "listkeeper.db", Secret(url))

    assert 2 == len(sent), sent


@pytest.mark.parametrize(
    "name",
    [
        "facts.held", "facts.asked", "facts.misses", "trimmed.count", "trimmed.last_seen",
        "trimmed.seen_since", "verdicts.first_judged",
    ],
)  # fmt: skip
def test_a_short_question_is_one_statement(opened, sent, name):
    """Without a transaction around it, which is two more ways to the server and back."""
    store = opened()
    sent.clear()

    CALLS[name](store)

    assert 1 == len(sent), sent


def test_a_fork_has_a_connection_of_its_own(opened, url):
    store = opened()
    store.decisions.add([decision()])

    child = os.fork()
    if not child:
        with suppress(BaseException):
            opened().decisions.add([decision()])
        os._exit(0)
    os.waitpid(child, 0)

    assert 2 == len(store.decisions.all())


def test_a_server_that_was_started_anew_is_found_again(opened, url):
    """The next question takes a new connection."""
    store = opened()
    store.decisions.add([decision()])
    postgres.rows_of(url, END_ALL)

    assert [decision()] == store.decisions.all()


@pytest.mark.parametrize(("idle", "asked"), [(30.0, 0), (-1.0, 1)], ids=["in-use", "idle"])
def test_only_an_idle_connection_is_asked_whether_it_is_there(opened, monkeypatch, idle, asked):
    """Each way to the server and back counts where it is on another machine."""
    store = opened()
    store.decisions.add([decision()])
    monkeypatch.setattr(server, "MAX_IDLE_SECONDS", idle)
    sent = []
    execute = psycopg.Connection.execute
    monkeypatch.setattr(
        psycopg.Connection,
        "execute",
        lambda self, query: sent.append(query) or execute(self, query),
    )
    monkeypatch.setattr(store._database.engine.dialect, "do_ping", sent.append)

    assert [decision()] == store.decisions.all()

    assert asked == len(sent) - sent.count(server.BEGIN_READING)


def test_a_connection_lost_in_the_middle_takes_all_of_it_back(opened, url):
    store = opened()

    def decide_twice():
        with store.transaction():
            store.decisions.add([decision()])
            postgres.rows_of(url, END_ALL)
            store.decisions.add([decision()])

    with pytest.raises(ComeBackLater, match="cannot be reached"):
        decide_twice()

    assert [] == store.decisions.all()


def test_a_short_question_is_one_way_to_the_server_and_back(opened, url):
    """To begin and end a transaction around it would be two more."""
    store = opened()

    store.runs.number()

    last = "SELECT query, state FROM pg_stat_activity WHERE datname = current_database()"
    told = dict(postgres.rows_of(url, f"{last} AND application_name = 'listkeeper'"))
    assert {"idle"} == {*told.values()}
    assert any("max(runs.id)" in query for query in told), told


def test_a_question_inside_a_transaction_is_part_of_it(opened):
    store = opened()

    with store.transaction():
        store.decisions.add([decision()])
        assert [decision()] == store.decisions.all()
