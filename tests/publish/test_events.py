"""Ticks that an event tells of, and edits of the body from a page that was opened earlier."""

from datetime import timedelta

import pytest

from tests.publish.hosted import MONDAY, SYNC
from tests.publish.test_people import decisions

HOUR = timedelta(hours=1)
WEEK = "listkeeper/2024-W46"


def ticked(body, *markers):
    for marker in markers:
        assert f"[ ] <!-- {marker}" in body
        body = body.replace(f"[ ] <!-- {marker}", f"[x] <!-- {marker}")
    return body


@pytest.mark.long
def test_a_tick_of_an_event_counts_although_a_stale_editor_lost_it(hosted):
    stale = hosted.threads[0]["body"]
    hosted.tick(1, "ann")
    event = hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.sandbox.act("edit", "ben", number=1, body=ticked(stale, "accept 2 "))

    hosted.event_job(event, at=MONDAY + HOUR)

    said = {(key, act, who) for key, act, who in decisions(hosted)}
    assert {(hosted.key(n), "pick", "ann") for n in (1, 2)} == said
    assert hosted.key(1).encode() in hosted.list_on(WEEK)


@pytest.mark.long
def test_a_stale_editor_takes_back_nothing_by_its_event_either(hosted):
    stale = ticked(hosted.threads[0]["body"], "apply -->")
    hosted.tick(1, "ann")
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    hosted.job(*SYNC, at=MONDAY + HOUR)
    event = hosted.sandbox.act("edit", "ben", number=1, body=ticked(stale, "accept 2 "))

    ended = hosted.event_job(event, at=MONDAY + 2 * HOUR)

    assert 1 == ended.code, ended
    assert ["pick", "pick"] == [act for _, act, _ in decisions(hosted)]
    (status,) = hosted.threads[0]["said"]
    assert "candidate 1: an edit that changed other lines took the tick" in status["body"]
    assert "`/listkeeper reopen 1`" in status["body"].replace("\\", "")


@pytest.mark.long
def test_an_event_that_runs_again_brings_back_nothing(hosted):
    hosted.sandbox.act("tick", "ann", number=1, marker="apply")
    event = hosted.tick(1, "ann")
    hosted.event_job(event, at=MONDAY + HOUR)
    hosted.event_job(hosted.untick(1, "ben"), at=MONDAY + 2 * HOUR)

    hosted.event_job(event, at=MONDAY + 3 * HOUR)

    assert ["pick", "undo"] == [act for _, act, _ in decisions(hosted)]
    assert hosted.key(1).encode() not in hosted.list_on(WEEK)


@pytest.mark.long
def test_where_apply_writes_at_once_a_tick_that_went_is_asked_about(issue):
    event_of = issue.tick(1, "ann"), issue.sandbox.act("tick", "ann", number=1, marker="apply")
    before = issue.list_on("main")
    issue.untick(1, "ann")

    ended = issue.event_job(event_of[1], at=MONDAY + HOUR)

    assert 1 == ended.code, ended
    assert before == issue.list_on("main")
    assert ["open"] == [thread["state"] for thread in issue.threads]
    (status,) = issue.threads[0]["said"]
    assert "candidate 1: accept was ticked" in status["body"]
