"""
``listkeeper watch``: whether what is listed is still what it was when it was listed.

A command of its own, beside ``run`` and ``citations refresh``: it goes to the wire, while ``list``
and its commands stay at home. Every address is looked at once in four weeks, one that fails on the
next day; what is found are items for a person, and no file is changed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.address import Address, read_address
from catalog.errors import UsageTrouble
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper
from cli.lists import files_or_configured, read
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, echo_json, show
from cli.report import keep as keep_report
from cli.world import World
from output.escape import terminal
from pipelines.watch.items import Item, Known, items, linked

if TYPE_CHECKING:
    from config.rules import ListRules


KINDS = ("withdrawn", "replaced", "title", "venue-words", "repository", "link")


@dataclass(frozen=True, slots=True)
class Watched:
    """A list file and what a person should look at in it."""

    path: Path
    items: tuple[Item, ...]


def watched(world: World, paths: Sequence[Path]) -> list[Watched]:
    """What to look at, by what is known already; nobody is asked."""
    files = [(path, parse(read(path))) for path in paths]
    keys = {f"arxiv:{one.arxiv_id}" for _, file in files for one in file.entries if one.arxiv_id}
    keys |= {one.address.key for _, file in files for one in linked(file)}
    known = _known(world, keys)
    return [Watched(path, tuple(items(file, known, world.now))) for path, file in files]


def _known(world: World, keys: set[str]) -> Known:
    facts = world.store.facts
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


def watch(world: World, report: Report, paths: Sequence[Path]) -> list[Watched]:
    """Look at what is due, then say what a person should look at."""
    from cli.watch_looks import look_at

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
    look_at(world, report, papers, addresses)
    return watched(world, paths)


def watch_lines(world: World, rules: "ListRules") -> tuple[str, ...]:
    """The items of a list in one line each, for the digest and the status."""
    path = world.list_path(rules)
    return tuple(line for one in watched(world, [path]) for line in _lines(one, f"{path.name}:"))


def month_begins(week: str) -> bool:
    """Whether this ISO week (2024-W45) is the first of its month to begin on a Monday."""
    from datetime import date

    year, _, number = week[:8].partition("-W")
    return date.fromisocalendar(int(year), int(number), 1).day <= 7


def _lines(one: Watched, where: str) -> Iterator[str]:
    for item in one.items:
        yield f"{where}{item.line}: {item.kind}: {item.what}: {item.evidence}; {_do(item)}"


def _do(item: Item) -> str:
    return f"`{item.do}`" if item.do.startswith("listkeeper ") else item.do


def leave(world: World, report: Report, found: Sequence[Watched], what: str) -> None:
    """Note that a person has seen the items of a work or address, and leaves it as it is."""
    address = read_address(what)
    left = {
        item.kind: item
        for one in found
        for item in one.items
        if address is not None and item.key == address.key
    }
    if not left:
        raise UsageTrouble("--leave", f"nothing is to be looked at about {what}", "see `watch`")
    for item in left.values():
        world.store.facts.record(Fact(item.key, "left", item.value, item.kind, None, world.now))
        report.notes.append(f"{item.what}: left as it is, until something else is found")


@click.command("watch")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--no-look", is_flag=True, help="Ask nobody; show what is known.")
@click.option("--leave", "left", metavar="ID|URL", help="Do not tell this again.")
@click.option("--fix", "kind", metavar="NAME", help="Mend: moved, title, dead, or venue.")
@click.option("--only", "which", multiple=True, metavar="ID|URL", help="With --fix: of this alone.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the diff, write nothing.")
@with_world
def watch_command(
    world: World,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    no_look: bool,
    left: str | None,
    kind: str | None,
    which: tuple[str, ...],
    dry_run: bool,
) -> int:
    """
    Look whether papers, repositories and links of the list are still as they were.

    Ends with 1 where something is withdrawn, renamed, moved or dead. No file is changed but with
    --fix: new addresses, arXiv's titles, dead links taken away, venues written in.
    """
    paths = files_or_configured(world, files)
    if kind is not None:
        from cli.watch_fix import fix

        return fix(world, paths, kind, only=which, dry_run=dry_run, as_json=as_json)
    if which or dry_run:
        raise UsageTrouble("watch", "--only and --dry-run go with --fix", "name what to mend")
    report = Report("watch", world.now)
    with lock(world.state, "watch"):
        if left is not None:
            leave(world, report, watched(world, paths), left)
        found = watched(world, paths) if no_look or left else watch(world, report, paths)
        _sum_up(report, found)
        if not no_look and left is None:
            keep_report(world.store, report)
    if as_json:
        rows = [
            {"file": str(one.path)} | {k: v for k, v in asdict(item).items() if k != "value"}
            for one in found
            for item in one.items
        ]
        echo_json(report.as_json() | {"items": rows})
        return report.exit_code
    for one in found:
        for line in _lines(one, f"{one.path}:"):
            click.echo(terminal(line))
    return show(report, as_json=False)


def _sum_up(report: Report, found: Sequence[Watched]) -> None:
    every = [item for one in found for item in one.items]
    needing = sum(item.needs for item in every)
    for item in every:
        report.count(f"watch/{item.kind}", 1)
    if needing:
        report.needs_person.append(f"{needing} of the list's entries and links need a look")
    news = len(every) - needing
    if news:
        report.notes.append(f"{news} {'is' if news == 1 else 'are'} only news")
    if not every:
        report.notes.append("nothing to look at")
