"""
Export and import of what can't be fetched again, as sorted JSON Lines.

That is decisions, digests and the history of facts; works come back from the sources. The first
line says how many records follow, so that a file which lost some is told.
"""

import base64
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, insert, select

from catalog.errors import UsageTrouble
from catalog.store.engine import Database
from catalog.store.records import SUMMARY, CheckBody, read_record
from catalog.tables import decisions, digests, facts

Record = dict[str, Any]
TABLES: dict[str, Table] = {"decision": decisions, "digest": digests, "fact": facts}


# The kind of the first line.
COUNT = "export"


def with_count(records: Iterable[Record]) -> Iterator[Record]:
    """The records, and before them one that says how many there are."""
    rows = list(records)
    yield {"record": COUNT, "records": len(rows)}
    yield from rows


def check_count(records: Iterable[tuple[str, Record]], name: str) -> Iterator[tuple[str, Record]]:
    """
    The records of a file without those that count the ones behind them.

    UsageTrouble where another number follows, or nothing at all. Exports of older versions, and
    lines that a person chose, have no count; two files in one have two.
    """
    where, promised, seen, is_empty = name, None, 0, True
    for place, record in records:
        is_empty = False
        if record.get("record") != COUNT:
            seen += 1
            yield place, record
            continue
        _check_number(where, promised, seen)
        where, promised, seen = place, record.get("records"), 0
        if type(promised) is not int or promised < 0:
            what = f"records is {promised!r:.40}, and must be the number of records that follow"
            raise UsageTrouble(place, what, "correct that line or take it out")
    _check_number(where, promised, seen)
    if is_empty:
        raise UsageTrouble(name, "is empty, and an export never is", "export once more")


def _check_number(where: str, promised: int | None, seen: int) -> None:
    if promised is not None and promised != seen:
        what = f"promises {promised:,} records, and {seen:,} follow: lines are missing or doubled"
        raise UsageTrouble(where, what, "export once more, or take that line out for what is there")


class Backup:
    """Export and import. Importing is safe to repeat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def export(self) -> Iterator[dict[str, Any]]:
        """
        Every row, in an order that keeps diffs small.

        Decisions stand in the order in which they were made: the last one on a work counts.
        Semantic Scholar's summaries are left out: its licence allows no dumps of them.
        """
        with self._database.read() as connection:
            for kind, table in TABLES.items():
                query = select(table).order_by(table.c.id) if kind == "decision" else select(table)
                every = (_plain(table, row._mapping) for row in connection.execute(query))
                rows = [_without_summaries(row) for row in every if row.get("kind") != SUMMARY]
                ordered = rows if kind == "decision" else sorted(rows, key=_order)
                yield from ({"record": kind, **row} for row in ordered)

    def restore(self, records: Iterable[tuple[str, Record]], check_body: CheckBody) -> int:
        """
        Add the records that are missing; returns their number.

        Each has the place where it stands, as ``file:line``. UsageTrouble with that place, and
        nothing added, where one is not what ``check_body`` (for a digest's content; ValueError)
        and the fields' meaning ask for.
        """
        checked = [_checked(record, where, check_body) for where, record in records]
        with self._database.begin() as connection:
            stored = {
                kind: {
                    _identity(kind, _plain(table, row._mapping))
                    for row in connection.execute(select(table))
                }
                for kind, table in TABLES.items()
            }
            added = 0
            for kind, values in checked:
                identity = _identity(kind, _plain(TABLES[kind], values))
                if identity not in stored[kind]:
                    connection.execute(insert(TABLES[kind]).values(values))
                    stored[kind].add(identity)
                    added += 1
        return added


def _checked(record: Record, where: str, check_body: CheckBody) -> tuple[str, Record]:
    """The kind of a record and its values; UsageTrouble if it isn't a valid one."""
    kind = record.get("record")
    if not isinstance(kind, str) or kind not in TABLES:
        raise UsageTrouble(where, f"is a record of {kind!r}", f"known: {', '.join(TABLES)}")
    try:
        values = read_record(kind, {name: it for name, it in record.items() if name != "record"})
        if kind == "digest":
            check_body(values["body"])
    except ValueError as wrong:
        raise UsageTrouble(
            where, f"is no valid {kind}: {wrong}", "correct that line or take it out"
        ) from None
    return kind, values


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


def _without_summaries(row: dict[str, Any]) -> dict[str, Any]:
    """A digest's row without the summaries that it showed; any other row as it is."""
    body = row.get("body")
    if not isinstance(body, dict):
        return row
    shown = {
        name: [{**one, SUMMARY: ""} if one.get(SUMMARY) else one for one in body[name]]
        for name in ("candidates", "near_misses", "second_chances")
        if name in body
    }
    return {**row, "body": {**body, **shown}}


def _flat(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value
