"""What becomes of a week that was locked, transferred or rewritten, and who of several decides."""

from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, NAME, SYNC
from tests.publish.test_people import comment, decisions

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = "listkeeper/2024-W46"
PAGE = "digests/2024-W46.md"


def syncs(hosted, *hours):
    return [hosted.job(*SYNC, at=MONDAY + n * HOUR)[0] for n in hours]


@pytest.mark.long
def test_in_a_locked_conversation_words_count_and_one_job_says_so(hosted):
    comment(hosted, "ann", "/listkeeper accept 2")
    hosted.sandbox.act("lock", "ann", number=1)

    ended = syncs(hosted, 1, 2)

    assert [1, 0] == [one.code for one in ended], ended
    assert "unlock the conversation" in ended[0].out
    assert [(hosted.key(2), "pick", "ann")] == decisions(hosted)
    assert hosted.key(2).encode() in hosted.list_on(WEEK)


@pytest.mark.long
def test_an_issue_that_was_applied_and_locked_is_settled(issue):
    issue.tick(1, "ann")
    issue.sandbox.act("tick", "ann", number=1, marker="apply")
    issue.sandbox.act("lock", "ann", number=1)

    syncs(issue, 1)

    assert ["closed"] == [thread["state"] for thread in issue.threads]
    assert issue.key(1).encode() in issue.list_on("main")


@pytest.mark.long
def test_a_transferred_issue_is_gone_and_comes_anew(issue):
    issue.sandbox.act("transfer", "ann", number=1, to=77)

    (gone,) = syncs(issue, 1)
    issue.job(("publish",), at=MONDAY + 2 * HOUR)

    assert 1 == gone.code
    assert "is gone; publish opens 2024-W46 anew" in gone.out
    assert ["open", "open"] == [thread["state"] for thread in issue.threads]


@pytest.mark.long
def test_a_renamed_repository_says_so_and_is_no_fork(hosted):
    hosted.sandbox.set_clock(MONDAY + HOUR)
    clone = hosted.clone()
    hosted.sandbox.set_forge(name="octo/papers", was=NAME)
    clone.outside["GITHUB_REPOSITORY"] = "octo/papers"

    ended = clone.run("publish", as_of=MONDAY + HOUR)

    assert 1 == ended.code, ended
    assert f"{NAME} is called octo/papers now" in ended.out
    assert "`repository: octo/papers`" in ended.out


@pytest.fixture
def only_ann(hosted):
    text = f"repository: {NAME}\nwho: [ann]\n"
    hosted.sandbox.act("commit", "ann", branch="main", path="config/publish.yaml", text=text)
    return hosted


@pytest.mark.long
def test_where_one_person_decides_nobody_else_can(only_ann):
    hosted = only_ann
    hosted.tick(1, "ben")
    event = hosted.sandbox.act("tick", "ben", number=1, marker="apply")
    comment(hosted, "ben", "/listkeeper accept 3\n/listkeeper apply")
    text = hosted.file(WEEK, PAGE).decode()
    at = text.index("<!-- candidate 2 ")
    text = text[:at] + text[at:].replace("- [ ] accept", "- [x] accept", 1)
    hosted.sandbox.act("commit", "ben", branch=WEEK, path=PAGE, text=text)

    ended = hosted.event_job(event, at=MONDAY + HOUR)
    syncs(hosted, 2)

    assert [] == decisions(hosted)
    assert 1 == ended.code
    assert "who commits is no proof: ann may say it in a comment" in ended.out

    comment(hosted, "ann", "/listkeeper apply")
    syncs(hosted, 4)
    assert [(hosted.key(1), "pick")] == [one[:2] for one in decisions(hosted)]


@pytest.mark.long
def test_a_body_that_names_no_week_any_more_is_asked_about(hosted):
    hosted.tick(1, "ann")
    body = hosted.threads[0]["body"].split("\n", 1)[1].replace("[ ] <!-- apply", "[x] <!-- apply")
    hosted.sandbox.act("edit", "ann", number=1, body=body)

    (ended,) = syncs(hosted, 1)

    assert 1 == ended.code
    assert "its first line, which names the week, is gone" in hosted.threads[0]["said"][0]["body"]
    assert [] == decisions(hosted)


@pytest.mark.long
def test_a_tick_on_a_settled_week_is_not_passed_over(hosted):
    hosted.sandbox.act("merge", "ann", number=1)
    syncs(hosted, 1)
    event = hosted.tick(1, "ann")

    ended = hosted.event_job(event, at=MONDAY + 2 * HOUR)

    assert 1 == ended.code
    assert "is settled: what is changed there isn't read" in ended.out
    assert [] == decisions(hosted)
