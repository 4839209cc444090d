"""The stage that watches listed works: dead links, moved pages, withdrawn papers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.address import Address, read_typed
from catalog.errors import UsageTrouble
from catalog.facts import Fact
from catalog.markdown.listfile import parse
from catalog.paper import Paper, paper_key
from catalog.plural import counted
from catalog.report import Report
from pipelines.watch.items import StoredFacts, WatchItem, items, linked
from pipelines.workspace import Workspace, read

if TYPE_CHECKING:
    from catalog.rows.glance import FactRows, Glance
    from catalog.store import Store
    from catalog.store.facts import Facts
    from catalog.store.runs import Runs


KINDS = ("withdrawn", "replaced", "title", "venue-words", "repository", "link")


@dataclass(frozen=True, slots=True)
class Watched:
    """A list file and what a person should look at in it."""

    path: Path
    items: tuple[WatchItem, ...]


def watched(store: "Store | Glance", paths: Sequence[Path], now: datetime) -> list[Watched]:
    """What to look at, from stored facts; nobody is asked."""
    files = [(path, parse(read(path))) for path in paths]
    keys = {
        paper_key(entry.arxiv_id) for _, file in files for entry in file.entries if entry.arxiv_id
    }
    keys |= {link.address.key for _, file in files for link in linked(file)}
    stored = _stored_facts(store.facts, keys)
    return [Watched(path, tuple(items(file, stored, now))) for path, file in files]


def _stored_facts(facts: "Facts | FactRows", keys: set[str]) -> StoredFacts:
    histories = {
        kind: [fact for fact, _ in facts.history(kind) if fact.work_key in keys]
        for kind in ("citations", "venue", "title", "left")
    }
    counts: dict[str, list[Fact]] = {}
    for fact in histories["citations"]:
        counts.setdefault(fact.work_key, []).append(fact)
    first = {}
    for fact in [*reversed(histories["citations"]), *reversed(histories["title"])]:
        first[fact.source, fact.work_key] = fact.seen_at
    failed = {
        miss.work_key: miss
        for kind in ("link", "repository")
        for miss in facts.misses(kind)
        if miss.reason == "failed"
    }
    return StoredFacts(
        facts={kind: facts.latest(kind, keys) for kind in KINDS},
        counts=counts,
        venues={fact.work_key: fact for fact in histories["venue"]},
        failed=failed,
        first=first,
        left={(fact.work_key, fact.source): fact.value for fact in histories["left"]},
    )


def watch(workspace: Workspace, report: Report, paths: Sequence[Path]) -> list[Watched]:
    """Look at works and addresses that are due, then return what needs a person's look."""
    from pipelines.enrich.base import EnrichContext
    from pipelines.watch.look import look_at

    papers: dict[str, Paper] = {}
    addresses: dict[str, Address] = {}
    for path in paths:
        parsed = parse(read(path))
        for entry in parsed.entries:
            if entry.arxiv_id:
                paper = Paper(entry.arxiv_id, entry.version or 1, entry.title)
                papers.setdefault(paper.key, paper)
        for link in linked(parsed):
            addresses.setdefault(link.address.key, link.address)
    look_at(
        EnrichContext.of(workspace),
        report,
        papers,
        addresses,
        pages_base=workspace.pages_base,
        policy_for=workspace.policy_for,
    )
    return watched(workspace.store, paths, workspace.now)


def untold(
    runs: "Runs", report: Report, results: Sequence[Watched], shown: Callable[[Path], str]
) -> list[WatchItem]:
    """
    The items that need a person and were not told by the last run; the report keeps all of them.

    What that run told of other files stays told, in a copy of the folder, too: ``shown`` names a
    file so that it's the same there. An item that was gone for a run is new again.
    """
    last = runs.recent(report.command, most=1)
    rows = last[0].report.get("findings", ()) if last else ()
    # Former versions wrote the whole path.
    told = [(shown(Path(path)), *row) for path, *row in rows]
    paths = {shown(result.path) for result in results}
    urgent = {
        (shown(result.path), item.kind, item.key, item.value): item
        for result in results
        for item in result.items
        if item.needs
    }
    kept = {row for row in told if row[0] not in paths} | urgent.keys()
    report.findings = sorted(map(list, kept))
    return [item for row, item in urgent.items() if row not in told]


def sum_up(report: Report, results: Sequence[Watched], new: Sequence[WatchItem]) -> None:
    """Count the findings in the report, and say whether one that is new needs a person."""
    items = [item for result in results for item in result.items]
    urgent = sum(item.needs for item in items)
    for item in items:
        report.count(f"watch/{item.kind}", 1)
    if new:
        verb = "needs" if len(new) == 1 else "need"
        report.needs_person.append(
            f"{counted(len(new), 'entry or link', 'entries and links')} {verb} a look"
        )
    if urgent > len(new):
        old = counted(urgent - len(new), "finding")
        report.notes.append(f"{old} reported before (`--ignore` ends that, `--fix` repairs)")
    news = len(items) - urgent
    if news:
        report.notes.append(f"{counted(news, 'finding')} for information only")
    if not items:
        report.notes.append("no findings")


def watch_lines(store: "Store", path: Path, now: datetime) -> tuple[str, ...]:
    """The items of a list in one line each, for the digest and the status."""
    return tuple(
        line
        for file in watched(store, [path], now)
        for line in summary_lines(file, f"{path.name}:")
    )


def month_begins(week: str) -> bool:
    """Whether this ISO week (2024-W45) is the first of its month to begin on a Monday."""
    year, _, number = week[:8].partition("-W")
    return date.fromisocalendar(int(year), int(number), 1).day <= 7


def summary_lines(file: Watched, where: str) -> Iterator[str]:
    for item in file.items:
        yield f"{where}{item.line}: {item.kind}: {item.what}: {item.evidence}; {_do(item)}"


def _do(item: WatchItem) -> str:
    return f"`{item.do}`" if item.do.startswith("listkeeper ") else item.do


def leave(
    facts: "Facts", report: Report, files: Sequence[Watched], what: str, now: datetime
) -> None:
    """Note that a person leaves the items of a work or address as they are."""
    address = read_typed(what)
    left = {
        item.kind: item
        for file in files
        for item in file.items
        if address is not None and item.key == address.key
    }
    if not left:
        raise UsageTrouble("--ignore", f"no finding about {what}", "see `watch`")
    facts.record(*(Fact(it.key, "left", it.value, it.kind, None, now) for it in left.values()))
    for item in left.values():
        report.notes.append(f"{item.what}: left as it is, until something changes")
