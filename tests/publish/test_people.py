"""What people say in a published week: who decides, what is asked, and what is never lost."""

import json
import re
from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, PEOPLE, SYNC, TOKEN
from tests.publish.killed import restored

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"


def decisions(hosted):
    """The acts on the state branch, by arXiv id, in their order, and who decided."""
    if "listkeeper-state" not in hosted.branches():
        return []
    try:
        lines = hosted.file("listkeeper-state", "decisions/2024-11.jsonl").splitlines()
    except Exception:
        return []
    rows = map(json.loads, lines)
    return [(row["work_key"].partition(":")[2], row["act"], row["who"]) for row in rows]


def comment(hosted, by, body, thread=1):
    hosted.sandbox.act("comment", by, number=thread, body=body)


@pytest.mark.long
def test_a_comment_accepts_in_another_section_with_a_star(hosted):
    comment(
        hosted, "ann", "/listkeeper accept 2 in Survey with star\n/listkeeper reject 3 off topic"
    )

    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert [(hosted.key(2), "pick", "ann"), (hosted.key(3), "reject", "ann")] == decisions(hosted)
    added = set(hosted.list_on(WEEK).splitlines()) - set(hosted.list_on("main").splitlines())
    assert any("🌟" in line.decode() for line in added)
    assert [["+1"]] == [[r[2] for r in thread["reactions"]] for thread in hosted.threads]


@pytest.mark.long
@pytest.mark.parametrize("by", ["tess", "reader", "stranger", "dependabot[bot]"])
def test_words_of_people_who_may_not_push_decide_nothing(hosted, by):
    comment(hosted, by, "/listkeeper accept 1\n/listkeeper apply")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert "no new decision\n" == ended.out
    assert [] == decisions(hosted)
    assert [] == hosted.threads[0]["reactions"]


@pytest.mark.long
def test_words_of_somebody_who_joins_later_stay_words(hosted):
    comment(hosted, "reader", "/listkeeper accept 1")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.set_forge(roles=PEOPLE | {"reader": "write"})
    hosted.sandbox.forget_seen()

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert [] == decisions(hosted)
    assert 2 == len(hosted.requests()), "and nobody asks again who may push"


@pytest.mark.long
@pytest.mark.parametrize("after", [2, 3])
def test_a_stray_404_costs_nobody_their_word(hosted, after):
    comment(hosted, "edith", "/listkeeper accept 2")
    hosted.sandbox.set_clock(MONDAY + timedelta(minutes=1))
    comment(hosted, "ann", "/listkeeper accept 1")
    hosted.sandbox.set_fault("github", "404", times=1, after=after)

    hosted.job(*SYNC, at=MONDAY + HOUR)

    said = {(key, who) for key, _, who in decisions(hosted)}
    assert {(hosted.key(2), "edith"), (hosted.key(1), "ann")} == said


@pytest.mark.long
def test_the_same_picks_give_the_same_list_whoever_came_first(hosted):
    listed = []
    for numbers in ((1, 3), (3, 1)):
        hosted = restored(hosted, "opened")
        for hour, number in enumerate(numbers, 1):
            comment(hosted, "ann", f"/listkeeper accept {number}")
            hosted.job(*SYNC, at=MONDAY + hour * HOUR)
        listed.append(hosted.list_on(WEEK))

    assert listed[0] == listed[1]


def test_a_forged_issue_with_our_marker_is_nothing(hosted):
    body = hosted.threads[0]["body"].replace("[ ] <!-- accept", "[x] <!-- accept")
    hosted.sandbox.act("open", "stranger", title="Efficient LLM", body=body.replace("[ ]", "[x]"))

    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert [] == decisions(hosted)


@pytest.mark.long
@pytest.mark.parametrize("fault", [None, "any-head"], ids=["by head", "every one"])
def test_a_fork_s_branch_of_our_name_is_not_ours(prepared, fault):
    """A stranger is there first, with our branch's name, our text and all ticks."""
    body = restored(prepared, "opened").threads[0]["body"].replace("[ ]", "[x]")
    hosted = restored(prepared, "digested")
    event = hosted.sandbox.act("open", "stranger", title="A week", body=body, branch=WEEK)
    hosted.sandbox.set_fault("github", fault)

    hosted.job(("publish",), at=MONDAY)
    ended = hosted.event_job(event, MONDAY + HOUR / 2)
    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 0 == ended.code, ended
    assert ["stranger", "github-actions[bot]"] == [t["user"]["login"] for t in hosted.threads]
    assert body == hosted.threads[0]["body"]
    assert [] == hosted.threads[0]["said"]
    assert "[x]" not in hosted.threads[1]["body"]
    assert [] == decisions(hosted)


