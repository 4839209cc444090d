"""What a service asks for with Retry-After, in seconds."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.politeness import MAX_RETRY_AFTER_S, seconds_asked

NOW = datetime(2024, 11, 12, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("60", 60.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1000000000", MAX_RETRY_AFTER_S),
        ("9" * 400, MAX_RETRY_AFTER_S),
        ("-" + "9" * 400, 0.0),
        ("Tue, 12 Nov 2024 06:31:00 GMT", 60.0),
        ("Tue, 12 Nov 2024 01:31:00 -0500", 60.0),
        ("Tue, 12 Nov 2024 06:31:00", 60.0),
        ("Tue, 12 Nov 2024 06:29:00 GMT", 0.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0.0),
    ],
)
def test_a_readable_wish_is_a_number_of_seconds(value, seconds):
    """Seconds or a date, never negative, never more than a day."""
    assert seconds == seconds_asked(value, NOW)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "soon",
        "--5",
        "-",
        "\u00b2",
        "1.5",
        "1e9",
        "0x10",
        "5 minutes",
        "Tue",
        "12,12",
    ],
)
def test_garbage_asks_for_nothing(value):
    """What cannot be read is as good as no header."""
    assert seconds_asked(value, NOW) is None


@given(st.text(max_size=40) | st.text("0123456789-+:, GMTNovTue\u00b2\u00b3", max_size=40))
def test_no_text_is_a_bug(value):
    """Whatever a service sends, the answer is nothing or a number of seconds within a day."""
    seconds = seconds_asked(value, NOW)

    assert seconds is None or 0 <= seconds <= MAX_RETRY_AFTER_S
