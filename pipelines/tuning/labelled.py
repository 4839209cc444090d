"""
Labelled papers: the ones that rules are measured on.

They come from the files given on the command line. Without any, they come from the list's own
entries, the decisions in the store, and the labelled file next to the rules
(``efficient-llm.labelled.jsonl`` next to ``efficient-llm.yaml``).
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from catalog.address import read_address
from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.paper import Paper, paper_key
from catalog.paper_rows import read_file
from config.patterns import lazy_regex
from config.rules import ListRules, resolve_list_file
from pipelines.tuning.freshness import first_listed

if TYPE_CHECKING:
    from catalog.facts import Decision
    from catalog.markdown.entry import Entry
    from catalog.rows.glance import Glance
    from catalog.store import Store
    from pipelines.workspace import Workspace


# The default pool: papers first seen in this period, at most so many of them.
POOL_PERIOD = timedelta(days=30)
MAX_POOL_PAPERS = 4_000
# Whether a paper belongs in the list, by the act somebody decided on.
BELONGS = {"accept": True, "move": True, "star": True, "reject": False}
# Reasons to reject a paper whose topic is right: they teach the order, and no words.
OF_ORDER = lazy_regex(
    r"\b(?:too incremental|incremental only|duplicates?|ha(?:ve|s) (?:a )?better"
    r"|better ones?|already (?:listed|in the list|there|have)|superseded)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """
    A paper and its label.

    ``belongs`` is None for a paper without a label, ``section`` is None where the place is unknown.
    ``labelled_at`` is the moment of the label, None where nobody knows it.
    """

    arxiv_id: str | None
    title: str
    abstract: str | None = None
    belongs: bool | None = None
    section: str | None = None
    labelled_at: datetime | None = None


class LabelFiles(NamedTuple):
    """The files given on the command line."""

    positives: Path | None = None
    negatives: Path | None = None
    abstracts: Path | None = None
    pool: Path | None = None


class LabelledPapers(NamedTuple):
    """Labelled papers and a pool of unlabelled ones, with a phrase that says where each is from."""

    papers: list[Labelled]
    pool: list[Labelled]
    source: str
    pool_source: str


@dataclass(frozen=True, slots=True)
class PaperSources:
    """
    Where papers come from when no file is given.

    ``root`` is the folder of the list files. ``open_store`` and ``glance``, which is quick and
    enough for works and decisions, return None if there is no store yet: looking at rules doesn't
    create one. The pool ends at ``now``.
    """

    root: Path
    now: datetime
    open_store: "Callable[[], Store | None]"
    glance: "Callable[[], Store | Glance | None]"

    @classmethod
    def of(cls, workspace: "Workspace") -> "PaperSources":
        return cls(
            workspace.root,
            workspace.now,
            lambda: workspace.existing_store,
            lambda: workspace.glance if workspace.has_store else None,
        )

    def first_judged(self, list_name: str, fingerprint: str) -> datetime | None:
        """When these words first judged a work, by the store; None if it doesn't know them."""
        store = self.open_store()
        return store.verdicts.first_judged(list_name, fingerprint) if store else None


def gather(
    sources: PaperSources, rules: ListRules, files: LabelFiles, *, dated: bool = False
) -> LabelledPapers:
    """
    The papers to measure on, with abstracts where one of the sources has them.

    With ``dated`` git is asked when each entry was first committed. Decisions, and rows of files
    with ``first_added``, have their dates anyway.
    """
    if files.positives or files.negatives:
        papers, source = list(_named(files)), "the files given"
    else:
        papers, source = _default_papers(sources, rules, dated=dated)
    pool = _rows(files.pool, None) if files.pool else _recent(sources)
    pool_source = (
        str(files.pool) if files.pool else f"the last {POOL_PERIOD.days} days of the store"
    )
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


def text_named(
    what: str, sources: PaperSources, lists: Iterable[ListRules], files: LabelFiles
) -> tuple[str, str | None]:
    """
    The title and abstract that an id, an address or a title names; a title has no abstract.

    UsageTrouble for an id or address that is in none of the files.
    """
    address = read_address(what) if "://" in what else None
    arxiv_id = ArxivId.parse(what)
    if arxiv_id is None and address is None:
        return what, None
    key = address.key if address else paper_key(arxiv_id.base if arxiv_id else "")
    text = find_text(sources, lists, files, key)
    if text is None:
        raise UsageTrouble(
            what,
            "is in neither the store nor the list, nor in a file of labels",
            "name its file (--pool FILE.jsonl), give its title, or pass title and abstract to the "
            "input of: rules explain -",
        )
    return text


