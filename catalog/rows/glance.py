"""
A store's file, read without SQLAlchemy, which takes longer to load than `status` takes to run.

Each class answers as the store's own class of these rows does: tests/catalog/store/test_glance.py
holds it to that. Nothing is written here, and a file of another version is left to the store.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import finalize

from catalog.facts import FIRST_SOURCE, Decision, Fact, Miss
from catalog.paper import Work
from catalog.rows.digests import KeptDigest
from catalog.rows.runs import Run, SourceState, StoredDay
from catalog.rows.sqlite_file import APPLICATION_ID, BUSY_SECONDS, SCHEMA, translate
from catalog.rows.values import day, day_of_number, json_value, long_text, moment, moment_of_second
from catalog.rows.works import TRIMMED, WORKS, trimmed_paper, work_of
from catalog.sightings import Sighting, SourceStatus


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


Value = TypeVar("Value")
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shape(Generic[Value]):
    """How rows become values of a type: its fields are columns, and ``readers`` read some."""

    type: type[Value]
    table: str
    readers: Mapping[str, Reader]

    def ask(self, file: OpenFile, rest: str, *values: object) -> Iterator[Value]:
        """The rows that the rest of a SELECT leaves, as values."""
        names = [field.name for field in fields(self.type)]  # type: ignore[arg-type]
        query = f"SELECT {', '.join(names)} FROM {self.table} {rest}"  # noqa: S608
        readers = [self.readers.get(name) for name in names]
        for row in file.ask(query, *values):
            pairs = zip(readers, row, strict=True)
            yield self.type(*(value if read is None else read(value) for read, value in pairs))


def _words(text: str | None) -> tuple[str, ...]:
    return tuple((text and json_value(text)) or ())


def _dates(text: str | None) -> tuple[date, ...]:
    return tuple(map(date.fromisoformat, _words(text)))


RUN = Shape(Run, "runs", {"as_of": moment, "report": json_value})
DAY = Shape(StoredDay, "days", {"day": day, "at": moment})
SOURCE = Shape(
    SourceState,
    "source_states",
    {
        "batch": _words,
        "day": day,
        "word": SourceStatus,
        "at": moment,
        "news": _dates,
        "open": _words,
    },
)
DECISION = Shape(Decision, "decisions", {"at": moment})
DIGEST = Shape(KeptDigest, "digests", {"made_at": moment, "body": json_value})
SIGHTING = Shape(Sighting, "sightings", {"seen_at": moment, "announced": day})
OF_WORK: Mapping[str, Reader] = {
    "abstract": long_text,
    "authors": json_value,
    "categories": json_value,
    "published": moment,
    "updated": moment,
    "announced": day,
}
OF_TRIMMED: Mapping[str, Reader] = {
    "published": moment_of_second,
    "updated": moment_of_second,
    "announced": day_of_number,
}


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
        for row in self._file.ask("SELECT * FROM facts WHERE kind = ? ORDER BY work_key, id", kind):
            yield _fact(row, row["first_at"]), datetime.fromisoformat(row["last_at"])

    def latest(self, kind: str, keys: Collection[str]) -> dict[str, Fact]:
        query = "SELECT * FROM facts WHERE kind = ? AND NOT held ORDER BY source = ?, id"
        newest = {row["work_key"]: row for row in self._file.ask(query, kind, FIRST_SOURCE)}
        return {key: _fact(newest[key], newest[key]["last_at"]) for key in keys if key in newest}

    def misses(self, kind: str) -> Sequence[Miss]:
        query = "SELECT * FROM misses WHERE kind = ? ORDER BY work_key"
        return [
            Miss(
                row["work_key"],
                row["kind"],
                row["source"],
                row["reason"],
                datetime.fromisoformat(row["last_at"]),
                row["detail"],
                row["times"],
            )
            for row in self._file.ask(query, kind)
        ]


def _fact(row: sqlite3.Row, seen_at: str) -> Fact:
    return Fact(
        work_key=row["work_key"],
        kind=row["kind"],
        value=row["value"],
        source=row["source"],
        url=row["url"],
        seen_at=datetime.fromisoformat(seen_at),
        held=bool(row["held"]),
    )


class WorkRows:
    """Works in their newest versions, and who saw them."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file

    def count(self) -> int:
        return _counted(self._file, WORKS) + _counted(self._file, TRIMMED)

    def get_many(self, keys: Collection[str]) -> dict[str, Work]:
        found = {row["key"]: work_of(row) for row in self._of("works", keys, OF_WORK)}
        if len(found) < len(keys):
            short = self._of("trimmed", keys, OF_TRIMMED)
            found |= {row["key"]: trimmed_paper(row) for row in short}
        return dict(sorted(found.items()))

    def get(self, key: str) -> Work | None:
        return self.get_many([key]).get(key)

    def _of(
        self, table: str, keys: Collection[str], readers: Mapping[str, Reader]
    ) -> Iterator[dict[str, Any]]:
        # One statement for any number of keys.
        query = f"SELECT * FROM {table} WHERE key IN (SELECT value FROM json_each(?))"  # noqa: S608
        for row in self._file.ask(query, json.dumps(list(keys))):
            yield dict(row) | {name: read(row[name]) for name, read in readers.items()}

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
