"""The work in a row of the store, whole or trimmed, and a sighting of one."""

from dataclasses import fields
from datetime import UTC, datetime
from operator import itemgetter
from typing import get_args

from catalog.paper import Link, LinkKind, Paper, Work, bare_key
from catalog.rows.values import NamedValues
from catalog.sightings import Sighting

# Names of counts. The one of changes never goes down: it numbers them.
WORKS, TRIMMED, CHANGES = "number of works", "number of trimmed works", "number of changes"
# Stands for a time that is kept already: SQLite needs no room for the number 0.
SAME = datetime(1970, 1, 1, tzinfo=UTC)
_SIGHTING = itemgetter(*(field.name for field in fields(Sighting)))


def trimmed_paper(row: NamedValues) -> Paper:
    """The paper in a row of the trimmed ones, without what was given up."""
    return Paper(
        arxiv_id=bare_key(row["key"]),
        version=row["version"],
        title=row["title"],
        published=row["published"],
        updated=row["published"] if row["updated"] == SAME else row["updated"],
        announced=row["announced"],
    )


def work_of(row: NamedValues) -> Work:
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


def sighting_of(row: NamedValues) -> Sighting:
    """The sighting in a row; its columns are called as the fields are."""
    return Sighting(*_SIGHTING(row))
