"""
Papers that no list wanted in their first weeks: their ids, titles and dates.

Their texts can be had again from arXiv. Until then changed rules judge them by their titles.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, delete, func, insert, select

from catalog.facts import Verdict
from catalog.paper import Paper
from catalog.rows.works import SAME, TRIMMED, WORKS, trimmed_paper
from catalog.store.engine import Database
from catalog.store.judging import begin, note_titles, reached
from catalog.store.properties import count, counted
from catalog.store.verdicts import HAS_SECTION, Verdicts
from catalog.store.works import Works, in_chunks
from catalog.tables import decisions, facts, sightings, trimmed, verdicts, works

COLUMNS = [column.name for column in trimmed.c]


class Trimmed:
    """The papers of which only the title is kept."""

    def __init__(self, database: Database, works: Works, verdicts: Verdicts) -> None:
        self._database, self._works, self._verdicts = database, works, verdicts
        # How many this process has trimmed: their rows lie dead in the database.
        self.lately = 0

    def count(self) -> int:
        with self._database.read_once() as connection:
            return counted(connection, TRIMMED)

    def last_seen(self) -> datetime | None:
        """When a work was seen last, of all that are stored."""
        with self._database.read_once() as connection:
            last: datetime | None = connection.execute(
                select(func.max(works.c.last_seen))
            ).scalar_one()
        return last

    def due(self, before: datetime) -> list[str]:
        """
        The keys of papers that may be trimmed, by when they were seen.

        They weren't seen since ``before``, no list's rules propose them, nobody decided on them,
        and nothing was found out about them.
        """
        query = select(works.c.key).where(*_unwanted(before)).order_by(works.c.last_seen)
        with self._database.read_once() as connection:
            return list(connection.execute(query).scalars())

    def trim(self, keys: Collection[str], before: datetime) -> int:
        """
        Give up the texts of these papers, as far as they are still due; returns their number.

        Their sightings and verdicts go, too. Each part of some hundred commits by itself.
        """
        number = sum(self._trim(part, before) for part in in_chunks(keys))
        self.lately += number
        return number

    def _trim(self, keys: Sequence[str], before: datetime) -> int:
        columns = [works.c[name] for name in COLUMNS]
        query = select(*columns).where(works.c.key.in_(keys), *_unwanted(before))
        with self._database.begin() as connection:
            rows = [_shortened(row) for row in connection.execute(query).mappings()]
            if not rows:
                return 0
            gone = [row["key"] for row in rows]
            connection.execute(insert(trimmed), rows)
            for column in (works.c.key, sightings.c.work_key, verdicts.c.work_key):
                connection.execute(delete(column.table).where(column.in_(gone)))
            count(connection, WORKS, -len(rows))
            count(connection, TRIMMED, len(rows))
        return len(rows)

    def backlog(self, list_name: str, fingerprint: str, most: int) -> list[Paper]:
        """At most ``most`` papers whose titles these rules haven't judged, by key."""
        with self._database.read() as connection:
            last = reached(connection, list_name, fingerprint).titles
            if last is None:
                return []
            query = select(trimmed).where(trimmed.c.key > last).order_by(trimmed.c.key).limit(most)
            return [trimmed_paper(row) for row in connection.execute(query).mappings()]

    def judged(self, list_name: str, judged: Sequence[tuple[Paper, Verdict]], at: datetime) -> int:
        """
        Note that rules have judged a whole backlog; returns the number of papers they propose.

        Those are stored as works again, with their verdicts, though without their texts.
        """
        proposed = [(work, verdict) for work, verdict in judged if verdict.section is not None]
        with self._database.begin() as connection:
            begin(connection, list_name, judged[0][1].fingerprint, at)
            self._works.take_back([work for work, _ in proposed])
            self._verdicts.save(list_name, proposed, at)
            note_titles(connection, list_name, judged[-1][0].key)
        return len(proposed)

    def seen_since(self, since: date) -> int:
        """How many of them were announced on or after a day."""
        query = select(func.count()).select_from(trimmed).where(trimmed.c.announced >= since)
        with self._database.read_once() as connection:
            return connection.execute(query).scalar_one()

    def days(self, since: date, until: date) -> dict[date, datetime]:
        """The days on which some of them were announced, and when those were last seen."""
        query = (
            select(trimmed.c.announced, func.max(trimmed.c.last_seen))
            .where(trimmed.c.announced.between(since, until))
            .group_by(trimmed.c.announced)
        )
        with self._database.read_once() as connection:
            return {row.announced: row[1] for row in connection.execute(query)}


def _shortened(row: RowMapping) -> dict[str, Any]:
    """What is kept of a paper; its last time only where it isn't its first."""
    is_first = row["updated"] is not None and row["updated"] == row["published"]
    return dict(row) | ({"updated": SAME} if is_first else {})


def _unwanted(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on works that no list proposes, and of which nothing else is known."""
    proposed = select(verdicts.c.work_key).where(HAS_SECTION)
    return (
        works.c.kind == "paper",
        works.c.last_seen < before,
        works.c.key.not_in(proposed),
        works.c.key.not_in(select(decisions.c.work_key)),
        works.c.key.not_in(select(facts.c.work_key)),
    )
