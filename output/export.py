"""
Tables for spreadsheets and notebooks, as CSV, JSON Lines or Parquet.

In CSV every cell passes ``escape.cell``: text that looks like a formula stays text.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pandas as pd

from catalog.facts import Fact, Verdict
from catalog.paper import Paper, Work, bare_key
from catalog.store.facts import Facts
from output.digest.model import week_of
from output.escape import cell
from pipelines.showings import seen_of, shelf_of
from pipelines.workspace import Workspace

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


def rows_of_lists(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """The rows of ``candidate_rows`` for each list, best first."""
    snapshots = workspace.snapshots()
    store, week = workspace.store, week_of(workspace.now)
    for rules in workspace.lists:
        works = snapshots.candidates(rules).candidates
        _, seen = seen_of(store, rules.list, works, week, store.digests.all())
        yield from candidate_rows(rules.list, works, store.facts, shelf_of(seen))


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


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """Rows as a table with exactly these columns, in this order, also when there are none."""
    # As objects: pandas turns 14 into 14.0 as soon as one count is missing.
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def write_table(frame: pd.DataFrame, target: IO[bytes], kind: str) -> None:
    """Write a table as csv, jsonl or parquet to an open binary stream."""
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
        return  # pandas would write an empty line, which is no JSON
    frame.to_json(target, orient="records", lines=True, force_ascii=False, date_format="iso")


def _parquet(frame: pd.DataFrame, target: IO[bytes]) -> None:
    # One type a column: an empty column would otherwise have none.
    typed = frame.convert_dtypes()
    empty = [name for name in typed.columns if typed[name].isna().all()]
    typed = typed.astype(dict.fromkeys(empty, "string"))
    # Not through pandas, which needs pyarrow: ten times as large. Imported late, because CSV and
    # JSON Lines need not wait for it.
    import fastparquet

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.parquet"
        fastparquet.write(str(file), typed, write_index=False)
        target.write(file.read_bytes())
