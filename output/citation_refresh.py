"""
``listkeeper citations refresh``: asks for the counts that are due and updates the lists.

The report counts every paper and every pair once, so that the parts sum to the total.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from catalog.facts import Fact
from catalog.forms.counts import counts_in, shows_counts
from catalog.markdown.edits import apply_edits, replace_citations
from catalog.markdown.entry import Citation
from catalog.markdown.listfile import parse
from catalog.paper import Paper, bare_key, paper_key
from catalog.report import Report, keep
from catalog.store import Store
from config.form import Form
from output.list_writer import ListTarget, recover, write_list
from output.sparkline import sparkline
from pipelines.enrich.citations import appeared, next_due, pair_to_show, stays_higher
from pipelines.enrich.trends import Mover, movers, trends
from pipelines.workspace import Workspace, read

# Days that the summary looks back on, and the number of papers that it names.
LOOK_BACK_DAYS, MAX_MOVERS = 30, 5
# The outcomes for a paper, and their words in the report.
FATES = {
    "updated": "{} updated",
    "first": "{} with a first count",
    "unchanged": "{} unchanged",
    "uncited": "{} not cited yet",
    "not_due": "{} not due yet",
    "unknown": "{} unknown",
    "held": "{} held",
}
# Reported only where there are any.
OPTIONAL_FATES = {"uncited", "not_due"}
# Requests of one run, retries included; 10,000 papers need twenty when all goes well.
MAX_REQUESTS = 60
# More held counts than this at once are one accident of the service: the rest is a number.
MAX_HELD_LINES = 20
THANKS = "Citation counts from [Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)."


@dataclass(frozen=True, slots=True)
class ListUpdate:
    """
    A list file and its new citation pairs, by arXiv id.

    ``higher`` are pairs of another site that stay: (arXiv id, the listed count, the new count).
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
    budget: int | None = None,
) -> list[ListUpdate]:
    """
    Ask for the counts that are due and update the lists' pairs.

    ``budget`` is the number of requests at most; without one it is MAX_REQUESTS.
    """
    from pipelines.enrich.base import EnrichContext
    from pipelines.enrich.counts import ask_for_counts, held_counts

    recover(workspace, report)
    store, now = workspace.store, workspace.now
    papers = {paper.key: paper for path in paths for paper in _papers(store, read(path))}
    before = store.facts.latest("citations", papers)
    context = EnrichContext.of(workspace)
    asked = ask_for_counts(context, report, papers.values(), budget or MAX_REQUESTS)
    facts = store.facts.latest("citations", papers)
    forms = {workspace.list_path(rules).resolve(): rules.form for rules in workspace.lists}
    updates = [
        _update(path, facts, forms.get(path.resolve()), replace_others=replace_others)
        for path in paths
    ]
    report.notes += _shows_none(paths, forms)
    for update in updates:
        report.count("citations/pairs", len(update.pairs))
        if write and update.new != update.base:
            files = ((rules.list, workspace.list_path(rules)) for rules in workspace.lists)
            target = ListTarget(_list_name(update.path, files), update.path, "", now)
            write_list(store, target.intent("citations", update.base, update.new))
            report.files.append(str(update.path))
        report.notes += _attribution(update)
    waiting = {key: line for key, line in held_counts(store.facts).items() if key in papers}
    report.needs_person += _held_lines(list(waiting.values()))
    counts = count_papers(papers.keys(), before, facts, asked=asked, held=waiting.keys())
    report.counts |= {f"citations/{name}": number for name, number in counts.items()}
    report.notes.append(_summary(counts, asked=len(asked)))
    report.notes += _pair_lines(report.counts.get("citations/pairs", 0), updates, write=write)
    if papers:
        grown = trends(store.facts.history("citations"))
        since = now - timedelta(days=LOOK_BACK_DAYS)
        moved = movers([trend for key, trend in grown.items() if key in papers], since)
        report.counts["citations/movers"] = len(moved)
        report.notes += map(_mover_line, moved[:MAX_MOVERS])
        last = store.facts.asked("citations", "semanticscholar")
        report.notes.append(_next_line(papers, last, now))
    keep(store, report)
    return updates


def _papers(store: Store, data: bytes) -> Iterator[Paper]:
    """The papers of a list: as stored, or else as their entries have them."""
    entries = [entry for entry in parse(data).entries if entry.arxiv_id]
    by_key = store.works.get_many({paper_key(entry.arxiv_id or "") for entry in entries})
    for entry in entries:
        stored = by_key.get(paper_key(entry.arxiv_id or ""))
        if isinstance(stored, Paper):
            yield stored
        else:
            yield Paper(entry.arxiv_id or "", entry.version or 1, entry.title)


def _update(
    path: Path, facts: dict[str, Fact], form: Form | None, *, replace_others: bool
) -> ListUpdate:
    if form and _has_own_counts(form):
        return _update_in_form(path, facts, form, replace_others=replace_others)
    base = read(path)
    pairs: dict[str, Citation] = {}
    higher: list[tuple[str, int, int]] = []
    parsed = parse(base)
    for entry in () if parsed.foreign else parsed.entries:
        if entry.kind != "paper" or not entry.arxiv_id:
            continue
        shown = (entry.citation.count, entry.citation.url)
        fact = facts.get(paper_key(entry.arxiv_id or ""))
        if pair := pair_to_show(shown, fact, replace_others=replace_others):
            pairs[entry.arxiv_id] = Citation(*pair)
        elif not replace_others and fact and shown[0] and stays_higher(shown, fact):
            higher.append((entry.arxiv_id, shown[0], fact.count))
    new = replace_citations(base, pairs, name=str(path))
    return ListUpdate(path, base, new, pairs, tuple(higher))


