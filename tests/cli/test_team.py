"""One store in PostgreSQL for several folders: commands work, it moves to a file and back."""

import json
import random
from contextlib import closing

import pytest

from benchmarks.two_machines import play
from catalog.report import Report
from catalog.rows.digests import KeptDigest
from catalog.rows.runs import Run, StoredDay
from catalog.store import Store
from cli.options import make_workspace
from config.secret import Secret
from output.list_writer import ListTarget, recover
from tests import postgres
from tests.fakes import KEY, LIST, NOW, citations, decision, found, link, miss, paper
from tests.kill_stories import RULES, TUESDAY, arrive
from tests.workspace import Workspace

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_database, monkeypatch):
    postgres.emptied(postgres_database)
    monkeypatch.setenv(postgres.URL, postgres_database)
    return postgres_database


def folder(root):
    made = Workspace(root)
    (made.root / "config" / "lists" / "efficient-llm.yaml").write_text(RULES)
    return made


def world_of(made):
    return make_workspace(config=str(made.root / "config"), as_of=TUESDAY.isoformat(), quiet=True)


def test_a_week_without_a_file(url, tmp_path):
    """Digest, apply and undo as ever; the folder has no database, and no word a password."""
    mine = folder(tmp_path / "mine")
    arrive(mine, ("2411.00001", "2411.00002"))
    before = mine.listed.read_bytes()

    assert 0 == mine.run("digest", as_of=TUESDAY).code
    mine.tick(1)
    applied = mine.run("apply", as_of=TUESDAY)
    assert (0, True) == (applied.code, b"Fewer Bits 2411.0000" in mine.listed.read_bytes())
    assert 0 == mine.run("undo", as_of=TUESDAY).code

    assert before == mine.listed.read_bytes()
    assert not (mine.root / ".listkeeper" / "listkeeper.db").exists()
    for command in (("status",), ("status", "--json"), ("doctor",), ("doctor", "--json")):
        said = mine.run(*command, as_of=TUESDAY)
        assert "postgresql://listkeeper@" in said.out
        assert "a-password" not in said.out + said.err


def test_without_the_driver_one_sentence_says_what_to_install(url, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)

    ended = folder(tmp_path / "mine").run("status", as_of=TUESDAY)

    assert 2 == ended.code
    assert (
        "(the extra `postgres`), which is not installed: pip install 'listkeeper[postgres]', "
        in ended.err
    )
    assert 1 == ended.err.count("\n")


@pytest.mark.long
def test_two_machines_lose_and_double_nothing(postgres_database, tmp_path):
    postgres.emptied(postgres_database)

    outcome = play(tmp_path, postgres_database, 2, 3, random.Random(1))

    assert [] == outcome.wrong
    assert (6, 6) == (outcome.confirmed, outcome.clashes)


def test_a_write_that_another_machine_has_done_meanwhile_counts_once(url, tmp_path):
    """A machine was killed after it wrote; another accepted the same; then the first returns."""
    here, there = (world_of(folder(tmp_path / name)) for name in ("here", "there"))
    (rules,) = here.lists
    path = here.list_path(rules)
    old, new = path.read_bytes(), path.read_bytes() + b"\n"
    here.store.intents.begin(
        ListTarget(LIST, path, "ada", NOW).intent("apply", old, new, (decision(),))
    )
    path.write_bytes(new)
    there.store.decisions.add([decision(at=TUESDAY)])

    with here.lock("run"):
        recover(here, Report("run", TUESDAY))

    assert [decision(at=TUESDAY)] == here.store.decisions.all()
    assert [] == here.store.intents.open()


def fill(store):
    works = [paper(), paper("2411.00007", "Ä \\ \N{BITCOIN SIGN}"), link()]
    store.works.save([found(work) for work in works])
    store.decisions.add([decision("reject"), decision("accept", works[2].key), decision("undo")])
    store.facts.record(citations(100))
    store.facts.record(citations(3, held=True))
    store.facts.record(miss(key=works[1].key))
    body = {"list_name": LIST, "name": "2024-W46", "candidates": [{"key": works[1].key, "x": 0.1}]}
    store.digests.save(KeptDigest(LIST, "2024-W46", NOW, b"\xff\x00\r\n# A List\n", body))
    store.runs.keep(Run("run", NOW, "OK", {"counts": {"a/found": 2**40}}))
    store.runs.set_day(StoredDay("arxiv_rss/cs.CL", NOW.date(), "feed", 3, NOW))


def all_of(store):
    lines = [json.dumps(row, sort_keys=True) for row in store.backup.export()]
    return store.memory.files(), lines


def test_a_list_moves_into_the_database_and_back_with_equal_bytes(url, tmp_path):
    """The files of its branch, and the lines of a backup."""
    with (
        closing(Store(tmp_path / "a" / "listkeeper.db")) as old,
        closing(Store(tmp_path / "b" / "listkeeper.db", Secret(url))) as shared,
        closing(Store(tmp_path / "c" / "listkeeper.db")) as new,
    ):
        fill(old)
        shared.memory.take_in(old.memory.files().items(), dict)
        new.memory.take_in(shared.memory.files().items(), dict)

        assert all_of(old) == all_of(shared) == all_of(new)
        assert 0 == shared.memory.take_in(new.memory.files().items(), dict)
        assert KEY in {work.key for work in new.works.all()}


def test_a_backup_moves_into_the_database_and_back_with_equal_bytes(url, tmp_path, monkeypatch):
    """As people do it: export, import."""
    mine = folder(tmp_path / "mine")
    monkeypatch.delenv(postgres.URL)
    arrive(mine, ("2411.00001",))
    assert 0 == mine.run("digest", as_of=TUESDAY).code
    files = [tmp_path / f"{n}.jsonl" for n in range(3)]
    assert 0 == mine.run("export", "all", "-o", str(files[0])).code

    monkeypatch.setenv(postgres.URL, url)
    for command in (("import", str(files[0])), ("export", "all", "-o", str(files[1]))):
        assert 0 == mine.run(*command, as_of=TUESDAY).code
    monkeypatch.delenv(postgres.URL)
    other = folder(tmp_path / "other")
    for command in (("import", str(files[1])), ("export", "all", "-o", str(files[2]))):
        assert 0 == other.run(*command, as_of=TUESDAY).code

    assert files[0].stat().st_size
    assert files[0].read_bytes() == files[1].read_bytes() == files[2].read_bytes()
