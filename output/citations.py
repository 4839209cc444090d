"""
What a refresh of citations says at its end: what became of every paper and of every pair.

The parts sum to the whole, so that nobody has to ask where a paper went.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from catalog.markdown.edits import replace_citations
from catalog.markdown.entry import Citation
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper, bare_key, paper_key
from catalog.report import Report, keep
from catalog.store.intents import Intent
from output.list_writer import recover, write_list
from output.sparkline import sparkline
from pipelines.enrich.citations import appeared, next_due, pair_to_show, stays_higher
from pipelines.enrich.trends import movers, trends
from pipelines.workspace import Workspace, read

# What the summary looks back on (days), and how many movers it names.
LOOK_BACK, NAMED = 30, 5
# What can become of a paper, and how a person reads it.
FATES = {
    "updated": "{} updated",
    "first": "{} with a first count",
    "unchanged": "{} unchanged",
    "uncited": "{} not cited yet",
    "not_due": "{} not due yet",
    "unknown": "{} unknown",
    "held": "{} held",
}
# Told only where there are any.
SELDOM = {"uncited", "not_due"}

# Requests of one run, those asked again included; 10,000 papers need twenty when all goes well.
MAX_REQUESTS = 60
# Held counts that are told one by one: more of them at once are one accident of the service.
LINES = 20
THANKS = "Citation counts from [Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)."


def count_papers(
    report: Report,
    papers: Set[str],
    before: Mapping[str, Fact],
    facts: Mapping[str, Fact],
    *,
    asked: Set[str],
    held: Set[str],
) -> None:
    """Count each paper once, by what became of it."""
    fates = Counter(
        "held" if key in held else _fate(before.get(key), facts.get(key), asked=key in asked)
        for key in papers
    )
    for name in FATES:
        report.counts[f"citations/{name}"] = fates[name]
    parts = [
        said.format(fates[name])
        for name, said in FATES.items()
        if fates[name] or name not in SELDOM
    ]
    report.notes.append(f"{len(papers)} papers: {', '.join(parts)}; {len(asked)} asked about")


def _fate(before: Fact | None, now: Fact | None, *, asked: bool) -> str:
    """A known zero counts as no real count yet."""
    if now is None:
        return "unknown"
    if not now.count:
        return "uncited"
    if not before or not before.count:
        return "first"
    if before.count != now.count:
        return "updated"
    return "unchanged" if asked else "not_due"


def tell_movers(workspace: Workspace, report: Report, papers: Set[str]) -> None:
    """Who grew most of late."""
    known = trends(workspace.store.facts.history("citations"))
    since = workspace.now - timedelta(days=LOOK_BACK)
    moved = movers([trend for key, trend in known.items() if key in papers], since)
    report.counts["citations/movers"] = len(moved)
    for mover in moved[:NAMED]:
        name, line = bare_key(mover.trend.key), sparkline(mover.trend.levels())
        report.notes.append(f"{name}: {mover.before} -> {mover.after} (+{mover.gain}) {line}")


def tell_next(workspace: Workspace, report: Report, papers: Mapping[str, Paper]) -> None:
    """When the next look is due."""
    last = workspace.store.facts.asked("citations", "semanticscholar")
    dates = [
        next_due(appeared(paper), last.get(key), workspace.now).date()
        for key, paper in papers.items()
    ]
    soonest = min(dates)
    report.notes.append(f"next due: {soonest:%A, %-d %B %Y} ({dates.count(soonest)} papers)")


@dataclass(frozen=True, slots=True)
class ListUpdate:
    """
    A list file and what its citation pairs should become.

    ``higher`` are pairs of another site that stay: (arXiv id, their count, ours).
    """

    path: Path
    base: bytes
    new: bytes
    pairs: dict[str, Citation]
    higher: tuple[tuple[str, int, int], ...]


def refresh(
    workspace: Workspace,
    report: Report,
    paths: list[Path],
    *,
    write: bool,
    replace_others: bool = False,
    budget: int = MAX_REQUESTS,
) -> list[ListUpdate]:
    """Ask for what is due, then bring the lists' pairs up to date with what is known."""
    from pipelines.enrich.base import EnrichContext
    from pipelines.enrich.counts import ask_for_counts, held_counts

    recover(workspace, report)
    papers = {paper.key: paper for path in paths for paper in _papers(workspace, read(path))}
    before = workspace.store.facts.latest("citations", papers)
    asked = ask_for_counts(EnrichContext.of(workspace), report, papers.values(), budget)
    facts = workspace.store.facts.latest("citations", papers)
    changes = [_change(path, facts, replace_others=replace_others) for path in paths]
    for change in changes:
        report.count("citations/pairs", len(change.pairs))
        if write and change.new != change.base:
            write_list(workspace, _intent(workspace, change))
            report.files.append(str(change.path))
        _attribution(report, change)
    waiting = {
        key: told for key, told in held_counts(workspace.store.facts).items() if key in papers
    }
    report.needs_person += list(waiting.values())[:LINES]
    if len(waiting) > LINES:
        more = f"{len(waiting) - LINES} more are held (`listkeeper citations show --held`)"
        report.needs_person.append(more)
    count_papers(report, papers.keys(), before, facts, asked=asked, held=waiting.keys())
    _pairs(report, changes, write=write)
    if papers:
        tell_movers(workspace, report, papers.keys())
        tell_next(workspace, report, papers)
    keep(workspace.store, report)
    return changes


