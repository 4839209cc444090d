"""What a terminal shows of a table."""

from cli.render import text_table


def test_columns_are_as_wide_as_what_they_hold():
    rows = [{"a": "x", "count": 14}, {"a": "longer", "count": 3}]
    assert "     a count\n     x    14\nlonger     3" == text_table(rows, ("a", "count"))


def test_no_rows_are_said():
    assert "(none)" == text_table([], ("a", "count"))
