"""Reads the papers of a Parquet file as lines of JSON, one row group at a time."""

from typing import IO, Any

import orjson

from catalog.errors import UsageTrouble

# What is asked of a paper. Columns that nest (versions, authors_parsed) are left out: a paper's
# month is in its id, and its authors are a text as well.
COLUMNS = (
    *("id", "arxiv_id", "title", "abstract", "categories", "authors", "comments", "journal-ref"),
    *("doi", "license", "update_date", "section", "first_added"),
)


def group_sizes(file: IO[bytes], name: str) -> list[int]:
    """The number of rows of each row group; UsageTrouble for a damaged file."""
    try:
        return [group.num_rows for group in _table(file).row_groups]
    except Exception as trouble:  # whatever fastparquet stumbles over
        raise UsageTrouble(name, f"is no Parquet file that can be read ({trouble})") from trouble


def row_lines(file: IO[bytes], group: int) -> list[bytes]:
    """The rows of a row group as JSON; an empty cell is null."""
    table = _table(file)
    columns = [name for name in COLUMNS if name in table.columns]
    rows = table[group].to_pandas(columns=columns)
    rows = rows.astype(object).where(rows.notna(), None)
    return [orjson.dumps(row, default=str) for row in rows.to_dict("records")]


def _table(file: IO[bytes]) -> Any:
    from fastparquet import ParquetFile  # loads pandas: only for those who have such a file

    return ParquetFile(file)
