"""The picture of how the rules did: the same numbers give the same bytes."""

import pandas as pd
import pytest

from output.charts import Picture, draw_rules

PICTURE = Picture(
    title="L: $where$ the rules put papers",
    subtitle="3 of 4 found",
    confusion=pd.DataFrame({"A": [2, 0], "$5 & B": [1, 1]}, index=["A", "$5 & B"]),
    sections=pd.DataFrame(
        {"precision": [1.0, 0.5], "recall": [0.67, 1.0], "n": [3, 1]}, index=["A", "$5 & B"]
    ),
)
NONE_IN = Picture("L", "", pd.DataFrame({"(none)": [3]}, index=["A"]), pd.DataFrame())


@pytest.mark.long
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
