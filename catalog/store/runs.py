"""Past runs, the state of each source, and the announcement days that are complete."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import delete, func, insert, select

from catalog.rows.runs import (
    WELL,
    Run,
    SourceState,
    StoredDay,
    counts_of,
    run_of,
    source_state_of,
    stored_day_of,
)
from catalog.sightings import SourceStatus
from catalog.store.engine import Database
from catalog.tables import days, runs, source_states

# So many past runs are searched, including those of other commands.
LOOK_BACK = 40
# Built once: the review page asks at each request.
_NEWEST = select(func.max(runs.c.id))


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
            return [run_of(row) for row in connection.execute(query).mappings()]

    def source(self, name: str) -> SourceState | None:
        return self.sources().get(name)

    def sources(self) -> dict[str, SourceState]:
        with self._database.read_once() as connection:
            rows = connection.execute(select(source_states)).mappings()
            return {row["source"]: source_state_of(row) for row in rows}

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
            rows = connection.execute(query).mappings()
            return {row["day"]: stored_day_of(row) for row in rows}

    def set_day(self, day: StoredDay) -> None:
        self._database.upsert(days, [asdict(day)], ["source", "day"])

    def forget_day(self, source: str, day: date) -> None:
        """Mark a day as incomplete again."""
        query = delete(days).where(days.c.source == source, days.c.day == day)
        with self._database.begin() as connection:
            connection.execute(query)
