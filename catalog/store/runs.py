"""Past runs, the state of each source, and the announcement days that are complete."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select

from catalog.sightings import SourceStatus
from catalog.store.engine import Database
from catalog.tables import days, runs, source_states

# So many past runs are searched, including those of other commands.
LOOK_BACK = 40
# Built once: the review page asks at each request.
_NEWEST = select(func.max(runs.c.id))
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


class Runs:
    """Past runs, states of sources, and complete days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, run: Run) -> None:
        with self._database.begin() as connection:
            connection.execute(insert(runs).values(asdict(run)))

    def number(self) -> int:
        """The number of the newest run; it changes when something may be new."""
        with self._database.read_once() as connection:
            return connection.execute(_NEWEST).scalar_one() or 0

    def recent(self, command: str | None = None, most: int = 10) -> Sequence[Run]:
        """The last runs, newest first."""
        query = select(runs).order_by(runs.c.id.desc()).limit(most)
        if command is not None:
            query = query.where(runs.c.command == command)
        with self._database.read_once() as connection:
            return [
                Run(row.command, row.as_of, row.word, row.report)
                for row in connection.execute(query)
            ]

    def source(self, name: str) -> SourceState | None:
        return self.sources().get(name)

    def sources(self) -> dict[str, SourceState]:
        with self._database.read_once() as connection:
            return {
                row.source: SourceState(
                    source=row.source,
                    etag=row.etag,
                    batch=tuple(row.batch),
                    day=row.day,
                    word=SourceStatus(row.word),
                    reason=row.reason,
                    streak=row.streak,
                    at=row.at,
                    modified=row.modified,
                    news=tuple(map(date.fromisoformat, row.news or ())),
                    open=tuple(row.open or ()),
                )
                for row in connection.execute(select(source_states))
            }

    def set_source(self, state: SourceState) -> None:
        row = {
            **asdict(state),
            "batch": list(state.batch),
            "word": str(state.word),
            "news": [day.isoformat() for day in state.news],
            "open": list(state.open),
        }
        self._database.upsert(source_states, [row], ["source"])

    def usual(self, count: str, words: Collection[SourceStatus] = WELL) -> Mapping[str, list[int]]:
        """By source, the nonzero values of a count in its last good runs; newest first."""
        return counts_of(self.recent(most=LOOK_BACK), count, words)

    def days(self, source: str) -> dict[date, StoredDay]:
        query = select(days).where(days.c.source == source).order_by(days.c.day)
        with self._database.read_once() as connection:
            return {
                row.day: StoredDay(row.source, row.day, row.proof, row.found, row.at)
                for row in connection.execute(query)
            }

    def set_day(self, day: StoredDay) -> None:
        self._database.upsert(days, [asdict(day)], ["source", "day"])

    def forget_day(self, source: str, day: date) -> None:
        """Mark a day as incomplete again."""
        query = delete(days).where(days.c.source == source, days.c.day == day)
        with self._database.begin() as connection:
            connection.execute(query)


def counts_of(
    runs: Iterable[Run], count: str, words: Collection[SourceStatus] = WELL
) -> dict[str, list[int]]:
    by_source: dict[str, list[int]] = defaultdict(list)
    for run in runs:
        for source in run.report.get("sources", ()):
            if source["word"] in words and (number := source["counts"].get(count, 0)):
                by_source[source["source"]].append(number)
    return by_source
