"""What arXiv announces on one day to whoever asks for some categories."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sandbox.catalogue import Paper, Version
from sandbox.categories import among

Kind = Literal["new", "cross", "replace", "replace-cross"]
ORDER: tuple[Kind, ...] = ("new", "cross", "replace", "replace-cross")
# arXiv's feeds leave out replacements of version 6 or higher.
LAST_VERSION = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One paper in a feed; its kind depends on the categories that were asked for."""

    paper: Paper
    version: Version
    kind: Kind
    categories: tuple[str, ...]


def announced(papers: Iterable[Paper], day: date, asked: tuple[str, ...], limit: int) -> list[Item]:
    """
    List the day's items: new, cross, replace, replace-cross, ascending ids in each.

    The limit is arXiv's: rows are cut in the opposite order, so that it is the new papers
    with the lowest ids that vanish.
    """
    items = list(_items(papers, day, asked))
    items.sort(key=lambda item: item.paper.id, reverse=True)
    items.sort(key=lambda item: ORDER.index(item.kind), reverse=True)
    return sorted(items[:limit], key=lambda item: (ORDER.index(item.kind), item.paper.id))


def _items(papers: Iterable[Paper], day: date, asked: tuple[str, ...]) -> Iterator[Item]:
    for paper in papers:
        categories = paper.categories_on(day)
        shown = [version for version in paper.versions if version.announced <= day]
        if not shown or not among(categories, asked):
            continue
        if kind := _kind(paper, shown[-1], day, asked):
            yield Item(paper, shown[-1], kind, categories)


def _kind(paper: Paper, version: Version, day: date, asked: tuple[str, ...]) -> Kind | None:
    ours = among([paper.primary], asked)
    today = version.announced == day
    if today and version.number == 1:
        return "new" if ours else "cross"
    if any(one.announced == day and among([one.category], asked) for one in paper.crossings):
        return "cross"
    if today and version.number <= LAST_VERSION:
        return "replace" if ours else "replace-cross"
    return None
