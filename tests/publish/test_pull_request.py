"""A week on the forge: the pull request, ticks by people, the merge, and the week after."""

from datetime import timedelta

import pytest

from tests.publish.hosted import DAILY, MONDAY, PUBLISH, SYNC
from tests.publish.killed import restored

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"


@pytest.mark.long
def test_a_week_from_the_first_run_to_the_merge(hosted):
    (thread,) = hosted.threads
    assert WEEK == thread["head"]["ref"]
    assert ["listkeeper"] == [label["name"] for label in thread["labels"]]
    hosted.tick(1, "ann")
    hosted.tick(2, "ben", "reject")
    before = hosted.list_on("main")

    hosted.job(*SYNC, at=MONDAY + HOUR)
    assert before == hosted.list_on(WEEK), "nothing is applied before somebody says so"

    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    after = hosted.list_on(WEEK)
    assert hosted.key(1).encode() in after
    assert before.count(b"\n") < after.count(b"\n")
    (status,) = hosted.threads[0]["said"]
    assert "1 accepted, 1 rejected" in status["body"]

    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + timedelta(days=1))
    assert "was merged by ben: 1 accepted" in ended.out
    assert after == hosted.list_on("main")
    assert {"main", "listkeeper-state"} == hosted.branches()
    assert set(before.splitlines()) <= set(after.splitlines()), "only lines that are added"
    clone = hosted.clone()
    clone.run("state", "pull", as_of=MONDAY + timedelta(days=1))
    assert 0 == clone.run("list", "check", as_of=MONDAY + timedelta(days=1)).code


@pytest.mark.long
def test_a_second_run_without_news_writes_nothing(hosted):
    refs = hosted.refs()
    hosted.sandbox.forget_seen()

    (ended,) = hosted.job(*DAILY, at=MONDAY + HOUR)

    assert 0 == ended.code, ended
    assert [] == hosted.writes()
    assert refs["refs/heads/" + WEEK] == hosted.refs()["refs/heads/" + WEEK]
    assert 3 >= len(hosted.requests())


@pytest.mark.long
def test_next_monday_an_untouched_week_makes_room(hosted):

    hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7))

    assert ["closed", "open"] == [thread["state"] for thread in hosted.threads]
    assert "listkeeper/2024-W47" == hosted.threads[1]["head"]["ref"]
    assert WEEK not in hosted.branches()


@pytest.mark.long
def test_next_monday_a_touched_week_stays_the_only_one(hosted):
    hosted.tick(1, "ann")

    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 99")
    for week in (1, 2):
        hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7 * week))
    hosted.job(*SYNC, at=MONDAY + timedelta(days=15))

    (thread,) = hosted.threads
    assert "open" == thread["state"]
    (status,) = thread["said"][1:]
    assert "2024-W48 wait until this is done" in status["body"]
    assert "there is no candidate 99" in status["body"]


@pytest.mark.long
def test_closed_without_a_merge_nothing_is_accepted_and_rejections_hold(hosted):
    accepted, rejected = hosted.key(1), hosted.key(2)
    hosted.tick(1, "ann")
    hosted.tick(2, "ann", "reject")
    hosted.sandbox.act("close", "ann", number=1)

    hosted.job(*SYNC, at=MONDAY + timedelta(days=1))
    hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7))

    body = hosted.threads[1]["body"]
    assert f"arxiv:{accepted} " in body
    assert f"arxiv:{rejected} " not in body


@pytest.mark.long
def test_one_reminder_and_never_a_second(hosted):

    for day in range(1, 7):
        hosted.job(*SYNC, at=MONDAY + timedelta(days=day))

    (reminder,) = hosted.threads[0]["said"]
    assert "wait for a look" in reminder["body"]


@pytest.mark.long
def test_where_actions_may_not_open_pull_requests_an_issue_comes_and_says_why(fresh):
    fresh.sandbox.set_forge(may_open=False)

    (ended,) = fresh.job(*DAILY, at=MONDAY)

    assert 1 == ended.code
    (thread,) = fresh.threads
    assert "head" not in thread
    assert "Settings › Actions › General" in thread["body"]
    fresh.job(*PUBLISH, at=MONDAY + HOUR)
    assert 1 == len(fresh.threads)


