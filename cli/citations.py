"""
``listkeeper citations``: counts of the papers in the lists, kept like accounts.

One request for up to 500 papers. Unknown is never zero, a failure changes nothing, a suspicious
fall waits for a person, and the list's diff is citation pairs and nothing else.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click

from catalog.entry import Citation
from catalog.errors import UsageTrouble
from catalog.list_edits import replace_citations
from catalog.listfile import parse
from catalog.paper import Fact, Paper
from catalog.store import Intent
from catalog.store.digests import hash_of
from cli.apply import diff
from cli.enrich import count_citations
from cli.lists import files_or_configured, read
from cli.lock import lock
from cli.options import with_world
from cli.report import Report, echo_json, keep, show
from cli.world import World
from cli.writing import recover, write_list
from pipelines.citations import pair_to_show


@dataclass(frozen=True, slots=True)
class Change:
    """A list file and what its citation pairs should become."""

    path: Path
    base: bytes
    new: bytes
    pairs: dict[str, Citation]


def refresh(
    world: World, report: Report, paths: list[Path], *, write: bool, replace_others: bool
) -> list[Change]:
    """Ask for what is due, then bring the lists' pairs up to date with what is known."""
    recover(world, report)
    papers = {paper.key: paper for path in paths for paper in _papers(world, read(path))}
    count_citations(world, report, papers.values())
    facts = world.store.facts.latest("citations", papers)
    changes = [_change(path, facts, replace_others=replace_others) for path in paths]
    for change in changes:
        report.count("citations/pairs", len(change.pairs))
        if write and change.new != change.base:
            write_list(world, _intent(world, change))
            report.files.append(str(change.path))
    _summary(world, report, papers, facts, write=write)
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
    world: World, report: Report, papers: dict[str, Paper], facts: dict[str, Fact], *, write: bool
) -> None:
    held = [fact for fact in world.store.facts.held("citations") if fact.work_key in papers]
    unknown = len(papers) - len(facts)
    report.counts["citations/unknown"] = unknown
    report.notes.append(
        f"{len(papers)} papers: {len(facts)} known, {unknown} unknown, {len(held)} held; "
        f"{report.counts.get('citations/pairs', 0)} pairs of the lists "
        + ("changed" if write else "would change (--write changes them)")
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
@with_world
def refresh_command(
    world: World,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    write: bool,
    replace_google_scholar: bool,
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
        )
    change = "\n".join(filter(None, (diff(c.base, c.new, c.path.name) for c in changes)))
    if as_json:
        hashes = {str(c.path): hash_of(c.new if write else c.base) for c in changes}
        echo_json(report.as_json() | {"diff": change, "hashes": hashes})
        return report.exit_code
    if change:
        click.echo(change)
    return show(report, as_json=False)


@citations_group.command("show")
@click.argument("paper", required=False, metavar="[ID]")
@click.option("--held", is_flag=True, help="Only counts that wait for a person.")
@click.option("--release", is_flag=True, help="Believe the held count of ID.")
@click.option("--drop", is_flag=True, help="Keep the count before the held one of ID.")
@with_world
def show_command(
    world: World, *, as_json: bool, paper: str | None, held: bool, release: bool, drop: bool
) -> int:
    """Show counts with source and date; with ID its whole history."""
    if release or drop:
        with lock(world.state, "citations show"):
            _decide(world, paper, believe=release)
    facts = world.store.facts.held("citations") if held else _history(world, paper)
    if as_json:
        echo_json([_row(fact) for fact in facts])
        return 0
    if not facts:
        click.echo("none is held" if held else f"no count of {paper or 'any paper'} is known")
    for fact in facts:
        mark = "  held" if fact.held else ""
        identity = fact.work_key.partition(":")[2]
        click.echo(f"{identity:<12} {fact.count:>6}  {fact.source}, {fact.seen_at:%Y-%m-%d}{mark}")
    return 0


def _decide(world: World, paper: str | None, *, believe: bool) -> None:
    """A person's word on a held count: from now on it counts, or the one before does."""
    waiting = {fact.work_key: fact for fact in world.store.facts.held("citations")}
    key = f"arxiv:{paper}"
    if key not in waiting:
        known = ", ".join(sorted(k.partition(":")[2] for k in waiting)) or "none"
        raise UsageTrouble("citations show", f"no count of {paper} is held", f"held: {known}")
    chosen = waiting[key] if believe else world.store.facts.latest("citations", [key])[key]
    world.store.facts.record(
        Fact(key, "citations", chosen.value, chosen.source, chosen.url, world.now)
    )


def _history(world: World, paper: str | None) -> list[Fact]:
    key = f"arxiv:{paper}" if paper else None
    return [fact for fact, _ in world.store.facts.history("citations", key)]


def _row(fact: Fact) -> dict[str, object]:
    return {
        "arxiv_id": fact.work_key.partition(":")[2],
        "count": fact.count,
        "source": fact.source,
        "url": fact.url,
        "seen_at": fact.seen_at.isoformat(),
        "held": fact.held,
    }


@citations_group.command("movers")
@click.option("--since", default="30d", metavar="DAYS", show_default=True, help="e.g. 30d")
@with_world
def movers_command(world: World, *, as_json: bool, since: str) -> int:
    """Show the papers whose counts grew most."""
    moved = sorted(_movers(world, world.now - _span(since)), key=lambda row: -int(str(row["gain"])))
    if as_json:
        echo_json(moved)
        return 0
    for row in moved[:20]:
        click.echo(f"{row['arxiv_id']:<12} {row['from']:>6} -> {row['to']:>6}  (+{row['gain']})")
    if not moved:
        click.echo(f"no count changed since {world.now - _span(since):%-d %B %Y}")
    return 0


def _span(text: str) -> timedelta:
    if not text.removesuffix("d").isdigit():
        raise UsageTrouble("--since", f"{text!r} is no number of days", "write e.g. 30d")
    return timedelta(days=int(text.removesuffix("d")))


def _movers(world: World, since: datetime) -> Iterator[dict[str, object]]:
    """Papers with two counts of one source, the later one since then; sources are never mixed."""
    series: dict[tuple[str, str], list[Fact]] = {}
    for fact, _ in world.store.facts.history("citations"):
        if not fact.held:
            series.setdefault((fact.work_key, fact.source), []).append(fact)
    for (key, source), facts in series.items():
        before = [fact for fact in facts if fact.seen_at < since] or facts[:1]
        if facts[-1].seen_at >= since and facts[-1].count > before[-1].count:
            yield {
                "arxiv_id": key.partition(":")[2],
                "source": source,
                "from": before[-1].count,
                "to": facts[-1].count,
                "gain": facts[-1].count - before[-1].count,
            }
