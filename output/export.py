"""
Tables for spreadsheets and notebooks, as CSV, JSON Lines or Parquet.

In CSV every cell passes ``escape.cell``: text that looks like a formula stays text. Parquet needs
fastparquet and pandas, which are an extra.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import orjson

from catalog.facts import Fact, Verdict
from catalog.paper import Paper, Work, bare_key
from catalog.store.facts import Facts
from output.escape import cell

FORMATS = ("csv", "jsonl", "parquet")

PAPER_COLUMNS = (
    "arxiv_id", "version", "title", "authors", "categories", "announced", "published", "comments",
    "journal_ref", "doi", "license",
)  # fmt: skip
CANDIDATE_COLUMNS = (
    "list",
    "arxiv_id",
    "section",
    "score",
    "runner_up",
    "title",
    "citations",
    "code",
    "shelf",
)
CITATION_COLUMNS = ("arxiv_id", "count", "source", "url", "first_seen", "last_seen", "held")


def paper_rows(works: Iterable[Work]) -> Iterator[dict[str, Any]]:
    """One row per paper, with the PAPER_COLUMNS."""
    for work in works:
        if isinstance(work, Paper):
            yield {
                "arxiv_id": work.arxiv_id,
                "version": work.version,
                "title": work.title,
                "authors": ", ".join(work.authors),
                "categories": " ".join(work.categories),
                "announced": work.announced.isoformat() if work.announced else None,
                "published": work.published.isoformat() if work.published else None,
                "comments": work.comments,
                "journal_ref": work.journal_ref,
                "doi": work.doi,
                "license": work.license,
            }


def candidate_rows(
    list_name: str,
    candidates: Sequence[tuple[Work, Verdict]],
    facts: Facts,
    shelf: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    """
    One row per candidate of a list, with the CANDIDATE_COLUMNS.

    ``shelf`` is why a work rests on the shelf, by key.
    """
    keys = [work.key for work, _ in candidates]
    citations, code = facts.latest_of(("citations", "code"), keys).values()
    for work, verdict in candidates:
        yield {
            "list": list_name,
            "arxiv_id": bare_key(work.key),
            "section": verdict.section,
            "score": verdict.score,
            "runner_up": verdict.runner_up,
            "title": work.title,
            "citations": citations[work.key].count if work.key in citations else None,
            "code": code[work.key].url if work.key in code else None,
            "shelf": shelf.get(work.key),
        }


def citation_rows(history: Iterable[tuple[Fact, datetime]]) -> Iterator[dict[str, Any]]:
    """One row per count, with the CITATION_COLUMNS."""
    for fact, last in history:
        yield {
            "arxiv_id": bare_key(fact.work_key),
            "count": fact.count,
            "source": fact.source,
            "url": fact.url,
            "first_seen": fact.seen_at.isoformat(),
            "last_seen": last.isoformat(),
            "held": fact.held,
        }


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with exactly these columns, in this order; a value that a row lacks is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> "Table":
        return cls(tuple(columns), tuple(tuple(map(row.get, columns)) for row in rows))


def write_table(table: Table, target: IO[bytes], kind: str) -> None:
    """Write a table in one of FORMATS to an open binary stream."""
    writers: dict[str, Callable[[Table, IO[bytes]], None]] = {
        "csv": _csv,
        "jsonl": _jsonl,
        "parquet": _parquet,
    }
    writers[kind](table, target)


def _csv(table: Table, target: IO[bytes]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows([cell(value) for value in row] for row in table.rows)
    target.write(text.getvalue().encode())


def _jsonl(table: Table, target: IO[bytes]) -> None:
    for row in table.rows:
        target.write(orjson.dumps(dict(zip(table.columns, row, strict=True))) + b"\n")


def _parquet(table: Table, target: IO[bytes]) -> None:
    # fastparquet takes pandas' tables and is a tenth of pyarrow's size. Only those who ask for
    # Parquet wait for both.
    import fastparquet
    import pandas as pd

    # As objects: pandas turns 14 into 14.0 as soon as one count is missing.
    frame = pd.DataFrame(table.rows, columns=list(table.columns), dtype=object)
    # One type a column: an empty column would otherwise have none.
    typed = frame.convert_dtypes()
    empty = [name for name in typed.columns if typed[name].isna().all()]
    typed = typed.astype(dict.fromkeys(empty, "string"))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        fastparquet.write(str(file), typed, write_index=False)
        target.write(file.read_bytes())
