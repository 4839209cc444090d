"""
``listkeeper citations``: counts of the papers in the lists, kept like accounts.

One request for up to 500 papers of all lists together. Unknown is never zero, a failure changes
nothing, a suspicious fall waits for a person, and the list's diff is citation pairs and nothing
else. What is known afterwards is in ``citation_history.py``.

``citations show`` and ``movers``: what is known of the counts, since when, and from whom.

A held count is released or dropped here, by a person; nothing else in the program does it.
"""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import click

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper, bare_key, paper_key
from catalog.report import Report
from catalog.store.digests import hash_of
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import echo_json, show
from output.charts import draw_growth, draw_movers
from output.citations import MAX_REQUESTS, refresh
from output.escape import terminal
from output.patch import patch
from output.sparkline import sparkline, spoken
from pipelines.enrich.citations import source_name
from pipelines.enrich.counts import decide_held
from pipelines.enrich.trends import Mover, Trend, movers, trends
from pipelines.workspace import Workspace, read

# How many movers a person sees, and how many lines of a picture can be told apart.
SHOWN, DRAWN = 20, 7

_plot = click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it into FILE, .png or .svg.",
)


@click.command("show")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--held", is_flag=True, help="Only counts that wait for a person.")
@click.option("--release", is_flag=True, help="Believe the held counts of these IDs.")
@click.option("--drop", is_flag=True, help="Keep the counts before the held ones of these IDs.")
@click.option("--section", metavar="NAME", help="Only papers of this section of the lists.")
@_plot
@with_workspace
def show_command(
    workspace: Workspace,
    *,
    as_json: bool,
    ids: tuple[str, ...],
    held: bool,
    release: bool,
    drop: bool,
    section: str | None,
    plot: Path | None,
) -> int:
    """
    Show counts with source, date and trend; with IDs their whole history.

    --held --release and --held --drop decide on every count that waits.
    """
    keys = [_key(text) for text in ids]
    if release or drop:
        if release and drop:
            raise UsageTrouble("citations show", "--release and --drop exclude each other")
        decided = decide_held(
            workspace.store, workspace.state, keys, workspace.now, every=held, believe=release
        )
        for line in () if as_json else decided:
            click.echo(line)
        if held and not keys and not as_json:
            return 0
    known = trends(workspace.store.facts.history("citations"))
    chosen = _of_section(workspace, section) if section is not None else set(keys or known)
    if plot is not None:
        draw_growth(
            plot,
            section or ", ".join(ids) or "all papers",
            [trend for key, trend in known.items() if key in chosen],
        )
    facts = _facts(workspace, keys, held=held)
    if section is not None:
        facts = [fact for fact in facts if fact.work_key in chosen]
    if as_json:
        echo_json([_row(fact, known.get(fact.work_key)) for fact in facts])
        return 0
    if not facts:
        click.echo("none is held" if held else f"no count of {' '.join(ids) or 'any paper'} known")
    titles = {} if keys else _titles(workspace, [fact.work_key for fact in facts])
    for fact in facts:
        told = titles.get(fact.work_key, "")
        _print(fact, known.get(fact.work_key), told, whole=bool(keys))
    return 0


def _key(text: str) -> str:
    parsed = ArxivId.parse(text)
    if parsed is None:
        raise UsageTrouble("citations show", f"{text!r} is no arXiv id", "write e.g. 2411.04965")
    return paper_key(parsed.base)


def _facts(workspace: Workspace, keys: list[str], *, held: bool) -> list[Fact]:
    """The whole history of these papers, else the newest of every paper."""
    store = workspace.store.facts
    if held:
        return [fact for fact in store.held("citations") if not keys or fact.work_key in keys]
    if keys:
        return [fact for key in keys for fact, _ in store.history("citations", key)]
    everybody = {fact.work_key for fact, _ in store.history("citations")}
    waiting = {fact.work_key: fact for fact in store.held("citations")}
    newest = store.latest("citations", everybody) | waiting
    return [newest[key] for key in sorted(newest)]


