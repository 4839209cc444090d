"""What nobody wanted keeps its title; what is wanted, or wanted later, loses nothing."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest

from catalog.store import Store, engine
from catalog.store.works import Saved
from config.secret import Secret
from tests.fakes import KEY, LIST, NOW, citations, decision, found, paper, verdict

LATER = NOW + timedelta(days=61)
BEFORE = LATER - timedelta(days=60)
OTHER = "arxiv:2411.00001"


@pytest.fixture
def store(tmp_path, database):
    with closing(Store(tmp_path / "listkeeper.db", Secret(database))) as store:
        yield store


def judged(store, *papers, section=None, at=NOW):
    store.works.save([found(work) for work in papers])
    store.verdicts.save(LIST, [(work, verdict(section, 0.1)) for work in papers], at)


def test_an_unwanted_paper_keeps_id_title_and_dates(store):
    judged(store, paper())

    assert [KEY] == store.trimmed.due(BEFORE)
    assert 1 == store.trimmed.trim([KEY], BEFORE)

    short = store.works.get(KEY)
    assert (paper().title, None, ()) == (short.title, short.abstract, short.authors)
    assert (paper().published, paper().announced) == (short.published, short.announced)
    assert [short] == list(store.works.all())
    assert [] == list(store.works.untrimmed())
    assert (1, 1) == (store.works.count(), store.trimmed.count())
    assert {KEY: NOW} == store.works.first_seen([KEY])
    assert [] == store.works.sighted(date(2024, 1, 1))
    assert [] == store.trimmed.due(BEFORE)


OF_SCHEMA_9 = """\
CREATE TABLE trimmed (key VARCHAR(2048) PRIMARY KEY, title TEXT NOT NULL, version INTEGER NOT NULL,
    published BIGINT, updated BIGINT, announced VARCHAR(10), first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL)"""


def test_titles_kept_by_an_older_program_stay_what_they_were(tmp_path, database):
    """Their days become numbers; a second time that says nothing new takes no room."""
    path, address = tmp_path / "listkeeper.db", Secret(database)
    rows = [
        f"('{KEY}', 'One', 2, 1000, 1000, '2024-11-26', 1, 2)",
        f"('{OTHER}', 'Two', 1, 1000, 2000, '1999-12-31', 1, 2)",
        "('arxiv:2411.00002', 'Three', 1, NULL, NULL, NULL, 1, 2)",
    ]
    with closing(Store(path, address)) as store, store._database.begin() as connection:
        connection.exec_driver_sql("DROP TABLE trimmed")
        connection.exec_driver_sql(OF_SCHEMA_9)
        connection.exec_driver_sql(f"INSERT INTO trimmed VALUES {', '.join(rows)}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0009'")

    with closing(Store(path, address)) as store:
        short = store.works.get_many([KEY, OTHER, "arxiv:2411.00002"])

    dates = {work.title: (work.published, work.updated, work.announced) for work in short.values()}
    first, second = (datetime.fromtimestamp(number, UTC) for number in (1000, 2000))
    assert (first, first, date(2024, 11, 26)) == dates["One"]
    assert (first, second, date(1999, 12, 31)) == dates["Two"]
    assert (None, None, None) == dates["Three"]
    assert 2 == short[KEY].version


def test_what_is_proposed_decided_looked_into_or_seen_lately_stays_whole(store):
    ids = [f"2411.0000{number}" for number in range(1, 6)]
    judged(store, *(paper(name) for name in ids[:4]))
    judged(store, paper(ids[4]), section="Pruning")
    store.decisions.add([decision("reject", key=f"arxiv:{ids[0]}")])
    store.facts.record(citations(key=f"arxiv:{ids[1]}"))
    store.works.save([found(paper(ids[2]), source="hf_daily", seen_at=LATER)])

    assert [f"arxiv:{ids[3]}"] == store.trimmed.due(BEFORE)
    assert 1 == store.trimmed.trim([f"arxiv:{name}" for name in ids], BEFORE)
    assert 4 == len(list(store.works.untrimmed()))


def test_a_text_that_comes_back_is_a_whole_work_again(store):
    judged(store, paper())
    store.trimmed.trim([KEY], BEFORE)

    assert Saved(updated=1) == store.works.save([found(seen_at=LATER)])

    assert paper() == store.works.get(KEY)
    assert (1, 0) == (store.works.count(), store.trimmed.count())
    assert NOW == store.works.first_seen([KEY])[KEY]
    assert [paper()] == store.verdicts.backlog(LIST, "rules-1", 10)
    assert [] == store.trimmed.due(BEFORE)


def test_changed_rules_judge_titles_once_and_the_same_rules_never(store):
    """What the title alone proposes is a work again, without its text."""
    judged(store, paper(), paper("2411.00001", title="Pruning of Vines"))
    store.trimmed.trim([KEY, OTHER], BEFORE)
    assert [] == store.trimmed.backlog(LIST, "rules-1", 10)

    first = store.trimmed.backlog(LIST, "rules-2", 1)
    assert [OTHER] == [work.key for work in first]
    said = verdict(section=None, score=0.0, fingerprint="rules-2")
    assert 0 == store.trimmed.judged(LIST, [(first[0], said)], LATER)
    rest = store.trimmed.backlog(LIST, "rules-2", 10)
    assert [KEY] == [work.key for work in rest]
    assert 1 == store.trimmed.judged(LIST, [(rest[0], verdict(fingerprint="rules-2"))], LATER)

    assert [] == store.trimmed.backlog(LIST, "rules-2", 10)
    assert [] == store.verdicts.backlog(LIST, "rules-2", 10)
    assert [(KEY, "Quantization")] == [
        (work.key, said.section) for work, said in store.verdicts.proposed(LIST)
    ]
    assert [OTHER] == [work.key for work in store.trimmed.backlog("Another List", "x", 1)]
    assert LATER == store.verdicts.first_judged(LIST, "rules-2")


def test_a_number_of_a_change_is_never_given_twice(store):
    """The newest text is trimmed; what comes after it is judged nevertheless."""
    judged(store, paper())
    store.trimmed.trim([KEY], BEFORE)

    store.works.save([found(paper("2411.00001"))])

    assert [OTHER] == [work.key for work in store.verdicts.backlog(LIST, "rules-1", 10)]


def test_files_and_exports_are_those_of_the_candidates(store, tmp_path):
    """A trimmed store and one that took its files in write the same bytes."""
    judged(store, paper("2411.00002"))
    judged(store, paper(), section="Pruning")
    store.decisions.add([decision()])
    store.trimmed.trim(store.trimmed.due(BEFORE), BEFORE)
    files, export = store.memory.files(), list(store.backup.export())

    with closing(Store(tmp_path / "second" / "listkeeper.db")) as second:
        second.memory.take_in(files.items(), dict)
        second.verdicts.save(LIST, [(paper(), verdict("Pruning", 0.1))], NOW)
        assert files == second.memory.files()
        assert export == list(second.backup.export())
    before = store.works.count()
    assert 0 == store.memory.take_in(files.items(), dict)
    assert before == store.works.count()


def test_works_are_a_file_a_day_and_a_file_of_a_former_week_is_read(store, tmp_path):
    """A day's run writes that day's works and no earlier text once more."""
    judged(store, paper(), section="Pruning")
    first = store.memory.files()
    store.works.save([found(paper("2411.00001"), seen_at=NOW + timedelta(days=1))])
    store.decisions.add([decision("reject", key=OTHER)])

    files = store.memory.files()

    by_day = sorted(path for path in files if path.startswith("works/"))
    assert [
        f"works/{NOW:%Y-%m-%d}.jsonl",
        f"works/{NOW + timedelta(days=1):%Y-%m-%d}.jsonl",
    ] == by_day
    assert files[by_day[0]] == first[by_day[0]]
    former = {path: data for path, data in files.items() if path not in by_day}
    former["works/2024-W46.jsonl"] = b"".join(sorted(files[path] for path in by_day))
    with closing(Store(tmp_path / "second" / "listkeeper.db")) as second:
        second.memory.take_in(former.items(), dict)
        second.verdicts.save(LIST, [(paper(), verdict("Pruning", 0.1))], NOW)
        assert files == second.memory.files()


def test_days_of_trimmed_papers(store):
    judged(store, paper(), paper("2411.00001", announced=date(2024, 10, 1)))
    store.trimmed.trim([KEY, OTHER], BEFORE)

    assert {date(2024, 11, 8): NOW} == store.trimmed.days(date(2024, 11, 1), date(2024, 11, 30))
    assert 1 == store.trimmed.seen_since(date(2024, 11, 1))


# The file is made smaller.

DIE = """
import os, sqlite3, sys
from pathlib import Path
from catalog.store import engine
engine.MIN_FREE_BYTES = 1
path, last = Path(sys.argv[1]), int(sys.argv[2])
opened = engine.open_engine(path)
raw = opened.raw_connection()
steps = 0
def tick():
    global steps
    steps += 1
    if steps == last:
        os.kill(os.getpid(), 9)
