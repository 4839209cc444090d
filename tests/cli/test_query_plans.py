"""A store may hold a million works: what people wait for reads none of its large tables whole."""

import re

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from catalog.rows.glance import OpenFile
from output.review.session import ReviewSession
from sandbox.process import running
from tests.review.week import NOW, arrives, world_of
from tests.workspace import Workspace

WHOLE = re.compile(
    r"SCAN (works|sightings|verdicts|trimmed)\b|"
    # Every verdict of a list: nearly as many as there are works.
    r"SEARCH verdicts USING INDEX sqlite_autoindex_verdicts_1 \(list_name=\?\)"
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("plans"))
    arrives(workspace)
    return workspace


@pytest.fixture
def asked(monkeypatch):
    """Every question to a database in the test, with its values."""
    questions = {}

    def note(_connection, _cursor, statement, values, _context, many):
        if statement.startswith("SELECT") and not many:
            questions[statement] = values

    def note_glance(file, query, *values):
        note(None, None, query, values, None, many=False)
        return ask(file, query, *values)

    ask = OpenFile.ask
    monkeypatch.setattr(OpenFile, "ask", note_glance)
    event.listen(Engine, "before_cursor_execute", note)
    yield questions
    event.remove(Engine, "before_cursor_execute", note)


def review(workspace):
    session = ReviewSession(world_of(workspace), "ada")
    assert session.focus(session.lines()[0].id)


def enrich(workspace):
    with running(now=NOW) as outside:
        workspace.outside.update(outside.environment())
        assert 0 == workspace.run("enrich", as_of=NOW).code


@pytest.mark.long
@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda it: it.run("status", as_of=NOW), id="status"),
        pytest.param(lambda it: it.run("status", "--json", as_of=NOW), id="status in JSON"),
        pytest.param(lambda it: it.run("digest", as_of=NOW), id="digest"),
        pytest.param(lambda it: it.run("classify", as_of=NOW), id="classify"),
        pytest.param(review, id="first page of review"),
        pytest.param(enrich, id="enrich"),
    ],
)
def test_no_question_reads_all_works(workspace, asked, act):
    act(workspace)

    assert asked
    # A copy: explaining is asking, too.
    for statement, values in list(asked.items()):
        with world_of(workspace).store._database.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            steps = [row[3] for row in plan]
        assert not [step for step in steps if WHOLE.match(step)], (statement, steps)


def test_trimming_finds_old_works_by_their_index(workspace, asked):
    store = world_of(workspace).store

    store.trimmed.due(NOW)

    (statement,) = [it for it in asked if "works.last_seen <" in it]
    with store._database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", asked[statement])
        assert any("works_by_last_seen" in row[3] for row in plan)
