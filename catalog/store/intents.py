"""
Writes to a list that have begun.

An intent is stored before the file is touched and closed after it was replaced. A run that finds
an open one compares the file with both versions to see what happened.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, insert, select, update

from catalog.facts import Decision
from catalog.rows.digests import hash_of
from catalog.store.engine import Database
from catalog.tables import bodies, intents

State = Literal["open", "done", "dropped", "undone"]


@dataclass(frozen=True, slots=True)
class Intent:
    """
    A planned change of a list file from ``base`` to ``new``, with its decisions.

    ``apply`` adds entries and ``edit`` changes one: both can be undone. ``mend`` is a repair. An
    ``undo`` names the intent that it takes back in ``undoes``.
    """

    kind: Literal["apply", "edit", "undo", "citations", "mend"]
    list_name: str
    path: str
    base: bytes
    new: bytes
    decisions: tuple[Decision, ...]
    at: datetime
    number: int = 0
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class UndoableWrite:
    """A summary of a write that can be undone: its intent's number and the entries it added."""

    number: int
    kind: str
    list_name: str
    entries: int
    at: datetime


class Intents:
    """Writes that were begun, finished or undone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, intent: Intent) -> int:
        row = {
            "kind": intent.kind,
            "list_name": intent.list_name,
            "path": intent.path,
            "base_hash": hash_of(intent.base),
            "new_hash": hash_of(intent.new),
            "decisions": [_plain(decision) for decision in intent.decisions],
            "state": "open",
            "at": intent.at,
            "undoes": intent.undoes,
            "home": self._database.home,
        }
        with self._database.begin() as connection:
            for body in (intent.base, intent.new):
                self._keep(connection, body)
            key = connection.execute(insert(intents).values(row)).inserted_primary_key
        return int(key[0]) if key else 0

    def close(self, number: int, state: Literal["done", "dropped"]) -> bool:
        """Close an open intent; False, and nothing done, where it isn't open any more."""
        return self._move(number, "open", state)

    def undo(self, number: int) -> bool:
        """Note that a finished write was undone; False where it already was."""
        return self._move(number, "done", "undone")

    def _move(self, number: int, old: State, new: State) -> bool:
        query = update(intents).where(intents.c.id == number, intents.c.state == old)
        with self._database.begin() as connection:
            return connection.execute(query.values(state=new)).rowcount == 1

    def open(self) -> Sequence[Intent]:
        """What was begun in this folder and is not finished."""
        query = (
            _whole()
            .where(intents.c.state == "open", intents.c.home == self._database.home)
            .order_by(intents.c.id)
        )
        with self._database.read_once() as connection:
            return [_intent(row) for row in connection.execute(query).mappings()]

    def last_applied(self, list_name: str) -> Intent | None:
        """The newest write that can be undone: a batch of entries, or an edit of one."""
        query = (
            _whole()
            .where(self._can_be_undone(), intents.c.list_name == list_name)
            .order_by(intents.c.id.desc())
            .limit(1)
        )
        with self._database.read_once() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _intent(row)

    def lead(self, list_name: str, old: bytes, new: bytes) -> bool:
        """Whether the writes to a list, of whatever kind, are all that lies between two bodies."""
        query = (
            select(intents.c.new_hash, intents.c.base_hash)
            .where(intents.c.list_name == list_name, intents.c.state.in_(("done", "undone")))
            .order_by(intents.c.id.desc())
        )
        at, aim = hash_of(new), hash_of(old)
        with self._database.read_once() as connection:
            for after, before in connection.execute(query):
                if at == aim:
                    break
                at = before if after == at else at
        return at == aim

    def newest(self, list_names: Sequence[str]) -> UndoableWrite | None:
        """The newest write to these lists that can be undone, without the list's bytes."""
        query = (
            select(intents)
            .where(self._can_be_undone(), intents.c.list_name.in_(list_names))
            .order_by(intents.c.id.desc())
            .limit(1)
        )
        with self._database.read_once() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        acts = [plain["act"] for plain in row["decisions"]]
        return UndoableWrite(
            row["id"], row["kind"], row["list_name"], acts.count("accept"), row["at"]
        )

    def _can_be_undone(self) -> ColumnElement[bool]:
        """Only where it was written: another machine's file has other bytes."""
        done = intents.c.kind.in_(("apply", "edit")) & (intents.c.state == "done")
        return done & (intents.c.home == self._database.home)

    def _keep(self, connection: Connection, body: bytes) -> None:
        name = hash_of(body)
        if connection.execute(select(bodies.c.hash).where(bodies.c.hash == name)).first() is None:
            connection.execute(insert(bodies).values(hash=name, body=body))


def _whole() -> Select[Any]:
    """Each intent with both versions of its list."""
    base, new = bodies.alias(), bodies.alias()
    return (
        select(intents, base.c.body.label("base"), new.c.body.label("new"))
        .join(base, base.c.hash == intents.c.base_hash)
        .join(new, new.c.hash == intents.c.new_hash)
    )


def _plain(decision: Decision) -> dict[str, Any]:
    return {**asdict(decision), "at": decision.at.isoformat()}


def _intent(row: RowMapping) -> Intent:
    decided = tuple(
        Decision(**{**plain, "at": datetime.fromisoformat(plain["at"])})
        for plain in row["decisions"]
    )
    return Intent(
        row["kind"], row["list_name"], row["path"], row["base"], row["new"], decided, row["at"],
        row["id"], row["undoes"],
    )  # fmt: skip
