"""A past run, the state of a source, and an announcement day that is complete, as they are kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalog.rows.values import NamedValues
from catalog.sightings import SourceStatus

WELL = frozenset({SourceStatus.OK, SourceStatus.QUIET})


@dataclass(frozen=True, slots=True)
class SourceState:
    """
    The state of a source after the last run.

    ``etag`` and ``modified`` as received; ``batch`` are the ids it showed and ``day`` is their
    announcement day; ``streak`` is the number of failures in a row; ``news`` are the last days
    with something new; ``open`` are works of which a detail is still to be asked for.
    """

    source: str
    etag: str | None
    batch: tuple[str, ...]
    day: date | None
    word: SourceStatus
    reason: str
    streak: int
    at: datetime
    modified: str | None = None
    news: tuple[date, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A complete announcement day; ``proof`` is feed, api or calendar."""

    source: str
    day: date
    proof: str
    found: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One finished command, with its report."""

    command: str
    as_of: datetime
    word: str
    report: dict[str, Any]


def run_of(row: NamedValues) -> Run:
    """The run in a row of the store."""
    return Run(row["command"], row["as_of"], row["word"], row["report"])


def source_state_of(row: NamedValues) -> SourceState:
    """The state in a row of the store."""
    return SourceState(
        source=row["source"],
        etag=row["etag"],
        batch=tuple(row["batch"]),
        day=row["day"],
        word=SourceStatus(row["word"]),
        reason=row["reason"],
        streak=row["streak"],
        at=row["at"],
        modified=row["modified"],
        news=tuple(map(date.fromisoformat, row["news"] or ())),
        open=tuple(row["open"] or ()),
    )


def stored_day_of(row: NamedValues) -> StoredDay:
    """The day in a row of the store."""
    return StoredDay(row["source"], row["day"], row["proof"], row["found"], row["at"])


def counts_of(
    runs: Iterable[Run], count: str, words: Collection[SourceStatus] = WELL
) -> dict[str, list[int]]:
    by_source: dict[str, list[int]] = defaultdict(list)
    for run in runs:
        for source in run.report.get("sources", ()):
            if source["word"] in words and (number := source["counts"].get(count, 0)):
                by_source[source["source"]].append(number)
    return by_source
