"""
``listkeeper citations``: counts of the papers in the lists, kept like accounts.

One request for up to 500 papers of all lists together. Unknown is never zero, a failure changes
nothing, a suspicious fall waits for a person, and the list's diff is citation pairs and nothing
else. What is known afterwards is in ``citation_history.py``.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import click

from catalog.entry import Citation
from catalog.list_edits import replace_citations
from catalog.listfile import parse
from catalog.paper import Fact, Paper
from catalog.store import Intent
from catalog.store.digests import hash_of
from cli.citation_history import movers_command, show_command
from cli.lists import files_or_configured, read
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, echo_json, keep, show
from cli.world import World
from cli.writing import recover, write_list
from output.patch import patch
from output.sparkline import sparkline
from pipelines.citations import appeared, next_due, pair_to_show
from pipelines.trend import movers, trends

# Requests of one run, those asked again included; 10,000 papers need twenty when all goes well.
BUDGET = 60
# What the summary looks back on (days), and how many movers it names.
LOOK_BACK, NAMED = 30, 5
# Held counts that are told one by one: more of them at once are one accident of the service.
LINES = 20
THANKS = "Citation counts from [Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)."


@dataclass(frozen=True, slots=True)
class Change:
    """A list file and what its citation pairs should become."""

    path: Path
    base: bytes
    new: bytes
    pairs: dict[str, Citation]


def refresh(
    world: World,
    report: Report,
    paths: list[Path],
    *,
    write: bool,
    replace_others: bool = False,
    budget: int = BUDGET,
) -> list[Change]:
    """Ask for what is due, then bring the lists' pairs up to date with what is known."""
    from cli.counts import ask_for_counts, held

    recover(world, report)
    papers = {paper.key: paper for path in paths for paper in _papers(world, read(path))}
    before = world.store.facts.latest("citations", papers)
    asked = ask_for_counts(world, report, papers.values(), budget)
    facts = world.store.facts.latest("citations", papers)
    changes = [_change(path, facts, replace_others=replace_others) for path in paths]
    for change in changes:
        report.count("citations/pairs", len(change.pairs))
        if write and change.new != change.base:
            write_list(world, _intent(world, change))
            report.files.append(str(change.path))
        _attribution(report, change)
    waiting = {key: told for key, told in held(world).items() if key in papers}
    report.needs_person += list(waiting.values())[:LINES]
    if len(waiting) > LINES:
        more = f"{len(waiting) - LINES} more are held (`listkeeper citations show --held`)"
        report.needs_person.append(more)
    report.counts["citations/held"] = len(waiting)
    _summary(report, before, facts, asked, len(papers), waiting.keys())
    pairs = report.counts.get("citations/pairs", 0)
    changed = "changed" if write else "would change (--write changes them)"
    report.notes.append(f"{pairs} pairs of the lists {changed}")
    _movers_and_next(world, report, papers)
    keep(world.store, report)
    return changes


def _papers(world: World, data: bytes) -> Iterator[Paper]:
    """The papers of a list; what the store knows of one, else what its entry says."""
    entries = [entry for entry in parse(data).entries if entry.arxiv_id]
    known = world.store.works.get_many({f"arxiv:{entry.arxiv_id}" for entry in entries})
    for entry in entries:
        stored = known.get(f"arxiv:{entry.arxiv_id}")
        if isinstance(stored, Paper):
            yield stored
        else:
            yield Paper(entry.arxiv_id or "", entry.version or 1, entry.title)


def _change(path: Path, facts: dict[str, Fact], *, replace_others: bool) -> Change:
    base = read(path)
    pairs: dict[str, Citation] = {}
    for entry in parse(base).entries:
        if entry.kind == "paper" and entry.arxiv_id:
            shown = (entry.citation.count, entry.citation.url)
            fact = facts.get(f"arxiv:{entry.arxiv_id}")
            pair = pair_to_show(shown, fact, replace_others=replace_others)
            if pair:
                pairs[entry.arxiv_id] = Citation(*pair)
    return Change(path, base, replace_citations(base, pairs, name=str(path)), pairs)


