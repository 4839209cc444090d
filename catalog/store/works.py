"""
Works and their sightings.

Many sightings are merged into one work, in whatever order they come. The newest version counts;
what it lacks comes from the older one. Of two records of one version the longer text wins (the
query API has comments and full names, a feed doesn't).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar, get_args

from sqlalchemy import RowMapping, func, select

from catalog.paper import Found, Link, LinkKind, Paper, Sighting, Work
from catalog.store.engine import ROWS_AT_ONCE, Database
from catalog.tables import sightings, works

Time = TypeVar("Time", date, datetime)


@dataclass(frozen=True, slots=True)
class Saved:
    """Counts of a batch of sightings: new works, changed ones, and unchanged ones."""

    new: int = 0
    updated: int = 0
    known: int = 0


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
            self._database.upsert(works, rows, ["key"])
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
            self._database.upsert(works, merged, ["key"])
            seen = [sighting for _, sightings_of in rows for sighting in sightings_of]
            keys = ["work_key", "source", "announce_type", "version"]
            self._database.upsert(sightings, seen, keys)
        return sum(row["key"] not in before for row, _ in rows)

    def _times(self, keys: Collection[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """When each work was seen first and last."""
        first: dict[str, datetime] = {}
        last: dict[str, datetime] = {}
        with self._database.read() as connection:
            for chunk in _chunks(keys):
                query = select(works.c.key, works.c.first_seen, works.c.last_seen)
                for key, *times in connection.execute(query.where(works.c.key.in_(chunk))):
                    first[key], last[key] = times
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
        with self._database.read() as connection:
            return {
                key: moment
                for chunk in _chunks(keys)
                for key, moment in connection.execute(
                    select(works.c.key, works.c.first_seen).where(works.c.key.in_(chunk))
                )
            }

    def get_many(self, keys: Collection[str]) -> dict[str, Work]:
        """The stored works of these keys."""
        with self._database.read() as connection:
            return {
                row["key"]: work_of(row)
                for chunk in _chunks(keys)
                for row in connection.execute(
                    select(works).where(works.c.key.in_(chunk)).order_by(works.c.key)
                ).mappings()
            }

    def get(self, key: str) -> Work | None:
        return self.get_many([key]).get(key)

    def all(self) -> Iterator[Work]:
        """Every work, by key."""
        with self._database.read() as connection:
            for row in connection.execute(select(works).order_by(works.c.key)).mappings():
                yield work_of(row)

    def sighted(self, since: date) -> list[Sighting]:
        """First announcements and mentions seen or announced on or after ``since``."""
        first = sightings.c.announce_type.in_(["new", "cross", "mention"])
        day = func.coalesce(sightings.c.announced, func.substr(sightings.c.seen_at, 1, 10))
        query = select(sightings).where(first, day >= since)
        with self._database.read() as connection:
            return [
                Sighting(
                    row.source,
                    row.work_key,
                    row.seen_at,
                    row.announce_type,
                    row.version,
                    row.announced,
                    row.raw_link,
                )
                for row in connection.execute(query)
            ]

    def looked_up(self, source: str, keys: Collection[str]) -> dict[str, int]:
        """The newest version of each work that a look-up by id at ``source`` returned."""
        with self._database.read() as connection:
            return {
                key: version
                for chunk in _chunks(keys)
                for key, version in connection.execute(
                    select(sightings.c.work_key, func.max(sightings.c.version))
                    .where(sightings.c.source == source, sightings.c.announce_type == "mention")
                    .where(sightings.c.work_key.in_(chunk))
                    .group_by(sightings.c.work_key)
                )
            }

    def count(self) -> int:
        with self._database.read() as connection:
            return connection.execute(select(func.count()).select_from(works)).scalar_one()


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


def _chunks(keys: Collection[str]) -> Iterator[list[str]]:
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
    return hashlib.sha256(f"{title}\0{abstract or ''}".encode()).hexdigest()


def work_of(row: Mapping[str, Any] | RowMapping) -> Work:
    """The work in a row of the table."""
    kind, _, identity = row["key"].partition(":")
    if kind == "link":
        link_kind: LinkKind = row["kind"] if row["kind"] in get_args(LinkKind) else "page"
        return Link(identity, link_kind, row["title"], row["abstract"])
    return Paper(
        arxiv_id=identity,
        version=row["version"],
        title=row["title"],
        abstract=row["abstract"],
        authors=tuple(row["authors"]),
        categories=tuple(row["categories"]),
        published=row["published"],
        updated=row["updated"],
        announced=row["announced"],
        comments=row["comments"],
        journal_ref=row["journal_ref"],
        doi=row["doi"],
        license=row["license"],
    )
