"""An answer's own date tells when our clock runs ahead."""

from datetime import UTC, datetime

import pytest
from scrapy.http import Response

from crawler.failures import why_wrong_clock

NOW = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "reason"),
    [
        ("Tue, 12 Nov 2024 06:47:01 GMT", None),
        ("Mon, 11 Nov 2024 05:00:00 GMT", None),
        ("Sun, 10 Nov 2024 06:47:00 GMT", "our clock says 12 November 2024"),
        ("Sun, 12 Nov 2023 06:47:00 GMT", "12 November 2024, theirs 12 November 2023"),
        ("Wed, 12 Nov 2025 06:47:00 GMT", None),
        ("yesterday", None),
        (None, None),
    ],
    ids=["equal", "cached", "two-days", "a-year", "behind", "no-date", "none"],
)
def test_a_clock_that_is_ahead_is_said(date, reason):
    """A year ahead would make 250 days look missed; a clock set back is somebody's wish."""
    response = Response("https://rss.arxiv.org/rss/cs.CL", headers={"Date": date} if date else {})

    told = why_wrong_clock(response, NOW)

    assert (reason is None and told is None) or reason in told


@pytest.mark.parametrize(
    ("machine", "is_wrong"),
    [
        pytest.param(datetime(2020, 1, 1, tzinfo=UTC), True, id="the machine's too"),
        pytest.param(datetime(2025, 11, 12, tzinfo=UTC), False, id="set back by --as-of"),
    ],
)
def test_a_clock_that_is_behind_is_said_where_nobody_wished_it(machine, is_wrong):
    """A first run in 2020 would write a page for a week of 2020."""
    response = Response(
        "https://rss.arxiv.org/rss/cs.CL", headers={"Date": "Wed, 12 Nov 2025 06:47:00 GMT"}
    )

    assert is_wrong == bool(why_wrong_clock(response, NOW, machine))
