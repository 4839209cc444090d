"""The state branch: what each push adds, and that reading it gives the same bytes again."""

import json
import random
from contextlib import closing

import pytest

from catalog.branches import Branches
from catalog.errors import StoreTrouble
from catalog.rows.digests import KeptDigest
from catalog.store import Store
from output.digest.model import as_json
from output.digest.validation import check_json
from output.publish import state_files
from output.publish.state import StateBranch
from output.publish.state_files import new_files, read_files
from tests.fakes import LIST, NOW, citations, decision, digest, found, paper, verdict
from tests.publish.hosted import git

BRANCH = "listkeeper-state"


def written(files, branch):
    """The branch after a push of these files."""
    new, only = new_files(files, branch)
    after = {} if only else dict(branch)
    for path, data in new.items():
        after.pop(path, None)
        if data is not None:
            after[path] = data
    return after


def rows(*lines):
    return b"".join(json.dumps(line, sort_keys=True).encode() + b"\n" for line in lines)


def test_a_push_adds_one_file_with_what_came_and_went():
    first = {"format": b"1\n", "README.md": b"What this is\n", "days.jsonl": rows(1, 2)}
    branch = written(first, None)
    second = first | {"days.jsonl": rows(2, 3), "sources.jsonl": rows(4)}
    new, only = new_files(second, branch)

    assert not only
    assert ["changes-000-00.txt"] == list(new)
    (text,) = new.values()
    assert text.startswith(b"days.jsonl\n-")
    assert text.endswith(b"+3\nsources.jsonl\n+4\n")
    branch = written(second, branch)
    assert second == read_files(branch)
    assert ({}, False) == new_files(second, branch)


def test_a_branch_with_all_changes_in_folders_is_read_and_written_anew():
    line = rows(1)
    branch = {"format": b"2\n", "days.jsonl": line, "changes-000/00.txt": b"days.jsonl\n+2\n"}
    files = {"format": b"1\n", "days.jsonl": rows(1, 2)}

    assert files == read_files(branch)
    new, only = new_files(files, branch)
    assert only
    assert {"format": b"3\n", "days.jsonl": rows(1, 2)} == new


def test_files_that_are_no_lines_are_changed_and_removed():
    first = {"format": b"1\n", "bases/a.md": b"A\n", "order/x.json": b"{}\n"}
    branch = written(first, None)
    second = {"format": b"1\n", "bases/b.md": b"B\n", "order/x.json": b"[]\n"}

    assert second == read_files(written(second, branch))


@pytest.mark.parametrize("most", [3, 1_000])
def test_any_history_of_changes_reads_as_its_last_files(monkeypatch, most):
    monkeypatch.setattr(state_files, "MAX_CHANGES", most)
    chance = random.Random(most)
    branch = None
    for _ in range(130):
        every = {
            f"{name}.jsonl": rows(*sorted(chance.sample(range(9), chance.randint(0, 9))))
            for name in ("days", "facts/2024-W46", "misses")
        }
        # Equal lines are several rows; of decisions the order counts.
        every["runs.jsonl"] = rows(*sorted(chance.choices("abc", k=chance.randint(1, 4))))
        every["decisions/2024.jsonl"] = rows(*(chance.choices("abc", k=chance.randint(1, 4))))
        files = {path: data for path, data in every.items() if data} | {"format": b"1\n"}
        branch = written(files, branch)
        assert files == read_files(branch)
        assert 100 >= sum(name.startswith("changes-") and "/" not in name for name in branch)
    assert (most < 100) != ("changes-000/99.txt" in branch), "a full hundred has its folder"
    assert branch["decisions/2024.jsonl"] == files["decisions/2024.jsonl"], "people can read it"


@pytest.fixture
def store(tmp_path):
    """A candidate that a digest shows in full, one that it names, and one whose text is newer."""
    with closing(Store(tmp_path / "listkeeper.db")) as store:
        fill(store)
        yield store


def fill(store):
    texts = "Weights of four bits. " * 60
    works = [
        paper(f"2411.0000{n}", f"Work {n} of “quotes”", abstract=texts + str(n)) for n in "123"
    ]
    page = digest(*works)
    kept = as_json(page) | {"named": [["arxiv:2411.00003", "Pruning", works[2].title]]}
    store.digests.save(KeptDigest(LIST, page.name, NOW, b"# List\n", json.loads(json.dumps(kept))))
    changed = paper("2411.00002", "Work 2, renamed", abstract="Anew.", version=2)
    store.works.save([found(work) for work in (works[0], changed, works[2])])
    store.verdicts.save(LIST, [(work, verdict()) for work in works], NOW)
    store.decisions.add([decision("reject", key="arxiv:2411.00001")])
    store.facts.record(citations(key="arxiv:2411.00001"))


