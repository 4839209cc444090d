"""What a clock that ran ahead has noted binds nobody afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from catalog.moments import age_of, is_ahead, last_of

NOW = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("since", [0 * HOUR, HOUR, 9_000 * HOUR, -HOUR, -24 * HOUR])
def test_what_a_right_clock_noted_has_its_age(since):
    """Also that of a neighbour who is some hours ahead."""
    assert since == age_of(NOW - since, NOW)
    assert max(NOW - since, NOW) == last_of(NOW - since, NOW)


@pytest.mark.parametrize("ahead", [25 * HOUR, 9_000 * HOUR, datetime.max.replace(tzinfo=UTC) - NOW])
def test_what_a_clock_noted_that_was_ahead_is_long_ago(ahead):
    assert is_ahead(NOW + ahead, NOW)
    assert age_of(NOW + ahead, NOW) > timedelta(weeks=9_000)
    assert last_of(NOW + ahead, NOW) == NOW
