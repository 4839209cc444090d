"""
``listkeeper citations``: refresh the counts of listed papers, and show their history.

Refreshing sends one request for up to 500 papers. Unknown is never zero, a failure changes
nothing, and the list's diff contains citation pairs only. A suspicious fall is held until a
person releases or drops it with ``citations show``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.markdown.entry import Entry
from catalog.markdown.listfile import parse
from catalog.paper import Fact, Paper, bare_key, paper_key
from catalog.report import Report
from catalog.store.digests import hash_of
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import echo_json, show
from output.citations import MAX_REQUESTS, refresh
from output.escape import terminal
from output.patch import patch
from output.sparkline import sparkline, spoken
from pipelines.enrich.citations import source_name
from pipelines.enrich.counts import decide_held
from pipelines.enrich.trends import Mover, Trend, movers, trends
from pipelines.workspace import Workspace, read

if TYPE_CHECKING:
    from catalog.store.facts import Facts
    from catalog.store.works import Works

# A chart with more lines is hard to read.
MAX_MOVERS_SHOWN, MAX_MOVERS_DRAWN = 20, 7

_plot = click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw a chart to FILE (.png or .svg).",
)


@click.command("show")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--held", is_flag=True, help="Show only held counts, which need your decision.")
@click.option("--release", is_flag=True, help="Accept the held counts of these IDs.")
@click.option("--drop", is_flag=True, help="Reject the held counts of these IDs.")
@click.option("--section", metavar="NAME", help="Show only papers of this section.")
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
    Show counts with source, date and trend; with IDs, their full history.

    --held --release and --held --drop decide on all held counts.
    """
    keys = [_key(text) for text in ids]
    if release and drop:
        raise UsageTrouble("citations show", "--release and --drop exclude each other")
    if release or drop:
        decided = decide_held(
            workspace.store, workspace.state, keys, workspace.now, every=held, believe=release
        )
        for line in () if as_json else decided:
            click.echo(line)
        if held and not keys and not as_json:
            return 0
    by_key = trends(workspace.store.facts.history("citations"))
    chosen = (
        set(keys or by_key)
        if section is None
        else _of_section(_listed(workspace.list_files()), section)
    )
    if plot is not None:
        from output.charts import draw_growth

        draw_growth(
            plot,
            section or ", ".join(ids) or "all papers",
            [trend for key, trend in by_key.items() if key in chosen],
        )
    facts = _facts(workspace.store.facts, keys, held=held)
    if section is not None:
        facts = [fact for fact in facts if fact.work_key in chosen]
    if as_json:
        echo_json([_row(fact, by_key.get(fact.work_key)) for fact in facts])
        return 0
    none = "no held counts" if held else f"no count known of {' '.join(ids) or 'any paper'}"
    if not facts:
        click.echo(none)
    _print_counts(workspace.list_files(), workspace.store.works, facts, {} if keys else by_key)
    return 0


def _print_counts(
    paths: Iterable[Path], store: "Works", facts: Sequence[Fact], by_key: Mapping[str, Trend]
) -> None:
    """Print a line for each count; with its title where a trend is known too."""
    titles = _titles(_listed(paths), store, [fact.work_key for fact in facts]) if by_key else {}
    for fact in facts:
        _print(fact, by_key.get(fact.work_key), titles.get(fact.work_key, ""))


def _key(text: str) -> str:
    parsed = ArxivId.parse(text)
    if parsed is None:
        raise UsageTrouble(
            "citations show", f"{text!r} is not an arXiv id", "write e.g. 2411.04965"
        )
    return paper_key(parsed.base)


def _facts(store: "Facts", keys: list[str], *, held: bool) -> list[Fact]:
    """Read the full history of these papers, or without keys the newest count of each paper."""
    if held:
        return [fact for fact in store.held("citations") if not keys or fact.work_key in keys]
    if keys:
        return [fact for key in keys for fact, _ in store.history("citations", key)]
    all_keys = {fact.work_key for fact, _ in store.history("citations")}
    waiting = {fact.work_key: fact for fact in store.held("citations")}
    newest = store.latest("citations", all_keys) | waiting
    return [newest[key] for key in sorted(newest)]


def _print(fact: Fact, trend: Trend | None, title: str) -> None:
    line = f"{sparkline(trend.levels()):<12}  " if trend else ""
    mark = "  held" if fact.held else ""
    name = bare_key(fact.work_key)
    origin = f"{source_name(fact.source)}, {fact.seen_at:%Y-%m-%d}{mark}"
    click.echo(f"{name:<12} {fact.count:>6}  {line}{origin:<29}  {terminal(title)}".rstrip())


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


def _listed(paths: Iterable[Path]) -> list[Entry]:
    """Read the papers of list files."""
    return [entry for path in paths for entry in parse(read(path)).entries if entry.arxiv_id]


def _of_section(entries: Sequence[Entry], name: str) -> set[str]:
    """Collect the keys of the papers of a section."""
    keys = {paper_key(entry.arxiv_id or "") for entry in entries if entry.section == name}
    if not keys:
        sections = ", ".join(dict.fromkeys(entry.section or "" for entry in entries))
        raise UsageTrouble("--section", f"no papers in section {name!r}", f"known: {sections}")
    return keys


@click.command("movers")
@click.option("--since", default="30d", metavar="DAYS", show_default=True, help="Period, e.g. 30d.")
@_plot
@with_workspace
def movers_command(workspace: Workspace, *, as_json: bool, since: str, plot: Path | None) -> int:
    """Show the papers whose counts grew the most."""
    start = workspace.now - _span(since)
    grown = movers(trends(workspace.store.facts.history("citations")).values(), start)
    listed = _listed(workspace.list_files())
    titles = _titles(listed, workspace.store.works, [mover.trend.key for mover in grown])
    if plot is not None:
        from output.charts import draw_movers

        draw_movers(plot, since, grown[:MAX_MOVERS_DRAWN], titles)
    if as_json:
        echo_json([_mover_row(mover, titles) for mover in grown])
        return 0
    for mover in grown[:MAX_MOVERS_SHOWN]:
        name = bare_key(mover.trend.key)
        click.echo(
            f"{name:<12} {mover.before:>6} -> {mover.after:>6}  (+{mover.gain})  "
            f"{sparkline(mover.trend.levels()):<12}  {terminal(titles.get(mover.trend.key, '?'))}"
        )
    if not grown:
        click.echo(f"no count changed since {start:%-d %B %Y}")
    return 0


def _span(text: str) -> timedelta:
    if not text.removesuffix("d").isdigit() or int(text.removesuffix("d")) > 36_500:
        raise UsageTrouble("--since", f"{text!r} is not a number of days", "write e.g. 30d")
    return timedelta(days=int(text.removesuffix("d")))


def _titles(listed: Iterable[Entry], store: "Works", keys: Iterable[str]) -> dict[str, str]:
    """Find titles by key: in the store, otherwise in the lists."""
    titles = {paper_key(entry.arxiv_id or ""): entry.title for entry in listed}
    stored = store.get_many(set(keys))
    return titles | {key: work.title for key, work in stored.items() if isinstance(work, Paper)}


def _mover_row(mover: Mover, titles: dict[str, str]) -> dict[str, object]:
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
@click.option("--write", is_flag=True, help="Write the files (default: show the diff).")
@click.option(
    "--replace-google-scholar",
    is_flag=True,
    help="Also replace Google Scholar counts by lower ones.",
)
@click.option(
    "--budget",
    default=MAX_REQUESTS,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="Most requests; the next run starts with the rest.",
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
    """Fetch due counts from Semantic Scholar and update the lists."""
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