def test_a_digest_leaves_its_texts_to_the_works_and_has_them_again(store):
    files = store.memory.files()
    (path,) = (path for path in files if path.startswith("digests/"))

    branch = written(files, None)

    # The second work has a newer text now; the digest keeps the one that it showed.
    assert b"bits. 2" in branch[path]
    assert b"bits. 1" not in branch[path]
    assert len(branch[path]) < len(files[path])
    assert files == read_files(branch)


def test_a_digest_that_changes_writes_its_new_items_only(store):
    branch = written(store.memory.files(), None)
    old = store.digests.newest(LIST, NOW)
    # A new candidate comes first: all others move on by one.
    shown = [json.loads(json.dumps(item)) for item in old.body["candidates"]]
    new = shown[0] | {"key": "arxiv:2411.00009", "title": "A new one"}
    items = [item | {"number": n} for n, item in enumerate([new, *shown], 1)]
    store.digests.save(
        KeptDigest(LIST, old.name, old.made_at, old.base, old.body | {"candidates": items})
    )
    files = store.memory.files()
    after = written(files, branch)

    assert files == read_files(after)
    (change,) = (after[path] for path in after.keys() - branch.keys())
    assert 1 == change.count(b'+{"item": ')
    assert b"A new one" in change
    assert shown[0]["entry"].encode() not in change


@pytest.fixture
def clones(tmp_path):
    """Two clones of one bare repository."""
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    for name in ("ours", "theirs"):
        git(tmp_path, "clone", "-q", "bare.git", name)
    return tmp_path


def state_in(folder, name):
    store = Store(folder / f"{name}.db")
    return StateBranch(store, folder / name, Branches(folder / name), BRANCH)


@pytest.mark.long
def test_a_branch_that_an_older_program_wrote_is_read_and_written_on(clones, store):
    ours, theirs = state_in(clones, "ours"), state_in(clones, "theirs")
    with closing(ours.store), closing(theirs.store):
        files = store.memory.files()
        old = ours.branches.commit(files, None, "Listkeeper: state", only=True)
        ours.branches.push(old, BRANCH, None)

        assert theirs.pull()
        assert files == theirs.store.memory.files()
        assert theirs.push(), "the branch is written in the newer form once"
        assert theirs.push() is None
        assert ours.pull()
        assert files == ours.store.memory.files()
        assert ours.push() is None


@pytest.mark.long
def test_pushes_by_turns_give_both_clones_the_same_store(clones):
    ours, theirs = state_in(clones, "ours"), state_in(clones, "theirs")
    with closing(ours.store), closing(theirs.store):
        fill(ours.store)
        assert ours.push()
        assert theirs.pull()
        for number in range(4):
            one, other = (ours, theirs)[:: 1 if number % 2 else -1]
            one.store.decisions.add([decision("reject", key=f"arxiv:2411.1000{number}")])
            other.store.facts.record(citations(number, key="arxiv:2411.00003"))
            assert one.push()
            assert other.push(), "what the other one pushed first is taken in"
            assert one.pull()
            assert one.store.memory.files() == other.store.memory.files()
        assert ours.push() is theirs.push() is None
        names = git(clones / "bare.git", "ls-tree", "-r", "--name-only", BRANCH).split()
        assert "changes-000-03.txt" in names
        assert {"decisions/2024-11.jsonl", "README.md"} <= ours.show().keys()


@pytest.mark.parametrize(
    ("files", "where"),
    [
        pytest.param({"format": b"4\n"}, "format", id="a newer program's"),
        pytest.param(
            {"format": b"2\n", "changes-000/00.txt": b"+1\n"}, "changes-000/00.txt:1", id="no path"
        ),
        pytest.param(
            {"format": b"2\n", "changes-000/00.txt": b"days.jsonl\n<<<<<<< HEAD\n"},
            "changes-000/00.txt:2",
            id="a merge",
        ),
    ],
)
def test_a_damaged_branch_is_refused_with_its_place(files, where):
    with pytest.raises(StoreTrouble) as trouble:
        read_files(files)
    assert str(trouble.value).startswith(where)


def test_a_digest_without_its_works_is_refused(store):
    branch = written(store.memory.files(), None)
    lost = {path: data for path, data in branch.items() if not path.startswith("works/")}
    read = read_files(lost)

    (line,) = (data for path, data in read.items() if path.startswith("digests/"))
    with pytest.raises(ValueError, match=r"named|has no"):
        check_json(json.loads(line)["body"])
