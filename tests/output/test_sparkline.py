"""A trend in eight heights, and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from output.sparkline import sparkline, spoken

TRENDS = [
    pytest.param([], "", "no count yet", id="nothing"),
    pytest.param([7], "▄", "7, seen once", id="one look"),
    pytest.param([3, 3, 3], "▄▄▄", "3 all the time", id="never changed"),
    pytest.param([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█", "up from 0 to 7", id="steady growth"),
    pytest.param([9, 2], "█▁", "down from 9 to 2", id="a fall"),
    pytest.param([1, None, None, 8], "▁··█", "up from 1 to 8", id="nobody looked"),
    pytest.param([None, None], "··", "no count yet", id="never looked"),
    pytest.param([5, 1, 5], "█▁█", "back from 5 to 5, least 1", id="down and up again"),
    pytest.param([2, 9, 4], "▁█▃", "up from 2 to 4, most 9", id="up and down"),
]


@pytest.mark.parametrize(("values", "line", "words"), TRENDS)
def test_a_trend(values, line, words):
    assert line == sparkline(values)
    assert words == spoken(values)


@given(st.lists(st.none() | st.integers(0, 10**7)))
def test_a_sign_for_each_value(values):
    """As many signs as values, gaps where they are; the least is never above the most."""
    line = sparkline(values)

    assert len(values) == len(line)
    assert [value is None for value in values] == [sign == "·" for sign in line]
    assert spoken(values)
