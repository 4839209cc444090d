"""
Tables for spreadsheets and notebooks: CSV, JSON Lines, Parquet. pandas does the work.

In CSV every cell passes ``escape.cell``: what a spreadsheet would take for a formula stays text.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import pandas as pd

from catalog.paper import Paper, bare_key
from output.escape import cell
from pipelines.workspace import Workspace

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
)
CITATION_COLUMNS = ("arxiv_id", "count", "source", "url", "first_seen", "last_seen", "held")


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


def paper_rows(workspace: Workspace) -> Iterator[dict[str, Any]]:
    for work in workspace.store.works.all():
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


def candidate_rows(workspace: Workspace) -> Iterator[dict[str, Any]]:
    snapshots = workspace.snapshots()
    for rules in workspace.lists:
        found = snapshots.candidates(rules).candidates
        keys = [work.key for work, _ in found]
        citations = workspace.store.facts.latest("citations", keys)
        code = workspace.store.facts.latest("code", keys)
        for work, verdict in found:
            yield {
                "list": rules.list,
                "arxiv_id": bare_key(work.key),
                "section": verdict.section,
                "score": verdict.score,
                "runner_up": verdict.runner_up,
                "title": work.title,
                "citations": citations[work.key].count if work.key in citations else None,
                "code": code[work.key].url if work.key in code else None,
            }


def citation_rows(workspace: Workspace) -> Iterator[dict[str, Any]]:
    for fact, last in workspace.store.facts.history("citations"):
        yield {
            "arxiv_id": bare_key(fact.work_key),
            "count": fact.count,
            "source": fact.source,
            "url": fact.url,
            "first_seen": fact.seen_at.isoformat(),
            "last_seen": last.isoformat(),
            "held": fact.held,
        }
