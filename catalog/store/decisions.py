"""Decisions of people. Rows are only added; the newest one for a work counts."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, insert, select

from catalog.facts import Decision
from catalog.rows.facts import decision_of
from catalog.store.engine import Database
from catalog.tables import decisions

# Built once: the review page asks at each request.
_NEWEST = select(func.max(decisions.c.id))
_AFTER = select(decisions).where(decisions.c.id > bindparam("number")).order_by(decisions.c.id)


class Decisions:
    """All decisions about works."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # What was read before, with numbers: a command asks for all of them several times.
        self._known: tuple[tuple[int, Decision], ...] = ()

    def add(self, new: Sequence[Decision]) -> None:
        if not new:
            return
        with self._database.begin() as connection:
            connection.execute(insert(decisions), [_row(decision) for decision in new])

    def number(self) -> int:
        """The number of the newest decision; it changes when somebody decides."""
        with self._database.read_once() as connection:
            return connection.execute(_NEWEST).scalar_one() or 0

    def after(self, number: int) -> list[tuple[int, Decision]]:
        """The decisions after that number, in order, each with its own number."""
        return self._rows_after(number) if number else list(self._numbered())

    def _rows_after(self, number: int) -> list[tuple[int, Decision]]:
        with self._database.read_once() as connection:
            rows = connection.execute(_AFTER, {"number": number}).mappings()
            return [(row["id"], decision_of(row)) for row in rows]

    def latest(self, list_name: str) -> dict[str, Decision]:
        """The current decision on each work of a list."""
        return {decision.work_key: decision for decision in self.all(list_name)}

    def all(self, list_name: str | None = None) -> list[Decision]:
        """Every decision, oldest first."""
        every = (decision for _, decision in self._numbered())
        return [one for one in every if list_name is None or one.list_name == list_name]

    def _numbered(self) -> Sequence[tuple[int, Decision]]:
        known = self._known
        if not known or not self._database.numbers_grow:
            return self._remember(self._rows_after(0))
        rows = self._rows_after(known[-1][0] - 1)
        if rows[:1] != [known[-1]]:
            # The file was replaced by another one.
            return self._remember(self._rows_after(0))
        return self._remember([*known, *rows[1:]])

    def _remember(self, rows: Sequence[tuple[int, Decision]]) -> Sequence[tuple[int, Decision]]:
        if not self._database.is_writing:
            self._known = tuple(rows)
        return rows


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
