"""arXiv's calendar: which day shows what, and what a missed day needs."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.calendar import (
    announcement_days,
    deadline,
    expected_day,
    feed_day,
    is_announcement_day,
    why_quiet,
    window,
)

THANKSGIVING = date(2024, 11, 28)
DAYS_OFF = frozenset({THANKSGIVING, date(2024, 12, 25), date(2025, 1, 1)})
EASTERN = ZoneInfo("America/New_York")


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def eastern(*parts):
    return datetime(*parts, tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        pytest.param(utc(2024, 11, 12, 4, 59, 59), date(2024, 11, 11), id="winter-before"),
        pytest.param(utc(2024, 11, 12, 5, 0), date(2024, 11, 12), id="winter-midnight"),
        pytest.param(utc(2024, 8, 13, 3, 59, 59), date(2024, 8, 12), id="summer-before"),
        pytest.param(utc(2024, 8, 13, 4, 0), date(2024, 8, 13), id="summer-midnight"),
        pytest.param(utc(2024, 3, 10, 4, 59), date(2024, 3, 9), id="spring-before"),
        pytest.param(utc(2024, 3, 10, 5, 0), date(2024, 3, 10), id="spring-midnight"),
        pytest.param(utc(2024, 3, 11, 3, 59), date(2024, 3, 10), id="spring-short-day-ends"),
        pytest.param(utc(2024, 3, 11, 4, 0), date(2024, 3, 11), id="spring-next-day"),
        pytest.param(utc(2024, 11, 3, 3, 59), date(2024, 11, 2), id="autumn-before"),
        pytest.param(utc(2024, 11, 3, 4, 0), date(2024, 11, 3), id="autumn-midnight"),
        pytest.param(utc(2024, 11, 4, 4, 59), date(2024, 11, 3), id="autumn-long-day-ends"),
        pytest.param(utc(2024, 11, 4, 5, 0), date(2024, 11, 4), id="autumn-next-day"),
    ],
)
def test_the_feed_changes_at_midnight_in_new_york(now, day):
    """Also on the days on which clocks there are changed."""
    assert day == feed_day(now)
    assert day == feed_day(now.astimezone(ZoneInfo("Asia/Kolkata")))


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2024, 11, 8), None),
        (date(2024, 11, 9), "Saturday: arXiv announces nothing at weekends"),
        (date(2024, 11, 10), "Sunday: arXiv announces nothing at weekends"),
        (date(2024, 11, 11), None),
        (date(2024, 11, 27), None),
        (date(2024, 11, 28), "28 November is one of arXiv's days off"),
        (date(2024, 11, 29), "the day after arXiv's day off on 28 November"),
        (date(2024, 12, 2), None),
        (date(2025, 1, 1), "1 January is one of arXiv's days off"),
        (date(2025, 1, 2), "the day after arXiv's day off on 1 January"),
    ],
)
def test_why_a_day_may_be_quiet(day, reason):
    """Weekends, days off and the day after one may be empty; no other day may."""
    assert reason == why_quiet(day, DAYS_OFF)


def test_announcement_days_leave_out_weekends_and_days_off():
    """Both ends count; the day after a day off should bring papers."""
    days = announcement_days(date(2024, 11, 27), date(2024, 12, 3), DAYS_OFF)

    assert [27, 29, 2, 3] == [day.day for day in days]
    assert [date(2024, 11, 27)] == announcement_days(
        date(2024, 11, 27), date(2024, 11, 27), DAYS_OFF
    )
    assert [] == announcement_days(date(2024, 12, 3), date(2024, 11, 27), DAYS_OFF)
    assert [] == announcement_days(date(2024, 11, 9), date(2024, 11, 10), DAYS_OFF)


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        pytest.param(date(2024, 11, 13), utc(2024, 11, 12, 19), id="wednesday"),
        pytest.param(date(2024, 11, 15), utc(2024, 11, 14, 19), id="friday"),
        pytest.param(date(2024, 11, 18), utc(2024, 11, 15, 19), id="monday"),
        pytest.param(date(2024, 8, 14), utc(2024, 8, 13, 18), id="summer"),
        pytest.param(date(2024, 3, 11), utc(2024, 3, 8, 19), id="monday-after-spring"),
        pytest.param(date(2024, 3, 12), utc(2024, 3, 11, 18), id="tuesday-after-spring"),
        pytest.param(date(2024, 11, 4), utc(2024, 11, 1, 18), id="monday-after-autumn"),
        pytest.param(date(2024, 11, 5), utc(2024, 11, 4, 19), id="tuesday-after-autumn"),
    ],
)
def test_the_deadline_is_two_in_the_afternoon_of_the_working_day_before(day, moment):
    """In New York, by the clock that was in use there then."""
    assert moment == deadline(day)


# arXiv's own table ("Availability of submissions"), for a week without a day off.
@pytest.mark.parametrize(
    ("received", "day"),
    [
        pytest.param(eastern(2024, 11, 11, 13, 59), date(2024, 11, 12), id="mon-before-2pm"),
        pytest.param(eastern(2024, 11, 11, 14, 1), date(2024, 11, 13), id="mon-after-2pm"),
        pytest.param(eastern(2024, 11, 12, 13, 59), date(2024, 11, 13), id="tue-before-2pm"),
        pytest.param(eastern(2024, 11, 12, 14, 1), date(2024, 11, 14), id="tue-after-2pm"),
        pytest.param(eastern(2024, 11, 13, 14, 1), date(2024, 11, 15), id="wed-after-2pm"),
        pytest.param(eastern(2024, 11, 14, 14, 1), date(2024, 11, 18), id="thu-after-2pm"),
        pytest.param(eastern(2024, 11, 15, 13, 59), date(2024, 11, 18), id="fri-before-2pm"),
        pytest.param(eastern(2024, 11, 15, 14, 1), date(2024, 11, 19), id="fri-after-2pm"),
        pytest.param(eastern(2024, 11, 16, 12, 0), date(2024, 11, 19), id="saturday"),
        pytest.param(eastern(2024, 11, 18, 13, 59), date(2024, 11, 19), id="mon-next"),
        pytest.param(eastern(2024, 11, 27, 10, 0), date(2024, 11, 29), id="feed-of-a-day-off"),
    ],
)
def test_a_paper_is_expected_on_the_day_arxiv_says(received, day):
    """From the time of submission in New York to the day in whose feed the paper stands."""
    assert day == expected_day(received.astimezone(UTC), DAYS_OFF)


moments = st.integers(0, 20 * 366 * 24 * 60).map(
    lambda minutes: utc(2015, 1, 1) + timedelta(minutes=minutes)
)
days_off = st.frozensets(st.dates(date(2024, 1, 1), date(2024, 12, 31)), max_size=8)


@given(moments, days_off)
def test_a_paper_is_expected_on_an_announcement_day_after_its_submission(published, off):
    """Never before it was there, never later than its deadline needs."""
    day = expected_day(published, off)

    assert is_announcement_day(day, off)
    assert feed_day(published) <= day
    assert published <= deadline(day)


@given(moments, st.integers(0, 10))
def test_a_window_covers_what_its_days_announce(published, overlap):
    """Asked for the day on which a paper is expected, the window has its submission."""
    start, end = window([expected_day(published, ())], overlap)

    assert start <= published <= end


@pytest.mark.parametrize(
    ("missing", "start", "end"),
    [
        pytest.param(
            [date(2024, 11, 13)], utc(2024, 11, 11, 19), utc(2024, 11, 12, 19), id="wednesday"
        ),
        pytest.param(
            [date(2024, 11, 18)], utc(2024, 11, 14, 19), utc(2024, 11, 15, 19), id="monday"
        ),
        pytest.param(
            [date(2024, 11, 19)], utc(2024, 11, 15, 19), utc(2024, 11, 18, 19), id="tuesday"
        ),
        pytest.param(
            [date(2024, 11, 15), date(2024, 11, 12)],
            utc(2024, 11, 8, 19),
            utc(2024, 11, 14, 19),
            id="several-in-any-order",
        ),
    ],
)
def test_a_window_reaches_from_deadline_to_deadline(missing, start, end):
    """Both ends are deadlines; the overlap, for papers held by moderation, comes before."""
    assert (start, end) == window(missing, 0)
    assert (start - timedelta(days=7), end) == window(missing, 7)