raw.driver_connection.set_progress_handler(tick, 10)
raw.close()
engine.shrink(opened, path)
print(steps)
"""


@pytest.fixture(scope="module")
def mostly_empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("hollow") / "listkeeper.db"
    with closing(Store(path)) as store:
        judged(store, *(paper(f"2411.{n:05}", abstract=f"long {n} " * 200) for n in range(600)))
        store.trimmed.trim(store.trimmed.due(BEFORE)[:500], BEFORE)
    return path


@pytest.fixture
def hollow(mostly_empty, tmp_path, monkeypatch):
    """A store of which most is empty."""
    monkeypatch.setattr(engine, "MIN_FREE_BYTES", 1)
    return shutil.copy(mostly_empty, tmp_path / "listkeeper.db")


def content(path):
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def test_room_is_given_back_when_that_pays(hollow):
    with closing(Store(hollow)) as store:
        before, was = content(hollow), store.size()
        assert was.can_shrink
        with store.lock("run"):
            freed = store.shrink()
            assert 0 == store.shrink()

        assert 0 < was.free <= freed == was.total - store.size().total
    assert before == content(hollow)


def test_nobody_shrinks_what_another_holds(hollow):
    """Without the lock it is a mistake of the program; who reads is not disturbed."""
    with closing(Store(hollow)) as store:
        size = hollow.stat().st_size
        with pytest.raises(RuntimeError, match="needs the lock"):
            store.shrink()
        assert size == hollow.stat().st_size
        with closing(Store(hollow)) as reader, reader._database.read() as reading:
            seen = reading.exec_driver_sql("SELECT count(*) FROM trimmed").scalar()
            with store.lock("run"):
                store.shrink()
            assert seen == reading.exec_driver_sql("SELECT count(*) FROM trimmed").scalar()


def shrunk(hollow, folder, at):
    """A copy that another process shrinks until it dies at a step, and how that process ended."""
    folder.mkdir()
    copy = shutil.copy(hollow, folder / "listkeeper.db")
    line = [sys.executable, "-c", DIE, str(copy), str(at)]
    return copy, subprocess.run(line, env=os.environ, stdout=subprocess.PIPE, text=True)


@pytest.mark.long
def test_a_kill_while_it_shrinks_loses_nothing(hollow, tmp_path):
    before = content(hollow)
    _, whole = shrunk(hollow, tmp_path / "whole", -1)
    steps = int(whole.stdout)
    assert steps > 10

    for at in (1, steps // 2, steps):
        copy, ended = shrunk(hollow, tmp_path / str(at), at)
        assert -signal.SIGKILL == ended.returncode
        with closing(Store(copy)) as store:
            assert [] == store.check()
        assert before == content(copy)


def test_long_texts_are_packed_and_old_plain_ones_are_read(tmp_path):
    path, text = tmp_path / "listkeeper.db", "Half of all signs, \N{BITCOIN SIGN}. " * 40
    with closing(Store(path)) as store:
        store.works.save([found(paper(abstract=text)), found(paper("2411.00001", abstract=text))])
        with closing(sqlite3.connect(path)) as other, other:
            (packed,) = other.execute("SELECT abstract FROM works WHERE key = ?", [KEY]).fetchone()
            other.execute("UPDATE works SET abstract = ? WHERE key = ?", [text, OTHER])

        assert isinstance(packed, bytes)
        assert len(packed) < len(text) / 2
        assert [text, text] == [work.abstract for work in store.works.all()]
