"""What people do with a published week besides ticking and merging, on a forge with real git."""

import shutil
from collections import Counter
from datetime import timedelta

import pytest

from tests.crash_driver import CrashDriver
from tests.publish.hosted import MONDAY, PEOPLE, PUBLISH, SYNC, TOKEN, git
from tests.publish.killed import CASES, forked
from tests.publish.test_killed import STEPS
from tests.publish.test_people import comment, decisions
from tests.workspace import LIST

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = "listkeeper/2024-W46"
# So many answers lag: the look for a thread, and for an issue that for a pull request before it.
LISTS = {"publish": 1, "publish-issue": 3}


def states(hosted):
    return [thread["state"] for thread in hosted.threads]


@pytest.mark.long
def test_the_default_branch_is_renamed(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("rename", "ann", branch="main", to="trunk")
    comment(hosted, "ann", "/listkeeper accept 2")

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert "was merged by ben: 2 accepted" in ended.out
    assert hosted.key(2).encode() in hosted.list_on("trunk")
    assert "main" not in hosted.branches()


@pytest.mark.long
@pytest.mark.parametrize("to", ["main", "stranger"])
def test_a_forced_push_to_the_week_s_branch_costs_no_decision(hosted, to):
    """Back to the default branch's commit, and to a history that has none of ours."""
    bare = hosted.root / "bare.git"
    sha = git(bare, "rev-parse", "main").strip()
    if to == "stranger":
        sha = git(bare, "commit-tree", "main^{tree}", "-m", "Anew").strip()
    git(bare, "update-ref", f"refs/heads/{WEEK}", sha)
    comment(hosted, "ann", "/listkeeper accept 2")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert ended.code in (0, 1), ended
    assert [(hosted.key(2), "pick", "ann")] == decisions(hosted)
    assert ["open"] == states(hosted)
    (again,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert 0 == again.code, "no job fails twice for one question"
    assert 1 == len(decisions(hosted))


@pytest.mark.long
def test_closed_and_opened_again_within_a_day(hosted):
    hosted.tick(1, "ann")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("close", "ben", number=1)
    hosted.sandbox.act("reopen", "ben", number=1)

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert "was merged by ben: 1 accepted" in ended.out


@pytest.mark.long
def test_opened_again_after_its_close_was_read_it_is_as_before(hosted):
    hosted.tick(1, "ann")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    bare = hosted.root / "bare.git"
    sha, listed = hosted.refs()[f"refs/heads/{WEEK}"], hosted.list_on(WEEK)
    hosted.sandbox.act("close", "ben", number=1)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert WEEK not in hosted.branches()
    # *Restore branch*, then *Reopen*.
    git(bare, "update-ref", f"refs/heads/{WEEK}", sha)
    hosted.sandbox.act("reopen", "ben", number=1)

    hosted.job(*SYNC, at=MONDAY + DAY)
    assert listed == hosted.list_on(WEEK)
    hosted.job(*PUBLISH, at=MONDAY + 7 * DAY)
    assert ["open"] == states(hosted)
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 8 * DAY)

    assert "was merged by ben: 1 accepted" in ended.out
    assert hosted.key(1).encode() in hosted.list_on("main")


@pytest.mark.long
def test_a_closed_week_without_news_costs_two_requests_a_day(hosted):
    """Is it open again, and did somebody say more there?"""
    hosted.sandbox.act("close", "ben", number=1)
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.forget_seen()

    hosted.job(*SYNC, at=MONDAY + DAY)

    assert 2 == len(hosted.requests())
    assert [] == hosted.writes()


@pytest.mark.long
def test_an_issue_opened_again_after_apply_takes_more(issue):
    issue.tick(1, "ann")
    issue.sandbox.act("tick", "ann", number=1, marker="apply")
    issue.job(*SYNC, at=MONDAY + HOUR)
    assert ["closed"] == states(issue)
    issue.sandbox.act("reopen", "ann", number=1)
    issue.tick(2, "ann")

    issue.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert ["closed"] == states(issue)
    for number in (1, 2):
        assert issue.key(number).encode() in issue.list_on("main")


@pytest.mark.long
def test_a_merge_by_a_queue_is_a_merge(hosted):
    hosted.sandbox.set_forge(roles={"ann": "write", "github-merge-queue[bot]": "write"})
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "github-merge-queue[bot]", number=1, how="squash")

    (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert "was merged by github-merge-queue[bot]: 1 accepted" in ended.out


@pytest.mark.long
def test_another_title_and_no_label_change_nothing(hosted):
    hosted.sandbox.act("retitle", "ann", number=1, title="This week", labels=[])
    comment(hosted, "ann", "/listkeeper accept 1")

    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.job(*PUBLISH, at=MONDAY + 7 * DAY)

    (thread,) = hosted.threads
    assert ("This week", [], "open") == (thread["title"], thread["labels"], thread["state"])
    assert [(hosted.key(1), "pick", "ann")] == decisions(hosted)


@pytest.mark.long
def test_boxes_in_a_comment_decide_nothing(hosted):
    body = hosted.threads[0]["body"].replace("[ ]", "[x]")
    for by in ("stranger", "ann"):
        comment(hosted, by, body)

    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert [] == decisions(hosted)


@pytest.mark.long
def test_more_questions_than_a_comment_holds(hosted):
    comment(hosted, "ann", "\n".join(f"/listkeeper accept 1 in No {n}" for n in range(1500)))

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert ended.code in (0, 1), ended
    (status,) = hosted.threads[0]["said"][1:]
    assert "no room for it" in status["body"]


@pytest.mark.long
def test_the_list_is_renamed_while_the_week_is_open(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    moved = hosted.file("main", LIST)
    rules = hosted.file("main", "config/lists/efficient-llm.yaml").decode()
    hosted.remove(LIST)

    (without,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert without.code in (1, 2), without
    assert LIST in without.out + without.err
    assert LIST not in hosted.paths("main")

    hosted.sandbox.act("commit", "ann", branch="main", path="README.md", text=moved.decode())
    hosted.sandbox.act(
        "commit", "ann", branch="main", path="config/lists/efficient-llm.yaml",
        text=rules.replace(LIST, "README.md"),
    )  # fmt: skip
    hosted.job(*SYNC, at=MONDAY + 3 * HOUR)
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 4 * HOUR)

    assert "was merged by ben: 1 accepted" in ended.out
    assert hosted.key(1).encode() in hosted.file("main", "README.md")
    assert LIST not in hosted.paths("main")


@pytest.mark.long
def test_two_programs_keep_one_thread_and_one_comment(hosted):
    """Two workflows, each with a token of its own, take turns."""
    hosted.sandbox.set_forge(
        roles=PEOPLE | {"keeper[bot]": "write"},
        tokens={TOKEN: "github-actions[bot]", "T2": "keeper[bot]"},
    )
    for hour in range(1, 5):
        comment(hosted, "ann", f"/listkeeper accept {hour}")
        hosted.token = TOKEN if hour % 2 else "T2"
        (ended,) = hosted.job(*SYNC, at=MONDAY + hour * HOUR)
        assert 0 == ended.code, ended
    hosted.token = "T2"
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 5 * HOUR)

    assert "was merged by ben: 4 accepted" in ended.out
    assert ["closed"] == states(hosted)
    said = [one for one in hosted.threads[0]["said"] if one["user"]["type"] == "Bot"]
    assert ["github-actions[bot]"] == [one["user"]["login"] for one in said]
    assert [1] * 4 == list(
        Counter(decided for decided, act, _ in decisions(hosted) if act == "accept").values()
    )


@pytest.mark.long
@pytest.mark.parametrize("form", ["publish", "publish-issue"])
def test_two_jobs_that_open_a_week_at_once_leave_one_thread(prepared, form):
    """The second one doesn't see the first one's thread yet."""
    ready, command, at = CASES[form]
    ready(prepared)
    with CrashDriver() as driver:
        # Its thread is there, and nothing says so.
        forked(driver, prepared, command, at, STEPS[form], far=True)
    assert 1 == len(prepared.threads)
    prepared.sandbox.set_fault("github", "late-list", times=LISTS[form])

    (ended,) = prepared.job(command, at=at + HOUR)

    assert ended.code in (0, 1), ended
    assert ["open"] == [state for state in states(prepared) if state == "open"]
    (again,) = prepared.job(SYNC[0], at=at + 2 * HOUR)
    assert 0 == again.code


@pytest.mark.long
@pytest.mark.parametrize("fault", [None, "502-before"])
def test_a_monday_that_was_dropped_or_failed_is_made_up_for(hosted, fault):
    """GitHub drops scheduled runs under load, and answers 502 now and then."""
    if fault:
        hosted.sandbox.set_fault("github", fault)
        ended = hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7))
        assert 75 == max(one.code for one in ended)
        hosted.sandbox.set_fault("github", None)
    hosted.job(*PUBLISH, at=MONDAY + timedelta(days=8))

    assert ["closed", "open"] == [thread["state"] for thread in hosted.threads]
    hosted.sandbox.act("close", "ann", number=2)
    refs = hosted.refs()
    for day in (9, 10):
        hosted.job(*PUBLISH, at=MONDAY + timedelta(days=day))
    assert 2 == len(hosted.threads), "a week that a person closed isn't opened again"
    assert refs["refs/heads/main"] == hosted.refs()["refs/heads/main"]


