"""
Works and their sightings.

Many sightings are merged into one work, in whatever order they come. The newest version counts;
what it lacks comes from the older one. Of two records of one version the longer text wins (the
query API has comments and full names, a feed doesn't).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from heapq import merge as merge_sorted
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    Row,
    String,
    delete,
    func,
    select,
    type_coerce,
)

from catalog.paper import Link, Paper, Work
from catalog.rows.works import CHANGES, TRIMMED, WORKS, trimmed_paper, work_of
from catalog.sightings import Found, Sighting
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.store.properties import count, counted
from catalog.tables import sighted_on, sightings, trimmed, works

# Enough to tell the texts of one work apart; the tables have room for more.
DIGEST_DIGITS = 16
# The values of a sighting, in their order.
SIGHTING = tuple(sightings.c[field.name] for field in fields(Sighting))
Time = TypeVar("Time", date, datetime)


@dataclass(frozen=True, slots=True)
class Saved:
    """Counts of a batch of sightings: new works, changed ones, and unchanged ones."""

    new: int = 0
    updated: int = 0
    known: int = 0


class WorkText(NamedTuple):
    """What a work says, of a link its description as ``abstract``; ``digest`` is of both texts."""

    key: str
    title: str
    abstract: str | None
    authors: tuple[str, ...]
    digest: str


class Works:
    """Every work ever sighted, in its newest version."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, batch: Sequence[Found]) -> Saved:
        """Store a batch of sightings, merged into stored works. Safe to repeat."""
        with self._database.begin():
            before = self.get_many({item.work.key for item in batch})
            first_seen = self.first_seen(before)
            after = dict(before)
            for item in batch:
                old = after.get(item.work.key)
                after[item.work.key] = item.work if old is None else merge(old, item.work)
                seen = item.sighting.seen_at
                first_seen[item.work.key] = min(first_seen.get(item.work.key, seen), seen)
            last_seen = {item.work.key: item.sighting.seen_at for item in batch}
            rows = [
                _row(work, first_seen[key], last_seen[key])
                for key, work in after.items()
                if key in last_seen
            ]
            self._write(rows)
            self._save_sightings([item.sighting for item in batch])
        new = sum(key not in before for key in after)
        updated = sum(key in before and before[key] != work for key, work in after.items())
        return Saved(new, updated, len(after) - new - updated)

    def restore(self, rows: Sequence[tuple[dict[str, Any], Sequence[dict[str, Any]]]]) -> int:
        """
        Take in works as another store has them, each with its sightings; returns the new ones.

        A row is merged with the stored work, as a sighting would be.
        """
        with self._database.begin():
            before = self.get_many({row["key"] for row, _ in rows})
            first, last = self._times(before)
            merged = []
            for row, _ in rows:
                key, work = row["key"], work_of(row)
                work = merge(before[key], work) if key in before else work
                first_seen = min(row["first_seen"], first.get(key, row["first_seen"]))
                last_seen = max(row["last_seen"], last.get(key, row["last_seen"]))
                merged.append(_row(work, first_seen, last_seen))
            self._write(merged)
            seen = [sighting for _, sightings_of in rows for sighting in sightings_of]
            keys = ["work_key", "source", "announce_type", "version"]
            self._database.upsert(sightings, seen, keys)
        return sum(row["key"] not in before for row, _ in rows)

    def take_back(self, papers: Collection[Paper]) -> None:
        """Let those of the papers that are trimmed be works again, with what is left of them."""
        with self._database.begin():
            keys = [paper.key for paper in papers]
            short = {row.key for row in self._of(trimmed.c.key, keys)}
            first, last = self._times(short)
            self._write([_row(it, first[it.key], last[it.key]) for it in papers if it.key in short])

    def _write(self, rows: Sequence[dict[str, Any]]) -> None:
        """Write works, each with the number of its newest change; none of them is trimmed then."""
        keys = [row["key"] for row in rows]
        with self._database.begin() as connection:
            stored = self._of(works.c.key, keys, works.c.text_digest, works.c.change)
            number_of = {(row.key, row.text_digest): row.change for row in stored}
            old = {key for key, _ in number_of}
            gone = {row.key for row in self._of(trimmed.c.key, keys)}
            texts = [(row["key"], row["text_digest"]) for row in rows]
            changed = [text for text in texts if text not in number_of]
            if changed:
                last = count(connection, CHANGES, len(changed))
                number_of |= {text: last - place for place, text in enumerate(reversed(changed))}
            pairs = zip(rows, texts, strict=True)
            numbered = [row | {"change": number_of[text]} for row, text in pairs]
            self._database.upsert(works, numbered, ["key"])
            if len(rows) > len(old):
                count(connection, WORKS, len(rows) - len(old))
            if gone:
                for chunk in in_chunks(gone):
                    connection.execute(delete(trimmed).where(trimmed.c.key.in_(chunk)))
                count(connection, TRIMMED, -len(gone))

    def _of(
        self, key: Column[str], keys: Collection[str], *columns: Column[Any]
    ) -> Iterator[Row[Any]]:
        """The key and these columns of each of the keys that the key's table has."""
        with self._database.read() as connection:
            for chunk in in_chunks(keys):
                yield from connection.execute(select(key, *columns).where(key.in_(chunk)))

    def _times(self, keys: Collection[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """When each work was seen first and last."""
        first: dict[str, datetime] = {}
        last: dict[str, datetime] = {}
        for table in (works, trimmed):
            times = (table.c.first_seen, table.c.last_seen)
            for row in self._of(table.c.key, keys, *times):
                first[row.key], last[row.key] = row.first_seen, row.last_seen
        return first, last

    def _save_sightings(self, seen: Iterable[Sighting]) -> None:
        # A feed may repeat itself within a batch; the last of equal sightings is stored.
        rows = {
            (s.work_key, s.source, s.announce_type, s.version): {
                "work_key": s.work_key,
                "source": s.source,
                "announce_type": s.announce_type,
                "version": s.version,
                "announced": s.announced,
                "raw_link": s.raw_link,
                "seen_at": s.seen_at,
            }
            for s in seen
        }
        self._database.upsert(
            sightings, list(rows.values()), ["work_key", "source", "announce_type", "version"]
        )

    def first_seen(self, keys: Collection[str]) -> dict[str, datetime]:
        """When each of these works was seen first."""
        return self._times(keys)[0]

    def get_many(self, keys: Collection[str]) -> dict[str, Work]:
        """The stored works of these keys, by key; of a trimmed one its title and dates."""
        results: dict[str, Work] = {}
        with self._database.read() as connection:
            for chunk in in_chunks(keys):
                query = select(works).where(works.c.key.in_(chunk))
                rows = connection.execute(query).mappings()
                results |= {row["key"]: work_of(row) for row in rows}
                if len(results) < len(keys):
                    query = select(trimmed).where(trimmed.c.key.in_(chunk))
                    rows = connection.execute(query).mappings()
                    results |= {row["key"]: trimmed_paper(row) for row in rows}
        return dict(sorted(results.items()))

    def texts(self, keys: Collection[str]) -> Iterator[list[WorkText]]:
        """The texts of the stored works of these keys, some hundreds at once."""
        of, short = works.c, trimmed.c
        whole = select(of.key, of.title, of.abstract, of.authors, of.text_digest)
        for chunk in in_chunks(keys):
            with self._database.read() as connection:
                rows = connection.execute(whole.where(of.key.in_(chunk))).all()
                found = [
                    WorkText(key, title, text or None, tuple(authors), digest)
                    for key, title, text, authors, digest in rows
                ]
                if len(found) < len(chunk):
                    query = select(short.key, short.title).where(short.key.in_(chunk))
                    found += [
                        WorkText(key, title, None, (), text_digest(title, None))
                        for key, title in connection.execute(query)
                    ]
            yield found

    def titles(self, keys: Collection[str]) -> dict[str, str]:
        """The titles of the stored works among these."""
        titles = (self._of(t.c.key, keys, t.c.title) for t in (works, trimmed))
        return {row.key: row.title for rows in titles for row in rows}

    def get(self, key: str) -> Work | None:
        return self.get_many([key]).get(key)

    def all(self) -> Iterator[Work]:
        """Every work, by key; of a trimmed one its title and dates."""
        with self._database.read() as connection:
            short = connection.execute(select(trimmed).order_by(trimmed.c.key)).mappings()
            yield from merge_sorted(
                self.untrimmed(), map(trimmed_paper, short), key=lambda work: work.key
            )

    def untrimmed(self) -> Iterator[Work]:
        """Every work whose text is kept, by key."""
        with self._database.read() as connection:
            for row in connection.execute(select(works).order_by(works.c.key)).mappings():
                yield work_of(row)

    def untrimmed_keys(self) -> set[str]:
        """The keys of the same works."""
        with self._database.read_once() as connection:
            return set(connection.execute(select(works.c.key)).scalars())

    def sighted(self, since: date, keys: Collection[str] | None = None) -> list[Sighting]:
        """First announcements and mentions on or after ``since``: all, or those of some works."""
        if keys is None:
            return self._sighted(*sighted_since(since))
        of = sightings.c.work_key
        parts = (self._sighted(*sighted_since(since), of.in_(part)) for part in in_chunks(keys))
        return [sighting for part in parts for sighting in part]

    def sighted_links(self, since: date) -> list[Sighting]:
        """The same of everything that is no paper."""
        key = sightings.c.work_key
        return self._sighted(*sighted_since(since), key >= "link:", key < "link;")

    def last_sighted(self, since: date) -> dict[str, str]:
        """The works with such sightings, each with the time of the last as ISO text."""
        seen_at = type_coerce(sightings.c.seen_at, String)
        query = select(sightings.c.work_key, seen_at).where(*sighted_since(since))
        last: dict[str, str] = {}
        with self._database.read_once() as connection:
            for key, moment in connection.execute(query).all():
                if moment > last.get(key, ""):
                    last[key] = moment
        return last

    def _sighted(self, *conditions: ColumnElement[bool]) -> list[Sighting]:
        query = select(sightings.c.id, *SIGHTING).where(*conditions)
        with self._database.read_once() as connection:
            # Not sorted by the database: SQLite would read them all to have them in this order.
            rows = sorted(connection.execute(query).all(), key=itemgetter(0))
        return [Sighting(*values) for _, *values in rows]

    def looked_up(self, source: str, keys: Collection[str]) -> dict[str, int]:
        """The newest version of each work that a look-up by id at ``source`` returned."""
        with self._database.read() as connection:
            return {
                key: version
                for chunk in in_chunks(keys)
                for key, version in connection.execute(
                    select(sightings.c.work_key, func.max(sightings.c.version))
                    .where(sightings.c.source == source, sightings.c.announce_type == "mention")
                    .where(sightings.c.work_key.in_(chunk))
                    .group_by(sightings.c.work_key)
                )
            }

    def count(self) -> int:
        """How many works are stored, trimmed ones among them."""
        with self._database.read() as connection:
            return counted(connection, WORKS) + counted(connection, TRIMMED)


def sighted_since(since: date) -> tuple[ColumnElement[bool], ...]:
    """Conditions on sightings: first announcements and mentions on or after a day."""
    return (
        sightings.c.announce_type.in_(["new", "cross", "mention"]),
        sighted_on >= since,
    )


def _row(work: Work, first_seen: datetime, last_seen: datetime) -> dict[str, Any]:
    if isinstance(work, Link):
        paper = Paper("", 1, work.title, work.description)
        kind: str = work.kind
    else:
        paper, kind = work, "paper"
    return {
        "key": work.key,
        "kind": kind,
        "title": paper.title,
        "abstract": paper.abstract,
        "version": paper.version,
        "authors": list(paper.authors),
        "categories": list(paper.categories),
        "published": paper.published,
        "updated": paper.updated,
        "announced": paper.announced,
        "comments": paper.comments,
        "journal_ref": paper.journal_ref,
        "doi": paper.doi,
        "license": paper.license,
        "text_digest": text_digest(paper.title, paper.abstract),
        "first_seen": first_seen,
        "last_seen": last_seen,
    }


def in_chunks(keys: Collection[str]) -> Iterator[list[str]]:
    """The keys in order, no more at once than a statement takes."""
    ordered = sorted(keys)
    for start in range(0, len(ordered), ROWS_AT_ONCE):
        yield ordered[start : start + ROWS_AT_ONCE]


def merge(old: Work, new: Work) -> Work:
    """The record of a work after another sighting."""
    if isinstance(old, Paper) and isinstance(new, Paper):
        return _merge_papers(old, new)
    if isinstance(old, Link) and isinstance(new, Link):
        return _merge_links(old, new)
    return new


def _merge_papers(old: Paper, new: Paper) -> Paper:
    newer, older = (new, old) if new.version > old.version else (old, new)
    text = _longer if new.version == old.version else _first
    return Paper(
        arxiv_id=old.arxiv_id,
        version=newer.version,
        title=text(newer.title, older.title) or "",
        abstract=text(newer.abstract, older.abstract),
        authors=_fuller(newer.authors, older.authors, same=text is _longer),
        categories=_fuller(newer.categories, older.categories, same=text is _longer),
        published=_earliest(old.published, new.published),
        updated=_latest(old.updated, new.updated),
        announced=_earliest(old.announced, new.announced),
        comments=text(newer.comments, older.comments),
        journal_ref=text(newer.journal_ref, older.journal_ref),
        doi=text(newer.doi, older.doi),
        license=text(newer.license, older.license),
    )


def _longer(first: str | None, second: str | None) -> str | None:
    return max(first or "", second or "", key=lambda text: (len(text), text)) or None


def _first(newer: str | None, older: str | None) -> str | None:
    return newer or older


def _fuller(newer: tuple[str, ...], older: tuple[str, ...], *, same: bool) -> tuple[str, ...]:
    if not same:
        return newer or older
    return max(newer, older, key=lambda names: (len(names), _size(names), names))


def _size(names: Sequence[str]) -> int:
    return sum(map(len, names))


def _earliest(first: Time | None, second: Time | None) -> Time | None:
    moments = [moment for moment in (first, second) if moment is not None]
    return min(moments, default=None)


def _latest(first: Time | None, second: Time | None) -> Time | None:
    moments = [moment for moment in (first, second) if moment is not None]
    return max(moments, default=None)


def _merge_links(old: Link, new: Link) -> Link:
    """
    The first record wins, so that two sources that differ don't take turns.

    Exceptions: any kind replaces "page", and a longer description with the same beginning wins.
    """
    old_text, new_text = old.description or "", new.description or ""
    return Link(
        old.url,
        new.kind if old.kind == "page" else old.kind,
        old.title or new.title,
        (new_text if new_text.startswith(old_text) else old_text) or None,
    )


def text_digest(title: str, abstract: str | None) -> str:
    """A digest that shows whether the text of a work has changed since it was judged."""
    return hashlib.sha256(f"{title}\0{abstract or ''}".encode()).hexdigest()[:DIGEST_DIGITS]
