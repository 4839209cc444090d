"""An export fills another store with the same, and what is no record is refused."""

import json
from contextlib import closing
from datetime import timedelta

import pytest

from catalog.errors import UsageTrouble
from catalog.store import Store
from tests.catalog.store.rows import HOSTILE, LATER, ask, digest
from tests.fakes import KEY, LIST, NOW, citations, decision


@pytest.fixture
def lived_in(store):
    """A store that people and time have been at."""
    store.decisions.add([decision("reject", reason=HOSTILE), decision("undo", at=LATER)])
    body = {"list_name": LIST, "name": "2024-W46", "z": [1, None, 0.5], "a": {"ä": True}}
    store.digests.save(digest(base=b"\xff\x00\r\n", body=body))
    store.facts.record(citations(100))
    store.facts.record(citations(3, seen_at=LATER, held=True))
    return store


def by_file(rows):
    """Rows after a trip through a file of JSON Lines, keys sorted as `export all` does."""
    lines = [json.dumps(row, sort_keys=True) for row in rows]
    return [json.loads(line) for line in lines]


def restore(store, rows):
    """The number of new rows; each stands in a line of its own, and any content will do."""
    places = ((f"backup.jsonl:{number}", row) for number, row in enumerate(rows, 1))
    return store.backup.restore(places, dict)


def test_an_export_fills_an_empty_store(lived_in, tmp_path):
    """The new store says the same as the old one, and exports the same."""
    rows = by_file(lived_in.backup.export())
    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        assert 5 == restore(new, by_file(rows))

        assert rows == by_file(new.backup.export())
        assert lived_in.decisions.all() == new.decisions.all()
        assert lived_in.digests.all() == new.digests.all()
        assert list(lived_in.facts.history("citations")) == list(new.facts.history("citations"))
        assert lived_in.facts.held("citations") == new.facts.held("citations")
        assert [(2,)] == ask(new, "SELECT count(*) FROM decisions")


def test_importing_twice_is_importing_once(lived_in, tmp_path):
    """The same rows again, even the very same objects, add nothing."""
    rows = by_file(lived_in.backup.export())
    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        restore(new, rows)

        assert 0 == restore(new, rows)
        assert rows == by_file(new.backup.export())


def test_an_export_comes_home(lived_in):
    """Into the store it was made from, nothing is added."""
    assert 0 == restore(lived_in, by_file(lived_in.backup.export()))
    assert [(2,)] == ask(lived_in, "SELECT count(*) FROM facts")


def test_a_digest_that_is_here_already_stays(lived_in):
    """An older telling of a digest does not take the place of the one people see."""
    (row,) = [row for row in by_file(lived_in.backup.export()) if row["record"] == "digest"]
    before = lived_in.digests.all()

    assert 0 == restore(lived_in, [{**row, "body": {"list_name": LIST, "name": row["name"]}}])
    assert before == lived_in.digests.all()


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"record": "paper"}, id="another kind"),
        pytest.param({"act": "accept"}, id="no kind"),
        pytest.param({"record": ["fact"]}, id="a kind that is no word"),
        pytest.param({"record": "decision", "act": "accept"}, id="half a row"),
        pytest.param({"record": "fact", "first_at": "yesterday"}, id="no moment"),
        pytest.param({"record": "digest", "base": "%%%"}, id="no bytes"),
    ],
)
def test_what_is_no_record_is_refused_with_its_line(store, row):
    """And nothing of the file is taken in."""
    good = {"record": "fact", **_fact_row()}

    with pytest.raises(UsageTrouble, match=r"backup\.jsonl:2"):
        restore(store, [good, row])

    assert [(0,)] == ask(store, "SELECT count(*) FROM facts")


def test_order_of_decisions_survives_a_move(store, tmp_path):
    """The last one on a work counts, whatever comes first in the alphabet."""
    for at, act in enumerate(("reject", "accept", "undo", "later", "accept", "star"), 1):
        store.decisions.add([decision(act, at=NOW + timedelta(hours=at))])
    rows = by_file(store.backup.export())

    with closing(Store(tmp_path / "new" / "listkeeper.db")) as new:
        restore(new, rows)

        assert store.decisions.all() == new.decisions.all()
        assert "star" == new.decisions.latest(LIST)[KEY].act


def _fact_row():
    moment = NOW.isoformat()
    return {
        "work_key": KEY,
        "kind": "citations",
        "source": "semanticscholar",
        "value": "7",
        "url": None,
        "held": False,
        "first_at": moment,
        "last_at": moment,
    }
