"""
``listkeeper citations``: refresh the counts of listed papers, and show their history.

Refreshing sends one request for up to 500 papers. Unknown is never zero, a failure changes
nothing, and the list's diff contains citation pairs only. A suspicious fall is held until a
person releases or drops it with ``citations show``.
"""

import re
from datetime import timedelta
from pathlib import Path

import click

from catalog.arxiv_id import ArxivId
from catalog.errors import UsageTrouble
from catalog.paper import paper_key
from catalog.report import Report
from cli.options import with_workspace
from cli.render import echo_json, show
from output.patch import patch
from pipelines.workspace import Workspace

# A chart with more lines is hard to read.
MAX_MOVERS_SHOWN, MAX_MOVERS_DRAWN = 20, 7

_plot = click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw a chart to FILE (.png or .svg).",
)

# The longest period of `citations movers` (days): a century.
MAX_SPAN_DAYS = 36_500


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
    from output.reports.citations import (
        count_lines,
        count_row,
        facts_of,
        keys_of_section,
        listed_papers,
    )
    from pipelines.enrich.counts import decide_held
    from pipelines.enrich.trends import trends

    keys = [_key(text) for text in ids]
    if release and drop:
        raise UsageTrouble("citations show", "--release and --drop exclude each other")
    if release or drop:
        decided = decide_held(workspace.store, keys, workspace.now, every=held, believe=release)
        for line in () if as_json else decided:
            click.echo(line)
        if held and not keys and not as_json:
            return 0
    by_key = trends(workspace.store.facts.history("citations"))
    chosen = (
        set(keys or by_key)
        if section is None
        else keys_of_section(listed_papers(workspace.list_files()), section)
    )
    if plot is not None:
        from output.charts import draw_growth

        draw_growth(
            plot,
            section or ", ".join(ids) or "all papers",
            [trend for key, trend in by_key.items() if key in chosen],
        )
    facts = facts_of(workspace.store.facts, keys, held=held)
    if section is not None:
        facts = [fact for fact in facts if fact.work_key in chosen]
    if as_json:
        echo_json([count_row(fact, by_key.get(fact.work_key)) for fact in facts])
        return 0
    none = "no held counts" if held else f"no count known of {' '.join(ids) or 'any paper'}"
    if not facts:
        click.echo(none)
    known = {} if keys else by_key
    for line in count_lines(workspace.list_files(), workspace.store.works, facts, known):
        click.echo(line)
    return 0


def _key(text: str) -> str:
    parsed = ArxivId.parse(text)
    if parsed is None:
        raise UsageTrouble(
            "citations show", f"{text!r} is not an arXiv id", "write e.g. 2411.04965"
        )
    return paper_key(parsed.base)


@click.command("movers")
@click.option("--since", default="30d", metavar="DAYS", show_default=True, help="Period, e.g. 30d.")
@_plot
@with_workspace
def movers_command(workspace: Workspace, *, as_json: bool, since: str, plot: Path | None) -> int:
    """Show the papers whose counts grew the most."""
    from output.reports.citations import listed_papers, mover_line, mover_row, titles_of
    from pipelines.enrich.trends import movers, trends

    start = workspace.now - _span(since)
    grown = movers(trends(workspace.store.facts.history("citations")).values(), start)
    listed = listed_papers(workspace.list_files())
    titles = titles_of(listed, workspace.store.works, [mover.trend.key for mover in grown])
    if plot is not None:
        from output.charts import draw_movers

        draw_movers(plot, since, grown[:MAX_MOVERS_DRAWN], titles)
    if as_json:
        echo_json([mover_row(mover, titles) for mover in grown])
        return 0
    for mover in grown[:MAX_MOVERS_SHOWN]:
        click.echo(mover_line(mover, titles))
    if not grown:
        click.echo(f"no count changed since {start:%-d %B %Y}")
    return 0


def _span(text: str) -> timedelta:
    days = text.removesuffix("d")
    if not re.fullmatch("[0-9]{1,5}", days) or int(days) > MAX_SPAN_DAYS:
        raise UsageTrouble("--since", f"{text!r} is not a number of days", "write e.g. 30d")
    return timedelta(days=int(days))


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
    type=click.IntRange(1, 1000),
    help="Most requests (default: 60); the next run starts with the rest.",
)
@with_workspace
def refresh_command(
    workspace: Workspace,
    *,
    as_json: bool,
    files: tuple[Path, ...],
    write: bool,
    replace_google_scholar: bool,
    budget: int | None,
) -> int:
    """Fetch due counts from Semantic Scholar and update the lists."""
    from catalog.rows.digests import hash_of
    from output.citation_refresh import refresh

    report = Report("citations refresh", workspace.now)
    with workspace.lock("citations refresh"):
        changes = refresh(
            workspace,
            report,
            workspace.list_files(files),
            write=write,
            replace_others=replace_google_scholar,
            budget=budget,
        )
    change = "".join(patch(c.base, c.new, workspace.shown(c.path)) for c in changes)
    if as_json:
        hashes = {str(c.path): hash_of(c.new if write else c.base) for c in changes}
        echo_json(report.as_json() | {"diff": change, "hashes": hashes})
        return report.exit_code
    if change:
        click.echo(change, nl=False)
    return show(report, as_json=False)


citations_group.add_command(show_command)
citations_group.add_command(movers_command)
