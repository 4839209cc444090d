"""
Tables for spreadsheets and notebooks: CSV, JSON Lines, Parquet. pandas does the work.

In CSV every cell passes ``escape.cell``: what a spreadsheet would take for a formula stays text.
"""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pandas as pd

from output.escape import cell

FORMATS = ("csv", "jsonl", "parquet")


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table with exactly these columns, in this order, also when there are none."""
    # As objects: pandas would make 14 a 14.0 as soon as one count is not known.
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def write_table(frame: pd.DataFrame, target: IO[bytes], kind: str) -> None:
    """Write a table in one of FORMATS to an open binary stream."""
    writers: dict[str, Callable[[pd.DataFrame, IO[bytes]], None]] = {
        "csv": _csv,
        "jsonl": _jsonl,
        "parquet": _parquet,
    }
    writers[kind](frame, target)


def _csv(frame: pd.DataFrame, target: IO[bytes]) -> None:
    rows = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    safe = pd.DataFrame(rows, columns=frame.columns, dtype=object)
    safe.to_csv(target, index=False, lineterminator="\n")


def _jsonl(frame: pd.DataFrame, target: IO[bytes]) -> None:
    if frame.empty:
        return  # pandas would write a line of nothing, which is no JSON
    frame.to_json(target, orient="records", lines=True, force_ascii=False, date_format="iso")


def _parquet(frame: pd.DataFrame, target: IO[bytes]) -> None:
    # One type a column: what is empty in all rows would otherwise have none.
    typed = frame.convert_dtypes()
    empty = [name for name in typed.columns if typed[name].isna().all()]
    typed = typed.astype(dict.fromkeys(empty, "string"))
    # By itself, not through pandas, which would ask for pyarrow: ten times as large. And only
    # here: CSV and JSON Lines do not wait for it.
    import fastparquet

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "table.parquet"
        fastparquet.write(str(whole), typed, write_index=False)
        target.write(whole.read_bytes())
