"""What a history of counts says; each source is an account of its own."""

from datetime import timedelta

import pytest

from pipelines.enrich.trends import Growth, gained, growth, movers, trends
from tests.fakes import KEY, NOW, citations

OTHER = "arxiv:2406.11235"


def day(number):
    return NOW + timedelta(days=number)


def history(*told, key=KEY, source="semanticscholar"):
    """Counts with the days on which they were first and last seen."""
    return [
        (citations(count, key=key, seen_at=day(first), source=source), day(last))
        for count, first, last in told
    ]


def test_growth_since_a_day():
    """From what was known then; a paper first seen later grew since its first look."""
    told = trends(
        [*history((3, 0, 20), (5, 30, 40)), *history((7, 35, 35), (8, 40, 40), key=OTHER)]
    )

    moved = movers(told.values(), day(25))

    assert [(KEY, 3, 5, 2), (OTHER, 7, 8, 1)] == [
        (one.trend.key, one.before, one.after, one.gain) for one in moved
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([(10, 0, 0), (20, 1, 1), (90, 8, 8)], Growth(70, 7), id="a week"),
        pytest.param([(10, 5, 5), (90, 8, 8)], Growth(80, 3), id="seen since three days"),
        pytest.param([(10, -4, -4), (90, 8, 8)], Growth(80, 12), id="nobody looked in between"),
        pytest.param([(10, 0, 8)], None, id="stood still"),
        pytest.param([(90, 0, 0), (10, 8, 8)], None, id="fell"),
        pytest.param([(10, -3, -3), (90, 6, 6)], None, id="nobody looked lately"),
        pytest.param([(10, 8, 8)], None, id="seen once"),
    ],
)
def test_growth_of_a_week(told, expected):
    """The gain since a week ago, or since the look nearest to it."""
    assert expected == growth(trends(history(*told))[KEY], day(8))


def test_who_fell_or_stood_still_is_no_mover():
    told = trends([*history((3, 0, 40)), *history((9, 0, 20), (8, 30, 40), key=OTHER)])

    assert [] == movers(told.values(), day(10))


def test_sources_are_never_mixed():
    """A step from one source's count to another's is no growth; the first source is told."""
    told = trends(
        [
            *history((2, 0, 20), source="openalex"),
            *history((40, 30, 30)),
        ]
    )

    assert "semanticscholar" == told[KEY].source
    assert [] == movers(told.values(), day(0))


def test_held_counts_are_not_part_of_a_trend():
    facts = [*history((10, 0, 10)), (citations(1, seen_at=day(20), held=True), day(20))]

    assert (10,) == tuple(one.count for one in trends(facts)[KEY].stretches)


def test_levels_are_steps_of_time():
    """Each step shows the count as it was known then; one day of looks is told look by look."""
    (trend,) = trends(history((1, 0, 9), (2, 10, 20), (4, 30, 30))).values()
    (short,) = trends(history((1, 0, 0), (2, 0.5, 0.5))).values()

    assert [1, 2, 2, 4] == list(trend.levels(4))
    assert [1, 2] == list(short.levels())


def test_a_long_time_without_a_look_is_a_gap():
    (trend,) = trends(history((1, 0, 0), (5, 100, 100))).values()

    assert [1, None, None, 5] == list(trend.levels(4))


def test_a_section_gains_what_its_papers_gained():
    """A paper that is first seen with fifty citations adds nothing on that day."""
    told = trends(
        [*history((3, 0, 9), (5, 10, 20)), *history((50, 15, 15), (51, 20, 20), key=OTHER)]
    )

    assert [(0, 0), (10, 2), (15, 2), (20, 3)] == [
        ((moment - NOW).days, total) for moment, total in gained(told.values())
    ]
