"""
``listkeeper citations``: counts of the papers in the lists, kept like accounts.

One request for up to 500 papers of all lists together. Unknown is never zero, a failure changes
nothing, a suspicious fall waits for a person, and the list's diff is citation pairs and nothing
else. What is known afterwards is in ``citation_history.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from catalog.markdown.edits import replace_citations
from catalog.markdown.entry import Citation
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper
from catalog.store.digests import hash_of
from catalog.store.intents import Intent
from cli.citation_history import movers_command, show_command
from cli.citation_summary import count_papers, tell_movers, tell_next
from cli.lists import files_or_configured, read
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, echo_json, keep, show
from cli.world import World
from cli.writing import recover, write_list
from output.patch import patch
from pipelines.enrich.citations import pair_to_show, stays_higher

# Requests of one run, those asked again included; 10,000 papers need twenty when all goes well.
BUDGET = 60
# Held counts that are told one by one: more of them at once are one accident of the service.
LINES = 20
THANKS = "Citation counts from [Semantic Scholar](https://www.semanticscholar.org/?utm_source=api)."


@dataclass(frozen=True, slots=True)
class Change:
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
    count_papers(report, papers.keys(), before, facts, asked=asked, held=waiting.keys())
    _pairs(report, changes, write=write)
    if papers:
        tell_movers(world, report, papers.keys())
        tell_next(world, report, papers)
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
    higher: list[tuple[str, int, int]] = []
    for entry in parse(base).entries:
        if entry.kind != "paper" or not entry.arxiv_id:
            continue
        shown = (entry.citation.count, entry.citation.url)
        fact = facts.get(f"arxiv:{entry.arxiv_id}")
        if pair := pair_to_show(shown, fact, replace_others=replace_others):
            pairs[entry.arxiv_id] = Citation(*pair)
        elif not replace_others and fact and shown[0] and stays_higher(shown, fact):
            higher.append((entry.arxiv_id, shown[0], fact.count))
    new = replace_citations(base, pairs, name=str(path))
    return Change(path, base, new, pairs, tuple(higher))


def _intent(world: World, change: Change) -> Intent:
    name = next(
        (r.list for r in world.lists if world.list_path(r).resolve() == change.path.resolve()),
        change.path.name,
    )
    return Intent("citations", name, str(change.path), change.base, change.new, (), world.now)


def _pairs(report: Report, changes: list[Change], *, write: bool) -> None:
    """How many pairs of the lists change, and which of other sites stay."""
    pairs = report.counts.get("citations/pairs", 0)
    changed = "changed" if write else "would change (--write changes them)"
    report.notes.append(f"{pairs} pairs of the lists {changed}")
    for arxiv_id, theirs, ours in [one for change in changes for one in change.higher]:
        report.notes.append(
            f"{arxiv_id}: the list shows {theirs} of another site, ours is {ours}: kept"
            " (--replace-google-scholar replaces it)"
        )


def _attribution(report: Report, change: Change) -> None:
    """Semantic Scholar asks to be named where its counts are shown; a person writes that line."""
    shown = any(pair.url and "semanticscholar.org" in pair.url for pair in change.pairs.values())
    if shown and b"[Semantic Scholar]" not in change.new:
        report.notes.append(
            f"{change.path.name} shows counts of Semantic Scholar and does not name it yet; write,"
            f" under the title or at the end: {THANKS}"
        )


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
