"""Facts with their history, and the reasons for missing ones."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from catalog.facts import FIRST_SOURCE, Fact, Miss
from catalog.moments import last_of
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.tables import facts, misses


class Facts:
    """Every value ever seen, with times; the newest that isn't held counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, fact: Fact) -> None:
        """Store a fact. The same value again only updates its last time."""
        fact = replace(fact, value=_kept(fact.value), url=fact.url and _kept(fact.url))
        with self._database.begin() as connection:
            last = connection.execute(
                select(facts)
                .where(
                    facts.c.work_key == fact.work_key,
                    facts.c.kind == fact.kind,
                    facts.c.source == fact.source,
                )
                .order_by(facts.c.id.desc())
                .limit(1)
            ).first()
            same = last is not None and (last.value, last.held) == (fact.value, fact.held)
            if last is not None and same:
                connection.execute(
                    update(facts)
                    .where(facts.c.id == last.id)
                    .values(last_at=last_of(last.last_at, fact.seen_at), url=fact.url)
                )
            else:
                connection.execute(insert(facts).values(_row(fact)))
            connection.execute(
                misses.delete().where(
                    misses.c.work_key == fact.work_key,
                    misses.c.kind == fact.kind,
                    misses.c.source == fact.source,
                )
            )

    def miss(self, miss: Miss) -> None:
        """Store the reason for a missing fact. Earlier facts stay."""
        with self._database.begin() as connection:
            times = connection.execute(
                select(misses.c.times).where(
                    misses.c.work_key == miss.work_key,
                    misses.c.kind == miss.kind,
                    misses.c.source == miss.source,
                )
            ).scalar()
            row = {
                "work_key": miss.work_key,
                "kind": miss.kind,
                "source": miss.source,
                "reason": miss.reason,
                "detail": _kept(miss.detail),
                "times": (times or 0) + 1,
                "last_at": miss.seen_at,
            }
            self._database.upsert(misses, [row], ["work_key", "kind", "source"])

    def latest(
        self, kind: str, keys: Collection[str], *, held: bool = False, source: str | None = None
    ) -> dict[str, Fact]:
        """
        The newest fact of each key, of one source or of the preferred one.

        With ``held`` only held facts, otherwise none of them.
        """
        return self.latest_of((kind,), keys, held=held, source=source)[kind]

    def latest_of(
        self,
        kinds: Sequence[str],
        keys: Collection[str],
        *,
        held: bool = False,
        source: str | None = None,
    ) -> dict[str, dict[str, Fact]]:
        """``latest`` of several kinds, by kind, in one question for all of them."""
        newest: dict[str, dict[str, Fact]] = {kind: {} for kind in kinds}
        query = select(facts).where(facts.c.kind.in_(kinds), facts.c.held.is_(held))
        if source is not None:
            query = query.where(facts.c.source == source)
        for row in self._rows_of(query.order_by(facts.c.source == FIRST_SOURCE, facts.c.id), keys):
            newest[row["kind"]][row["work_key"]] = _fact(row)
        return newest

    def _rows_of(self, query: Select[Any], keys: Collection[str]) -> Iterator[RowMapping]:
        """The answer about these works, in parts that a statement has room for."""
        ordered = sorted(keys)
        for start in range(0, len(ordered), ROWS_AT_ONCE):
            part = query.where(facts.c.work_key.in_(ordered[start : start + ROWS_AT_ONCE]))
            with self._database.read_once() as connection:
                yield from connection.execute(part).mappings()

    def held(self, kind: str) -> list[Fact]:
        """Facts that wait for a person: those that are the newest of their source and held."""
        newest: dict[tuple[str, str], Fact] = {}
        with self._database.read() as connection:
            query = select(facts).where(facts.c.kind == kind).order_by(facts.c.id)
            for row in connection.execute(query).mappings():
                newest[row["work_key"], row["source"]] = _fact(row)
        return [fact for fact in newest.values() if fact.held]

    def history(self, kind: str, key: str | None = None) -> Iterator[tuple[Fact, datetime]]:
        """Every value, oldest first, with the time it was last seen."""
        query = select(facts).where(facts.c.kind == kind).order_by(facts.c.work_key, facts.c.id)
        if key is not None:
            yield from self.history_of(kind, (key,))
            return
        with self._database.read_once() as connection:
            for row in connection.execute(query).mappings():
                yield _fact(row, first=True), row["last_at"]

    def history_of(self, kind: str, keys: Collection[str]) -> Iterator[tuple[Fact, datetime]]:
        """The same of some works."""
        query = select(facts).where(facts.c.kind == kind).order_by(facts.c.work_key, facts.c.id)
        for row in self._rows_of(query, keys):
            yield _fact(row, first=True), row["last_at"]

    def asked(self, kind: str, source: str) -> dict[str, datetime]:
        """When each work was last looked up at a source, with or without an answer."""
        last: dict[str, datetime] = {}
        with self._database.read() as connection:
            for table in (facts, misses):
                query = select(table.c.work_key, table.c.last_at).where(
                    table.c.kind == kind, table.c.source == source
                )
                for key, at in connection.execute(query):
                    last[key] = max(at, last.get(key, at))
        return last

    def misses(self, kind: str) -> Sequence[Miss]:
        query = select(misses).where(misses.c.kind == kind).order_by(misses.c.work_key)
        with self._database.read() as connection:
            return [
                Miss(
                    row.work_key,
                    row.kind,
                    row.source,
                    row.reason,
                    row.last_at,
                    row.detail,
                    row.times,
                )
                for row in connection.execute(query)
            ]


def _kept(text: str) -> str:
    """Text from outside without zero bytes, which PostgreSQL refuses."""
    return text.replace("\x00", "")


def _row(fact: Fact) -> dict[str, object]:
    return {
        "work_key": fact.work_key,
        "kind": fact.kind,
        "source": fact.source,
        "value": fact.value,
        "url": fact.url,
        "held": fact.held,
        "first_at": fact.seen_at,
        "last_at": fact.seen_at,
    }


def _fact(row: RowMapping, *, first: bool = False) -> Fact:
    return Fact(
        work_key=row["work_key"],
        kind=row["kind"],
        value=row["value"],
        source=row["source"],
        url=row["url"],
        seen_at=row["first_at" if first else "last_at"],
        held=row["held"],
    )
