"""Digests with the version of the list they were made against."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select

from catalog.rows.digests import KeptDigest, digest_of
from catalog.store.engine import Database
from catalog.store.works import in_chunks
from catalog.tables import begun_digests, digests

# Built once: the review page asks at each request, and to build it takes longer than to run it.
_NAMES = select(digests.c.name).where(
    digests.c.list_name == bindparam("list_name"), digests.c.name.startswith(bindparam("week"))
)


class Digests:
    """Digests by list and name; a newer one replaces the older."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, digest: KeptDigest) -> None:
        """Store a digest whose page is about to be written; nobody has seen it yet."""
        row = _row(digest) | {"home": self._database.home}
        self._database.upsert(begun_digests, [row], ["list_name", "name"])

    def save(self, digest: KeptDigest) -> None:
        """Store a digest that people can see; it is no longer begun."""
        with self._database.begin():
            self._database.upsert(digests, [_row(digest)], ["list_name", "name"])
            self.drop(digest)

    def drop(self, digest: KeptDigest) -> None:
        """Forget that the page of a digest was about to be written."""
        same = (begun_digests.c.list_name == digest.list_name) & (
            begun_digests.c.name == digest.name
        )
        with self._database.begin() as connection:
            connection.execute(delete(begun_digests).where(same))

    def begun(self, list_name: str) -> list[KeptDigest]:
        """Digests whose pages were about to be written when a command was interrupted."""
        query = (
            select(begun_digests)
            .where(begun_digests.c.list_name == list_name)
            .where(begun_digests.c.home == self._database.home)
            .order_by(begun_digests.c.name)
        )
        with self._database.read_once() as connection:
            return [digest_of(row) for row in connection.execute(query).mappings()]

    def get(self, list_name: str, name: str) -> KeptDigest | None:
        query = select(digests).where(digests.c.list_name == list_name, digests.c.name == name)
        with self._database.read_once() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else digest_of(row)

    def get_many(self, list_name: str, names: Collection[str]) -> list[KeptDigest]:
        """The stored digests of a list with these names, by name."""
        of_list = select(digests).where(digests.c.list_name == list_name).order_by(digests.c.name)
        with self._database.read() as connection:
            return [
                digest_of(row)
                for chunk in in_chunks(names)
                for row in connection.execute(of_list.where(digests.c.name.in_(chunk))).mappings()
            ]

    def newest(self, list_name: str, now: datetime) -> KeptDigest | None:
        """The digest made last; one of the future (a wrong clock) only without others."""
        query = (
            select(digests)
            .where(digests.c.list_name == list_name)
            .order_by(digests.c.made_at > now, digests.c.made_at.desc())
            .limit(1)
        )
        with self._database.read_once() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else digest_of(row)

    def names(self, list_name: str, week: str) -> list[str]:
        """The names of a week's digests of a list, without reading what is in them."""
        values = {"list_name": list_name, "week": week}
        with self._database.read_once() as connection:
            return sorted(connection.execute(_NAMES, values).scalars())

    def latest(self, list_name: str, most: int) -> list[KeptDigest]:
        """The last digests of a list, newest first."""
        query = (
            select(digests)
            .where(digests.c.list_name == list_name)
            .order_by(digests.c.made_at.desc(), digests.c.name.desc())
            .limit(most)
        )
        with self._database.read_once() as connection:
            return [digest_of(row) for row in connection.execute(query).mappings()]

    def all(self) -> list[KeptDigest]:
        query = select(digests).order_by(digests.c.list_name, digests.c.name)
        with self._database.read_once() as connection:
            return [digest_of(row) for row in connection.execute(query).mappings()]


def _row(digest: KeptDigest) -> dict[str, Any]:
    return {
        "list_name": digest.list_name,
        "name": digest.name,
        "made_at": digest.made_at,
        "base_hash": digest.base_hash,
        "base": digest.base,
        "body": digest.body,
    }
