"""
Works that sources only named: they wait here until they are stored, or given up.

A source's answer is remembered as seen; what it only named is not had by that. So both are stored
together, and the next runs go on asking, also when the source shows the work no longer.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import delete, select

from catalog.sightings import Sighting, Waiting
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.tables import named


class Named:
    """One row for each work and part of a source that named it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, part: str, sightings: Iterable[Sighting]) -> None:
        """Let these works wait; those that wait already, or were given up, stay as they are."""
        with self._database.begin():
            rows = [_row(Waiting(part, sighting)) for sighting in sightings]
            known = {it.key for it in self.all() if it.part == part} if rows else set()
            self._put([row for row in rows if row["work_key"] not in known])

    def all(self) -> list[Waiting]:
        """Every work that waits or was given up, in the order in which they were named."""
        query = select(named).order_by(named.c.seen_at, named.c.work_key, named.c.part)
        with self._database.read_once() as connection:
            return [_waiting(row) for row in connection.execute(query)]

    def update(self, news: Iterable[Waiting]) -> None:
        """Store what became of asking for these works."""
        self._put([_row(waiting) for waiting in news])

    def settle(self, keys: Collection[str]) -> None:
        """Forget works that are stored now."""
        ordered = sorted(keys)
        with self._database.begin() as connection:
            for start in range(0, len(ordered), ROWS_AT_ONCE):
                some = ordered[start : start + ROWS_AT_ONCE]
                connection.execute(delete(named).where(named.c.work_key.in_(some)))

    def _put(self, rows: list[dict[str, Any]]) -> None:
        self._database.upsert(named, rows, ["work_key", "part"])


def _row(waiting: Waiting) -> dict[str, Any]:
    seen = waiting.sighting
    return {
        "work_key": seen.work_key,
        "part": waiting.part,
        "source": seen.source,
        "announced": seen.announced,
        "raw_link": seen.raw_link,
        "seen_at": seen.seen_at,
        "since": waiting.since,
        "times": waiting.times,
        "reason": waiting.reason,
        "given_up": waiting.given_up,
    }


def _waiting(row: Any) -> Waiting:
    seen = Sighting(
        row.source, row.work_key, row.seen_at, "mention", 1, row.announced, row.raw_link
    )
    return Waiting(row.part, seen, row.since, row.times, row.reason, row.given_up)
