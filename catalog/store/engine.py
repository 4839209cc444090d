"""
Opens an SQLite file, creates it or migrates it; an existing one is never recreated.

A new database is built in a temporary file, which then takes a name that nothing has. Each
migration step commits together with its version. ``Database`` adds nested transactions and an
upsert.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    Connection,
    Dialect,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DatabaseError

from catalog.errors import StoreTrouble
from catalog.files import (
    claimed,
    name_new,
    refuse_lost_link,
    refuse_lost_store,
    sweep,
    sync_folder,
)
from catalog.rows.sqlite_file import (
    APPLICATION_ID,
    BUSY_SECONDS,
    SCHEMA,
    WAY_OUT,
    translate,
    without_rights,
)
from catalog.rows.values import json_value

# Keys per query: SQLite allows 32,766 variables in a statement.
ROWS_AT_ONCE = 500
# Execution option of connections that only read: they begin without a write lock.
READING = {"reading": True}
# ... and of those that read with one statement, which is consistent by itself.
READING_ONCE = {**READING, "once": True}

# A file is written anew when so much of it is empty: bytes, and a part of the whole.
MIN_FREE_BYTES, MIN_FREE_SHARE = 20_000_000, 0.25
PAGE_BYTES = 8192


class Database:
    """
    An engine and its open transaction, if any.

    ``home`` names the state folder, where several share the database; otherwise it is empty.
    """

    def __init__(self, engine: Engine, home: str = "") -> None:
        self.engine, self.home = engine, home
        self._open: Connection | None = None

    @property
    def is_writing(self) -> bool:
        """Whether a transaction is open, whose rows nobody may remember: it can still fail."""
        return self._open is not None

    @property
    def numbers_grow(self) -> bool:
        """Whether rows become visible in the order of their numbers: where one writes at a time."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; inside another one, part of that."""
        if self._open is not None:
            yield self._open
            return
        with self.engine.begin() as connection:
            self._open = connection
            try:
                yield connection
            finally:
                self._open = None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        A consistent read that doesn't wait for writers.

        Inside a transaction it is part of that.
        """
        if self._open is not None:
            yield self._open
            return
        with self.engine.connect().execution_options(**READING) as connection:
            yield connection

    @contextmanager
    def read_once(self) -> Iterator[Connection]:
        """
        A read of one statement: a second one might see what was stored in between.

        A server needs no transaction around it: to begin and end one takes twice as many ways
        there and back as the statement.
        """
        if self._open is not None:
            yield self._open
            return
        with self.engine.connect().execution_options(**READING_ONCE) as connection:
            yield connection

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> None:
        """Insert the rows; new values replace those of existing ``keys``."""
        if not rows:
            return
        columns, dialect = tuple(rows[0]), self.engine.dialect.name
        with self.begin() as connection:
            if dialect == "postgresql" and len(rows) > 1:
                # Of equal keys the last row counts, as one after the other.
                rows = list({tuple(map(row.__getitem__, keys)): row for row in rows}.values())
                arrays = {name: [row[name] for row in rows] for name in columns}
                connection.execute(_upsert_of_arrays(table, columns, tuple(keys)), arrays)
            elif dialect == "sqlite":
                # Building a statement with hundreds of rows takes longer than running it.
                statement = _upsert_of_driver(table, columns, tuple(keys), self.engine.dialect)
                connection.exec_driver_sql(statement.text, statement.values(rows))
            else:
                upsert = _replacing(_insert(dialect)(table), columns, keys)
                connection.execute(upsert, list(rows))


@dataclass(frozen=True, slots=True)
class DriverStatement:
    """A statement as the driver takes it, with the columns of its values, in order."""

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    def values(self, rows: Iterable[dict[str, Any]]) -> list[tuple[Any, ...]]:
        """The values of each row as they are stored."""
        stored = [
            [row[name] for row in rows] if store is None else [store(row[name]) for row in rows]
            for name, store in self.columns
        ]
        return list(zip(*stored, strict=True))


@lru_cache(maxsize=32)
def _upsert_of_driver(
    table: Table, columns: tuple[str, ...], keys: tuple[str, ...], dialect: Dialect
) -> DriverStatement:
    """
    An upsert that is compiled once.

    SQLAlchemy looks at every value of every row by itself, which takes longer than to store it.
    """
    upsert = _replacing(_insert(dialect.name)(table), columns, keys)
    compiled: Any = upsert.compile(dialect=dialect, column_keys=list(columns))
    return DriverStatement(
        compiled.string,
        tuple((name, table.c[name].type.bind_processor(dialect)) for name in compiled.positiontup),
    )


@lru_cache(maxsize=32)
def _upsert_of_arrays(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> Any:
    """
    One short statement for any number of rows, an array for each column.

    PostgreSQL carries it out in half the time that it needs for a statement a row.
    """
    from sqlalchemy.dialects.postgresql import ARRAY

    arrays = (bindparam(name, type_=ARRAY(table.c[name].type, dimensions=1)) for name in columns)
    insert = _insert("postgresql")(table)
    rows = insert.from_select(columns, select(*map(func.unnest, arrays)))
    return _replacing(rows, columns, keys)


def _replacing(insert: Any, columns: Sequence[str], keys: Sequence[str]) -> Any:
    news = {column: insert.excluded[column] for column in columns if column not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=news)


def _insert(dialect: str) -> Any:
    """The dialect's insert with ON CONFLICT; PostgreSQL's is imported only when in use."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    return sqlite.insert