def _intent(world: World, change: Change) -> Intent:
    name = next(
        (r.list for r in world.lists if world.list_path(r).resolve() == change.path.resolve()),
        change.path.name,
    )
    return Intent("citations", name, str(change.path), change.base, change.new, (), world.now)


def _summary(
    report: Report,
    before: dict[str, Fact],
    facts: dict[str, Fact],
    asked: set[str],
    number: int,
    held: Set[str],
) -> None:
    """What became of the papers; a known zero counts as no real count yet."""
    changed = {key for key, fact in facts.items() if fact.count != _count(before.get(key))}
    first = {key for key in changed if not _count(before.get(key)) and facts[key].count}
    told = {
        "updated": len(changed - first - (facts.keys() - before.keys())),
        "first": len(first),
        "unchanged": len((asked & facts.keys()) - changed - held),
        "unknown": number - len(facts),
    }
    for name, count in told.items():
        report.counts[f"citations/{name}"] = count
    report.notes.append(
        f"{number} papers: {told['updated']} updated, {told['first']} with a first count, "
        f"{told['unchanged']} unchanged, {told['unknown']} unknown, "
        f"{report.counts['citations/held']} held; {len(asked)} asked about"
    )


def _count(fact: Fact | None) -> int | None:
    return fact.count if fact else None


def _movers_and_next(world: World, report: Report, papers: dict[str, Paper]) -> None:
    """Who grew most, and when the next look is due."""
    if not papers:
        return
    known = trends(world.store.facts.history("citations"))
    since = world.now - timedelta(days=LOOK_BACK)
    moved = movers([trend for key, trend in known.items() if key in papers], since)
    report.counts["citations/movers"] = len(moved)
    for mover in moved[:NAMED]:
        name, line = mover.trend.key.partition(":")[2], sparkline(mover.trend.levels())
        report.notes.append(f"{name}: {mover.before} -> {mover.after} (+{mover.gain}) {line}")
    last = world.store.facts.asked("citations", "semanticscholar")
    dates = [
        next_due(appeared(paper), last.get(key), world.now).date() for key, paper in papers.items()
    ]
    soonest = min(dates)
    report.notes.append(f"next due: {soonest:%A, %-d %B %Y} ({dates.count(soonest)} papers)")


def _attribution(report: Report, change: Change) -> None:
    """Semantic Scholar asks to be named where its counts are shown; a person writes that line."""
    shown = any(pair.url and "semanticscholar.org" in pair.url for pair in change.pairs.values())
    if shown and b"[Semantic Scholar]" not in change.new:
        report.notes.append(f"{change.path.name} does not name the source yet; add: {THANKS}")


@click.group("citations")
def citations_group() -> None:
    """Refresh and show citation counts."""


@citations_group.command("refresh")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Change the files; without it the diff is shown.")
@click.option(
    "--replace-google-scholar",
    is_flag=True,
    help="Replace pairs of Google Scholar by lower counts too.",
)
@click.option(
    "--budget",
    default=BUDGET,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Requests at most; what is left is first in the next run.",
)
@with_world
def refresh_command(
    world: World,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    write: bool,
    replace_google_scholar: bool,
    budget: int,
) -> int:
    """Ask Semantic Scholar for the counts that are due, and update the lists."""
    report = Report("citations refresh", world.now)
    with lock(world.state, "citations refresh"):
        changes = refresh(
            world,
            report,
            files_or_configured(world, files),
            write=write,
            replace_others=replace_google_scholar,
            budget=budget,
        )
    change = "".join(patch(c.base, c.new, c.path.name) for c in changes)
    if as_json:
        hashes = {str(c.path): hash_of(c.new if write else c.base) for c in changes}
        echo_json(report.as_json() | {"diff": change, "hashes": hashes})
        return report.exit_code
    if change:
        click.echo(change, nl=False)
    return show(report, as_json=False)


citations_group.add_command(show_command)
citations_group.add_command(movers_command)
