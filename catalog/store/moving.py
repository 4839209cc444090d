"""
Moving house: what cannot be fetched again, as sorted JSON Lines, out and in.

Decisions, digests and the history of facts. Works come back from the sources.
"""

import base64
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import DateTime, LargeBinary, Table, insert, select

from catalog.errors import UsageTrouble
from catalog.store.database import Database
from catalog.tables import Day, Moment, decisions, digests, facts

MOVED: dict[str, Table] = {"decision": decisions, "digest": digests, "fact": facts}


class Moving:
    """Export and import. Importing twice is importing once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self) -> Iterator[dict[str, Any]]:
        """Every row that a person or time made, in an order that keeps diffs small."""
        with self._database.begin() as connection:
            for kind, table in MOVED.items():
                rows = [_plain(table, row._mapping) for row in connection.execute(select(table))]
                yield from ({"record": kind, **row} for row in sorted(rows, key=_order))

    def take_in(self, rows: Iterable[dict[str, Any]]) -> int:
        """Add what is not here yet; returns how many rows that were."""
        added = 0
        with self._database.begin() as connection:
            here = {
                kind: {
                    _order(_plain(table, row._mapping)) for row in connection.execute(select(table))
                }
                for kind, table in MOVED.items()
            }
            for number, row in enumerate(rows, 1):
                kind = row.pop("record", None)
                if kind not in MOVED:
                    raise UsageTrouble(
                        f"line {number}", f"is a record of {kind!r}", f"known: {', '.join(MOVED)}"
                    )
                if _order(row) not in here[kind]:
                    connection.execute(insert(MOVED[kind]).values(_typed(MOVED[kind], row)))
                    here[kind].add(_order(row))
                    added += 1
        return added


def _order(row: dict[str, Any]) -> str:
    return repr(sorted(row.items()))


def _plain(table: Table, row: Any) -> dict[str, Any]:
    return {name: _flat(value) for name, value in row.items() if name != "id"}


def _flat(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _deep(table.c[name].type, value) for name, value in row.items() if name in table.c
    }


def _deep(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    if isinstance(kind, Moment | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Day):
        return date.fromisoformat(value)
    return value
