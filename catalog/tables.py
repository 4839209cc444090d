"""
The tables of the store, as SQLAlchemy Core, and how values travel in and out of them.

A work is kept once; what was seen, judged, learned and decided about it stands in tables of its
own, so that each stage can ask for what it has not done yet. There is no status column.
"""

import zlib
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    literal_column,
)

from catalog.rows import values

# Shorter texts gain nothing by packing (characters).
MIN_PACKED_CHARS = 100
# A text of so many bytes is seen whole in a window of 2 ** 12 bytes, which zlib keeps 262 short of.
SHORT_BYTES, SHORT_WINDOW_BITS, SHORT_MEMORY = 3_800, 12, 6


class Moment(TypeDecorator[datetime]):
    """A point in time: aware and UTC in Python, ISO text in every database, so that it sorts."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        moment = value if value.tzinfo is UTC else value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return values.moment(value)


class Day(TypeDecorator[date]):
    """A day of the calendar, as ISO text."""

    impl = String(10)
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return values.day(value)


class DayNumber(TypeDecorator[date]):
    """A day of the calendar, as its number since 1970: two bytes, where a ``Day`` takes ten."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> int | None:
        return None if value is None else (value - values.FIRST_DAY).days

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        return values.day_of_number(value)


class Second(TypeDecorator[datetime]):
    """A point in time to the second, as a number since 1970: an eighth of a ``Moment``'s room."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return values.moment_of_second(value)


def packed(text: bytes) -> bytes:
    """
    The same text packed by zlib, as small as it can.

    Of an abstract most of the time went into clearing room for texts a hundred times as long.
    """
    if len(text) > SHORT_BYTES:
        return zlib.compress(text)
    packer = zlib.compressobj(wbits=SHORT_WINDOW_BITS, memLevel=SHORT_MEMORY)
    return packer.compress(text) + packer.flush()


class LongText(TypeDecorator[str]):
    """
    A text of some length: packed by zlib in SQLite, where it takes half the room.

    What was stored before it was packed is read as it is. PostgreSQL packs long rows itself. The
    column is one of text in both: SQLite takes bytes in any.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | bytes | None:
        if value is None or dialect.name != "sqlite" or len(value) < MIN_PACKED_CHARS:
            return value
        return packed(value.encode("utf-8", "surrogatepass"))

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return values.long_text(value)


# A whole number of 64 bits; SQLite counts rows by themselves only in columns called INTEGER.
Whole = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

