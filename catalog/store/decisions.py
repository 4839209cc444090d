"""Decisions of people. Rows are only added; the newest one for a work counts."""

from collections.abc import Sequence

from sqlalchemy import RowMapping, func, insert, select

from catalog.paper import Decision
from catalog.store.engine import Database
from catalog.tables import decisions


class Decisions:
    """All decisions about works."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[Decision]) -> None:
        if not new:
            return
        with self._database.begin() as connection:
            connection.execute(insert(decisions), [_row(decision) for decision in new])

    def number(self) -> int:
        """The number of the newest decision; it changes when somebody decides."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(decisions.c.id))).scalar_one() or 0

    def after(self, number: int) -> list[tuple[int, Decision]]:
        """The decisions after that number, in order, each with its own number."""
        query = select(decisions).where(decisions.c.id > number).order_by(decisions.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query).mappings()
            return [(row["id"], _decision(row)) for row in rows]

    def latest(self, list_name: str) -> dict[str, Decision]:
        """The current decision on each work of a list."""
        return {decision.work_key: decision for decision in self.all(list_name)}

    def all(self, list_name: str | None = None) -> list[Decision]:
        """Every decision, oldest first."""
        query = select(decisions).order_by(decisions.c.id)
        if list_name is not None:
            query = query.where(decisions.c.list_name == list_name)
        with self._database.read() as connection:
            return [_decision(row) for row in connection.execute(query).mappings()]


def _row(decision: Decision) -> dict[str, object]:
    return {
        "list_name": decision.list_name,
        "work_key": decision.work_key,
        "act": decision.act,
        "who": decision.who,
        "at": decision.at,
        "section": decision.section,
        "reason": decision.reason,
        "digest": decision.digest,
        "entry": decision.entry,
    }


def _decision(row: RowMapping) -> Decision:
    return Decision(
        list_name=row["list_name"],
        work_key=row["work_key"],
        act=row["act"],
        who=row["who"],
        at=row["at"],
        section=row["section"],
        reason=row["reason"],
        digest=row["digest"],
        entry=row["entry"],
    )
