"""
Opens a database on a PostgreSQL server, so that several people and machines share one store.

What SQLite's file gives by itself is made here: one writer at a time, reads that don't wait,
text in the order of its bytes and of any length, and a row that says whose database it is.
"""

import atexit
import os
import select as system_select
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Table,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from catalog.errors import ComeBackLater, StoreTrouble, UsageTrouble
from catalog.rows.sqlite_file import BUSY_SECONDS, SCHEMA
from catalog.store.engine import (
    READING,
    READING_ONCE,
    Size,
    migrate,
    refuse_newer,
    write_json,
)
from config.secret import Secret

if TYPE_CHECKING:
    import psycopg

DATABASE_URL = "LISTKEEPER_DATABASE_URL"
SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}
EXAMPLE = "write it as postgresql://user:password@host/database, other signs as %40"
CONNECT_SECONDS = 10
# Seconds without traffic after which the system asks whether the other side is still there.
KEEPALIVE_SECONDS = 30
# A connection that lay idle for longer is asked whether it is still there: a firewall doesn't tell.
MAX_IDLE_SECONDS = 30.0
LOCK_POLL_SECONDS = 0.1
# Advisory locks are numbers, ours begin with "LKEP" and "LKEQ"; each schema has its own.
COMMAND_LOCK = "1280001360, hashtext(current_schema())"
WRITE_LOCK = "1280001361, hashtext(current_schema())"
# A reader sees the store as it was at its first statement, as with SQLite.
BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
# One writer at a time: what is checked inside a transaction still holds when it commits.
BEGIN_WRITING = (
    "BEGIN; SET LOCAL lock_timeout = {milliseconds}; SELECT pg_advisory_xact_lock({key})"
)
# Whoever holds the command lock, among those that our user may see.
HOLDER = """\
SELECT application_name, to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
FROM pg_stat_activity JOIN pg_locks USING (pid)
WHERE locktype = 'advisory' AND classid = 1280001360
AND objid = hashtext(current_schema())::oid AND mode = 'ExclusiveLock' AND granted
AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
# Where our tables are, or would be, and what is there.
OURS = text(
    "SELECT current_schema(), current_setting('server_encoding'), "
    "ARRAY(SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema())"
)
NAME_AND_VERSION = text(
    "SELECT (SELECT value FROM properties WHERE name = 'application'), version_num "
    "FROM alembic_version"
)
# Columns that would refuse what SQLite keeps, or that a language's order would sort.
NARROW = text(
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = current_schema() AND (data_type IN ('integer', 'character varying') "
    "OR (data_type = 'text' AND collation_name IS DISTINCT FROM 'C')) ORDER BY 1, 2"
)
_ENGINES: "dict[tuple[int, DatabaseAddress], Engine]" = {}
WIDE = {"integer": "BIGINT", "text": 'TEXT COLLATE "C"', "character varying": 'TEXT COLLATE "C"'}


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """The address of a database; ``str`` names it without its password and options."""

    url: URL

    @classmethod
    def parse(cls, given: Secret) -> "DatabaseAddress":
        """UsageTrouble, which doesn't repeat the address, where it is none of PostgreSQL."""
        try:
            url = make_url(given.reveal())
            # A host with an @ is the rest of a password that wants to be quoted.
            known = url.drivername in SCHEMES and url.database and "@" not in (url.host or "")
        except (ArgumentError, ValueError):
            known = False
        if not known:
            raise UsageTrouble(DATABASE_URL, "is no address of a PostgreSQL database", EXAMPLE)
        return cls(url.set(drivername="postgresql+psycopg"))

    def __str__(self) -> str:
        user = f"{self.url.username}@" if self.url.username else ""
        options = {**self.url.query}
        host = self.url.host or options.get("host", "localhost")
        port = self.url.port or options.get("port", "")
        return f"postgresql://{user}{host}{f':{port}' if port else ''}/{self.url.database}"

    def hidden_in(self, words: str) -> str:
        """The words without any password of the address."""
        passwords = (self.url.password, self.url.query.get("password"))
        for password in passwords:
            if password:
                words = words.replace(str(password), "***")
        return words


def open_postgres(server: DatabaseAddress) -> Engine:
    """Open, create or migrate the database; Trouble if that is impossible."""
    engine = _engine(server)
    with engine.connect().execution_options(**READING_ONCE) as connection:
        version = _recognise(server, connection)
    if version != SCHEMA:
        _bring_up_to_date(engine, server)
    return engine


def is_there(server: DatabaseAddress) -> bool:
    """Whether the database holds a store: opening it would make one."""
    with _engine(server).connect().execution_options(**READING_ONCE) as connection:
        return _recognise(server, connection) is not None


def check(engine: Engine, tables: Iterable[Table]) -> list[str]:
    """What the server says of tables that it cannot read; empty if it reads them all."""
    with engine.connect().execution_options(**READING) as connection:
        try:
            for table in tables:
                connection.execute(select(func.count()).select_from(table))
        except StoreTrouble as trouble:
            return [str(trouble)]
    return []