def open_engine(path: Path) -> Engine:
    """Open, create or migrate the database at ``path``; StoreTrouble if that is impossible."""
    refuse_lost_link(path)
    try:
        if path.exists() and not path.is_file():
            what = "a folder" if path.is_dir() else "a pipe or device"
            raise StoreTrouble(str(path), f"is {what}, not a database", "move it away")
        sweep(path.parent)
        if not path.exists():
            refuse_lost_store(path)
            _create(path)
    except OSError as trouble:
        raise StoreTrouble(str(path), f"cannot be created ({trouble.strerror})") from trouble
    _recognise(path)
    engine = _engine(path)
    _bring_up_to_date(engine, path)
    return engine


def _create(path: Path) -> None:
    """Build a new database aside; one that appeared at ``path`` in the meantime stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with claimed(path) as (newborn, _):
        engine = _engine(newborn)
        with engine.begin() as connection:
            connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
        _migrate(engine)
        _fold_log(engine, path)
        engine.dispose()
        name_new(newborn, path)
    sync_folder(path.parent)


def _fold_log(engine: Engine, path: Path) -> None:
    """
    Write the log into the file, which gets its name without the log; StoreTrouble if that fails.

    The last connection to close does it too, but says nothing where a disk is full.
    """
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        try:
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.DatabaseError as trouble:
            raise translate(path, trouble) from trouble
        if busy:
            raise StoreTrouble(str(path), "cannot be created: its log is in use", "try again")


def sqlite_url(path: Path) -> URL:
    """The address of a database file, whose name may contain ``?``, ``%`` and ``#``."""
    return URL.create("sqlite", database=str(path))


