"""
A week in which something goes wrong every day, by a seed; what is right is worked out by the side.

The long form, with every fault, is ``benchmarks/daily_runs.py``.
"""

from datetime import UTC, date, datetime

import pytest

from benchmarks.daily_runs import Story, tell

pytestmark = pytest.mark.long

WEEK = Story(
    first=datetime(2024, 11, 20, 6, 47, tzinfo=UTC),
    days=8,
    crowd=12,
    away=frozenset({date(2024, 11, 23), date(2024, 11, 24)}),
    healthy_end=1,
    quick=True,
)


def test_a_week_of_faults_loses_nothing_and_is_named_rightly():
    told = tell(WEEK, seed=5)

    assert [] == told.wrong
    assert len(told.days) == 6
    assert len(told.figures["faults"]) > 6
    assert told.figures["announced"] > 60
