"""Review starts while another command is at work: that command's write is its own."""

import sqlite3
from contextlib import closing

import pytest

from output import list_writer
from output.review.session import ReviewSession
from tests.held import held
from tests.review.week import world_of
from tests.workspace import Workspace

ADD = ("add", "--section", "Inference", "--title", "On Inference")


@pytest.fixture
def workspace(tmp_path):
    """A list with two entries that were added by hand."""
    made = Workspace(tmp_path / "mine")
    for number in (1, 2):
        assert 0 == made.run(*ADD, f"https://example.com/post-{number}").code
    return made


def rows(workspace, query):
    with closing(sqlite3.connect(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        return store.execute(query).fetchall()


def intents(workspace):
    return rows(workspace, "SELECT kind, state FROM intents ORDER BY id")


def posts(workspace):
    text = workspace.listed.read_text()
    return [number for number in range(1, 4) if f"example.com/post-{number})" in text]


def test_an_undo_at_work_is_not_finished_twice(workspace):
    """One batch is taken out and counts as undone; the next undo takes the one before it."""
    with held(list_writer, "_commit", lambda: workspace.run("undo").code):
        before = intents(workspace)
        session = ReviewSession(world_of(workspace), "ada")

        assert ("undo", "open") == before[-1]
        assert before == intents(workspace)
        assert [] == session.recovered

    assert [("apply", "done"), ("apply", "undone"), ("undo", "done")] == intents(workspace)
    assert [1] == posts(workspace)
    assert 0 == workspace.run("undo").code
    assert [] == posts(workspace)


def test_an_add_at_work_decides_once(workspace):
    with held(
        list_writer, "_commit", lambda: workspace.run(*ADD, "https://example.com/post-3").code
    ):
        ReviewSession(world_of(workspace), "ada")

    kept = rows(workspace, "SELECT work_key FROM decisions WHERE act = 'accept' ORDER BY id")
    assert [(f"link:https://example.com/post-{number}",) for number in (1, 2, 3)] == kept
    assert [1, 2, 3] == posts(workspace)


def test_a_killed_one_is_finished_and_told(workspace):
    """Nobody holds the lock, which proves that the owner of the open write is dead."""
    with closing(sqlite3.connect(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        store.execute("UPDATE intents SET state = 'open' WHERE id = 2")
        store.commit()

    session = ReviewSession(world_of(workspace), "ada")

    assert ["efficient-llm.md: an interrupted apply is now complete"] == session.recovered
    assert [("apply", "done"), ("apply", "done")] == intents(workspace)


def test_without_the_lock_nothing_is_recovered(workspace):
    with pytest.raises(RuntimeError, match="needs the lock"):
        list_writer.recover(world_of(workspace), None)
