"""
One paper out of many sightings: whatever order they come in, the same paper results.

The newest version speaks; what it does not say is taken from the older one. Of two tellings of
the same version the longer wins (the query API knows comments and full names, a feed does not).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeVar

from catalog.paper import Link, Paper, Work

Time = TypeVar("Time", date, datetime)


def merge(old: Work, new: Work) -> Work:
    """What is known of a work after a further sighting of it."""
    if isinstance(old, Paper) and isinstance(new, Paper):
        return _merge_papers(old, new)
    if isinstance(old, Link) and isinstance(new, Link):
        return _merge_links(old, new)
    return new


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


def _first(newer: str | None, older: str | None) -> str | None:
    return newer or older


def _longer(one: str | None, other: str | None) -> str | None:
    return max(one or "", other or "", key=lambda text: (len(text), text)) or None


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