def _papers(workspace: Workspace, data: bytes) -> Iterator[Paper]:
    """The papers of a list; what the store knows of one, else what its entry says."""
    entries = [entry for entry in parse(data).entries if entry.arxiv_id]
    known = workspace.store.works.get_many({paper_key(entry.arxiv_id or "") for entry in entries})
    for entry in entries:
        stored = known.get(paper_key(entry.arxiv_id or ""))
        if isinstance(stored, Paper):
            yield stored
        else:
            yield Paper(entry.arxiv_id or "", entry.version or 1, entry.title)


def _change(path: Path, facts: dict[str, Fact], *, replace_others: bool) -> ListUpdate:
    base = read(path)
    pairs: dict[str, Citation] = {}
    higher: list[tuple[str, int, int]] = []
    for entry in parse(base).entries:
        if entry.kind != "paper" or not entry.arxiv_id:
            continue
        shown = (entry.citation.count, entry.citation.url)
        fact = facts.get(paper_key(entry.arxiv_id))
        if pair := pair_to_show(shown, fact, replace_others=replace_others):
            pairs[entry.arxiv_id] = Citation(*pair)
        elif not replace_others and fact and shown[0] and stays_higher(shown, fact):
            higher.append((entry.arxiv_id, shown[0], fact.count))
    new = replace_citations(base, pairs, name=str(path))
    return ListUpdate(path, base, new, pairs, tuple(higher))


def _intent(workspace: Workspace, change: ListUpdate) -> Intent:
    name = next(
        (
            r.list
            for r in workspace.lists
            if workspace.list_path(r).resolve() == change.path.resolve()
        ),
        change.path.name,
    )
    return Intent("citations", name, str(change.path), change.base, change.new, (), workspace.now)


def _pairs(report: Report, changes: list[ListUpdate], *, write: bool) -> None:
    """How many pairs of the lists change, and which of other sites stay."""
    pairs = report.counts.get("citations/pairs", 0)
    changed = "changed" if write else "would change (--write changes them)"
    report.notes.append(f"{pairs} pairs of the lists {changed}")
    for arxiv_id, theirs, ours in [one for change in changes for one in change.higher]:
        report.notes.append(
            f"{arxiv_id}: the list shows {theirs} of another site, ours is {ours}: kept"
            " (--replace-google-scholar replaces it)"
        )


def _attribution(report: Report, change: ListUpdate) -> None:
    """Semantic Scholar asks to be named where its counts are shown; a person writes that line."""
    shown = any(pair.url and "semanticscholar.org" in pair.url for pair in change.pairs.values())
    if shown and b"[Semantic Scholar]" not in change.new:
        report.notes.append(
            f"{change.path.name} shows counts of Semantic Scholar and does not name it yet; write,"
            f" under the title or at the end: {THANKS}"
        )