def _engine(path: Path) -> Engine:
    engine = create_engine(
        sqlite_url(path),
        connect_args={"timeout": BUSY_SECONDS},
        json_serializer=write_json,
        json_deserializer=json_value,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # We begin transactions ourselves: the driver's own way splits DDL from its version.
        connection.isolation_level = None
        # Of a new file: in pages of 4 kB a sixth is empty, because only four works fit in one.
        connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
        connection.execute("PRAGMA journal_mode = WAL")
        # Decisions and intents must survive a power cut; the cost is small.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    @event.listens_for(engine, "handle_error")
    def on_error(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, sqlite3.DatabaseError):
            raise translate(path, context.original_exception) from context.original_exception

    return engine


def write_json(value: Any) -> str:
    """JSON, fast; what only Python's writer takes, like half a character, by that."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Take the steps to the newest schema, in the connection's transaction."""
    # Alembic takes a quarter of a second to import, and is needed once a release.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def refuse_newer(where: str, version: str | None) -> None:
    """StoreTrouble for the schema of a newer program."""
    if version is not None and version > SCHEMA:
        raise StoreTrouble(
            where,
            f"has schema {version}, newer than {SCHEMA} of this program",
            "use the newer program, or another --state folder",
        )


def _recognise(path: Path) -> None:
    """Refuse foreign databases before any statement can change them."""
    try:
        with sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True) as connection:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as trouble:
        if refused := without_rights(path, str(trouble)):
            raise refused from trouble
        raise StoreTrouble(
            str(path), f"cannot be read as a database ({trouble})", WAY_OUT
        ) from trouble
    finally:
        if "connection" in locals():
            connection.close()
    if application_id != APPLICATION_ID:
        raise StoreTrouble(
            str(path), "is a database, but not one of Listkeeper's", "choose another --state folder"
        )


def _bring_up_to_date(engine: Engine, path: Path) -> None:
    with engine.connect().execution_options(**READING) as connection:
        version = _version(connection)
    if version == SCHEMA:
        return
    refuse_newer(str(path), version)
    _migrate(engine)


def _version(connection: Connection) -> str | None:
    tables = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
    if connection.execute(tables).first() is None:
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return None if row is None else str(row[0])


@dataclass(frozen=True, slots=True)
class Size:
    """The room that the store takes, and how much of it is empty; in bytes."""

    total: int
    free: int = 0

    @property
    def can_shrink(self) -> bool:
        """Whether giving back the empty part is worth writing all the rest anew."""
        return self.free >= max(MIN_FREE_BYTES, self.total * MIN_FREE_SHARE)


def size_of(engine: Engine, path: Path) -> Size:
    """The size of the file and its log."""
    with engine.connect().execution_options(**READING) as connection:
        page, pages, free = (
            int(connection.execute(text(f"PRAGMA {name}")).scalar_one())
            for name in ("page_size", "page_count", "freelist_count")
        )
    log = path.with_name(f"{path.name}-wal")
    return Size(page * pages + (log.stat().st_size if log.exists() else 0), page * free)


def shrink(engine: Engine, path: Path) -> int:
    """
    Write the file anew without its empty part, if that pays; returns the bytes it lost.

    SQLite does it in one transaction: whoever is killed in it leaves the file as it was. Others
    can read meanwhile, and who writes waits. StoreTrouble where there is no room for a copy.
    """
    before = size_of(engine, path)
    if not before.can_shrink:
        return 0
    # A copy is made aside, and goes through the log into the file.
    needed, room = 2 * (before.total - before.free), shutil.disk_usage(path.parent).free
    if room < needed:
        raise StoreTrouble(
            str(path), f"needs {needed:,} bytes for it, and {room:,} are free", "free some space"
        )
    with closing(engine.raw_connection()) as connection:
        try:
            connection.cursor().execute("VACUUM")
            # The log is as large as the file was, until it is cut; while somebody reads it stays.
            connection.cursor().execute("PRAGMA busy_timeout = 0")
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as trouble:
            raise translate(path, trouble) from trouble
        finally:
            connection.cursor().execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    return before.total - size_of(engine, path).total


def check(engine: Engine) -> list[str]:
    """Problems that SQLite itself finds in the file; empty if there are none."""
    with engine.connect().execution_options(**READING) as connection:
        try:
            rows = connection.execute(text("PRAGMA quick_check(10)")).scalars().all()
        except (DatabaseError, StoreTrouble) as trouble:
            return [str(trouble)]
    return [row for row in rows if row != "ok"]
