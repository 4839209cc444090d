"""Decisions, digests, intents and runs; what belongs together is stored together."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest

from catalog.errors import StoreTrouble
from catalog.rows.digests import hash_of
from catalog.rows.runs import Run, StoredDay
from catalog.sightings import SourceStatus
from catalog.store import Store
from tests.catalog.store.rows import LATER, ask, digest, intent, state
from tests.fakes import KEY, LIST, NOW, decision, found, paper


def test_decisions_are_added_and_the_latest_counts(store):
    """Nobody's word is overwritten; the newest on a work is in force."""
    said = [
        decision("reject", reason="not about models"),
        decision("later", key="arxiv:2411.03350"),
        decision("accept", at=LATER, section="Quantization", digest="2024-W46"),
    ]
    store.decisions.add(said[:2])
    store.decisions.add(said[2:])
    store.decisions.add([])

    assert said == store.decisions.all()
    assert [(3, said[2])] == store.decisions.after(2)
    assert {KEY: said[2], "arxiv:2411.03350": said[1]} == store.decisions.latest(LIST)
    assert {} == store.decisions.latest("Another List")
    assert [("reject",), ("later",), ("accept",)] == ask(
        store, "SELECT act FROM decisions ORDER BY id"
    )


def test_decisions_that_were_rolled_back_are_not_remembered(store):
    """What a failed transaction read of itself is gone; what others add is read."""
    first, never, other = (decision(act) for act in ("reject", "later", "accept"))
    store.decisions.add([first])
    assert [first] == store.decisions.all()

    def fail():
        with store.transaction():
            store.decisions.add([never])
            assert [first, never] == store.decisions.all()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    store.decisions.add([other])

    assert [first, other] == store.decisions.all()
    assert other == store.decisions.latest(LIST)[KEY]


def test_decisions_that_another_program_took_out_of_the_file_are_gone(tmp_path):
    """What is remembered of them is not shown in place of the file."""
    path = tmp_path / "listkeeper.db"
    with closing(Store(path)) as store:
        store.decisions.add([decision("reject"), decision("later")])
        assert 2 == len(store.decisions.all())

        with closing(sqlite3.connect(path)) as other, other:
            other.execute("DELETE FROM decisions")
        store.decisions.add([decision("accept")])

        assert ["accept"] == [one.act for one in store.decisions.all()]


def test_a_digest_made_again_replaces_itself(store):
    """By list and name; the newest is the one that was made last."""
    store.digests.save(digest("2024-W46"))
    store.digests.save(digest("2024-W45", made_at=NOW - timedelta(days=7)))
    again = digest("2024-W46", made_at=LATER, base=b"# Another\n")
    store.digests.save(again)

    assert again == store.digests.get(LIST, "2024-W46")
    assert again == store.digests.newest(LIST, LATER)
    assert "2024-W45" == store.digests.newest(LIST, NOW - timedelta(days=1)).name
    assert ["2024-W45", "2024-W46"] == [kept.name for kept in store.digests.all()]
    assert store.digests.get(LIST, "2024-W44") is None
    assert store.digests.newest("Another List", NOW) is None
    assert [(hash_of(b"# Another\n"),)] == ask(
        store, "SELECT base_hash FROM digests WHERE name = '2024-W46'"
    )


def test_an_intent_is_open_until_it_is_closed(store):
    """Bytes, decisions and all come back; only what is done can be undone."""
    number = store.intents.begin(intent())
    assert [replace(intent(), number=number)] == store.intents.open()
    assert [("open",)] == ask(store, "SELECT state FROM intents")
    assert store.intents.last_applied(LIST) is None

    store.intents.close(number, "done")
    assert [] == store.intents.open()
    assert replace(intent(), number=number) == store.intents.last_applied(LIST)
    assert number == store.intents.newest([LIST, "Another List"]).number

    assert store.intents.undo(number)
    assert store.intents.last_applied(LIST) is None
    assert store.intents.newest([LIST]) is None