def _print(fact: Fact, trend: Trend | None, title: str, *, whole: bool) -> None:
    line = "" if trend is None or whole else f"{sparkline(trend.levels()):<12}  "
    mark = "  held" if fact.held else ""
    name = bare_key(fact.work_key)
    told = f"{source_name(fact.source)}, {fact.seen_at:%Y-%m-%d}{mark}"
    click.echo(f"{name:<12} {fact.count:>6}  {line}{told:<29}  {terminal(title)}".rstrip())


def _row(fact: Fact, trend: Trend | None) -> dict[str, object]:
    levels = trend.levels() if trend else ()
    return {
        "arxiv_id": bare_key(fact.work_key),
        "count": fact.count,
        "source": fact.source,
        "url": fact.url,
        "seen_at": fact.seen_at.isoformat(),
        "held": fact.held,
        "trend": sparkline(levels),
        "trend_in_words": spoken(levels),
    }


def _of_section(workspace: Workspace, name: str) -> set[str]:
    """The papers under a heading of the configured lists."""
    entries = [
        entry
        for path in workspace.list_files(())
        for entry in parse(read(path)).entries
        if entry.arxiv_id
    ]
    found = {paper_key(entry.arxiv_id or "") for entry in entries if entry.section == name}
    if not found:
        known = ", ".join(dict.fromkeys(entry.section or "" for entry in entries))
        raise UsageTrouble("--section", f"no papers stand under {name!r}", f"known: {known}")
    return found


@click.command("movers")
@click.option("--since", default="30d", metavar="DAYS", show_default=True, help="e.g. 30d")
@_plot
@with_workspace
def movers_command(workspace: Workspace, *, as_json: bool, since: str, plot: Path | None) -> int:
    """Show the papers whose counts grew most."""
    start = workspace.now - _span(since)
    moved = movers(trends(workspace.store.facts.history("citations")).values(), start)
    titles = _titles(workspace, [mover.trend.key for mover in moved])
    if plot is not None:
        draw_movers(plot, since, moved[:DRAWN], titles)
    if as_json:
        echo_json([_moved(mover, titles) for mover in moved])
        return 0
    for mover in moved[:SHOWN]:
        name = bare_key(mover.trend.key)
        click.echo(
            f"{name:<12} {mover.before:>6} -> {mover.after:>6}  (+{mover.gain})  "
            f"{sparkline(mover.trend.levels()):<12}  {terminal(titles.get(mover.trend.key, '?'))}"
        )
    if not moved:
        click.echo(f"no count changed since {start:%-d %B %Y}")
    return 0


def _span(text: str) -> timedelta:
    if not text.removesuffix("d").isdigit() or int(text.removesuffix("d")) > 36_500:
        raise UsageTrouble("--since", f"{text!r} is no number of days", "write e.g. 30d")
    return timedelta(days=int(text.removesuffix("d")))


def _titles(workspace: Workspace, keys: Iterable[str]) -> dict[str, str]:
    """The titles of papers, from the store, else from the lists."""
    titles = {
        paper_key(entry.arxiv_id): entry.title
        for path in workspace.list_files(())
        for entry in parse(read(path)).entries
        if entry.arxiv_id
    }
    works = workspace.store.works.get_many(set(keys))
    return titles | {key: work.title for key, work in works.items() if isinstance(work, Paper)}


def _moved(mover: Mover, titles: dict[str, str]) -> dict[str, object]:
    levels = mover.trend.levels()
    return {
        "arxiv_id": bare_key(mover.trend.key),
        "title": titles.get(mover.trend.key),
        "source": mover.trend.source,
        "from": mover.before,
        "to": mover.after,
        "gain": mover.gain,
        "trend": sparkline(levels),
        "trend_in_words": spoken(levels),
    }


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
    default=MAX_REQUESTS,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Requests at most; what is left is first in the next run.",
)
@with_workspace
def refresh_command(
    workspace: Workspace,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    write: bool,
    replace_google_scholar: bool,
    budget: int,
) -> int:
    """Ask Semantic Scholar for the counts that are due, and update the lists."""
    report = Report("citations refresh", workspace.now)
    with lock(workspace.state, "citations refresh"):
        changes = refresh(
            workspace,
            report,
            workspace.list_files(files),
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
