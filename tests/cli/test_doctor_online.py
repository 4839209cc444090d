"""``doctor --online`` asks each service once, and says what came back."""

from datetime import UTC, datetime

import pytest

from pipelines.online import QUESTIONS
from sandbox.process import running
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def workspace(outside, tmp_path):
    outside.forget_seen()
    yield Workspace(tmp_path, outside.environment())
    outside.set_fault("*", None)


def test_each_service_is_asked_once(outside, workspace):
    ended = workspace.json("doctor", "--online", as_of=TUESDAY)

    levels = {row["what"]: row["level"] for row in ended.report if row["what"] in QUESTIONS}
    assert dict.fromkeys(QUESTIONS, "ok") == levels
    assert 0 == ended.code
    assert len(QUESTIONS) == len(outside.seen())


@pytest.mark.parametrize(
    ("fault", "level"), [("429", "tip"), ("503", "tip"), ("500", "wrong"), ("404", "wrong")]
)
def test_a_service_that_fails_is_asked_once_too(outside, workspace, fault, level):
    outside.set_fault("scholar", fault)

    ended = workspace.json("doctor", "--online", as_of=TUESDAY)

    (row,) = [row for row in ended.report if row["what"] == "semantic_scholar"]
    outside.set_fault("scholar", None)
    assert level == row["level"], row
    assert f"HTTP {fault}" in row["says"]
    assert (1 if level == "wrong" else 0) == ended.code
    assert len(QUESTIONS) == len(outside.seen())
