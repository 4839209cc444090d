"""
A store's file, read without SQLAlchemy, which takes longer to load than `status` takes to run.

Each class answers as the store's own class of these rows does: tests/catalog/store/test_glance.py
holds it to that. Nothing is written here, and a file of another version is left to the store.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import finalize

from catalog.facts import FIRST_SOURCE, Decision, Fact, Miss
from catalog.paper import Work
from catalog.rows.digests import KeptDigest, digest_of
from catalog.rows.facts import decision_of, fact_of, miss_of
from catalog.rows.runs import Run, SourceState, StoredDay, run_of, source_state_of, stored_day_of
from catalog.rows.sqlite_file import APPLICATION_ID, BUSY_SECONDS, SCHEMA, translate
from catalog.rows.values import (
    NamedValues,
    day,
    day_of_number,
    json_value,
    long_text,
    moment,
    moment_of_second,
)
from catalog.rows.works import TRIMMED, WORKS, sighting_of, trimmed_paper, work_of
from catalog.sightings import Sighting


class Glance:
    """What commands that only look ask of a store; all answers are of one moment."""

    is_file = True

    def __init__(self, file: "OpenFile") -> None:
        self.name = str(file.path)
        self.runs = RunRows(file)
        self.decisions = DecisionRows(file)
        self.digests = DigestRows(file)
        self.facts = FactRows(file)
        self.works = WorkRows(file)
        self.trimmed = TrimmedRows(file)


class OpenFile:
    """A connection that reads; errors are those of the store."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        finalize(self, connection.close)

    def ask(self, query: str, *values: object) -> Iterator[sqlite3.Row]:
        try:
            yield from self._connection.execute(query, values)
        except sqlite3.DatabaseError as trouble:
            raise translate(self.path, trouble) from trouble


def open_glance(path: Path) -> Glance | None:
    """The store's file at ``path``; None where only the store can tell what to do with it."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            if _is_ours(connection):
                return Glance(OpenFile(path, connection))
        except sqlite3.Error:
            connection.close()
            raise
    except sqlite3.Error:
        return None
    connection.close()
    return None


def _is_ours(connection: sqlite3.Connection) -> bool:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        return False
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return row is not None and row[0] == SCHEMA


# One statement for any number of keys, in JSON.
OF_THESE = "IN (SELECT value FROM json_each(?))"
Value = TypeVar("Value")
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shape(Generic[Value]):
    """How rows of a table become values; ``readers`` are for what SQLite has no type for."""

    table: str
    value_of: Callable[[NamedValues], Value]
    readers: Mapping[str, Reader]

    def ask(self, file: OpenFile, rest: str, *values: object) -> Iterator[Value]:
        """The rows that the rest of a SELECT leaves, as values."""
        return map(self.value_of, self.rows(file, rest, *values))

    def rows(self, file: OpenFile, rest: str, *values: object) -> Iterator[dict[str, Any]]:
        """The same rows before that, by the names of their columns."""
        query = f"SELECT * FROM {self.table} {rest}"  # noqa: S608
        names: list[str] = []
        for row in file.ask(query, *values):
            names = names or row.keys()
            named = dict(zip(names, row, strict=True))
            for name, read in self.readers.items():
                named[name] = read(named[name])
            yield named


def _json(text: str | None) -> Any:
    return None if text is None else json_value(text)


RUN = Shape("runs", run_of, {"as_of": moment, "report": json_value})
DAY = Shape("days", stored_day_of, {"day": day, "at": moment})
SOURCE = Shape(
    "source_states",
    source_state_of,
    {"batch": _json, "day": day, "at": moment, "news": _json, "open": _json},
)
DECISION = Shape("decisions", decision_of, {"at": moment})
DIGEST = Shape("digests", digest_of, {"made_at": moment, "body": json_value})
SIGHTING = Shape("sightings", sighting_of, {"seen_at": moment, "announced": day})
FACT = Shape("facts", fact_of, {"held": bool, "first_at": moment, "last_at": moment})
MISS = Shape("misses", miss_of, {"last_at": moment})
WORK = Shape(
    "works",
    work_of,
    {
        "abstract": long_text,
        "authors": json_value,
        "categories": json_value,
        "published": moment,
        "updated": moment,
        "announced": day,
    },
)
TRIMMED_PAPER = Shape(
    "trimmed",
    trimmed_paper,
    {"published": moment_of_second, "updated": moment_of_second, "announced": day_of_number},
)


class RunRows:
    """Past runs, states of sources, and complete days."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def recent(self, most: int = 10) -> Sequence[Run]:
        return list(RUN.ask(self._file, "ORDER BY id DESC LIMIT ?", most))

    def sources(self) -> dict[str, SourceState]:
        return {state.source: state for state in SOURCE.ask(self._file, "")}

    def days(self, source: str) -> dict[date, StoredDay]:
        days = DAY.ask(self._file, "WHERE source = ? ORDER BY day", source)
        return {stored.day: stored for stored in days}


