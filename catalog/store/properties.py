"""Facts about the store itself, by name."""

from sqlalchemy import select

from catalog.store.engine import Database
from catalog.tables import properties


class Properties:
    """One text by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> str | None:
        with self._database.read() as connection:
            query = select(properties.c.value).where(properties.c.name == name)
            return connection.execute(query).scalar()

    def set(self, name: str, value: str) -> None:
        self._database.upsert(properties, [{"name": name, "value": value}], ["name"])