def find_text(
    sources: PaperSources, lists: Iterable[ListRules], files: LabelFiles, key: str
) -> tuple[str, str | None] | None:
    """
    The title and abstract of a work, from wherever rules are measured on it; None if unknown.

    The store comes first, then the files given, the labelled rows, and the list. The first text
    with an abstract counts, else the first title.
    """
    texts = _texts_of_store(sources, key)
    for path in filter(None, files):
        texts += _texts_in(path, key)
    for rules in lists:
        labelled_file = rules.path.with_suffix(".labelled.jsonl")
        texts += _texts_in(labelled_file, key) if os.path.lexists(labelled_file) else []
        texts += _titles_in(resolve_list_file(sources.root, rules), key)
    return next((text for text in texts if text[1]), texts[0] if texts else None)


def _texts_of_store(sources: PaperSources, key: str) -> list[tuple[str, str | None]]:
    store = sources.glance()
    work = store.works.get(key) if store else None
    if work is None:
        return []
    from catalog.store.verdicts import text_of

    return [text_of(work)]


def _texts_in(path: Path, key: str) -> list[tuple[str, str | None]]:
    rows = read_file(path)
    return [(row.title, row.abstract) for row in rows if paper_key(_base(row.arxiv_id)) == key]


def _titles_in(path: Path, key: str) -> list[tuple[str, str | None]]:
    from catalog.markdown.listfile import parse

    entries = parse(path.read_bytes()).entries
    return [(entry.title, None) for entry in entries if key in _keys_of(entry)]


def _keys_of(entry: "Entry") -> Iterator[str]:
    if entry.arxiv_id:
        yield paper_key(entry.arxiv_id)
    address = read_address(entry.url) if entry.url else None
    if address:
        yield address.key


def _named(files: LabelFiles) -> Iterator[Labelled]:
    """Every row as it is: a paper in both files counts in both."""
    if files.positives:
        yield from _rows(files.positives, belongs=True)
    if files.negatives:
        yield from _rows(files.negatives, belongs=False)


def _rows(path: Path, belongs: bool | None) -> list[Labelled]:  # noqa: FBT001
    return [
        Labelled(row.arxiv_id, row.title, row.abstract, belongs, row.section, row.first_added)
        # Nothing may have been rejected yet.
        for row in read_file(path, may_be_empty=belongs is False)
    ]


def _default_papers(
    sources: PaperSources, rules: ListRules, *, dated: bool
) -> tuple[list[Labelled], str]:
    labelled_file = rules.path.with_suffix(".labelled.jsonl")
    entries = list(_entries(sources.root, rules))
    rows = list(_labelled_rows(labelled_file)) if os.path.lexists(labelled_file) else []
    unknown: list[str] = []
    if dated:
        entries = _dated(entries, resolve_list_file(sources.root, rules), unknown)
        entries = _dated_by_decisions(entries, sources.glance(), rules.list)
        rows = _dated(rows, labelled_file, unknown)
    parts = {
        "of the list": entries,
        "decided": list(_decided(sources.glance(), rules.list)),
        f"of {labelled_file.name}": rows,
    }
    papers = once(paper for part in parts.values() for paper in part)
    papers = _with_abstracts(sources.glance(), papers)
    source = ", ".join(f"{len(part):,} {name}" for name, part in parts.items() if part)
    repeated = sum(map(len, parts.values())) - len(papers)
    if repeated:
        # The parts overlap: 15 decided papers may all be among 3,069 entries.
        source += f"; {repeated:,} counted twice, so {len(papers):,} papers"
    return papers, "; ".join((source or "no labelled paper", *unknown))


def _dated(papers: list[Labelled], path: Path, unknown: list[str]) -> list[Labelled]:
    """The papers of a file, with the moment when git first had each; ``unknown`` takes why not."""
    if all(paper.labelled_at for paper in papers):
        return papers
    first, why = first_listed(path)
    unknown += [why] if why else []
    return [
        paper if paper.labelled_at else replace(paper, labelled_at=first.get(_base(paper.arxiv_id)))
        for paper in papers
    ]