# A paper or a link, as its newest version says. ``text_digest`` changes when title or abstract
# do: a verdict over another text is not a verdict. ``change`` numbers new and changed texts in the
# order in which they came, so that what is not judged yet is found behind what is.
works = Table(
    "works",
    metadata,
    Column("key", String(2048), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("title", Text, nullable=False),
    Column("abstract", LongText),
    Column("version", Whole, nullable=False),
    Column("authors", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("published", Moment),
    Column("updated", Moment),
    Column("announced", Day),
    Column("comments", Text),
    Column("journal_ref", Text),
    Column("doi", Text),
    Column("license", Text),
    Column("text_digest", String(64), nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("change", Whole, nullable=False, server_default="0"),
    Index("works_by_change", "change"),
    Index("works_by_last_seen", "last_seen"),
)

# Papers that no list wanted in their first weeks: what is needed to know them again, and to judge
# them by their titles. A work is here or in ``works``.
trimmed = Table(
    "trimmed",
    metadata,
    Column("key", String(2048), primary_key=True),
    Column("title", Text, nullable=False),
    Column("version", Whole, nullable=False),
    Column("published", Second),
    # ``SAME`` where it is the time of ``published``, as of nearly every paper.
    Column("updated", Second),
    Column("announced", DayNumber),
    Column("first_seen", Second, nullable=False),
    Column("last_seen", Second, nullable=False),
    # The key is the table, not an index beside it.
    sqlite_with_rowid=False,
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("work_key", String(2048), nullable=False),
    Column("source", String(64), nullable=False),
    Column("announce_type", String(16), nullable=False),
    Column("version", Whole, nullable=False),
    Column("announced", Day),
    Column("raw_link", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    UniqueConstraint("work_key", "source", "announce_type", "version"),
    Index("sightings_by_day", literal_column("coalesce(announced, substr(seen_at, 1, 10))")),
)
# The day that counts for a sighting. A query has to say it in the index's words to be led by it.
sighted_on = literal_column("coalesce(sightings.announced, substr(sightings.seen_at, 1, 10))", Day)

# One row a work and list: the newest verdict. Evidence can be had again from the rules.
verdicts = Table(
    "verdicts",
    metadata,
    Column("list_name", String(128), primary_key=True),
    Column("work_key", String(2048), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("text_digest", String(64), nullable=False),
    Column("section", Text),
    Column("score", Float, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("runner_up", Text),
    Column("lacked", Text, nullable=False),
    Column("judged_at", Moment, nullable=False),
)
Index(
    "verdicts_with_section",
    verdicts.c.list_name,
    verdicts.c.score.desc(),
    verdicts.c.work_key,
    # In PostgreSQL as well, by the migration; saying so here would load its whole dialect.
    sqlite_where=verdicts.c.section.is_not(None),
)

# How far the rules of a list have come: they have judged every text up to the number ``change``,
# first at ``since``, and trimmed works up to the key ``titles``, or all where that is empty.
judging = Table(
    "judging",
    metadata,
    Column("list_name", String(128), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("since", Moment, nullable=False),
    Column("change", Whole, nullable=False),
    Column("titles", String(2048)),
)

# History: a row a change, with the first and the last time the value was seen.
facts = Table(
    "facts",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("work_key", String(2048), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("value", Text, nullable=False),
    Column("url", Text),
    Column("held", Boolean, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Index("facts_of_work", "work_key", "kind", "source"),
)

misses = Table(
    "misses",
    metadata,
    Column("work_key", String(2048), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("reason", String(32), nullable=False),
    Column("detail", Text, nullable=False),
    Column("times", Whole, nullable=False),
    Column("last_at", Moment, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("list_name", String(128), nullable=False),
    Column("work_key", String(2048), nullable=False),
    Column("act", String(16), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("section", Text),
    Column("reason", Text, nullable=False),
    Column("digest", String(64)),
    Column("entry", Text),
    Index("decisions_of_list", "list_name", "work_key"),
)


def _of_digest() -> tuple[Column[Any], ...]:
    return (
        Column("list_name", String(128), primary_key=True),
        Column("name", String(64), primary_key=True),
        Column("made_at", Moment, nullable=False),
        Column("base_hash", String(64), nullable=False),
        Column("base", LargeBinary, nullable=False),
        Column("body", JSON, nullable=False),
    )


# What was put before people: the list's bytes it was made against, and its numbered candidates.
digests = Table("digests", metadata, *_of_digest())

# A digest whose page is being written. It goes to ``digests`` when the page is in its place, so
# that nothing counts as shown to people before it can be seen.
begun_digests = Table(
    "begun_digests",
    metadata,
    *_of_digest(),
    # The folder where the page is written, if several share the store.
    Column("home", Text, nullable=False, server_default=""),
)

# A write of a list that has begun: finished or taken back by whoever opens the store next.
intents = Table(
    "intents",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("list_name", String(128), nullable=False),
    Column("path", Text, nullable=False),
    Column("base_hash", String(64), nullable=False),
    Column("new_hash", String(64), nullable=False),
    Column("decisions", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    # The intent that an undo takes back.
    Column("undoes", Whole),
    # The folder that holds the list, if several share the store.
    Column("home", Text, nullable=False, server_default=""),
)

# What a list was or is to be, by its hash. Kept apart from the intents: what one write leaves is
# what the next one begins with, and closing an intent does not write a whole list once more.
bodies = Table(
    "bodies",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Whole, primary_key=True),
    Column("command", String(32), nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("word", String(16), nullable=False),
    Column("report", JSON, nullable=False),
)

source_states = Table(
    "source_states",
    metadata,
    Column("source", String(128), primary_key=True),
    Column("etag", Text),
    Column("batch", JSON, nullable=False),
    Column("day", Day),
    Column("word", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("streak", Whole, nullable=False),
    Column("at", Moment, nullable=False),
    Column("modified", Text),
    Column("news", JSON),
    Column("open", JSON),
)

# Works that a source only named, until they are stored or given up: what is seen is not yet had.
named = Table(
    "named",
    metadata,
    Column("work_key", String(2048), primary_key=True),
    Column("part", String(128), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("announced", Day),
    Column("raw_link", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("since", Moment),
    Column("times", Whole, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_up", Boolean, nullable=False),
)

# Which announcement days are stored, and what proves it: feed, api, or calendar (nothing came).
days = Table(
    "days",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("day", Day, primary_key=True),
    Column("proof", String(16), nullable=False),
    Column("found", Whole, nullable=False),
    Column("at", Moment, nullable=False),
)

# The week's pull request or issue of a list, and what we wrote into it.
publications = Table(
    "publications",
    metadata,
    Column("list_name", String(128), primary_key=True),
    Column("week", String(16), primary_key=True),
    Column("form", String(16), nullable=False),
    Column("number", Whole, nullable=False),
    Column("state", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("branch", Text, nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("head", String(64), nullable=False),
    Column("comment", Whole, nullable=False),
    Column("status_hash", String(64), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("reminded_at", Moment),
    Column("read_until", Moment),
    Column("at", Moment, nullable=False),
)

# Facts about the store itself: whose it is, and which commit of its branch it has taken in.
properties = Table(
    "properties",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("value", Text, nullable=False),
)
