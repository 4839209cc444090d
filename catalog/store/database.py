"""One connection at a time, transactions that nest, and an upsert for every database we know."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import sqlite

# Keys that are looked for at once: SQLite takes 32,766 variables a statement.
ROWS_AT_ONCE = 500
# How a connection says that it will only look: it then begins without the lock of a writer.
READING = {"reading": True}


class Database:
    """An engine, and the transaction that is open on it, if one is."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._open: Connection | None = None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; inside another one, a part of it."""
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
        A look at one state of the store, which waits for nobody who writes.

        Inside a transaction it is a part of it.
        """
        if self._open is not None:
            yield self._open
            return
        with self.engine.connect().execution_options(**READING) as connection:
            yield connection

    def upsert(self, table: Table, rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> None:
        """Insert the rows; where ``keys`` are there already, the new values replace the old."""
        insert = _insert(self.engine.dialect.name)
        if not rows:
            return
        statement = insert(table)
        news = {column: statement.excluded[column] for column in rows[0] if column not in keys}
        with self.begin() as connection:
            # One statement for all rows: one with hundreds of rows in it takes longer to be put
            # into words than to be carried out.
            upsert = statement.on_conflict_do_update(index_elements=keys, set_=news)
            connection.execute(upsert, list(rows))


def _insert(dialect: str) -> Any:
    """The insert that can update, of the database at hand; nobody loads what he has not."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert
    return sqlite.insert