@pytest.mark.long
def test_a_monday_without_news_is_no_missed_one(hosted):
    """Last week's thread is in use: what waits, waits for the next Monday, not for Tuesday."""
    hosted.tick(1, "ann")
    hosted.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 2")
    hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7))
    hosted.sandbox.act("merge", "ann", number=1)

    ended = hosted.job(*PUBLISH, at=MONDAY + timedelta(days=8))

    assert "publishing is on mon, today is tue" in ended[-1].out
    # What was ticked and not in the merge goes on; the new week waits.
    assert [WEEK, f"{WEEK}-2"] == [thread["head"]["ref"] for thread in hosted.threads]


def revert(hosted):
    """Take the newest merge on the default branch back, as GitHub's button does."""
    folder = hosted.root / "person"
    git(hosted.root, "clone", "-q", str(hosted.root / "bare.git"), str(folder))
    git(folder, "revert", "--no-edit", "-m", "1", "HEAD")
    git(folder, "push", "-q", "origin", "HEAD")
    shutil.rmtree(folder)


@pytest.mark.long
@pytest.mark.parametrize("is_reverted_first", [True, False])
def test_a_reverted_merge_is_proposed_again_once_somebody_reopens_it(hosted, is_reverted_first):
    comment(hosted, "ann", "/listkeeper accept 1, 2")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ann", number=1)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    first, second = hosted.key(1), hosted.key(2)
    if is_reverted_first:
        revert(hosted)
    hosted.sandbox.set_clock(MONDAY + 3 * HOUR)
    comment(hosted, "ben", "/listkeeper reopen 1")

    (ended,) = hosted.job(*SYNC, at=MONDAY + 4 * HOUR)

    assert (first, "undo", "ben") == decisions(hosted)[-1]
    (said,) = [one["body"] for one in hosted.threads[0]["said"] if one["user"]["type"] == "Bot"]
    assert is_reverted_first == ("Candidate 1 is still in the list" not in said)
    if not is_reverted_first:
        revert(hosted)
    hosted.job(*PUBLISH, at=MONDAY + 7 * DAY)
    assert ["closed", "open"] == states(hosted)
    assert f"arxiv:{first} " in hosted.threads[1]["body"]
    assert f"arxiv:{second} " not in hosted.threads[1]["body"], "a revert alone proposes nothing"
    hosted.sandbox.set_clock(MONDAY + 7 * DAY + HOUR)
    comment(hosted, "ann", "/listkeeper reject 1\n/listkeeper accept 1", thread=2)
    comment(hosted, "ben", "/listkeeper accept 2", thread=2)
    hosted.sandbox.set_clock(MONDAY + 7 * DAY + 2 * HOUR)
    comment(hosted, "ann", "/listkeeper reject 2", thread=2)
    hosted.job(*SYNC, at=MONDAY + 7 * DAY + 3 * HOUR)
    (said,) = [one["body"] for one in hosted.threads[1]["said"] if one["user"]["type"] == "Bot"]
    assert "the later `accept` counts, not `reject`" in said
    assert "people say `accept` and `reject`" in said
    hosted.sandbox.act("merge", "ben", number=2)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 8 * DAY)
    assert "1 accepted" in ended.out
