"""Facts about the store itself, by name; among them counts, which nobody has to count again."""

from sqlalchemy import BigInteger, Connection, Text, cast, insert, select, update

from catalog.store.engine import Database
from catalog.tables import properties


def counted(connection: Connection, name: str) -> int:
    """A count; 0 before anything was counted."""
    query = select(properties.c.value).where(properties.c.name == name)
    return int(connection.execute(query).scalar() or 0)


def count(connection: Connection, name: str, more: int) -> int:
    """Count so many more, or less; returns the new number. For a transaction that writes."""
    if not more:
        return counted(connection, name)
    # In one statement, because each is a way to the server and back.
    number = cast(cast(properties.c.value, BigInteger) + more, Text)
    counting = update(properties).where(properties.c.name == name).values(value=number)
    counted_on = connection.execute(counting.returning(properties.c.value)).scalar()
    if counted_on is None:
        connection.execute(insert(properties).values(name=name, value=str(more)))
    return more if counted_on is None else int(counted_on)


class Properties:
    """One text by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        with self._database.read_once() as connection:
            query = select(properties.c.value).where(properties.c.name == name)
            return connection.execute(query).scalar()

    def set(self, name: str, value: str) -> None:
        self._database.upsert(properties, [{"name": name, "value": value}], ["name"])
