"""People who press what is there: nothing that they said is lost, and what is unclear is asked."""

from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, PUBLISH, SYNC, git
from tests.publish.killed import restored
from tests.publish.test_people import decisions
from tests.workspace import LIST

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"


def comment(hosted, by, body, thread=1):
    hosted.sandbox.act("comment", by, number=thread, body=body)


def status(hosted, thread=1):
    """Our one comment on a thread."""
    said = [one for one in hosted.threads[thread - 1]["said"] if one["user"]["type"] == "Bot"]
    (own,) = said
    return own["body"]


@pytest.mark.long
@pytest.mark.parametrize("is_applied", [False, True], ids=["without apply", "before it was read"])
def test_what_a_merge_did_not_bring_comes_as_another_pull_request(hosted, is_applied):
    """Somebody ticks and merges at once, before anything stands under *Files changed*."""
    hosted.tick(1, "ann")
    hosted.tick(2, "ann", "reject")
    accepted, rejected = hosted.key(1), hosted.key(2)
    if is_applied:
        hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.sandbox.act("merge", "ann", number=1)

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 0 == ended.code, ended
    assert [(accepted, "pick", "github"), (rejected, "reject", "github")] == decisions(hosted)
    assert ["closed", "open"] == [thread["state"] for thread in hosted.threads]
    assert "is in #2" in status(hosted)
    hosted.sandbox.act("merge", "ben", number=2)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert accepted.encode() in hosted.list_on("main")
    assert (accepted, "accept", "ben") in decisions(hosted)
    assert 2 == len(hosted.threads)
    assert {"main", "listkeeper-state"} == hosted.branches()


@pytest.mark.long
def test_contradicting_ticks_of_a_merged_week_are_asked_about(hosted):
    hosted.tick(1, "ann")
    hosted.tick(1, "ben", "reject")
    hosted.sandbox.act("merge", "ann", number=1)

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 1 == ended.code
    assert [] == decisions(hosted)
    said = "candidate 1: accept and reject are both ticked; say `/listkeeper accept 1` or"
    assert said in status(hosted)


