"""The picture of how the rules did: the same numbers give the same bytes."""

import pytest

from output.charts import Picture, draw_rules
from pipelines.tuning.evaluate import SectionRow

PICTURE = Picture(
    title="L: $where$ the rules put papers",
    subtitle="3 of 4 found",
    confusion={"A": {"A": 2, "$5 & B": 1}, "$5 & B": {"A": 0, "$5 & B": 1}},
    sections={
        "A": SectionRow(precision=1.0, recall=0.67, f1=0.8, n=3, missed=0),
        "$5 & B": SectionRow(precision=0.5, recall=1.0, f1=0.67, n=1, missed=0),
    },
)
NONE_IN = Picture("L", "", {"A": {"(none)": 3}}, {})


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml")])
def test_the_same_numbers_give_the_same_bytes(tmp_path, name, begins):
    one, other = tmp_path / name, tmp_path / f"other-{name}"

    draw_rules(one, PICTURE)
    draw_rules(other, PICTURE)

    assert one.read_bytes().startswith(begins)
    assert one.read_bytes() == other.read_bytes()


def test_rules_that_let_nothing_in_are_drawn_too(tmp_path):
    draw_rules(tmp_path / "a.svg", NONE_IN)

    assert (tmp_path / "a.svg").stat().st_size
