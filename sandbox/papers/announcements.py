"""arXiv's announcement of one day for the requested categories."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sandbox.papers.catalogue import Paper, Version
from sandbox.papers.categories import among

Kind = Literal["new", "cross", "replace", "replace-cross"]
ORDER: tuple[Kind, ...] = ("new", "cross", "replace", "replace-cross")
# arXiv's feeds leave out replacements of version 6 or higher.
LAST_VERSION = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One paper in a feed; its kind depends on the requested categories."""

    paper: Paper
    version: Version
    kind: Kind
    categories: tuple[str, ...]


def announced(
    papers: Iterable[Paper], day: date, requested: tuple[str, ...], limit: int
) -> list[Item]:
    """
    List the day's items: new, cross, replace, replace-cross, ascending ids in each.

    The limit works as arXiv's: rows are cut in the opposite order, so the new papers with the
    lowest ids vanish.
    """
    items = list(_items(papers, day, requested))
    items.sort(key=lambda item: item.paper.id, reverse=True)
    items.sort(key=lambda item: ORDER.index(item.kind), reverse=True)
    return sorted(items[:limit], key=lambda item: (ORDER.index(item.kind), item.paper.id))


def _items(papers: Iterable[Paper], day: date, requested: tuple[str, ...]) -> Iterator[Item]:
    for paper in papers:
        categories = paper.categories_on(day)
        shown = [version for version in paper.versions if version.announced <= day]
        if not shown or not among(categories, requested):
            continue
        if kind := _kind(paper, shown[-1], day, requested):
            yield Item(paper, shown[-1], kind, categories)


def _kind(paper: Paper, version: Version, day: date, requested: tuple[str, ...]) -> Kind | None:
    requested_primary = among([paper.primary], requested)
    today = version.announced == day
    if today and version.number == 1:
        return "new" if requested_primary else "cross"
    if any(
        crossing.announced == day and among([crossing.category], requested)
        for crossing in paper.crossings
    ):
        return "cross"
    if today and version.number <= LAST_VERSION:
        return "replace" if requested_primary else "replace-cross"
    return None
