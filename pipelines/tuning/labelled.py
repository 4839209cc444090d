"""
Papers of which somebody knows whether they belong in the list, and mostly where.

Gathers the papers on which rules are measured: whose place in the list somebody knows.

From files that are named; else from what is there: the list's own entries, what people decided,
and the file beside the rules (``efficient-llm.labelled.jsonl`` beside ``efficient-llm.yaml``).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from catalog.paper import Paper
from catalog.rows import read_file
from config.rules import ListRules
from pipelines.workspace import Workspace

# Works of the store that are looked at beside labelled papers: the newest of so many days.
RECENT = timedelta(days=30)
MOST_RECENT = 4_000
OPINION = {"accept": True, "move": True, "star": True, "reject": False}


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
    unique = []
    for paper in papers:
        if not paper.arxiv_id or paper.arxiv_id not in seen:
            unique.append(paper)
            seen.add(paper.arxiv_id or "")
    return unique


class LabelFiles(NamedTuple):
    """What was named on the command line."""

    positives: Path | None = None
    negatives: Path | None = None
    abstracts: Path | None = None
    pool: Path | None = None


class LabelledPapers(NamedTuple):
    """Labelled papers, and others of which nobody knows; and what is said of both in a line."""

    papers: list[Labelled]
    pool: list[Labelled]
    source: str
    pool_source: str


def gather(workspace: Workspace, rules: ListRules, files: LabelFiles) -> LabelledPapers:
    """The papers to measure on, each once, with the best abstract that is known."""
    if files.positives or files.negatives:
        papers, source = list(_named(files)), "the files given"
    else:
        papers, source = _known(workspace, rules)
    pool = _rows(files.pool, None) if files.pool else _recent(workspace)
    pool_source = str(files.pool) if files.pool else f"the last {RECENT.days} days of the store"
    without_abstract = {paper.arxiv_id for paper in papers if paper.abstract is None}
    texts = {paper.arxiv_id: paper.abstract for paper in pool}
    if files.abstracts:
        rows = read_file(files.abstracts)
        texts |= {row.arxiv_id: row.abstract for row in rows if row.arxiv_id in without_abstract}
    papers = [
        paper if paper.abstract else replace(paper, abstract=_abstract(texts, paper))
        for paper in papers
    ]
    return LabelledPapers(papers, pool, source, pool_source)


def _abstract(texts: dict[str | None, str | None], paper: Labelled) -> str | None:
    return texts.get(paper.arxiv_id) if paper.arxiv_id else None


def _named(files: LabelFiles) -> Iterator[Labelled]:
    """Rows are taken as they stand, each for itself: a row in both files counts in both."""
    if files.positives:
        yield from _rows(files.positives, belongs=True)
    if files.negatives:
        yield from _rows(files.negatives, belongs=False)


def _rows(path: Path, belongs: bool | None) -> list[Labelled]:  # noqa: FBT001
    return [
        Labelled(row.arxiv_id, row.title, row.abstract, belongs, row.section)
        for row in read_file(path)
    ]


def _known(workspace: Workspace, rules: ListRules) -> tuple[list[Labelled], str]:
    labelled_file = rules.path.with_suffix(".labelled.jsonl")
    parts = {
        "of the list": list(_entries(workspace, rules)),
        "decided": list(_decided(workspace, rules)),
        f"of {labelled_file.name}": list(_beside(labelled_file)) if labelled_file.is_file() else [],
    }
    papers = once(paper for part in parts.values() for paper in part)
    papers = _with_abstracts(workspace, papers)
    source = ", ".join(f"{len(part):,} {name}" for name, part in parts.items() if part)
    repeated = sum(map(len, parts.values())) - len(papers)
    if repeated:
        # 15 and 3,069 make 3,069 where the 15 are among them: each paper counts once.
        source += f"; {repeated:,} of them twice, so {len(papers):,} papers"
    return papers, source or "no labelled paper"


def _entries(workspace: Workspace, rules: ListRules) -> Iterator[Labelled]:
    from catalog.markdown.listfile import parse

    for entry in parse(workspace.list_path(rules).read_bytes()).entries:
        if entry.arxiv_id:
            yield Labelled(entry.arxiv_id, entry.title, None, belongs=True, section=entry.section)


def _beside(path: Path) -> Iterator[Labelled]:
    """Rows with a section are in the list; rows without one are not."""
    for row in read_file(path):
        belongs = row.section is not None
        yield Labelled(row.arxiv_id, row.title, row.abstract, belongs, row.section)


def _decided(workspace: Workspace, rules: ListRules) -> Iterator[Labelled]:
    if not _has_store(workspace):
        return
    latest = workspace.store.decisions.latest(rules.list)
    works = workspace.store.works.get_many(latest)
    for key, decision in latest.items():
        work, belongs = works.get(key), OPINION.get(decision.act)
        if isinstance(work, Paper) and belongs is not None:
            section = decision.section if belongs else None
            yield Labelled(work.arxiv_id, work.title, work.abstract, belongs, section)


def _with_abstracts(workspace: Workspace, papers: list[Labelled]) -> list[Labelled]:
    if not _has_store(workspace):
        return papers
    stored = workspace.store.works.get_many(_keys(papers))
    return [
        replace(paper, abstract=paper.abstract or getattr(stored_work, "abstract", None))
        if (stored_work := stored.get(f"arxiv:{paper.arxiv_id}"))
        else paper
        for paper in papers
    ]


def _keys(papers: Iterable[Labelled]) -> Collection[str]:
    return {f"arxiv:{paper.arxiv_id}" for paper in papers if paper.arxiv_id and not paper.abstract}


def _recent(workspace: Workspace) -> list[Labelled]:
    """The newest papers of the store."""
    if not _has_store(workspace):
        return []
    sighted = workspace.store.works.sighted((workspace.now - RECENT).date())
    newest = sorted(
        sighted, key=lambda sighting: (sighting.seen_at, sighting.work_key), reverse=True
    )
    keys = list(dict.fromkeys(sighting.work_key for sighting in newest))[:MOST_RECENT]
    works = workspace.store.works.get_many(keys)
    papers = (works[key] for key in keys if key in works)
    return [
        Labelled(paper.arxiv_id, paper.title, paper.abstract)
        for paper in papers
        if isinstance(paper, Paper)
    ]


def _has_store(workspace: Workspace) -> bool:
    """Looking at rules creates no store."""
    return (workspace.state / "listkeeper.db").exists()
