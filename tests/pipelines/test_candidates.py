"""A rejected work returns only when something about it changed since; one put off, next week."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.facts import Fact
from pipelines.candidates import is_settled
from pipelines.second_chances import CITED_MORE, Then, what_changed
from tests.fakes import KEY, NOW, decision

BEFORE, AFTER = NOW - timedelta(days=9), NOW + timedelta(days=9)
TITLE = "A Work"
THEN = Then(NOW, TITLE)


def fact(kind, value, at, *, held=False):
    return Fact(KEY, kind, str(value), "semanticscholar", None, at, held=held)


@pytest.mark.parametrize(
    ("title", "venues", "citations", "changed"),
    [
        pytest.param(TITLE, [], [], "", id="nothing"),
        pytest.param("A  work!", [], [], "", id="spelling of the title only"),
        pytest.param("A Better Work", [], [], 'its title was "A Work"', id="title"),
        pytest.param(TITLE, [("ICLR", AFTER)], [], "it appeared at ICLR", id="venue"),
        pytest.param(TITLE, [("ICLR", BEFORE), ("ICLR 2025", AFTER)], [], "", id="venue known"),
        pytest.param(TITLE, [], [(3, BEFORE), (3 + CITED_MORE - 1, AFTER)], "", id="few more"),
        pytest.param(
            TITLE,
            [],
            [(3, BEFORE), (3 + CITED_MORE, AFTER)],
            f"{3 + CITED_MORE} citations, 3 when it was rejected",
            id="many more",
        ),
        pytest.param(TITLE, [], [(300, AFTER)], "", id="first counted later"),
    ],
)
def test_what_changed(title, venues, citations, changed):
    venues = [fact("venue", *one) for one in venues]
    citations = [fact("citations", *one) for one in citations]

    assert changed == what_changed(THEN, title, venues, citations)


def test_a_held_count_is_not_believed():
    counts = [fact("citations", 3, BEFORE), fact("citations", 900, AFTER, held=True)]

    assert "" == what_changed(THEN, TITLE, [], counts)


@pytest.mark.parametrize(
    ("put_off", "now", "waits"),
    [
        pytest.param(15, 15, True, id="the same Friday"),
        pytest.param(15, 17, True, id="the Sunday of that week"),
        pytest.param(15, 18, False, id="the Monday after"),
        pytest.param(11, 17, True, id="put off on a Monday"),
        pytest.param(18, 15, True, id="a clock that went back"),
    ],
)
def test_what_is_put_off_comes_back_next_week(put_off, now, waits):
    day = datetime(2024, 11, 1, 12, tzinfo=UTC)
    later = decision("later", at=day.replace(day=put_off))

    assert waits == is_settled(later, day.replace(day=now))
