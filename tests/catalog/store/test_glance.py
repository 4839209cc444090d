"""What a glance at the store's file tells is what the store itself tells."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from catalog.errors import ComeBackLater, StoreTrouble
from catalog.rows import glance
from catalog.rows.glance import open_glance
from catalog.rows.runs import Run, StoredDay
from tests.catalog.store.rows import HOSTILE, LATER, LATEST, digest, state
from tests.fakes import KEY, LIST, NOW, citations, decision, found, link, miss, paper

TRIMMED = "arxiv:2401.00001"
NOWHERE = "arxiv:2411.99999"


@pytest.fixture
def database():
    """A glance is at a file."""
    return ""


@pytest.fixture
def filled(store):
    """A store with rows of every kind that a glance reads, and values that are hard to read."""
    long = "We quantize activations to four bits. " * 20
    hard = paper("2411.00002", HOSTILE, abstract=long, updated=LATER, doi="10.1/1", comments="")
    store.works.save(
        [
            found(seen_at=LATER),
            found(hard, announced=date(2024, 11, 11), announce_type="cross"),
            found(paper("2411.00003"), announced=date(2024, 11, 11), announce_type="replace"),
            found(link(description=long), announce_type="mention"),
            found(paper("2401.00001", published=datetime(2024, 1, 2, tzinfo=NOW.tzinfo))),
        ]
    )
    assert 1 == store.trimmed.trim([TRIMMED], LATEST)
    store.facts.record(citations(7, seen_at=NOW))
    store.facts.record(citations(7, seen_at=LATER))
    store.facts.record(citations(9, seen_at=LATER, source="openalex", url=None))
    store.facts.record(citations(3, seen_at=LATEST, held=True))
    store.facts.record(replace(citations(1, key=TRIMMED), kind="title", source="arxiv"))
    store.facts.record(miss(key=TRIMMED, detail=HOSTILE))
    store.decisions.add([decision(), decision("undo", at=LATER), decision("later", TRIMMED)])
    store.decisions.add([replace(decision(), list_name="Another List", entry=HOSTILE)])
    for name, at in (("2024-W45", NOW), ("2024-W46", LATER), ("2024-W46-2", LATEST)):
        store.digests.save(digest(name, made_at=at, base=b"\xff\0", body={"text": HOSTILE}))
    store.runs.keep(Run("run", NOW, "OK", {"counts": {"a/found": 1}}))
    store.runs.keep(Run("watch", LATER, "STALE", {"notes": [HOSTILE, "\ud83d"]}))
    store.runs.set_source(state(news=(date(2024, 11, 8),), open=("2411.1",)))
    store.runs.set_source(replace(state(), source="feeds/x", etag=None, day=None, batch=()))
    store.runs.set_day(StoredDay("arxiv/cs.CL", date(2024, 11, 8), "feed", 3, NOW))
    store.runs.set_day(StoredDay("arxiv/cs.CL", date(2024, 11, 7), "api", 4, LATER))
    return store


KEYS = [KEY, "arxiv:2411.00002", link().key, TRIMMED, NOWHERE]
# Everything that a glance can be asked.
QUESTIONS = {
    "runs": lambda store: store.runs.recent(most=9),
    "the last run": lambda store: store.runs.recent(most=1),
    "sources": lambda store: store.runs.sources(),
    "days": lambda store: list(store.runs.days("arxiv/cs.CL").items()),
    "no days": lambda store: store.runs.days("arxiv/cs.AI"),
    "decisions": lambda store: store.decisions.all(LIST),
    "last decisions": lambda store: store.decisions.latest("Another List"),
    "a digest": lambda store: store.digests.get(LIST, "2024-W46"),
    "no digest": lambda store: store.digests.get(LIST, "2024-W44"),
    "digests of a week": lambda store: store.digests.names(LIST, "2024-W46"),
    "last digests": lambda store: store.digests.latest(LIST, 2),
    "asked": lambda store: store.facts.asked("citations", "semanticscholar"),
    "history": lambda store: list(store.facts.history("citations")),
    "misses": lambda store: store.facts.misses("citations"),
    "last facts": lambda store: store.facts.latest("citations", KEYS),
    "works": lambda store: list(store.works.get_many(KEYS).items()),
    "a work": lambda store: store.works.get(TRIMMED),
    "no work": lambda store: store.works.get(NOWHERE),
    "sightings": lambda store: store.works.sighted(date(2024, 11, 8)),
    "number of works": lambda store: (store.works.count(), store.trimmed.count()),
    "its name": lambda store: (store.name, store.is_file),
}


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_a_glance_tells_what_the_store_tells(filled, question):
    assert question(filled) == question(open_glance(Path(filled.name)))


def test_nothing_is_left_out_of_the_questions():
    """A new method of a glance needs a question above."""
    parts = [value for name, value in vars(glance).items() if name.endswith("Rows")]
    methods = {name for part in parts for name in vars(part) if not name.startswith("_")}

    asked = {name for question in QUESTIONS.values() for name in question.__code__.co_names}
    assert set() == methods - asked


def test_a_glance_is_of_one_moment_and_holds_nobody_up(filled):
    before = open_glance(Path(filled.name))
    filled.decisions.add([decision("reject", at=LATEST)])

    assert "reject" != before.decisions.latest(LIST)[KEY].act
    assert "reject" == open_glance(Path(filled.name)).decisions.latest(LIST)[KEY].act


def test_a_glance_writes_nothing(filled):
    runs = open_glance(Path(filled.name)).runs

    with pytest.raises(StoreTrouble, match="is read-only"):
        list(runs._file.ask("DELETE FROM runs"))


def spoil(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for statement in statements:
            other.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE alembic_version SET version_num = '0001'", id="an older schema"),
        pytest.param("UPDATE alembic_version SET version_num = '0099'", id="a newer schema"),
        pytest.param("DELETE FROM alembic_version", id="no schema"),
        pytest.param("PRAGMA application_id = 7", id="another program's"),
    ],
)
def test_what_only_the_store_can_tell_is_left_to_it(filled, statement):
    spoil(filled.name, statement)

    assert open_glance(Path(filled.name)) is None


def test_what_is_no_store_is_left_to_the_store(tmp_path):
    (tmp_path / "text.db").write_text("no database")
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere.db")

    for name in ("text.db", "link.db", "nothing.db", "."):
        assert open_glance(tmp_path / name) is None
    assert not (tmp_path / "nowhere.db").exists()
    assert not (tmp_path / "nothing.db").exists()


@pytest.mark.parametrize(
    ("error", "trouble"),
    [("database is locked", ComeBackLater), ("database disk image is malformed", StoreTrouble)],
)
def test_an_error_is_that_of_the_store(filled, error, trouble):
    class Broken:
        def execute(self, *_):
            raise sqlite3.OperationalError(error)

    runs = open_glance(Path(filled.name)).runs
    runs._file._connection = Broken()

    with pytest.raises(trouble):
        runs.sources()
