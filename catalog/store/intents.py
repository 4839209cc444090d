"""
Writes of a list that have begun.

An intent is kept before the file is touched and closed after it was replaced. Whoever finds an
open one compares the file with both states and knows what happened.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import RowMapping, insert, select, update

from catalog.paper import Decision
from catalog.store.database import Database
from catalog.store.digests import hash_of
from catalog.tables import intents

State = Literal["open", "done", "dropped", "undone"]


@dataclass(frozen=True, slots=True)
class Intent:
    """
    A list file shall go from ``base`` to ``new``; with it, these decisions come into force.

    ``apply`` adds entries and ``edit`` changes one: both can be undone. ``mend`` is a repair.
    """

    kind: Literal["apply", "edit", "undo", "citations", "mend"]
    list_name: str
    path: str
    base: bytes
    new: bytes
    decisions: tuple[Decision, ...]
    at: datetime
    number: int = 0


class Intents:
    """What was begun, finished and taken back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, intent: Intent) -> int:
        row = {
            "kind": intent.kind,
            "list_name": intent.list_name,
            "path": intent.path,
            "base_hash": hash_of(intent.base),
            "new_hash": hash_of(intent.new),
            "base": intent.base,
            "new": intent.new,
            "decisions": [_plain(decision) for decision in intent.decisions],
            "state": "open",
            "at": intent.at,
        }
        with self._database.begin() as connection:
            key = connection.execute(insert(intents).values(row)).inserted_primary_key
        return int(key[0]) if key else 0

    def close(self, number: int, state: State) -> None:
        with self._database.begin() as connection:
            connection.execute(update(intents).where(intents.c.id == number).values(state=state))

    def open(self) -> Sequence[Intent]:
        query = select(intents).where(intents.c.state == "open").order_by(intents.c.id)
        with self._database.read() as connection:
            return [_intent(row) for row in connection.execute(query).mappings()]

    def last_applied(self, list_name: str) -> Intent | None:
        """The newest batch of entries, or edit of one, that was written and not taken back."""
        query = (
            select(intents)
            .where(
                intents.c.list_name == list_name,
                intents.c.kind.in_(("apply", "edit")),
                intents.c.state == "done",
            )
            .order_by(intents.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _intent(row)


def _plain(decision: Decision) -> dict[str, Any]:
    return {**asdict(decision), "at": decision.at.isoformat()}


def _intent(row: RowMapping) -> Intent:
    made = tuple(
        Decision(**{**plain, "at": datetime.fromisoformat(plain["at"])})
        for plain in row["decisions"]
    )
    return Intent(
        row["kind"], row["list_name"], row["path"], row["base"], row["new"], made, row["at"],
        row["id"],
    )  # fmt: skip