@pytest.mark.long
@pytest.mark.parametrize("by", ["stranger", "reader", "tess"])
def test_an_event_of_somebody_who_may_not_push_decides_nothing(hosted, by):
    """Whatever put the tick there: the body of that job is read as it was before."""
    event = hosted.tick(1, "ann")
    event["sender"]["login"] = by

    ended = hosted.event_job(event, MONDAY + HOUR)

    assert 0 == ended.code, ended
    assert [] == decisions(hosted)


@pytest.mark.long
def test_a_body_of_all_that_github_takes_is_read_and_never_written(hosted):
    """Somebody pastes their notes below the boxes, up to the limit."""
    hosted.tick(1, "ann")
    body = hosted.threads[0]["body"]
    grown = body + "\n" + "🦊 notes " * ((65_536 - len(body) - 1) // 8)
    hosted.sandbox.act("edit", "ann", number=1, body=grown)
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")

    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ben", number=1)
    (ended,) = hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    assert "was merged by ben: 1 accepted" in ended.out
    assert hosted.threads[0]["body"].startswith(body[:200])
    assert "notes" in hosted.threads[0]["body"]
    assert [(hosted.key(1), "pick", "github"), (hosted.key(1), "accept", "ben")] == [
        *decisions(hosted)
    ]


@pytest.mark.long
def test_what_is_not_understood_is_asked_once(hosted):
    comment(hosted, "ann", "/listkeeper accept 99\n/listkeeper accept 1 in @everyone #1")
    hosted.tick(1, "ann")
    hosted.tick(1, "ben", "reject")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")

    ended = [hosted.job(*SYNC, at=MONDAY + n * HOUR)[0] for n in (1, 2)]

    assert [1, 0] == [one.code for one in ended], "no job fails twice for one question"
    assert "accept and reject are both ticked; say" in ended[1].out
    assert "(asked on 2024-11-11)" in ended[1].out
    assert [] == decisions(hosted)
    (status,) = hosted.threads[0]["said"][1:]
    assert "there is no candidate 99" in status["body"]
    assert "accept and reject" in status["body"]
    assert "@everyone" not in re.sub("`[^`]*`", "", status["body"]), "it calls nobody"


@pytest.mark.long
def test_an_explicit_untick_takes_back_and_a_stale_editor_does_not(hosted):
    stale = hosted.threads[0]["body"]
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.tick(1, "ann")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    assert [(hosted.key(1), "pick", "github")] == decisions(hosted)

    hosted.sandbox.act("edit", "ben", number=1, body=stale)
    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)
    assert [(hosted.key(1), "pick", "github")] == decisions(hosted)

    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.tick(1, "ann")
    event = hosted.untick(1, "ann")
    hosted.event_job(event, at=MONDAY + 3 * HOUR)
    assert ("undo", "ann") == decisions(hosted)[-1][1:]
    assert hosted.key(1).encode() not in hosted.list_on(WEEK)


@pytest.mark.long
def test_a_tick_in_an_event_is_signed_by_who_made_it(hosted):
    hosted.tick(1, "ann")
    event = hosted.sandbox.act("tick", "ben", number=1, marker="apply")

    hosted.event_job(event, at=MONDAY + HOUR)

    assert [(hosted.key(1), "pick", "ben")] == decisions(hosted)


@pytest.mark.long
def test_ticks_in_the_digest_on_the_branch_count_and_stay(hosted):
    path = "digests/2024-W46.md"
    text = hosted.file(WEEK, path).decode()
    start = text.index("<!-- candidate 2 ")
    text = text[:start] + text[start:].replace("- [ ] accept", "- [x] accept", 1)
    hosted.sandbox.act("commit", "ann", branch=WEEK, path=path, text=text)

    hosted.job(*SYNC, at=MONDAY + HOUR)

    assert [(hosted.key(2), "pick", "ann")] == decisions(hosted)
    assert text.encode() == hosted.file(WEEK, path)
    assert hosted.key(2).encode() in hosted.list_on(WEEK)