class DecisionRows:
    """All decisions about works."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def all(self, list_name: str) -> list[Decision]:
        return list(DECISION.ask(self._file, "WHERE list_name = ? ORDER BY id", list_name))

    def latest(self, list_name: str) -> dict[str, Decision]:
        return {decision.work_key: decision for decision in self.all(list_name)}


class DigestRows:
    """Digests by list and name."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def get(self, list_name: str, name: str) -> KeptDigest | None:
        rest = "WHERE list_name = ? AND name = ?"
        return next(DIGEST.ask(self._file, rest, list_name, name), None)

    def names(self, list_name: str, week: str) -> list[str]:
        query = "SELECT name FROM digests WHERE list_name = ? AND name LIKE ? || '%' ORDER BY name"
        return [row["name"] for row in self._file.ask(query, list_name, week)]

    def latest(self, list_name: str, most: int) -> list[KeptDigest]:
        rest = "WHERE list_name = ? ORDER BY made_at DESC, name DESC LIMIT ?"
        return list(DIGEST.ask(self._file, rest, list_name, most))


class FactRows:
    """Values with their history, and the reasons for missing ones."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def asked(self, kind: str, source: str) -> dict[str, datetime]:
        last: dict[str, datetime] = {}
        for table in ("facts", "misses"):
            query = f"SELECT work_key, last_at FROM {table} WHERE kind = ? AND source = ?"  # noqa: S608
            for key, text in self._file.ask(query, kind, source):
                at = datetime.fromisoformat(text)
                last[key] = max(at, last.get(key, at))
        return last

    def history(self, kind: str) -> Iterator[tuple[Fact, datetime]]:
        for row in FACT.rows(self._file, "WHERE kind = ? ORDER BY work_key, id", kind):
            yield fact_of(row, first=True), row["last_at"]

    def latest(self, kind: str, keys: Collection[str]) -> dict[str, Fact]:
        rest = f"WHERE kind = ? AND NOT held AND work_key {OF_THESE} ORDER BY source = ?, id"
        facts = FACT.ask(self._file, rest, kind, json.dumps(list(keys)), FIRST_SOURCE)
        newest = {fact.work_key: fact for fact in facts}
        return {key: newest[key] for key in keys if key in newest}

    def misses(self, kind: str) -> Sequence[Miss]:
        return list(MISS.ask(self._file, "WHERE kind = ? ORDER BY work_key", kind))


class WorkRows:
    """Works in their newest versions, and who saw them."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def count(self) -> int:
        return _counted(self._file, WORKS) + _counted(self._file, TRIMMED)

    def get_many(self, keys: Collection[str]) -> dict[str, Work]:
        rest, every = f"WHERE key {OF_THESE}", json.dumps(list(keys))
        found = {work.key: work for work in WORK.ask(self._file, rest, every)}
        if len(found) < len(keys):
            found |= {work.key: work for work in TRIMMED_PAPER.ask(self._file, rest, every)}
        return dict(sorted(found.items()))

    def get(self, key: str) -> Work | None:
        return self.get_many([key]).get(key)

    def sighted(self, since: date) -> list[Sighting]:
        rest = (
            "WHERE announce_type IN ('new', 'cross', 'mention')"
            " AND coalesce(announced, substr(seen_at, 1, 10)) >= ? ORDER BY id"
        )
        return list(SIGHTING.ask(self._file, rest, since.isoformat()))


class TrimmedRows:
    """The papers of which only the title is kept."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def count(self) -> int:
        return _counted(self._file, TRIMMED)


def _counted(file: OpenFile, name: str) -> int:
    row = next(file.ask("SELECT value FROM properties WHERE name = ?", name), None)
    return int(row["value"]) if row else 0
