"""
What a run must remember, as files: the store of a list that lives in its own repository.

Rows stand in JSON Lines, sorted, in files of the week they began in, so that a day's change
touches few files and git keeps it small. Taking files in is a union: nothing stored is lost, of
two versions of one row the later counts, and repeating it changes nothing.
"""

import base64
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    LargeBinary,
    Table,
    insert,
    select,
    tuple_,
    update,
)

from catalog.errors import StoreTrouble
from catalog.paper import paper_key
from catalog.rows.works import work_of
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.store.records import SUMMARY, CheckBody, check_fields
from catalog.store.works import Works
from catalog.tables import (
    Day,
    Moment,
    days,
    decisions,
    digests,
    facts,
    misses,
    named,
    publications,
    runs,
    sightings,
    source_states,
    verdicts,
    works,
)
from config.patterns import lazy_regex

FORMAT = b"1\n"
DAY_CHARS = len("2024-11-15")
# A file of decisions is written whole with each new one, so that people can read it: of a month.
MONTH_CHARS = len("2024-11")
# Works just below the rules' line that are kept, of each week: a page shows ten.
NEAR_MISSES_A_WEEK = 50
# Past runs that are kept: what is usual at a source follows from them.
RUNS_KEPT = 40
README = b"""\
# What Listkeeper remembers

This branch is written by `listkeeper state push` and read by `listkeeper state pull`. It holds the
decisions of this list's editors, the digests they were shown, open candidates with their texts,
citation counts with their history, and which days of which source were read. It is never merged.
Each push adds a file to `changes-...`: a path, and the lines that came there (+) and went (-).

You may delete it. Then rejected papers come back as new ones, digests begin again, and the history
of counts is lost; the list itself is untouched.
"""

PLAIN: Mapping[type, tuple[type, ...]] = {
    Boolean: (bool,),
    Integer: (int,),
    Float: (int, float),
}

# Columns that no row of a file has: each store numbers its own rows and changes, and a digest's
# bytes are a file of their own.
OURS_ALONE = frozenset({"id", "change", "base"})

# What a line that is no row does to whoever reads it as one; the last is of brackets in brackets.
NO_ROW = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
# The week's branch is pushed and removed: no row from outside may name any other.
_OWN_BRANCH = lazy_regex(r"(?:listkeeper/(?!.*(?:\.\.|@\{))[^\s\x00-\x20\x7f~^:?*\[\\]+)?")
Row = dict[str, Any]
# Tables whose rows are records of an export, too, and the kind of record.
RECORD_OF: Mapping[Table, str] = {decisions: "decision", digests: "digest", facts: "fact"}


@dataclass(frozen=True, slots=True)
class Shard:
    """
    One table as files: ``prefix`` begins their paths, ``keys`` are the identity of a row.

    ``part`` names the file of a row behind the prefix, where there are several. ``newer`` is the
    column by which the later of two versions is told; without one the stored row stays.
    """

    table: Table
    prefix: str
    keys: tuple[str, ...]
    newer: str | None = None
    part: Callable[[Row], str] | None = None

    def path(self, row: Row) -> str:
        return f"{self.prefix}{self.part(row) if self.part else ''}.jsonl"


def _week(text: str) -> str:
    year, week, _ = datetime.fromisoformat(text).isocalendar()
    return f"{year}-W{week:02}"


SHARDS = (
    Shard(days, "days", ("source", "day"), "at"),
    Shard(source_states, "sources", ("source",), "at"),
    Shard(misses, "misses", ("work_key", "kind", "source"), "last_at"),
    Shard(named, "named", ("work_key", "part"), "times"),
    Shard(runs, "runs", ("command", "as_of")),
    Shard(publications, "published", ("list_name", "week"), "at"),
    Shard(
        facts,
        "facts/",
        ("work_key", "kind", "source", "value", "held", "first_at"),
        "last_at",
        lambda row: _week(row["first_at"]),
    ),
    Shard(digests, "digests/", ("list_name", "name"), "made_at", lambda row: row["name"][:8]),
)


