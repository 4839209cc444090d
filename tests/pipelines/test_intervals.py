"""The figures that need all papers at once: the curve, its area, and how sure they are."""

import random

import pytest

from catalog.facts import Verdict
from pipelines.tuning.intervals import average_precision, curve, intervals, table
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.metrics import figures, wilson


def judged(*rows):
    """(belongs, section, judged, score) as papers and verdicts."""
    papers = [Labelled(None, "", None, belongs, section) for belongs, section, _, _ in rows]
    return papers, [Verdict(got, score) for _, _, got, score in rows]


ROWS = [
    (True, "A", "A", 0.9),
    (False, None, "B", 0.8),
    (True, "B", "A", 0.8),
    (True, "B", None, 0.1),
    (False, None, None, 0.0),
    (None, None, "A", 0.9),
]


def test_the_curve_has_a_point_for_each_score():
    points = curve(table(*judged(*ROWS)))

    assert [0.9, 0.8, 0.1, 0.0] == points["score"].to_list()
    assert [1, 2, 3, 3] == points["found"].to_list()
    assert [1, 3, 4, 5] == points["let_in"].to_list()


def test_average_precision_is_the_mean_of_precision_where_recall_grows():
    """Checked against scikit-learn's, whose import takes longer than all tests of this file."""
    assert average_precision(curve(table(*judged(*ROWS)))) == pytest.approx(
        1 / 3 * 1 + 1 / 3 * 2 / 3 + 1 / 3 * 3 / 4
    )


def test_intervals_hold_the_figure_and_shrink_with_more_papers():
    few, many = (figures(*judged(*ROWS[:5] * times), sections={"A", "B"}) for times in (5, 200))

    for name in ("precision", "recall", "f1", "accuracy", "macro_f1"):
        (low, high), (lower, higher) = intervals(many)[name], intervals(few)[name]
        assert low <= getattr(many, name) <= high
        assert high - low < higher - lower


def test_intervals_are_the_same_each_time():
    made = figures(*judged(*ROWS), sections={"A", "B"})

    assert intervals(made) == intervals(made)


def test_intervals_of_the_bootstrap_are_those_of_drawing_rows():
    """Counts drawn at once are what drawing papers one by one would bring."""
    chance = random.Random(1)
    rows = ROWS[:5] * 20
    good, bad = [row for row in rows if row[0]], [row for row in rows if not row[0]]
    drawn = []
    for _ in range(2000):
        found = sum(row[2] is not None for row in chance.choices(good, k=len(good)))
        wrong = sum(row[2] is not None for row in chance.choices(bad, k=len(bad)))
        drawn.append(2 * found / (found + wrong + len(good)))
    drawn.sort()

    low, high = intervals(figures(*judged(*rows), sections={"A", "B"}))["f1"]

    assert low == pytest.approx(drawn[50], abs=0.02)
    assert high == pytest.approx(drawn[1949], abs=0.02)


# Newcombe's examples (Statistics in Medicine 17, 1998), which print four digits.
WILSON = [((81, 263), (0.2553, 0.3662)), ((15, 148), (0.0624, 0.1605)), ((0, 20), (0.0, 0.1611)),
          ((1, 29), (0.0061, 0.1718)), ((3, 3), (0.4385, 1.0)), ((0, 0), (0.0, 1.0))]  # fmt: skip


@pytest.mark.parametrize(("counts", "interval"), WILSON)
def test_the_interval_of_a_share_is_wilsons(counts, interval):
    assert wilson(*counts) == pytest.approx(interval, abs=1e-4)


def test_without_others_precision_is_not_known():
    made = figures(*judged((True, "A", "A", 0.9)), sections={"A"})

    assert (made.precision, made.f1) == (None, None)
    assert "precision" not in intervals(made)


def test_where_nothing_was_to_be_found_recall_is_not_known():
    made = figures(*judged((False, None, "A", 0.9), (False, None, None, 0.1)), sections={"A"})

    assert (made.precision, made.recall, made.f1) == (None, None, None)
    assert {} == intervals(made)


def test_a_handful_of_papers_gets_no_interval_by_drawing_them_again():
    """Three papers judged rightly would give 1 to 1; Wilson's of their shares are wide."""
    rows = [(True, "A", "A", 0.9)] * 3 + [(False, None, None, 0.1)] * 3

    assert {"accuracy", "precision", "recall"} == set(
        intervals(figures(*judged(*rows), sections={"A"}))
    )


def test_first_or_second_choice():
    papers = [Labelled(None, "", None, belongs=True, section="A") for _ in range(3)]
    verdicts = [Verdict("B", 0.7, (), "A"), Verdict(None, 0.2, (), "A"), Verdict("B", 0.7)]

    assert (1, 1) == figures(papers, verdicts, {"A", "B"}).either