def _dated_by_decisions(
    entries: list[Labelled], store: "Store | Glance | None", list_name: str
) -> list[Labelled]:
    """
    Entries that git cannot date, with the moment when somebody accepted them.

    Such an entry stands in the list because of its decision, and git knows it after a commit only.
    """
    if store is None or all(entry.labelled_at for entry in entries):
        return entries
    latest = store.decisions.latest(list_name)
    accepted = {key: last.at for key, last in latest.items() if last.act == "accept"}
    return [
        entry
        if entry.labelled_at
        else replace(entry, labelled_at=accepted.get(paper_key(entry.arxiv_id or "")))
        for entry in entries
    ]


def _base(text: str | None) -> str:
    """An id without its version."""
    arxiv_id = ArxivId.parse(text or "")
    return arxiv_id.base if arxiv_id else ""


def _entries(root: Path, rules: ListRules) -> Iterator[Labelled]:
    from catalog.markdown.listfile import parse

    for entry in parse(resolve_list_file(root, rules).read_bytes()).entries:
        if entry.arxiv_id:
            yield Labelled(entry.arxiv_id, entry.title, None, belongs=True, section=entry.section)


def _decided(store: "Store | Glance | None", list_name: str) -> Iterator[Labelled]:
    if store is None:
        return
    latest = store.decisions.latest(list_name)
    works = store.works.get_many(latest)
    for key, decision in latest.items():
        work, belongs = works.get(key), BELONGS.get(decision.act)
        if isinstance(work, Paper) and belongs is not None and _teaches_words(decision):
            section = decision.section if belongs else None
            yield Labelled(work.arxiv_id, work.title, work.abstract, belongs, section, decision.at)


def _teaches_words(decision: "Decision") -> bool:
    """
    Whether a decision says something about the topic of a paper.

    One that was rejected as too incremental, or because a better one is listed, has the right
    words: it would teach the rules to keep its topic out.
    """
    return decision.act != "reject" or not OF_ORDER.search(decision.reason)


def _labelled_rows(path: Path) -> Iterator[Labelled]:
    """Rows with a section belong in the list, rows without one don't."""
    for row in read_file(path):
        belongs = row.section is not None
        yield Labelled(row.arxiv_id, row.title, row.abstract, belongs, row.section, row.first_added)


def _with_abstracts(store: "Store | Glance | None", papers: list[Labelled]) -> list[Labelled]:
    if store is None:
        return papers
    stored = store.works.get_many(_keys(papers))
    return [
        replace(paper, abstract=paper.abstract or getattr(stored_work, "abstract", None))
        if (stored_work := stored.get(paper_key(paper.arxiv_id or "")))
        else paper
        for paper in papers
    ]


def _keys(papers: Iterable[Labelled]) -> Collection[str]:
    return {paper_key(paper.arxiv_id) for paper in papers if paper.arxiv_id and not paper.abstract}


def _recent(sources: PaperSources) -> list[Labelled]:
    """The newest papers of the store."""
    store = sources.glance()
    if store is None:
        return []
    sighted = store.works.sighted((sources.now - POOL_PERIOD).date())
    newest = sorted(
        sighted, key=lambda sighting: (sighting.seen_at, sighting.work_key), reverse=True
    )
    keys = list(dict.fromkeys(sighting.work_key for sighting in newest))[:MAX_POOL_PAPERS]
    works = store.works.get_many(keys)
    papers = (works[key] for key in keys if key in works)
    return [
        Labelled(paper.arxiv_id, paper.title, paper.abstract)
        for paper in papers
        if isinstance(paper, Paper)
    ]


def _abstract(texts: dict[str | None, str | None], paper: Labelled) -> str | None:
    return texts.get(paper.arxiv_id) if paper.arxiv_id else None


def once(papers: Iterable[Labelled]) -> list[Labelled]:
    """
    Papers without repeats, by arXiv id: the first one wins.

    It gets the date of its oldest label, and none if one of its labels has none.
    """
    unique: dict[str | int, Labelled] = {}
    for number, paper in enumerate(papers):
        known = unique.setdefault(paper.arxiv_id or number, paper)
        if known is not paper and known.labelled_at:
            unique[paper.arxiv_id or number] = replace(
                known, labelled_at=_oldest(known.labelled_at, paper.labelled_at)
            )
    return list(unique.values())


def _oldest(first: datetime, second: datetime | None) -> datetime | None:
    return second and min(first, second)
