"""``list move``, ``remove`` and ``star``: one entry changes, and `undo` takes it back."""

import json
import os
import subprocess
from datetime import UTC, datetime

import pytest

import pipelines.workspace
from catalog.markdown.listfile import parse
from catalog.report import Report
from catalog.store import Store
from catalog.store.intents import Intent
from catalog.store.lock import lock
from output.list_writer import recover
from tests.workspace import Workspace

NOW = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
SMALL = """\
# L

## One

- [a](https://a.org/b)
- [**R**](https://github.com/Owner/Repo)
- [a](https://a.org/b)

## Two

- [A paper](https://arxiv.org/abs/2401.00001v2) · ([c](https://c.org/d))
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def small(tmp_path):
    """A list that no configuration keeps."""
    path = tmp_path / "small.md"
    path.write_text(SMALL)
    return path


def some_paper(workspace):
    return next(entry for entry in parse(workspace.listed.read_bytes()).entries if entry.arxiv_id)


def decisions(workspace):
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    return [(one.work_key, one.act, one.section) for one in store.decisions.all()]


def test_an_entry_moves_as_it_stands_and_back(workspace):
    """The person's decision is kept; undo opens it again, and the file is as it was."""
    before, paper = workspace.listed.read_bytes(), some_paper(workspace)

    ended = workspace.run("list", "move", f"{paper.arxiv_id}v9", "--to", "Pruning")

    assert 0 == ended.code
    moved = next(e for e in parse(workspace.listed.read_bytes()).entries if e.raw == paper.raw)
    assert "Pruning" == moved.section
    assert sorted(before.splitlines()) == sorted(workspace.listed.read_bytes().splitlines())
    assert 0 == workspace.run("undo").code
    assert before == workspace.listed.read_bytes()
    key = f"arxiv:{paper.arxiv_id}"
    assert [(key, "move", "Pruning"), (key, "undo", None)] == decisions(workspace)


def test_a_dry_run_shows_and_writes_nothing(workspace):
    before, paper = workspace.listed.read_bytes(), some_paper(workspace)

    ended = workspace.json("list", "star", paper.arxiv_id, "--dry-run")

    said = json.loads(ended.out)
    assert (f"arxiv:{paper.arxiv_id}", True) == (said["star"], said["dry_run"])
    assert "+- 🌟 **" in said["diff"]
    assert before == workspace.listed.read_bytes()
    assert [] == decisions(workspace)


def test_what_is_taken_out_is_not_proposed_again(workspace):
    paper = some_paper(workspace)

    assert 0 == workspace.run("list", "remove", f"https://arxiv.org/pdf/{paper.arxiv_id}").code

    assert paper.raw.encode() not in workspace.listed.read_bytes()
    assert [(f"arxiv:{paper.arxiv_id}", "reject", paper.section)] == decisions(workspace)


def test_an_edit_that_people_built_upon_is_not_undone(workspace):
    workspace.run("list", "star", some_paper(workspace).arxiv_id)
    changed = workspace.listed.read_bytes() + b"\n"
    workspace.listed.write_bytes(changed)

    ended = workspace.run("undo")

    assert 1 == ended.code
    assert "the list has changed since the edit" in ended.err
    assert changed == workspace.listed.read_bytes()


def test_any_list_file_by_its_name(workspace, small):
    """A repository in another spelling; without a configuration nothing is remembered."""
    ended = workspace.run("list", "move", "github.com/owner/repo/", str(small), "--to", "Two")

    assert 0 == ended.code
    moved = "- [**R**](https://github.com/Owner/Repo)\n"
    assert SMALL.replace(moved, "").replace("## Two\n\n", f"## Two\n\n{moved}") == small.read_text()
    assert not (workspace.root / ".listkeeper").exists()


def test_the_diff_that_is_shown_can_be_applied(workspace, small):
    """Also where the last line of the list has no end."""
    small.write_text(SMALL.removesuffix("\n"))

    ended = workspace.run("list", "star", "2401.00001", str(small), "--dry-run")

    assert 2 == ended.out.count("\\ No newline at end of file\n")
    there = {"cwd": small.parent, "input": ended.out.encode(), "check": True}
    subprocess.run(["git", "apply"], **there, env=os.environ | {"GIT_CEILING_DIRECTORIES": "/"})
    assert "🌟" in small.read_text().splitlines()[-1]


def test_there_already_is_nothing_to_do(workspace, small):
    ended = workspace.run("list", "move", "2401.00001", str(small), "--to", "Two")

    assert (0, f"{small}: nothing to change\n") == (ended.code, ended.out)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["remove", "https://a.org/b"], 1, "is listed 2 times: line 5 (One), line 7 (One)"),
        (["remove", "https://a.org/b", "--line", "9"], 1, "is not on line 9; it is on line 5"),
        (["star", "https://c.org/d"], 1, "has no entry of its own; it is named on line 11 (Two)"),
        (["star", "2401.99999"], 1, "is not in the list"),
        (["star", "no address"], 2, "is neither an arXiv id nor a web address"),
        (["move", "2401.00001", "--to", "Tow"], 1, 'there is no section "Tow"; did you mean "Two"'),
    ],
    ids=["twice", "other-line", "extra", "missing", "no-address", "no-section"],
)
def test_what_is_not_clear_changes_nothing(workspace, small, arguments, code, said):
    command, what, *options = arguments

    ended = workspace.run("list", command, what, str(small), *options)

    assert code == ended.code
    assert said in ended.err
    assert SMALL == small.read_text()


def test_one_of_two_by_its_line(workspace, small):
    assert 0 == workspace.run("list", "remove", "https://a.org/b", str(small), "--line", "7").code
    assert 1 == small.read_text().count("https://a.org/b")


@pytest.mark.parametrize("kind", ["apply", "undo"])
def test_a_batch_of_links_that_was_interrupted_is_known_by_its_links(tmp_path, kind):
    """Somebody edited the file meanwhile: what was to come is there, what was to go is gone."""
    path = tmp_path / "l.md"
    less, more = SMALL.encode(), SMALL.replace("## Two\n\n", "## Two\n\n- [n](https://n.org)\n")
    base, new = (less, more.encode()) if kind == "apply" else (more.encode(), less)
    path.write_bytes(new + b"- [mine](https://mine.org)\n")
    world = pipelines.workspace.Workspace(tmp_path, tmp_path, tmp_path / "state", NOW)
    world.store.intents.begin(Intent(kind, "L", str(path), base, new, (), NOW))
    report = Report("list", NOW)

    with lock(world.state, "list"):
        recover(world, report)

    assert [f"l.md: an interrupted {kind} is now complete"] == report.notes
    assert [] == report.needs_person
