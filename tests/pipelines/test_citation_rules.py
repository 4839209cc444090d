"""Which counts are believed, held and shown, and when they are asked for again."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.enrich.citations import MAX_COUNT, believable, due, pair_to_show, same_title, settle
from tests.fakes import NOW, citations

SCHOLAR = "https://www.semanticscholar.org/paper/04965"
GOOGLE = "https://scholar.google.com/scholar?cites=1&as_sdt=2005"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

SETTLED = [
    pytest.param(None, 0, False, id="first look, zero"),
    pytest.param(None, 900, False, id="first look, many"),
    pytest.param(10, 11, False, id="more"),
    pytest.param(10, 10, False, id="the same"),
    pytest.param(10, 9, False, id="a little less"),
    pytest.param(10, 5, False, id="exactly half"),
    pytest.param(10, 4, True, id="less than half"),
    pytest.param(1, 0, True, id="one to none"),
    pytest.param(500, 0, True, id="all gone"),
    pytest.param(0, 0, False, id="zero stays zero"),
]


@pytest.mark.parametrize(("old", "new", "held"), SETTLED)
def test_a_suspicious_fall_is_held(old, new, held):
    """The newest look is the best, but what fell to less than half waits for a person."""
    before = None if old is None else citations(old, seen_at=NOW - DAY)

    fact = settle(before, citations(new))

    assert citations(new, held=held) == fact


DUE = [
    pytest.param(3 * DAY, None, True, id="new, never asked"),
    pytest.param(4000 * DAY, None, True, id="old, never asked"),
    pytest.param(3 * DAY, DAY, True, id="new, a day ago"),
    pytest.param(3 * DAY, 23.6 * HOUR, True, id="new, a day less the grace"),
    pytest.param(3 * DAY, 23 * HOUR, False, id="new, this morning"),
    pytest.param(14 * DAY, DAY, True, id="two weeks old, a day ago"),
    pytest.param(15 * DAY, DAY, False, id="fifteen days old, a day ago"),
    pytest.param(15 * DAY, 7 * DAY, True, id="fifteen days old, a week ago"),
    pytest.param(180 * DAY, 7 * DAY, True, id="half a year old, a week ago"),
    pytest.param(181 * DAY, 7 * DAY, False, id="older, a week ago"),
    pytest.param(181 * DAY, 30 * DAY, True, id="older, a month ago"),
    pytest.param(20_000 * DAY, 30 * DAY, True, id="half a century old"),
    pytest.param(-2 * DAY, DAY, True, id="of the day after tomorrow"),
    pytest.param(3 * DAY, timedelta(0), False, id="just asked"),
    pytest.param(3 * DAY, -DAY, False, id="asked tomorrow, by another zone"),
    pytest.param(3 * DAY, -5 * DAY, True, id="asked by a clock five days ahead"),
    pytest.param(3 * DAY, -400 * DAY, True, id="asked by a clock a year ahead"),
]


@pytest.mark.parametrize(("age", "ago", "expected"), DUE)
def test_when_to_look_again(age, ago, expected):
    """Daily while a paper is new, weekly for half a year, then monthly."""
    asked = None if ago is None else NOW - ago

    assert expected is due(NOW - age, asked, NOW)


def test_a_daily_job_asks_every_day():
    """A job that starts a few minutes early or late each day never skips one."""
    published = datetime(2024, 11, 7, tzinfo=UTC)
    starts = [
        NOW + DAY * day + timedelta(minutes=late) for day, late in enumerate((9, 0, 14, 2, 20, 1))
    ]

    asked = [due(published, before, now) for before, now in pairwise(starts)]

    assert [True] * 5 == asked


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, True, id="zero"),
        pytest.param(17, True, id="some"),
        pytest.param(MAX_COUNT, True, id="the most"),
        pytest.param(MAX_COUNT + 1, False, id="more than any"),
        pytest.param(-1, False, id="negative"),
        pytest.param(1.0, False, id="a fraction"),
        pytest.param(float("nan"), False, id="no number"),
        pytest.param("12", False, id="text"),
        pytest.param(True, False, id="yes"),
        pytest.param(None, False, id="nothing"),
        pytest.param([3], False, id="a list"),
    ],
)
def test_what_can_be_a_count(count, expected):
    assert expected is believable(count)


TITLES = [
    pytest.param("QTIP: Quantization", "QTIP: Quantization", True, id="equal"),
    pytest.param("QTIP: quantization", "qtip Quantization!", True, id="case and signs"),
    pytest.param("A Simple Norm", "A Simple and Effective Norm-Based Way", True, id="a longer one"),
    pytest.param("Pruning Heads of Models", "Pruning Layers of Nets", False, id="half the words"),
    pytest.param("Scaling Laws of Speech", "Scaling Laws of Vision", True, id="two of three"),
    pytest.param("Large Language Models", "Efficient Language Models", False, id="plain words"),
    pytest.param("Large Language Models", "Large language models", True, id="the same plain words"),
    pytest.param(r"\textbf{QTIP}: Trellises", "QTIP: Trellises", True, id="TeX"),
    pytest.param("Pruning Heads", "Cooking Rice", False, id="another"),
    pytest.param("Éclair: 4-bit Modèles", "ÉCLAIR: 4-bit Modèles", True, id="accents"),
    pytest.param("Pruning Heads", "", False, id="theirs is empty"),
    pytest.param("", "Pruning Heads", False, id="ours is empty"),
    pytest.param("!!!", "...", True, id="no words in either"),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), TITLES)
def test_titles_of_the_same_paper(ours, theirs, expected):
    """Publishers change words, not subjects."""
    assert expected is same_title(ours, theirs)


@given(st.text(), st.text())
def test_titles_compare_both_ways(one, other):
    assert same_title(one, one)
    assert same_title(one, other) is same_title(other, one)


SHOWN = [
    pytest.param((None, None), 7, (7, SCHOLAR), id="unknown becomes known"),
    pytest.param((6, SCHOLAR), 7, (7, SCHOLAR), id="more"),
    pytest.param((7, SCHOLAR), 7, None, id="the same"),
    pytest.param((9, SCHOLAR), 7, (7, SCHOLAR), id="less, of the same source"),
    pytest.param((7, SCHOLAR + "old"), 7, (7, SCHOLAR), id="another page of the same source"),
    pytest.param((6, GOOGLE), 7, (7, SCHOLAR), id="Google Scholar, lower"),
    pytest.param((7, GOOGLE), 7, (7, SCHOLAR), id="Google Scholar, equal"),
    pytest.param((8, GOOGLE), 7, None, id="Google Scholar, higher"),
    pytest.param((8, None), 7, None, id="higher, of nowhere"),
    pytest.param((None, None), 0, None, id="a known zero is not shown"),
    pytest.param((3, SCHOLAR), 0, None, id="zero does not replace"),
]


@pytest.mark.parametrize(("shown", "count", "expected"), SHOWN)
def test_the_pair_to_show(shown, count, expected):
    """Number and link are replaced together, and Google's only by one that is not lower."""
    assert expected == pair_to_show(shown, citations(count))


def test_a_higher_foreign_count_gives_way_when_told():
    assert (7, SCHOLAR) == pair_to_show((80, GOOGLE), citations(7), replace_others=True)


@pytest.mark.parametrize("replace_others", [True, False], ids=["told", "not told"])
@pytest.mark.parametrize(
    "fact",
    [
        pytest.param(None, id="unknown"),
        pytest.param(citations(9, held=True), id="held"),
        pytest.param(citations(9, url=None), id="without a page"),
    ],
)
def test_an_entry_is_left_as_it_is(fact, replace_others):
    """Unknown is not zero: what the list shows stays, whatever it is."""
    for shown in ((None, None), (3, SCHOLAR), (3, GOOGLE)):
        assert pair_to_show(shown, fact, replace_others=replace_others) is None
