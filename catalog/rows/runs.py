"""A past run, the state of a source, and an announcement day that is complete, as they are kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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


def counts_of(
    runs: Iterable[Run], count: str, words: Collection[SourceStatus] = WELL
) -> dict[str, list[int]]:
    by_source: dict[str, list[int]] = defaultdict(list)
    for run in runs:
        for source in run.report.get("sources", ()):
            if source["word"] in words and (number := source["counts"].get(count, 0)):
                by_source[source["source"]].append(number)
    return by_source
