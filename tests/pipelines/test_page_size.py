"""A digest is as long as editors need it: it follows where the works stood that they took."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.facts import Decision
from catalog.rows.digests import KeptDigest
from pipelines.page_size import DEFAULT_SIZE, MAX_SIZE, MIN_SIZE, PageSize, page_size

FIRST = datetime(2024, 9, 2, 6, tzinfo=UTC)
SHOWN, NAMED = 25, 20


def made(week):
    return FIRST + timedelta(weeks=week)


def name_of(week):
    return f"{made(week):%G-W%V}"


def digest(week, *, shown=SHOWN, named=NAMED):
    """A page of that week: its works are called by week and place, the best first."""
    items = [
        {"key": f"{week}-{n}", "score": 1 - n / 100, "section": "A"} for n in range(1, shown + 1)
    ]
    waiting = [f"{week}-{n}" for n in range(shown + 1, shown + named + 1)]
    body = {"candidates": items[::-1], "waiting": waiting, "reserve": [f"{week}-reserve"]}
    return KeptDigest("List", name_of(week), made(week), b"", body)


def took(week, place, *, act="accept", days=2):
    return Decision("List", f"{week}-{place}", act, "ada", made(week) + timedelta(days=days))


def size(picks, weeks=6, **more):
    """The size after so many weeks in each of which these places were taken."""
    digests = [digest(week) for week in range(weeks)]
    decisions = [took(week, place, **more) for week in range(weeks) for place in picks]
    return page_size(digests, decisions, name_of(weeks))


@pytest.mark.parametrize(
    ("picks", "shown"),
    [
        pytest.param([1, 3, 5, 8], MIN_SIZE, id="from the top"),
        pytest.param([2, 9, 17, 18], 20, id="in the first twenty"),
        pytest.param([4, 12, 24, 25], 25, id="down to the end"),
        pytest.param([4, 12, 31, 33], 35, id="from those that were only named"),
        pytest.param([40, 41, 43, 45], MAX_SIZE, id="all far below"),
        pytest.param([*range(1, 11), 45], MIN_SIZE, id="one of eleven below"),
    ],
)
def test_the_size_is_where_nine_of_ten_stood(picks, shown):
    found = size(picks)

    assert shown == found.shown
    number = 6 * len(picks)
    inside = 6 * sum(place <= shown for place in picks)
    assert (
        f"{inside} of the last {number} accepted works stood among the first {shown}" == found.why
    )


@pytest.mark.parametrize(
    ("picks", "weeks", "act"),
    [
        pytest.param([1, 2, 3], 6, "accept", id="few"),
        pytest.param(range(1, 20), 3, "accept", id="of few weeks"),
        pytest.param(range(1, 10), 6, "reject", id="only refused"),
        pytest.param(range(1, 10), 6, "undo", id="taken back"),
        pytest.param([], 6, "accept", id="nobody comes"),
    ],
)
def test_little_that_was_taken_changes_nothing(picks, weeks, act):
    assert PageSize(DEFAULT_SIZE, "") == size(picks, weeks, act=act)


def test_a_work_counts_where_it_stood_first():
    """It was only named, behind the page, and stood at the top a week later, where it was taken."""
    digests = []
    for week in range(8):
        page = digest(week, shown=SHOWN - 3)
        again = [{"key": f"{week - 1}-{n}", "score": 2.0, "section": "A"} for n in (24, 25, 26)]
        page.body["candidates"] += again if week else []
        digests.append(page)
    decisions = [took(week, n, days=9) for week in range(7) for n in (24, 25, 26)]

    found = page_size(digests, decisions, name_of(8))

    assert 30 == found.shown


def test_the_size_stays_for_the_week():
    """What is decided in a week, or on later pages, is for the next one."""
    digests = [digest(week) for week in range(8)]
    before = [took(week, place) for week in range(6) for place in (1, 2, 3, 4)]
    during = [took(5, place, days=7) for place in range(20, 46)]
    later = [took(6, place) for place in range(20, 46)]

    usual = page_size(digests[:6], before, name_of(6))

    assert MIN_SIZE == usual.shown
    assert usual == page_size(digests, [*before, *during, *later], name_of(6))
    assert usual.shown < page_size(digests, [*before, *during, *later], name_of(8)).shown
