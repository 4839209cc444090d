"""Papers of which somebody knows whether they belong in the list, and mostly where."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Labelled:
    """
    A paper and what is known of it.

    ``belongs`` is None where nobody said; ``section`` is None where the place is not known.
    """

    arxiv_id: str | None
    title: str
    abstract: str | None = None
    belongs: bool | None = None
    section: str | None = None


def once(papers: Iterable[Labelled]) -> list[Labelled]:
    """Each paper once, by its id: what is said of it first counts."""
    seen: set[str] = set()
    kept = []
    for paper in papers:
        if not paper.arxiv_id or paper.arxiv_id not in seen:
            kept.append(paper)
            seen.add(paper.arxiv_id or "")
    return kept