def size_of(engine: Engine) -> Size:
    """The room that our tables and their indexes take; what is empty in them, the server knows."""
    query = text(
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class "
        "WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"
    )
    with engine.connect().execution_options(**READING) as connection:
        return Size(int(connection.execute(query).scalar_one()))


def tidy(engine: Engine, tables: Iterable[Table]) -> None:
    """
    Let the server use the room of deleted rows again, and count its tables anew.

    Giving it back to the disk (VACUUM FULL) would shut everybody out; new papers fill it.
    """
    names = ", ".join(f'"{table.name}"' for table in tables)
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute(f"VACUUM (ANALYZE, SKIP_LOCKED) {names}")


def _engine(server: DatabaseAddress) -> Engine:
    """
    The process's one engine for a database, whose connection stays for who opens the store next.

    A command asks first whether there is a store, and to connect takes longer than to ask.
    """
    _driver()
    # A fork may not use the connections of its parent.
    name = os.getpid(), server
    if name not in _ENGINES:
        _ENGINES[name] = _new_engine(server)
        atexit.register(_end, *name)
    return _ENGINES[name]


def _end(process: int, server: DatabaseAddress) -> None:
    if process == os.getpid():
        _ENGINES[process, server].dispose()


def _new_engine(server: DatabaseAddress) -> Engine:
    psycopg = _driver()
    engine = create_engine(
        server.url,
        connect_args=_options("listkeeper"),
        use_native_hstore=False,
        # The one used last knows our statements already.
        pool_use_lifo=True,
        json_serializer=write_json,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        # We begin transactions ourselves: each begins with a lock, or as one that only reads.
        connection.autocommit = True
        connection.adapters.register_dumper(str, _text_dumper())

    @event.listens_for(engine, "checkin")
    def on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        idle = time.monotonic() - record.info.get("used", time.monotonic())
        # To ask every time would be a fourth of all that a short question sends.
        if idle > MAX_IDLE_SECONDS or _has_word_from_server(connection):
            try:
                connection.execute("SELECT 1")
            except psycopg.Error as trouble:
                # The pool takes a new connection.
                raise DisconnectionError from trouble

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        _begin(server, connection)

    @event.listens_for(engine, "handle_error")
    def on_error(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, psycopg.Error):
            # "from None": the driver's own words may name more than ours.
            raise _translate(server, context.original_exception) from None

    return engine


def _begin(server: DatabaseAddress, connection: Connection) -> None:
    """Begin a transaction that writes or only reads, unless one statement stands by itself."""
    options = connection.get_execution_options()
    if options.get("once"):
        return
    milliseconds = int(BUSY_SECONDS * 1000) or 1
    writing = BEGIN_WRITING.format(milliseconds=milliseconds, key=WRITE_LOCK)
    try:
        _of(connection).execute(BEGIN_READING if options.get("reading") else writing)
    except _driver().Error as trouble:
        raise _translate(server, trouble) from None


def _has_word_from_server(connection: "psycopg.Connection[Any]") -> bool:
    """Whether a server says something unasked, as one does that ends and closes the connection."""
    if connection.closed:
        return True
    waiting = system_select.poll()
    waiting.register(connection.fileno(), system_select.POLLIN)
    return bool(waiting.poll(0))


def _options(name: str) -> dict[str, Any]:
    return {
        "application_name": name,
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": KEEPALIVE_SECONDS,
    }


def _driver() -> Any:
    try:
        import psycopg
    except ModuleNotFoundError:
        raise
    except ImportError as trouble:
        raise UsageTrouble(
            DATABASE_URL,
            f"needs psycopg, which finds no libpq ({str(trouble).splitlines()[0]})",
            "pip install 'listkeeper[postgres]'",
        ) from None
    return psycopg


def _text_dumper() -> type:
    """PostgreSQL's text cannot hold zero bytes, which mean nothing in ours: they are left out."""
    from psycopg.types.string import StrDumper

    class WithoutZeros(StrDumper):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\x00", ""))

    return WithoutZeros


def _of(connection: Connection) -> "psycopg.Connection[Any]":
    """The driver's connection below SQLAlchemy's."""
    driver: psycopg.Connection[Any] = connection.connection.dbapi_connection  # type: ignore[assignment]
    return driver


def _recognise(server: DatabaseAddress, connection: Connection) -> str | None:
    """
    The version of our tables, None if there are no tables at all; Trouble for another's.

    Each question stands by itself: tables and their version come in one transaction, and whoever
    makes them asks again in it.
    """
    schema, encoding, tables = connection.execute(OURS).one()
    if schema is None:
        raise UsageTrouble(
            str(server), "has no schema for our tables", "create the one that search_path names"
        )
    if encoding != "UTF8":
        raise StoreTrouble(
            str(server), f"keeps text as {encoding}", "create the database with ENCODING 'UTF8'"
        )
    if not tables:
        return None
    known = {"alembic_version", "properties"}.issubset(tables)
    row = connection.execute(NAME_AND_VERSION).first() if known else None
    if row is None or row[0] != "listkeeper":
        raise StoreTrouble(
            str(server),
            "is a database, but not one of Listkeeper's",
            "name an empty one, or a schema of its own by ?options=-csearch_path=NAME",
        )
    version = str(row[1])
    refuse_newer(str(server), version)
    return version


def _bring_up_to_date(engine: Engine, server: DatabaseAddress) -> None:
    """Create the tables, or migrate them; another process may have been faster."""
    with engine.begin() as connection:
        if _recognise(server, connection) != SCHEMA:
            migrate(connection)
            _widen(connection)


def _widen(connection: Connection) -> None:
    """Give columns what those of SQLite have: any length, 64 bits, and the order of bytes."""
    changes: dict[str, list[str]] = {}
    for table, column, kind in connection.execute(NARROW):
        changes.setdefault(table, []).append(f'ALTER COLUMN "{column}" TYPE {WIDE[kind]}')
    for table, actions in changes.items():
        connection.execute(text(f'ALTER TABLE "{table}" {", ".join(actions)}'))


def _translate(server: DatabaseAddress, trouble: "psycopg.Error") -> Exception:
    """What the driver says, as one of ours; a mistake of the program stays as it is."""
    where, state = str(server), trouble.sqlstate or ""
    words = server.hidden_in(" ".join(str(trouble).split()))
    if state == "55P03":
        return ComeBackLater(
            where, f"another process has held it for {BUSY_SECONDS:.0f} s", "try again later"
        )
    if state in ("", "57P01", "57P02", "57P03") or state.startswith("08"):
        return _unreachable(where, words) if isinstance(trouble, _lost()) else trouble
    if state in ("25006", "42501"):
        return StoreTrouble(where, f"may not be written ({words})", "check the user's rights")
    if state.startswith("53"):
        return StoreTrouble(where, f"could not be written ({words}); nothing was changed")
    if state.startswith("XX"):
        return StoreTrouble(where, f"is damaged ({words})", "restore a backup of the server")
    if state.startswith("54"):
        return StoreTrouble(where, f"cannot keep this ({words}); nothing was changed")
    return ComeBackLater(where, words, "try again later") if state[:2] in ("40", "57") else trouble


def _lost() -> Any:
    return _driver().OperationalError


def _unreachable(where: str, words: str) -> Exception:
    """The server did not let us in, or is not there, or has left; only the words tell which."""
    passing = ("starting up", "shutting down", "too many", "connection slots", "recovery")
    if ("FATAL" in words or "invalid" in words) and not any(it in words for it in passing):
        reason = words.partition("FATAL:")[2].strip() or words
        return UsageTrouble(where, f"does not let us in ({reason})", f"check {DATABASE_URL}")
    return ComeBackLater(where, f"cannot be reached ({words})", f"check it, or {DATABASE_URL}")


class Held:
    """The command lock of a database, which its connection holds and the server releases."""

    def __init__(self, server: DatabaseAddress, connection: "psycopg.Connection[Any]") -> None:
        self._server, self._connection = server, connection

    def check(self) -> None:
        """ComeBackLater where the connection, and with it the lock, is lost."""
        try:
            self._connection.execute("SELECT 1")
        except _driver().Error as trouble:
            raise ComeBackLater(
                str(self._server),
                "has lost our connection and with it the lock; nothing was changed",
                "run the command again",
            ) from trouble


@contextmanager
def hold(server: DatabaseAddress, command: str, until: Callable[[], bool]) -> Iterator[Held]:
    """Hold the command lock; ComeBackLater, naming the holder, once ``until`` says so."""
    with _talk(server, f"listkeeper {command}") as connection:
        held = f"SELECT pg_try_advisory_lock({COMMAND_LOCK})"
        while not _value(connection, held):
            if until():
                holder = _holder(connection)
                raise ComeBackLater(str(server), f"is in use by {holder}", "try again later")
            time.sleep(LOCK_POLL_SECONDS)
        yield Held(server, connection)


def holder(server: DatabaseAddress) -> str | None:
    """Who holds the command lock, as a phrase; None if nobody does."""
    with _talk(server, "listkeeper doctor") as connection:
        taken = f"SELECT pg_try_advisory_lock_shared({COMMAND_LOCK})"
        return None if _value(connection, taken) else _holder(connection)


@contextmanager
def _talk(server: DatabaseAddress, name: str) -> "Iterator[psycopg.Connection[Any]]":
    """A connection of its own; it ends with the process, however that ends."""
    psycopg = _driver()
    told = f"{name} ({os.getpid()} on {socket.gethostname()})"
    try:
        address = server.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(address, autocommit=True, **_options(told[:63]))
    except psycopg.Error as trouble:
        raise _translate(server, trouble) from None
    with connection:
        yield connection


def _holder(connection: "psycopg.Connection[Any]") -> str:
    """The program and start of whoever holds the lock, as far as we may see it."""
    row = connection.execute(HOLDER).fetchone()
    if not row or not row[0]:
        return "another process"
    command, _, place = row[0].partition(" (")
    return f"`{command}` ({place.rstrip(')') or 'another machine'}) since {row[1]} UTC"


def _value(connection: "psycopg.Connection[Any]", query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
