"""A week on the forge: the pull request, ticks by people, the merge, and the week after."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.process import running
from tests.publish.hosted import Hosted

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
RUN = (("state", "pull"), ("sync",), ("run",), ("publish",), ("state", "push"))

SYNC = (("state", "pull"), ("sync",), ("state", "push"))


@pytest.fixture
def hosted(tmp_path):
    with running(now=MONDAY, profile={"invented": False}) as sandbox:
        yield Hosted(tmp_path, sandbox)


def opened(hosted):
    """The first week's pull request."""
    ended = hosted.job(*RUN, at=MONDAY)
    assert [0] * len(RUN) == [one.code for one in ended], [one.err + one.out for one in ended]
    (thread,) = hosted.threads
    return thread


def test_a_week_from_the_first_run_to_the_merge(hosted):
    thread = opened(hosted)
    assert "listkeeper/2024-W46" == thread["head"]["ref"]
    boxes = [line for line in thread["body"].splitlines() if line.startswith("- [ ] <!-- accept")]
    accepted = boxes[0].split("<!-- ")[1].split(" -->")[0]
    rejected = boxes[1].split("<!-- ")[1].split(" -->")[0].replace("accept", "reject", 1)
    hosted.sandbox.act("tick", "ann", number=1, marker=accepted)
    hosted.sandbox.act("tick", "ben", number=1, marker=rejected)
    before = hosted.list_on("main")

    hosted.job(*SYNC, at=MONDAY + timedelta(hours=1))
    assert before == hosted.list_on("listkeeper/2024-W46")

    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + timedelta(hours=2))
    after = hosted.list_on("listkeeper/2024-W46")
    key = accepted.split()[2].removeprefix("arxiv:")
    assert key.encode() not in before
    assert key.encode() in after
    (thread,) = hosted.threads
    (status,) = thread["said"]
    assert "1 accepted, 1 rejected" in status["body"]

    hosted.sandbox.act("merge", "ben", number=1)
    _, ended, _ = hosted.job(*SYNC, at=MONDAY + timedelta(days=1))
    assert "was merged by ben: 1 accepted" in ended.out
    assert after == hosted.list_on("main")
    assert {"main", "listkeeper-state"} == hosted.branches()