def _has_own_counts(form: Form) -> bool:
    return not (form.is_plaza or form.is_read_only) and shows_counts(form)


def _update_in_form(
    path: Path, facts: dict[str, Fact], form: Form, *, replace_others: bool
) -> ListUpdate:
    """New counts where the list's own form has a place for them; nothing else changes."""
    base = read(path)
    pairs: dict[str, Citation] = {}
    higher: list[tuple[str, int, int]] = []
    edits: list[tuple[int, int, bytes]] = []
    for shown in counts_in(parse(base), form):
        fact = facts.get(paper_key(shown.arxiv_id))
        pair = pair_to_show((shown.count, None), fact, replace_others=replace_others)
        if pair and pair[0] != shown.count:
            pairs[shown.arxiv_id] = Citation(*pair)
            edits.append((shown.start, shown.end, str(pair[0]).encode()))
        elif (
            not replace_others and fact and shown.count and stays_higher((shown.count, None), fact)
        ):
            higher.append((shown.arxiv_id, shown.count, fact.count))
    return ListUpdate(path, base, apply_edits(base, edits, name=str(path)), pairs, tuple(higher))


def _shows_none(paths: Iterable[Path], forms: Mapping[Path, Form]) -> Iterator[str]:
    """A line for each list in another form without counts: its entries are not changed."""
    for path in paths:
        form = forms.get(path.resolve())
        if parse(read(path)).foreign and not (form and _has_own_counts(form)):
            yield f"{path.name} shows no citation counts here: they are kept for the digest"


def _list_name(path: Path, lists: Iterable[tuple[str, Path]]) -> str:
    """The configured name of a list file, else its file name."""
    return next((name for name, file in lists if file.resolve() == path.resolve()), path.name)


def _attribution(update: ListUpdate) -> Iterator[str]:
    """Semantic Scholar asks for credit where its counts are shown; curators write that line."""
    shown = any(pair.url and "semanticscholar.org" in pair.url for pair in update.pairs.values())
    if shown and b"[Semantic Scholar]" not in update.new:
        yield (
            f"{update.path.name} shows counts of Semantic Scholar without naming it; add under the "
            f"title or at the end: {THANKS}"
        )


def _held_lines(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:MAX_HELD_LINES]
    if len(lines) > MAX_HELD_LINES:
        more = len(lines) - MAX_HELD_LINES
        yield f"{more} more are held (`listkeeper citations show --held`)"


def count_papers(
    papers: Set[str],
    before: Mapping[str, Fact],
    facts: Mapping[str, Fact],
    *,
    asked: Set[str],
    held: Set[str],
) -> dict[str, int]:
    """The number of papers of each of FATES; each paper counts once."""
    fates = Counter(
        "held" if key in held else _fate(before.get(key), facts.get(key), asked=key in asked)
        for key in papers
    )
    return {name: fates[name] for name in FATES}


def _fate(before: Fact | None, now: Fact | None, *, asked: bool) -> str:
    """What became of a paper; a count of zero is no count yet."""
    if now is None:
        return "unknown"
    if not now.count:
        return "uncited"
    if not before or not before.count:
        return "first"
    if before.count != now.count:
        return "updated"
    return "unchanged" if asked else "not_due"


def _summary(counts: Mapping[str, int], *, asked: int) -> str:
    parts = [
        text.format(counts[name])
        for name, text in FATES.items()
        if counts[name] or name not in OPTIONAL_FATES
    ]
    return f"{sum(counts.values())} papers: {', '.join(parts)}; {asked} asked about"


def _pair_lines(pairs: int, updates: Iterable[ListUpdate], *, write: bool) -> Iterator[str]:
    """How many pairs of the lists change, and which pairs of other sites stay."""
    changed = "updated" if write else "would change (--write updates them)"
    yield f"{pairs} citation pairs of the lists {changed}"
    for arxiv_id, listed, new in [pair for update in updates for pair in update.higher]:
        yield (
            f"{arxiv_id}: the list keeps {listed} of another site; the new count is {new}"
            " (--replace-google-scholar replaces it)"
        )


def _mover_line(mover: Mover) -> str:
    name, line = bare_key(mover.trend.key), sparkline(mover.trend.levels())
    return f"{name}: {mover.before} -> {mover.after} (+{mover.gain}) {line}"


def _next_line(papers: Mapping[str, Paper], asked: Mapping[str, datetime], now: datetime) -> str:
    """The day on which the next counts are due, and of how many papers."""
    dates = [next_due(appeared(paper), asked.get(key), now).date() for key, paper in papers.items()]
    soonest = min(dates)
    return f"next due: {soonest:%A, %-d %B %Y} ({dates.count(soonest)} papers)"
