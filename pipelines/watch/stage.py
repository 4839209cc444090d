"""The stage that watches listed works: dead links, moved pages, withdrawn papers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.address import Address, read_address
from catalog.errors import UsageTrouble
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper
from catalog.report import Report
from pipelines.watch.items import Known, WatchItem, items, linked
from pipelines.workspace import Workspace, read

if TYPE_CHECKING:
    from config.rules import ListRules


KINDS = ("withdrawn", "replaced", "title", "venue-words", "repository", "link")


@dataclass(frozen=True, slots=True)
class Watched:
    """A list file and what a person should look at in it."""

    path: Path
    items: tuple[WatchItem, ...]


def watched(workspace: Workspace, paths: Sequence[Path]) -> list[Watched]:
    """What to look at, by what is known already; nobody is asked."""
    files = [(path, parse(read(path))) for path in paths]
    keys = {f"arxiv:{one.arxiv_id}" for _, file in files for one in file.entries if one.arxiv_id}
    keys |= {one.address.key for _, file in files for one in linked(file)}
    known = _known(workspace, keys)
    return [Watched(path, tuple(items(file, known, workspace.now))) for path, file in files]


def _known(workspace: Workspace, keys: set[str]) -> Known:
    facts = workspace.store.facts
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
    return Known(
        facts={kind: facts.latest(kind, keys) for kind in KINDS},
        counts=counts,
        venues={fact.work_key: fact for fact in histories["venue"]},
        failed=failed,
        first=first,
        left={(fact.work_key, fact.source): fact.value for fact in histories["left"]},
    )


def watch(workspace: Workspace, report: Report, paths: Sequence[Path]) -> list[Watched]:
    """Look at what is due, then say what a person should look at."""
    from pipelines.watch.look import look_at

    papers: dict[str, Paper] = {}
    addresses: dict[str, Address] = {}
    for path in paths:
        parsed = parse(read(path))
        for entry in parsed.entries:
            if entry.arxiv_id:
                paper = Paper(entry.arxiv_id, entry.version or 1, entry.title)
                papers.setdefault(paper.key, paper)
        for one in linked(parsed):
            addresses.setdefault(one.address.key, one.address)
    look_at(workspace, report, papers, addresses)
    return watched(workspace, paths)


def watch_lines(workspace: Workspace, rules: "ListRules") -> tuple[str, ...]:
    """The items of a list in one line each, for the digest and the status."""
    path = workspace.list_path(rules)
    return tuple(
        line for one in watched(workspace, [path]) for line in summary_lines(one, f"{path.name}:")
    )


def month_begins(week: str) -> bool:
    """Whether this ISO week (2024-W45) is the first of its month to begin on a Monday."""
    from datetime import date

    year, _, number = week[:8].partition("-W")
    return date.fromisocalendar(int(year), int(number), 1).day <= 7


def summary_lines(one: Watched, where: str) -> Iterator[str]:
    for item in one.items:
        yield f"{where}{item.line}: {item.kind}: {item.what}: {item.evidence}; {_do(item)}"


def _do(item: WatchItem) -> str:
    return f"`{item.do}`" if item.do.startswith("listkeeper ") else item.do


def leave(workspace: Workspace, report: Report, found: Sequence[Watched], what: str) -> None:
    """Note that a person has seen the items of a work or address, and leaves it as it is."""
    address = read_address(what)
    left = {
        item.kind: item
        for one in found
        for item in one.items
        if address is not None and item.key == address.key
    }
    if not left:
        raise UsageTrouble("--ignore", f"no finding about {what}", "see `watch`")
    for item in left.values():
        workspace.store.facts.record(
            Fact(item.key, "left", item.value, item.kind, None, workspace.now)
        )
        report.notes.append(f"{item.what}: left as it is, until something else is found")