@pytest.mark.long
def test_a_foreign_commit_to_the_list_on_the_branch_is_left_alone(hosted):
    mine = hosted.list_on(WEEK) + b"\nA line of mine.\n"
    hosted.sandbox.act(
        "commit", "ann", branch=WEEK, path="lists/efficient-llm.md", text=mine.decode()
    )
    comment(hosted, "ann", "/listkeeper accept 2")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 1 == ended.code
    assert mine == hosted.list_on(WEEK)


@pytest.mark.long
@pytest.mark.parametrize("fault", ["race-tick", "crlf", "null-body", "502-after", "drop"])
def test_no_tick_is_lost_or_counted_twice_whatever_the_forge_does(hosted, fault):
    hosted.tick(1, "ann")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.sandbox.set_fault("github", fault)
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.set_fault("github", None)

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    ticked = {
        line.split("arxiv:")[1].split(" ")[0]
        for line in hosted.threads[0]["body"].splitlines()
        if line.startswith("- [x] <!-- accept")
    }
    assert hosted.key(1) in ticked
    assert sorted(ticked) == sorted(key for key, act, _ in decisions(hosted) if act == "pick")
    assert 1 == len(hosted.threads[0]["said"])


@pytest.mark.long
def test_the_token_is_in_nothing_that_is_written(hosted):
    comment(hosted, "ann", "/listkeeper accept 2")
    hosted.sandbox.set_fault("github", "echo")
    ended = hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.set_fault("github", None)
    ended += hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    said = "".join(one.out + one.err for one in ended)
    assert TOKEN not in said
    assert TOKEN not in json.dumps(hosted.threads)
    for path in hosted.root.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


@pytest.mark.long
def test_a_protected_branch_is_said_and_nothing_is_lost(hosted):
    hosted.sandbox.set_forge(protect=WEEK)
    comment(hosted, "ann", "/listkeeper accept 2")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 1 == ended.code
    assert "is protected" in ended.out
    assert [(hosted.key(2), "pick", "ann")] == decisions(hosted)


@pytest.mark.long
def test_a_mended_command_is_carried_out_and_what_was_decided_since_is_asked(hosted):
    comment(hosted, "ann", "/listkeeper acept 1\n/listkeeper accept 2")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act(
        "recomment", "ann", number=1, body="/listkeeper accept 1\n/listkeeper reject 2"
    )

    hosted.job(*SYNC, at=MONDAY + 2 * HOUR)

    said = {(key, act) for key, act, _ in decisions(hosted)}
    assert {(hosted.key(2), "pick"), (hosted.key(1), "pick")} == said
    (status,) = hosted.threads[0]["said"][1:]
    assert "candidate 2: ann said pick later" in status["body"]


@pytest.mark.long
def test_nobody_asks_who_may_push_for_a_comment_without_a_command(hosted):
    comment(hosted, "ann", "A good week!\n> /listkeeper accept 1")
    comment(hosted, "stranger", "I wrote number 3, please take it.")
    hosted.sandbox.forget_seen()

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 0 == ended.code
    assert 2 == len(hosted.requests()), "the thread and its comments"


@pytest.mark.long
def test_a_page_that_lost_its_first_line_is_asked_about_and_stops_nothing(hosted):
    path = "digests/2024-W46.md"
    text = hosted.file(WEEK, path).decode().replace("<!-- listkeeper digest", "<!-- digest", 1)
    hosted.sandbox.act("commit", "ann", branch=WEEK, path=path, text=text)
    comment(hosted, "ann", "/listkeeper accept 2")

    (ended,) = hosted.job(*SYNC, at=MONDAY + HOUR)

    assert 1 == ended.code
    assert "is not a Listkeeper digest" in hosted.threads[0]["said"][1]["body"]
    assert [(hosted.key(2), "pick", "ann")] == decisions(hosted)


@pytest.mark.long
def test_a_remark_on_a_merged_page_is_asked_about_once(hosted):
    path = "digests/2024-W46.md"
    comment(hosted, "ann", "/listkeeper accept 2")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    hosted.sandbox.act("merge", "ann", number=1)
    text = hosted.file("main", path).decode()
    at = text.index("<!-- candidate 3 ")
    text = text[:at] + text[at:].replace("\n", "\nToo long for us!\n", 1)
    hosted.sandbox.act("commit", "ann", branch="main", path=path, text=text)

    ended = [hosted.job(*SYNC, at=MONDAY + n * HOUR)[0] for n in (2, 3, 4)]

    assert [1, 0, 0] == [one.code for one in ended]
    assert "Too long for us!" in ended[0].out
    assert "(asked on 2024-11-11)" in ended[2].out
    assert text.encode() == hosted.file("main", path)
