"""
The papers of the sandbox, one a line in ``data/catalogue.jsonl``.

Ids, titles, names, categories and days of first announcement are facts, but some days are
estimated and names marked ``"authors_unchecked": true`` were written from memory. Abstracts, later
versions and citation counts are made up. Lines marked ``"invented": true`` are papers that do not
exist.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from sandbox.clock import moment
from sandbox.papers.calendar import announced_at


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a paper; the feed of the day ``announced`` shows it."""

    number: int
    announced: date
    submitted: datetime
    title: str
    authors: tuple[str, ...]
    abstract: str
    comment: str = ""
    journal_ref: str = ""
    doi: str = ""
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Crossing:
    """A category added on a later day."""

    announced: date
    category: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper with its versions in order; without ``cited``, Semantic Scholar lacks it."""

    id: str
    categories: tuple[str, ...]
    versions: tuple[Version, ...]
    crossings: tuple[Crossing, ...] = ()
    licence: str = ""
    cited: int | None = None

    @property
    def primary(self) -> str:
        return self.categories[0]

    @property
    def first(self) -> Version:
        return self.versions[0]

    def categories_on(self, day: date) -> tuple[str, ...]:
        added = (crossing.category for crossing in self.crossings if crossing.announced <= day)
        return (*self.categories, *added)

    def categories_at(self, now: datetime) -> tuple[str, ...]:
        added = (c.category for c in self.crossings if announced_at(c.announced) <= now)
        return (*self.categories, *added)

    def version_at(self, now: datetime, number: int | None = None) -> Version | None:
        """Return the newest announced version, or this number if it is announced."""
        seen = [v for v in self.versions if announced_at(v.announced) <= now]
        if number is not None:
            seen = [v for v in seen if v.number == number]
        return seen[-1] if seen else None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All papers by id, in the order of their ids."""

    papers: Mapping[str, Paper] = field(default_factory=dict)
    by_day: Mapping[date, tuple[Paper, ...]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Paper]:
        return iter(self.papers.values())

    def get(self, arxiv_id: str) -> Paper | None:
        return self.papers.get(arxiv_id)

    def on(self, day: date) -> tuple[Paper, ...]:
        """Return the papers with a version or a category announced on this day."""
        return self.by_day.get(day, ())

    def with_papers(self, papers: Iterable[Paper]) -> "Catalogue":
        """Return a catalogue with these papers added; existing papers stay."""
        more = {paper.id: paper for paper in papers}
        return catalogue([*{**more, **self.papers}.values()])


def catalogue(papers: Iterable[Paper]) -> Catalogue:
    ordered = sorted(papers, key=lambda paper: paper.id)
    by_day: dict[date, list[Paper]] = {}
    for paper in ordered:
        days = {version.announced for version in paper.versions}
        for announced in days | {crossing.announced for crossing in paper.crossings}:
            by_day.setdefault(announced, []).append(paper)
    return Catalogue(
        {paper.id: paper for paper in ordered},
        {announced: tuple(announced_papers) for announced, announced_papers in by_day.items()},
    )


def load(*, invented: bool = True) -> Catalogue:
    text = (files("sandbox") / "data" / "catalogue.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    return catalogue(read(line) for line in lines if invented or not line.get("invented"))


def read(line: Mapping[str, Any]) -> Paper:
    """Read one line; a later version holds only the fields that differ."""
    crossings = (
        Crossing(day(crossing["announced"]), crossing["category"])
        for crossing in _list(line, "crossed")
    )
    return Paper(
        id=line["id"],
        categories=tuple(line["categories"]),
        versions=_versions(line),
        crossings=tuple(crossings),
        licence=line.get("licence", ""),
        cited=line.get("cited"),
    )


def _versions(line: Mapping[str, Any]) -> tuple[Version, ...]:
    version = Version(
        number=1,
        announced=day(line["announced"]),
        submitted=moment(line["submitted"]),
        title=line["title"],
        authors=tuple(line["authors"]),
        abstract=line["abstract"],
        comment=line.get("comment", ""),
        journal_ref=line.get("journal_ref", ""),
        doi=line.get("doi", ""),
    )
    versions = [version]
    for fields in _list(line, "versions"):
        version = replace(version, number=version.number + 1, **_changes(fields))
        versions.append(version)
    return tuple(versions)


def _changes(fields: Mapping[str, Any]) -> dict[str, Any]:
    changes = dict(fields)
    changes["announced"] = day(fields["announced"])
    changes["submitted"] = moment(fields["submitted"])
    if "authors" in fields:
        changes["authors"] = tuple(fields["authors"])
    return changes


def _list(line: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    return list(line.get(key, []))


def day(text: str) -> date:
    return date.fromisoformat(text)
