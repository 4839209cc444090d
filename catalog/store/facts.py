"""Facts with their history, and the reasons for missing ones."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    union_all,
    update,
)

from catalog.facts import FIRST_SOURCE, Fact, Miss
from catalog.moments import last_of
from catalog.rows.facts import fact_of, miss_of
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.store.works import in_chunks
from catalog.tables import facts, misses

# What an answer is about, and from whom: work, kind and source.
Identity = tuple[str, str, str]
_IDENTITY = ("work_key", "kind", "source")


def _of_any(table: Table) -> ColumnElement[bool]:
    """The condition on rows about these works, of these kinds and from these sources."""
    names = zip(_IDENTITY, ("keys", "kinds", "sources"), strict=True)
    return and_(*(table.c[column].in_(bindparam(name, expanding=True)) for column, name in names))


# Built once: each paper that is looked at has answers of several kinds.
_NEWEST = (
    select(func.max(facts.c.id))
    .where(_of_any(facts))
    .group_by(*(facts.c[name] for name in _IDENTITY))
)
_LAST = select(facts).where(facts.c.id.in_(_NEWEST))
_TIMES = select(*(misses.c[name] for name in _IDENTITY), misses.c.times).where(_of_any(misses))
_SEEN_AGAIN = (
    update(facts)
    .where(facts.c.id == bindparam("of_id"))
    .values(last_at=bindparam("at"), url=bindparam("new_url"))
)
_ANSWERED = delete(misses).where(*(misses.c[name] == bindparam(f"of_{name}") for name in _IDENTITY))


@dataclass
class _Changes:
    """
    Rows that answers change: new facts, those seen again by their number, and misses.

    ``answered`` are those whose misses an answer erased; it comes before ``missed``.
    """

    new: list[dict[str, Any]] = field(default_factory=list)
    again: dict[int, dict[str, Any]] = field(default_factory=dict)
    answered: set[Identity] = field(default_factory=set)
    missed: dict[Identity, dict[str, Any]] = field(default_factory=dict)


class Facts:
    """Every value ever seen, with times; the newest that isn't held counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, *answers: Fact | Miss) -> None:
        """
        Store facts and reasons for missing ones, in their order, in one transaction.

        The same value again only updates its last time. A fact erases the misses before it; a miss
        is counted, and earlier facts stay. A server is asked a few times for all of them together.
        """
        if not answers:
            return
        with self._database.begin() as connection:
            last, times = _stored(connection, answers)
            changes = _changes(answers, last, times)
            if changes.new:
                connection.execute(insert(facts), changes.new)
            if changes.again:
                connection.execute(_SEEN_AGAIN, list(changes.again.values()))
            if changes.answered:
                connection.execute(_ANSWERED, [_named(one) for one in changes.answered])
            self._database.upsert(misses, list(changes.missed.values()), _IDENTITY)

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
            newest[row["kind"]][row["work_key"]] = fact_of(row)
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
        with self._database.read_once() as connection:
            query = select(facts).where(facts.c.kind == kind).order_by(facts.c.id)
            for row in connection.execute(query).mappings():
                newest[row["work_key"], row["source"]] = fact_of(row)
        return [fact for fact in newest.values() if fact.held]

    def history(self, kind: str, key: str | None = None) -> Iterator[tuple[Fact, datetime]]:
        """Every value, oldest first, with the time it was last seen."""
        query = select(facts).where(facts.c.kind == kind).order_by(facts.c.work_key, facts.c.id)
        if key is not None:
            yield from self.history_of(kind, (key,))
            return
        with self._database.read_once() as connection:
            for row in connection.execute(query).mappings():
                yield fact_of(row, first=True), row["last_at"]

    def history_of(self, kind: str, keys: Collection[str]) -> Iterator[tuple[Fact, datetime]]:
        """The same of some works."""
        query = select(facts).where(facts.c.kind == kind).order_by(facts.c.work_key, facts.c.id)
        for row in self._rows_of(query, keys):
            yield fact_of(row, first=True), row["last_at"]

    def asked(self, kind: str, source: str) -> dict[str, datetime]:
        """When each work was last looked up at a source, with or without an answer."""
        last: dict[str, datetime] = {}
        looks = (
            select(table.c.work_key, table.c.last_at).where(
                table.c.kind == kind, table.c.source == source
            )
            for table in (facts, misses)
        )
        with self._database.read_once() as connection:
            for key, at in connection.execute(union_all(*looks)):
                last[key] = max(at, last.get(key, at))
        return last

    def misses(self, kind: str) -> Sequence[Miss]:
        query = select(misses).where(misses.c.kind == kind).order_by(misses.c.work_key)
        with self._database.read_once() as connection:
            return [miss_of(row) for row in connection.execute(query).mappings()]


