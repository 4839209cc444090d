"""
Export and import of what can't be fetched again, as sorted JSON Lines.

That is decisions, digests and the history of facts; works come back from the sources.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, LargeBinary, Table, insert, select

from catalog.errors import UsageTrouble
from catalog.store.engine import Database
from catalog.tables import Day, Moment, decisions, digests, facts

MOVED: dict[str, Table] = {"decision": decisions, "digest": digests, "fact": facts}


class Moving:
    """Export and import. Importing is safe to repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self) -> Iterator[dict[str, Any]]:
        """Every row, in an order that keeps diffs small."""
        with self._database.read() as connection:
            for kind, table in MOVED.items():
                rows = [_plain(table, row._mapping) for row in connection.execute(select(table))]
                yield from ({"record": kind, **row} for row in sorted(rows, key=_order))

    def take_in(self, rows: Iterable[dict[str, Any]]) -> int:
        """Add the rows that are missing; returns their number."""
        added = 0
        with self._database.begin() as connection:
            stored = {
                kind: {
                    _identity(kind, _plain(table, row._mapping))
                    for row in connection.execute(select(table))
                }
                for kind, table in MOVED.items()
            }
            for number, record in enumerate(rows, 1):
                kind = str(record.get("record"))
                row = {name: value for name, value in record.items() if name != "record"}
                values = _values(kind, row, f"line {number}")
                if _identity(kind, row) not in stored[kind]:
                    connection.execute(insert(MOVED[kind]).values(values))
                    stored[kind].add(_identity(kind, row))
                    added += 1
        return added


def _order(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


def _identity(kind: str, row: dict[str, Any]) -> str:
    """
    The identity of a row: all values, but only list and name of a digest.

    Empty values don't count: an older export lacks newer columns.
    """
    if kind == "digest":
        row = {"list_name": row["list_name"], "name": row["name"]}
    return _order({name: value for name, value in row.items() if value is not None})


def _plain(table: Table, row: Any) -> dict[str, Any]:
    # JSON writers refuse SQLAlchemy's string type for column names.
    return {str(name): _flat(value) for name, value in row.items() if name != "id"}


def _flat(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _values(kind: str, row: dict[str, Any], where: str) -> dict[str, Any]:
    """The row as values for its table; UsageTrouble if it isn't a valid one."""
    if kind not in MOVED:
        raise UsageTrouble(where, f"is a record of {kind!r}", f"known: {', '.join(MOVED)}")
    columns = [column for column in MOVED[kind].c if column.name != "id"]
    try:
        return {column.name: _deep(column, row.get(column.name)) for column in columns}
    except ValueError as trouble:
        raise UsageTrouble(where, f"is not a complete {kind} ({trouble})") from None


def _deep(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if isinstance(kind, JSON) or (value is None and column.nullable):
        return value
    if isinstance(kind, Boolean) and isinstance(value, bool):
        return value
    if isinstance(kind, Boolean) or not isinstance(value, str):
        raise ValueError(f"{column.name} is {value!r}"[:80])
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(kind, Moment | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Day):
        return date.fromisoformat(value)
    return value