@pytest.mark.long
def test_commands_on_a_week_that_ended_count(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ann", number=1)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    hosted.sandbox.set_clock(MONDAY + 3 * HOUR)
    comment(hosted, "ben", "/listkeeper reject 2 off topic\n/listkeeper accept 3")
    comment(hosted, "stranger", "/listkeeper accept 4")

    (ended,) = hosted.job(*SYNC, at=MONDAY + 4 * HOUR)

    assert 0 == ended.code, ended
    assert [(hosted.key(2), "reject", "ben"), (hosted.key(3), "pick", "ben")] == decisions(hosted)[
        2:
    ]
    assert "is in #2" in status(hosted)
    hosted.sandbox.forget_seen()
    hosted.job(*SYNC, at=MONDAY + 5 * HOUR)
    assert [] == hosted.writes(), "and they are read once"
    hosted.sandbox.act("merge", "ben", number=2)
    hosted.job(*SYNC, at=MONDAY + 6 * HOUR)
    assert hosted.key(3).encode() in hosted.list_on("main")


@pytest.mark.long
def test_our_comment_that_somebody_deleted_is_written_again_with_news(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("uncomment", "ann", number=1, whose="github-actions[bot]")

    (quiet,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert ([], 0) == (hosted.threads[0]["said"][1:], quiet.code)
    comment(hosted, "ann", "/listkeeper accept 2")
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert 0 == ended.code, ended
    assert "2 accepted" in status(hosted)


@pytest.mark.long
def test_the_button_update_branch_freezes_nothing(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("commit", "ben", branch="main", path="NEWS.md", text="News\n")
    hosted.sandbox.act("update", "ben", number=1)
    was = hosted.refs()[f"refs/heads/{WEEK}"]

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert was == hosted.refs()[f"refs/heads/{WEEK}"], "without news nothing is pushed"
    comment(hosted, "ann", "/listkeeper accept 2")
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert 0 == ended.code, ended
    assert hosted.key(2).encode() in hosted.list_on(WEEK)
    assert "NEWS.md" in hosted.paths(WEEK)


@pytest.mark.long
def test_commits_to_other_files_push_nothing(hosted):
    """Each push tells everybody who follows the thread, and takes approvals away."""
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    was = hosted.refs()[f"refs/heads/{WEEK}"]
    hosted.sandbox.act("commit", "ben", branch="main", path="NEWS.md", text="News\n")

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert was == hosted.refs()[f"refs/heads/{WEEK}"]
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert "was merged by ben: 1 accepted" in ended.out
    assert "NEWS.md" in hosted.paths("main")


@pytest.mark.long
def test_the_thread_says_what_its_branch_does_not_bring(hosted):
    """The section was renamed on the default branch, and somebody wrote into the list."""
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    heading = next(row for row in hosted.threads[0]["body"].split("\n") if row.startswith("## "))
    text = hosted.list_on("main").decode().replace(f"\n{heading}\n", f"\n{heading} and more\n")
    hosted.sandbox.act("commit", "ben", branch="main", path=LIST, text=text)

    (first,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert 1 == first.code
    assert "merging adds 0 entries" in status(hosted)
    assert "did you mean" in status(hosted)
    listed = hosted.list_on(WEEK).decode() + "\nSome words.\n"
    hosted.sandbox.act("commit", "ben", branch=WEEK, path=LIST, text=listed)
    comment(hosted, "ann", "/listkeeper accept 2")
    (second,) = hosted.job(*SYNC, at=MONDAY + 3 * HOUR)

    assert 1 == second.code
    assert f"somebody changed {LIST} on the branch" in status(hosted)
    assert "merging adds 0 entries" in status(hosted)
    (third,) = hosted.job(*SYNC, at=MONDAY + 4 * HOUR)
    assert 0 == third.code, "no job fails twice for one question"


@pytest.mark.long
def test_a_pasted_body_is_asked_about(hosted):
    body = hosted.threads[0]["body"].replace("[ ]", "[x]", 3)
    comment(hosted, "stranger", body)
    comment(hosted, "ann", body)

    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert [] == decisions(hosted)
    assert 1 == status(hosted).count("ticked in a comment")
    assert ["confused"] == [reaction[2] for reaction in hosted.threads[0]["reactions"]]


@pytest.mark.long
def test_a_branch_in_the_way_is_named(hosted):
    hosted = restored(hosted, "digested")
    git(hosted.root / "bare.git", "update-ref", "refs/heads/listkeeper", "main")

    (ended,) = hosted.job(("publish",), at=MONDAY)

    assert 2 == ended.code
    assert "beside a branch 'listkeeper'" in ended.out


@pytest.mark.long
def test_where_no_branch_may_be_made_the_rule_is_named(hosted):
    hosted = restored(hosted, "digested")
    hosted.sandbox.set_forge(protect=WEEK)

    (ended,) = hosted.job(("publish",), at=MONDAY)

    assert 1 == ended.code
    assert "is protected" in ended.out
    assert "Settings › Rules" in ended.out
    assert [] == hosted.threads


@pytest.mark.long
def test_a_label_that_is_refused_stops_nothing(hosted):
    hosted = restored(hosted, "digested")
    hosted.sandbox.set_fault("github", "403-scope", times=1, after=2)

    (ended,) = hosted.job(("publish",), at=MONDAY)
    hosted.tick(1, "ann")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 0 == ended.code, ended
    assert "has no label 'listkeeper'" in ended.out
    assert hosted.key(1).encode() in hosted.list_on(WEEK)


@pytest.mark.long
def test_a_merge_into_another_branch_brings_nothing_to_the_list(hosted):
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    git(hosted.root / "bare.git", "branch", "dev", "main")
    hosted.sandbox.act("retarget", "ann", number=1, base="dev")
    hosted.sandbox.act("merge", "ann", number=1)

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert "main" == hosted.threads[1]["base"]["ref"]
    hosted.sandbox.act("merge", "ann", number=2)
    hosted.job(*SYNC, at=MONDAY + 3 * HOUR)
    assert hosted.key(1).encode() in hosted.list_on("main")


@pytest.mark.long
def test_a_merged_week_can_be_undone(hosted):
    before = hosted.list_on("main")
    comment(hosted, "ann", "/listkeeper accept 1, 2")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ann", number=1, how="squash")
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    clone = hosted.clone()
    clone.run("state", "pull", as_of=MONDAY + 3 * HOUR)

    shown = clone.run("undo", "--dry-run", as_of=MONDAY + 3 * HOUR)
    undone = clone.run("undo", as_of=MONDAY + 3 * HOUR)
    clone.run("state", "push", as_of=MONDAY + 3 * HOUR)

    assert "would undo 2 decisions" in shown.out
    assert 0 == undone.code, undone
    assert before == clone.listed.read_bytes()
    assert {"undo"} == {act for _, act, _ in decisions(hosted)[-2:]}
    assert "nothing to undo" in clone.run("undo", as_of=MONDAY + 4 * HOUR).out


@pytest.mark.long
def test_an_untouched_rest_is_reminded_of_and_stays(hosted):
    hosted.tick(1, "ann")
    hosted.sandbox.act("merge", "ann", number=1)
    for day in range(1, 7):
        hosted.job(*SYNC, at=MONDAY + timedelta(days=day))
    hosted.job(*PUBLISH, at=MONDAY + timedelta(days=7))

    assert ["closed", "open"] == [thread["state"] for thread in hosted.threads]
    reminder, waiting = (one["body"] for one in hosted.threads[1]["said"])
    assert "This waits to be merged" in reminder
    assert "wait until this is done" in waiting
