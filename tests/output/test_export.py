"""Tables hold what they were given, in spreadsheets, scripts and notebooks alike."""

import csv
import io
import json

import pytest
from fastparquet import ParquetFile

from output.export import table, write_table

COLUMNS = ("arxiv_id", "title", "citations", "score", "held", "code")
ROWS = [
    {
        "arxiv_id": "2503.02130",
        "title": 'Say "bits", not\nbytes 🌟',
        "citations": 14,
        "score": 0.25,
        "held": False,
        "code": None,
    },
    {
        "arxiv_id": "2411.04965",
        "title": "=HYPERLINK(A1)",
        "citations": None,
        "score": 1.0,
        "held": True,
        "code": None,
    },
]


def written(rows, kind, columns=COLUMNS):
    file = io.BytesIO()
    write_table(table(rows, columns), file, kind)
    return file.getvalue()


def read(parquet):
    return ParquetFile(io.BytesIO(parquet)).to_pandas()


def test_csv_for_a_spreadsheet():
    """One line a row, formulas disarmed, counts whole, unknown empty, ids not numbers."""
    rows = list(csv.reader(io.StringIO(written(ROWS, "csv").decode())))

    assert [
        list(COLUMNS),
        ["2503.02130", 'Say "bits", not bytes 🌟', "14", "0.25", "False", ""],
        ["2411.04965", "'=HYPERLINK(A1)", "", "1.0", "True", ""],
    ] == rows


def test_csv_has_the_same_line_ends_everywhere():
    assert b"\r" not in written(ROWS, "csv")
    assert written(ROWS, "csv").endswith(b"\n")


@pytest.mark.parametrize("sign", list("=+-@"))
def test_every_formula_is_disarmed(sign):
    """Whatever column it stands in, behind a tab or a blank too."""
    rows = [{"a": f"{sign}1", "b": f"\t{sign}cmd|' /C calc'!A0", "c": f" {sign}x"}]

    _, cells = csv.reader(io.StringIO(written(rows, "csv", ("a", "b", "c")).decode()))

    assert ["'" + sign] * 3 == [cell[:2] for cell in cells]


def test_json_lines_for_a_script():
    """Every line is an object with all columns, the values as they were given."""
    lines = written(ROWS, "jsonl").decode().splitlines()

    assert ROWS == [json.loads(line) for line in lines]
    assert "🌟" in lines[0]
    assert isinstance(json.loads(lines[0])["citations"], int)


def test_parquet_for_a_notebook():
    """Numbers come back as numbers, unknown as unknown, ids as text, also empty columns."""
    frame = read(written(ROWS, "parquet"))

    assert list(COLUMNS) == list(frame.columns)
    assert ["2503.02130", "2411.04965"] == list(frame["arxiv_id"])
    assert [row["title"] for row in ROWS] == list(frame["title"])
    assert [True, False] == list(frame["citations"].notna())
    assert 14 == frame["citations"][0]
    assert [0.25, 1.0] == list(frame["score"])
    assert [False, True] == list(frame["held"])
    assert frame["code"].isna().all()


def test_a_table_without_rows_has_its_columns():
    """Nothing found is a table with a head, not a broken file."""
    assert f"{','.join(COLUMNS)}\n".encode() == written([], "csv")
    assert b"" == written([], "jsonl")
    frame = read(written([], "parquet"))
    assert list(COLUMNS) == list(frame.columns)
    assert 0 == len(frame)


def test_columns_are_exactly_those_that_were_named():
    """In that order; what a row has besides is left out, what it lacks is empty."""
    frame = table([{"b": 2, "c": 3}], ("a", "b"))

    assert ["a", "b"] == list(frame.columns)
    assert b"a,b\n,2\n" == written([{"b": 2, "c": 3}], "csv", ("a", "b"))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_every_format_can_be_written(kind):
    assert written(ROWS, kind)


def test_another_format_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        written(ROWS, "xlsx")