def test_a_fork_publishes_nothing(fresh):
    fresh.sandbox.set_clock(MONDAY)
    fork = fresh.clone()
    fork.outside["GITHUB_REPOSITORY"] = "somebody/efficient-llm"

    ended = fork.run("publish", as_of=MONDAY)

    assert "a fork publishes nothing" in ended.out
    assert [] == fresh.threads


@pytest.mark.long
@pytest.mark.parametrize("fault", ["502-before", "502-after", "drop", "late-list"])
def test_one_pull_request_whatever_the_answer_to_its_making(fresh, fault):
    fresh.sandbox.set_fault("github", fault)
    fresh.job(*DAILY, at=MONDAY)
    fresh.sandbox.set_fault("github", None)

    fresh.job(*PUBLISH, at=MONDAY + HOUR)

    assert [WEEK] == [thread["head"]["ref"] for thread in fresh.threads]
    assert ["open"] == [thread["state"] for thread in fresh.threads]


@pytest.mark.long
def test_a_job_stores_the_report_of_its_command_once(fresh):
    clone = fresh.clone()
    assert 0 == clone.run("ci", "citations", as_of=MONDAY).code
    status = clone.run("status", "--json", as_of=MONDAY)
    assert ["citations refresh"] == [run["command"] for run in status.report["runs"]]


@pytest.mark.long
@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("fault", ["html-200", "json-200", "truncate-json", "404"])
def test_an_answer_that_is_not_github_s_costs_nothing(hosted, fault, after):
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    hosted.sandbox.set_fault("github", fault, times=1, after=after)

    (first,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert first.code in (0, 1, 75), first
    hosted.sandbox.set_fault("github", None)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert hosted.key(1).encode() in hosted.list_on(WEEK)
    assert ["open"] == [thread["state"] for thread in hosted.threads]


@pytest.mark.long
@pytest.mark.parametrize(
    ("how", "is_deleted"), [("squash", True), ("rebase", False), ("merge", True)]
)
def test_any_kind_of_merge_is_the_decision(hosted, how, is_deleted):
    """Also where the forge deletes the branch at once, as many repositories have it."""
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ben", number=1, how=how)
    if is_deleted:
        hosted.sandbox.act("delete", "ben", branch=WEEK)

    (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert "was merged by ben: 1 accepted" in ended.out
    assert WEEK not in hosted.branches()


@pytest.mark.long
def test_a_deleted_branch_closes_the_week_and_accepts_nothing(hosted):
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    before = hosted.list_on("main")
    hosted.sandbox.act("delete", "ann", branch=WEEK)

    (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert 0 == ended.code, ended
    assert "was closed without a merge" in ended.out
    assert before == hosted.list_on("main")


def test_a_deleted_state_branch_costs_the_memory_and_not_the_list(hosted):
    hosted.sandbox.act("delete", "ann", branch="listkeeper-state")
    hosted.tick(1, "ann")
    before = hosted.list_on("main")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert ended.code in (0, 1), ended
    assert before == hosted.list_on("main")
    assert 1 == len(hosted.threads)


@pytest.mark.long
def test_a_week_takes_few_requests(fresh):
    """The budget: a publication 8, a day without news 3, an event 6."""
    hosted = restored(fresh, "digested")
    hosted.job(("publish",), at=MONDAY)
    assert ["GET", "POST", "POST"] == verbs(hosted), "look, open, label"

    hosted.job(*SYNC, at=MONDAY + HOUR)
    assert ["GET", "GET"] == verbs(hosted), "the thread, its comments"

    hosted.tick(1, "ann")
    event = hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.event_job(event, at=MONDAY + 2 * HOUR)
    apply = ["GET", "GET", "GET", "GET", "POST"]
    assert apply == verbs(hosted), "thread, comments, may she, our comment: is it there, write it"

    hosted.sandbox.act("comment", "ben", number=1, body="/listkeeper accept 3")
    hosted.job(*SYNC, at=MONDAY + 3 * HOUR)
    command = ["GET", "GET", "GET", "POST", "PATCH"]
    assert command == verbs(hosted), "thread, comments, may he, react, our comment"


def verbs(hosted):
    """How the forge was asked since the last look, in order."""
    asked = [request.partition(" ")[0] for request in hosted.requests()]
    hosted.sandbox.forget_seen()
    return asked