class Memory:
    """The store as files, and files into the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def files(self) -> dict[str, bytes]:
        """Every file by its path; the same store gives the same bytes."""
        lines: defaultdict[str, list[str]] = defaultdict(list)
        with self._database.read() as connection:
            for shard in SHARDS:
                for row in _rows(connection, shard.table):
                    lines[shard.path(row)].append(_line(row))
            for path, row in _works(connection):
                lines[path].append(_line(row))
            lines["runs.jsonl"] = _newest_runs(lines["runs.jsonl"])
            files = {path: "".join(sorted(rows)).encode() for path, rows in lines.items()}
            # The order of decisions is their meaning: the last one counts.
            for row in _rows(connection, decisions, order=("at", "id")):
                path = f"decisions/{row['at'][:MONTH_CHARS]}.jsonl"
                files[path] = files.get(path, b"") + _line(row).encode()
            files |= _bases(connection)
        files = {path: data for path, data in files.items() if data}
        return files | {"README.md": README, "format": FORMAT}

    def take_in(self, files: Iterable[tuple[str, bytes]], check_body: CheckBody) -> int:
        """
        Add what these files hold and the store doesn't; returns the number of new rows.

        StoreTrouble, and nothing is stored, where a line isn't a row; ``check_body`` raises
        ValueError for what is no digest's content.
        """
        every = dict(files)
        if every.get("format", FORMAT) != FORMAT:
            found = every["format"][:20]
            raise StoreTrouble("format", f"is {found!r}, not {FORMAT!r}", "use the newer program")
        with self._database.begin() as connection:
            added = sum(_take_table(connection, shard, every, check_body) for shard in SHARDS)
            added += _take_decisions(connection, every, check_body)
            return added + _take_works(self._database, every)


def _works(connection: Connection) -> Iterator[tuple[str, Row]]:
    """Works that a later run needs, with their sightings: candidates, near misses, decided ones."""
    keys = _kept_keys(connection)
    seen: defaultdict[str, list[Row]] = defaultdict(list)
    for row in _rows(connection, sightings):
        if row["work_key"] in keys:
            seen[row["work_key"]].append(row)
    for row in _rows(connection, works):
        if row["key"] in keys:
            by_text = sorted(seen[row["key"]], key=_line)
            # A file a day: a file a week would be written anew on each of its days, texts and all.
            yield f"works/{row['first_seen'][:DAY_CHARS]}.jsonl", row | {"sightings": by_text}


def _kept_keys(connection: Connection) -> set[str]:
    keys = set(connection.execute(select(decisions.c.work_key)).scalars())
    keys |= set(
        connection.execute(
            select(verdicts.c.work_key).where(verdicts.c.section.is_not(None))
        ).scalars()
    )
    keys |= _near_misses(connection)
    for body in connection.execute(select(digests.c.body)).scalars():
        for shelf in ("candidates", "near_misses", "second_chances"):
            keys |= {str(item["key"]) for item in body.get(shelf, ())}
        for shelf in ("waiting", "reserve"):
            keys |= set(map(str, body.get(shelf, ())))
    papers = select(facts.c.work_key, facts.c.value).where(facts.c.kind == "paper")
    return keys | {key for key, paper in connection.execute(papers) if paper_key(paper) in keys}


def _near_misses(connection: Connection) -> set[str]:
    """The best near misses of each list and week."""
    query = (
        select(verdicts.c.list_name, verdicts.c.work_key, works.c.first_seen)
        .join(works, works.c.key == verdicts.c.work_key)
        .where(verdicts.c.section.is_(None), verdicts.c.score > 0)
        .order_by(verdicts.c.score.desc(), verdicts.c.work_key)
    )
    taken: Counter[tuple[str, str]] = Counter()
    keys = set()
    for list_name, key, first_seen in connection.execute(query):
        shelf = (list_name, _week(first_seen.isoformat()))
        if taken[shelf] < NEAR_MISSES_A_WEEK:
            taken[shelf] += 1
            keys.add(key)
    return keys


def _bases(connection: Connection) -> dict[str, bytes]:
    """The list as it was at each digest. Git has the same bytes already, and keeps them once."""
    query = select(digests.c.base_hash, digests.c.base)
    return {f"bases/{name}.md": data for name, data in connection.execute(query)}


def _newest_runs(lines: list[str]) -> list[str]:
    return sorted(lines, key=lambda line: str(json.loads(line)["as_of"]))[-RUNS_KEPT:]


def _rows(connection: Connection, table: Table, order: tuple[str, ...] = ()) -> Iterator[Row]:
    """The rows of a table as JSON values, without what is a file of its own or ours alone."""
    columns = [column for column in table.c if column.name not in OURS_ALONE]
    query = select(*columns).order_by(*(table.c[name] for name in order))
    if table is facts:
        # The branch may be public, and their licence allows no dumps of them.
        query = query.where(facts.c.kind != SUMMARY)
    for row in connection.execute(query).mappings():
        yield {str(name): _flat(value) for name, value in row.items()}


def _flat(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _line(row: Row) -> str:
    return json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n"


def _read(
    every: Mapping[str, bytes], prefix: str, table: Table, check_body: CheckBody
) -> Iterator[Row]:
    """The rows in the files whose path begins so, as values for the table."""
    for path, data in sorted(every.items()):
        if not path.startswith(prefix) or not path.endswith(".jsonl"):
            continue
        for number, line in enumerate(data.splitlines(), 1):
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
                values = _typed(table, row)
                _check(table, row, check_body)
            except NO_ROW as error:
                raise StoreTrouble(
                    where, f"is not a row of {table.name} ({error})", "restore the file by git"
                ) from None
            yield values


def _check(table: Table, row: Row, check_body: CheckBody) -> None:
    """ValueError where a row's fields don't mean what they must."""
    if table in RECORD_OF:
        check_fields(RECORD_OF[table], row)
    if table is digests:
        check_body(row["body"])
    if table is publications and not _OWN_BRANCH.fullmatch(row["branch"]):
        raise ValueError(f"branch is {row['branch']!r}"[:80])


def _typed(table: Table, row: Row) -> Row:
    columns = [column for column in table.c if column.name not in OURS_ALONE]
    return {column.name: _value(column, row.get(column.name)) for column in columns}


def _value(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if isinstance(kind, JSON) or (value is None and column.nullable):
        return value
    if isinstance(kind, Boolean | Integer | Float):
        if type(value) in _plain_types(kind):
            return value
        raise ValueError(f"{column.name} is {value!r}"[:80])
    if not isinstance(value, str):
        raise ValueError(f"{column.name} is {value!r}"[:80])
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value, validate=True)
    if isinstance(kind, Moment):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return date.fromisoformat(value) if isinstance(kind, Day) else value


def _plain_types(kind: Boolean | Integer | Float[Any]) -> tuple[type, ...]:
    return next(types for known, types in PLAIN.items() if isinstance(kind, known))


def _take_table(
    connection: Connection, shard: Shard, every: Mapping[str, bytes], check_body: CheckBody
) -> int:
    """Add or bring up to date the rows of one table."""
    table, keys = shard.table, shard.keys
    stored = {
        tuple(row[name] for name in keys): row
        for row in connection.execute(
            select(*(column for column in table.c if column.name != "base"))
        ).mappings()
    }
    new: dict[tuple[Any, ...], Row] = {}
    for row in _read(every, shard.prefix, table, check_body):
        if table is digests:
            base = every.get(f"bases/{row['base_hash']}.md")
            if base is None:
                continue
            row |= {"base": base}
        identity = tuple(row[name] for name in keys)
        old = stored.get(identity)
        if old is None:
            new[identity] = row
        elif shard.newer and row[shard.newer] > old[shard.newer]:
            same = tuple_(*(table.c[name] for name in keys)) == identity
            connection.execute(update(table).where(same).values(row))
    if new:
        connection.execute(insert(table), list(new.values()))
    return len(new)


def _take_decisions(
    connection: Connection, every: Mapping[str, bytes], check_body: CheckBody
) -> int:
    """
    Add decisions that aren't stored; of equal rows as many as the file has.

    Two equal rows are two acts: accepted, taken back and accepted again within one moment.
    """
    stored = Counter(_line(row) for row in _rows(connection, decisions))
    new: list[Row] = []
    for row in _read(every, "decisions/", decisions, check_body):
        line = _line({name: _flat(value) for name, value in row.items()})
        if stored[line]:
            stored[line] -= 1
        else:
            new.append(row)
    if new:
        connection.execute(insert(decisions), new)
    return len(new)


def _take_works(database: Database, every: Mapping[str, bytes]) -> int:
    """Add works, merged into stored ones, with their sightings."""
    return sum(Works(database).restore(chunk) for chunk in _chunks(list(_read_works(every))))


def _read_works(every: Mapping[str, bytes]) -> Iterator[tuple[Row, list[Row]]]:
    for path, data in sorted(every.items()):
        if not path.startswith("works/"):
            continue
        for number, line in enumerate(data.splitlines(), 1):
            try:
                row = json.loads(line)
                work = _typed(works, row)
                work_of(work)
                seen = [_typed(sightings, item) for item in row["sightings"]]
            except NO_ROW as error:
                where = f"{path}:{number}"
                raise StoreTrouble(where, f"is not a work ({error})", "restore it by git") from None
            yield work, seen


def _chunks(rows: list[tuple[Row, list[Row]]]) -> Iterator[list[tuple[Row, list[Row]]]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
