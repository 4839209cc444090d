"""A week that comes as an issue: *Apply* writes to the list, and the issue ends with the diff."""

from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, PUBLISH, SYNC
from tests.publish.test_people import decisions

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"


def applied(hosted):
    """Accept 1, reject 2, and Apply; the arXiv ids."""
    keys = hosted.key(1), hosted.key(2)
    hosted.tick(1, "ann")
    hosted.tick(2, "ben", "reject")
    event = hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    return keys, event


@pytest.mark.long
def test_apply_writes_to_the_list_and_the_issue_ends_with_the_diff(issue):
    before = issue.list_on("main")
    (first, second), event = applied(issue)

    ended = issue.event_job(event, at=MONDAY + HOUR)

    assert 0 == ended.code, ended
    (thread,) = issue.threads
    (said,) = thread["said"]
    assert "closed" == thread["state"]
    assert "```diff\n" in said["body"]
    (line,) = [row for row in said["body"].splitlines() if f"/abs/{first}" in row]
    assert "+" == line[0]
    assert set(before.splitlines()) <= set(issue.list_on("main").splitlines())
    assert first.encode() in issue.list_on("main")
    assert [(first, "pick", "ann"), (second, "reject", "ann"), (first, "accept", "ann")] == (
        decisions(issue)
    )
    assert {"main", "listkeeper-state"} == issue.branches()
    (again,) = issue.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert 0 == again.code
    assert 3 == len(decisions(issue))


@pytest.mark.long
@pytest.mark.parametrize("times", [1, None])
def test_answers_that_find_nothing_end_no_week(issue, times):
    """One stray 404, and a job that gets nothing else."""
    applied(issue)
    issue.sandbox.set_fault("github", "404", times=times)
    (first,) = issue.job(*SYNC, at=MONDAY + HOUR)
    assert first.code in (0, 1, 2, 75), first
    issue.sandbox.set_fault("github", None)

    issue.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert ["closed"] == [thread["state"] for thread in issue.threads]
    assert [act for _, act, _ in decisions(issue)].count("accept") == 1


@pytest.mark.long
def test_without_apply_nothing_is_written(issue):
    before = issue.list_on("main")
    issue.tick(1, "ann")
    issue.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 3")

    issue.job(*SYNC, at=MONDAY + HOUR)

    assert before == issue.list_on("main")
    assert issue.key(3).encode() in issue.list_on(WEEK)
    assert [(issue.key(3), "pick")] == [row[:2] for row in decisions(issue)]


@pytest.mark.long
def test_the_command_applies_ticks_too(issue):
    issue.tick(1, "ann")
    issue.sandbox.act("comment", "ben", number=1, body="/listkeeper apply")
    first = issue.key(1)

    issue.job(*SYNC, at=MONDAY + HOUR)

    assert first.encode() in issue.list_on("main")
    assert ["closed"] == [thread["state"] for thread in issue.threads]


@pytest.mark.long
def test_what_contradicts_itself_is_asked_and_the_issue_stays_open(issue):
    first, _ = applied(issue)[0]
    issue.tick(3, "ann")
    issue.tick(3, "ann", "reject")

    (ended,) = issue.job(*SYNC, at=MONDAY + HOUR)

    assert 1 == ended.code
    assert ["open"] == [thread["state"] for thread in issue.threads]
    assert first.encode() in issue.list_on("main")
    assert "accept and reject are both ticked" in issue.threads[0]["said"][0]["body"]


@pytest.mark.long
@pytest.mark.parametrize("may_open", [True, False])
def test_where_the_default_branch_is_protected_a_pull_request_brings_it(issue, may_open):
    issue.sandbox.set_forge(protect="main", may_open=may_open)
    (first, _), _ = applied(issue)
    main = issue.list_on("main")

    issue.job(*SYNC, at=MONDAY + HOUR)

    assert main == issue.list_on("main")
    assert first.encode() in issue.list_on(WEEK)
    if not may_open:
        (thread,) = issue.threads
        assert "/compare/main...listkeeper/2024-W46" in thread["said"][0]["body"]
        return
    assert ["closed", "open"] == [thread["state"] for thread in issue.threads]
    issue.sandbox.act("merge", "ben", number=2)
    issue.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert (first, "accept", "ben") == decisions(issue)[-1]
    assert first.encode() in issue.list_on("main")


@pytest.mark.long
def test_closed_by_a_person_without_apply_nothing_is_accepted(issue):
    issue.tick(1, "ann")
    issue.tick(2, "ann", "reject")
    rejected = issue.key(2)
    issue.sandbox.act("close", "ann", number=1)

    issue.job(*SYNC, at=MONDAY + HOUR)

    assert [(rejected, "reject")] == [row[:2] for row in decisions(issue)]


@pytest.mark.long
def test_nobody_touched_it_so_the_next_week_makes_room(issue):
    issue.job(*PUBLISH, at=MONDAY + timedelta(days=7))

    assert ["closed", "open"] == [thread["state"] for thread in issue.threads]
    assert "this issue is closed with the diff" in issue.threads[1]["body"]