def _identity(answer: Fact | Miss) -> Identity:
    return answer.work_key, answer.kind, answer.source


def _named(identity: Identity) -> dict[str, str]:
    return {f"of_{name}": value for name, value in zip(_IDENTITY, identity, strict=True)}


def _stored(
    connection: Connection, answers: Sequence[Fact | Miss]
) -> tuple[dict[Identity, dict[str, Any]], dict[Identity, int]]:
    """The newest rows of what is answered, and how often in a row there was no answer."""
    last: dict[Identity, dict[str, Any]] = {}
    times: dict[Identity, int] = {}
    for chunk in in_chunks({answer.work_key for answer in answers}):
        part = set(chunk)
        of = [answer for answer in answers if answer.work_key in part]
        values = {"keys": chunk, "kinds": _each(of, "kind"), "sources": _each(of, "source")}
        if any(isinstance(answer, Fact) for answer in of):
            for found in connection.execute(_LAST, values).mappings():
                last[found["work_key"], found["kind"], found["source"]] = dict(found)
        for row in connection.execute(_TIMES, values):
            times[row.work_key, row.kind, row.source] = row.times
    return last, times


def _each(answers: Iterable[Fact | Miss], name: str) -> list[str]:
    return sorted({getattr(answer, name) for answer in answers})


def _changes(
    answers: Iterable[Fact | Miss], last: dict[Identity, dict[str, Any]], times: dict[Identity, int]
) -> _Changes:
    """What these answers change of the newest rows and the counts of misses, one by one."""
    changes = _Changes()
    for answer in answers:
        identity = _identity(answer)
        if isinstance(answer, Miss):
            times[identity] = times.get(identity, 0) + 1
            changes.missed[identity] = _miss_row(answer, times[identity])
            continue
        row, new = last.get(identity), _row(answer)
        if row is None or (row["value"], row["held"]) != (new["value"], new["held"]):
            last[identity] = new
            changes.new.append(new)
        else:
            row |= {"last_at": last_of(row["last_at"], answer.seen_at), "url": new["url"]}
            if number := row.get("id"):
                changes.again[number] = {
                    "of_id": number,
                    "at": row["last_at"],
                    "new_url": row["url"],
                }
        if times.pop(identity, 0):
            changes.answered.add(identity)
            changes.missed.pop(identity, None)
    return changes


def _kept(text: str) -> str:
    """Text from outside without zero bytes, which PostgreSQL refuses."""
    return text.replace("\x00", "")


def _row(fact: Fact) -> dict[str, Any]:
    return {
        "work_key": fact.work_key,
        "kind": fact.kind,
        "source": fact.source,
        "value": _kept(fact.value),
        "url": fact.url and _kept(fact.url),
        "held": fact.held,
        "first_at": fact.seen_at,
        "last_at": fact.seen_at,
    }


def _miss_row(miss: Miss, times: int) -> dict[str, Any]:
    return {
        "work_key": miss.work_key,
        "kind": miss.kind,
        "source": miss.source,
        "reason": miss.reason,
        "detail": _kept(miss.detail),
        "times": times,
        "last_at": miss.seen_at,
    }