def test_the_bytes_of_a_list_are_kept_once(store):
    """What one write leaves is what the next one begins with."""
    first = intent()
    store.intents.begin(first)
    store.intents.begin(replace(first, base=first.new, new=first.base))

    assert [(2,)] == ask(store, "SELECT count(*) FROM bodies")
    assert first.base == store.intents.open()[1].new


def test_the_last_applied_batch_is_of_this_list_and_kind(store):
    first = store.intents.begin(intent())
    for other in (intent(kind="citations"), intent(list_name="Another List"), intent(kind="undo")):
        store.intents.close(store.intents.begin(other), "done")
    store.intents.close(first, "done")

    assert first == store.intents.last_applied(LIST).number


# The diary


def test_runs_newest_first(store):
    for hour, command in enumerate(("discover", "digest", "discover")):
        at = NOW + timedelta(hours=hour)
        store.runs.keep(Run(command, at, "OK", {"hour": hour}))

    assert [2, 1, 0] == [run.report["hour"] for run in store.runs.recent()]
    assert [2] == [run.report["hour"] for run in store.runs.recent("discover", most=1)]
    assert [(3,)] == ask(store, "SELECT count(*) FROM runs")


def test_where_a_source_stands(store):
    """One state a source, the newest."""
    store.runs.set_source(state())
    store.runs.set_source(state(word=SourceStatus.OK, streak=0, at=LATER))

    assert state(word=SourceStatus.OK, streak=0, at=LATER) == store.runs.source("arxiv_rss/cs.CL")
    assert store.runs.source("arxiv_rss/cs.LG") is None
    assert [("OK", 0)] == ask(store, "SELECT word, streak FROM source_states")


def test_a_stored_day_has_its_proof(store):
    day = StoredDay("arxiv", date(2024, 11, 8), "feed", 41, NOW)
    store.runs.set_day(day)
    store.runs.set_day(replace(day, proof="api", found=43, at=LATER))

    assert {day.day: replace(day, proof="api", found=43, at=LATER)} == store.runs.days("arxiv")
    assert {} == store.runs.days("another")
    assert [("2024-11-08", "api")] == ask(store, "SELECT day, proof FROM days")


# Together or not at all


def test_a_transaction_that_fails_leaves_nothing(store):
    """What is written together is there together, or not at all."""

    def killed_half_way():
        with store.transaction():
            store.decisions.add([decision()])
            store.works.save([found()])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        killed_half_way()

    assert [] == store.decisions.all()
    assert [(0,)] == ask(store, "SELECT count(*) FROM works")


def test_others_see_a_transaction_when_it_ends(store):
    """A second connection sees nothing in the middle and everything after."""
    with store.transaction():
        store.decisions.add([decision()])
        store.works.save([found()])
        assert [(0,)] == ask(store, "SELECT count(*) FROM decisions")

    assert [(1,)] == ask(store, "SELECT count(*) FROM decisions")
    assert [(1,)] == ask(store, "SELECT count(*) FROM works")


# The disk


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_and_changes_nothing(store):
    """What could not be written whole is not there, and the store can still be read."""
    store.works.save([found()])
    pages = ask(store, "PRAGMA page_count")[0][0]
    with store.transaction(), store._database.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    many = [found(paper(f"2411.{n:05}", abstract="long " * 500)) for n in range(1, 200)]

    with pytest.raises(StoreTrouble, match=r"listkeeper\.db.*full.*free some space"):
        store.works.save(many)

    assert 1 == store.works.count()
    assert [] == store.check()


def test_an_intent_is_closed_once(store):
    """Whoever comes second is told, and changes nothing."""
    number = store.intents.begin(intent())

    assert [True, False, False] == [
        store.intents.close(number, state) for state in ("done", "done", "dropped")
    ]
    assert [True, False] == [store.intents.undo(number) for _ in range(2)]
    assert not store.intents.close(number, "done")
    assert store.intents.last_applied(LIST) is None
