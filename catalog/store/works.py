"""
Works and the sightings of them.

One paper out of many sightings: whatever order they come in, the same paper results.

The newest version speaks; what it does not say is taken from the older one. Of two tellings of
the same version the longer wins (the query API knows comments and full names, a feed does not).
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
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
    """What a batch of sightings was: works never seen before, changed ones, and the rest."""

    new: int = 0
    updated: int = 0
    known: int = 0


class Works:
    """Every work ever sighted, once, as its newest version says."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, found: Sequence[Found]) -> Saved:
        """Keep a batch of sightings, merged into what is known. Twice is once."""
        with self._database.begin():
            before = self.get_many({item.work.key for item in found})
            first_seen = self._first_seen(before)
            after = dict(before)
            for item in found:
                old = after.get(item.work.key)
                after[item.work.key] = item.work if old is None else merge(old, item.work)
                seen = item.sighting.seen_at
                first_seen[item.work.key] = min(first_seen.get(item.work.key, seen), seen)
            last_seen = {item.work.key: item.sighting.seen_at for item in found}
            rows = [
                _row(work, first_seen[key], last_seen[key])
                for key, work in after.items()
                if key in last_seen
            ]
            self._database.upsert(works, rows, ["key"])
            self._save_sightings([item.sighting for item in found])
        new = sum(key not in before for key in after)
        updated = sum(key in before and before[key] != work for key, work in after.items())
        return Saved(new, updated, len(after) - new - updated)

    def _save_sightings(self, seen: Iterable[Sighting]) -> None:
        # Within one batch a feed may repeat itself; the last of equal sightings is kept.
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

    def _first_seen(self, known: Collection[str]) -> dict[str, datetime]:
        with self._database.read() as connection:
            return {
                key: moment
                for some in _chunks(known)
                for key, moment in connection.execute(
                    select(works.c.key, works.c.first_seen).where(works.c.key.in_(some))
                )
            }

    def get_many(self, keys: Collection[str]) -> dict[str, Work]:
        """The works of these keys, as far as they are known."""
        with self._database.read() as connection:
            return {
                row["key"]: work_of(row)
                for some in _chunks(keys)
                for row in connection.execute(select(works).where(works.c.key.in_(some))).mappings()
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
        """The newest version of each work that ``source`` told of when it was asked by id."""
        with self._database.read() as connection:
            return {
                key: version
                for some in _chunks(keys)
                for key, version in connection.execute(
                    select(sightings.c.work_key, func.max(sightings.c.version))
                    .where(sightings.c.source == source, sightings.c.announce_type == "mention")
                    .where(sightings.c.work_key.in_(some))
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
    """What is known of a work after a further sighting of it."""
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


def _longer(one: str | None, other: str | None) -> str | None:
    return max(one or "", other or "", key=lambda text: (len(text), text)) or None


def _first(newer: str | None, older: str | None) -> str | None:
    return newer or older


def _fuller(newer: tuple[str, ...], older: tuple[str, ...], *, same: bool) -> tuple[str, ...]:
    if not same:
        return newer or older
    return max(newer, older, key=lambda names: (len(names), _size(names), names))


def _size(names: Sequence[str]) -> int:
    return sum(map(len, names))


def _earliest(one: Time | None, other: Time | None) -> Time | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known, default=None)


def _latest(one: Time | None, other: Time | None) -> Time | None:
    known = [moment for moment in (one, other) if moment is not None]
    return max(known, default=None)


def _merge_links(old: Link, new: Link) -> Link:
    """
    What was told first stands, so that two sources that tell it differently do not take turns.

    A kind says more than "page"; a longer description that begins alike says more, too.
    """
    known, told = old.description or "", new.description or ""
    return Link(
        old.url,
        new.kind if old.kind == "page" else old.kind,
        old.title or new.title,
        (told if told.startswith(known) else known) or None,
    )


def text_digest(title: str, abstract: str | None) -> str:
    """Tells whether a work still says what was judged."""
    return hashlib.sha256(f"{title}\0{abstract or ''}".encode()).hexdigest()


def work_of(row: RowMapping) -> Work:
    """The work that a row of the table says."""
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
