"""
``listkeeper run``, and its stages as commands: discover, backfill, classify, enrich.

Each stage reads its open work from the store, so a stopped run continues where it ended. A
service that fails is named in the report, and the other services and stages go on.
"""

from datetime import date

import click

from catalog.errors import UsageTrouble
from catalog.paper import FIRST_YEAR
from catalog.plural import counted
from catalog.report import Report, keep
from cli.options import day_of, spread_options, spread_over, with_workspace
from cli.render import show
from pipelines.workspace import Workspace


@click.command("enrich")
@with_workspace
def enrich_command(workspace: Workspace, *, as_json: bool) -> int:
    """Fetch citations and other facts about the candidates."""
    from pipelines.enrich.stage import enrich

    report = Report("enrich", workspace.now)
    with workspace.lock("enrich"):
        enrich(workspace, report, workspace.snapshots())
        keep(workspace.store, report)
    return show(report, as_json=as_json)


@click.command("classify")
@with_workspace
def classify_command(workspace: Workspace, *, as_json: bool) -> int:
    """Apply the rules of each list to new papers and links."""
    from pipelines.classify import classify

    report = Report("classify", workspace.now)
    with workspace.lock("classify"):
        classify(workspace, report)
        keep(workspace.store, report)
    judged, proposed = (report.counts.get(f"classify/{name}", 0) for name in ("judged", "proposed"))
    checked = counted(judged, "paper or link", "papers and links")
    report.notes.append(f"{checked} checked, {proposed} proposed for a section")
    return show(report, as_json=as_json)


@click.command("discover")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Ask only this source.")
@click.option("--since", metavar="DATE", help="Complete all days since DATE, e.g. 2024-11-04.")
@with_workspace
def discover_command(
    workspace: Workspace, *, as_json: bool, sources: tuple[str, ...], since: str | None
) -> int:
    """Find new papers and links at the sources, and fill missed days."""
    from crawler.calendar import feed_day
    from pipelines.discover.stage import check_asked, discover

    check_asked(sources, [feed.name for feed in workspace.sources.feeds])
    first = day_of(since, "--since")
    if first and first > feed_day(workspace.now):
        raise UsageTrouble("--since", f"{first} is in the future", "give a past date")
    report = Report("discover", workspace.now)
    workspace.check_lists()
    with workspace.lock("discover"):
        discover(workspace, report, first, sources)
        keep(workspace.store, report)
    return show(report, as_json=as_json)


@click.command("run")
@with_workspace
def run_command(workspace: Workspace, *, as_json: bool) -> int:
    """Run all daily stages: discover, classify, enrich, rank and digest."""
    from output.daily import run

    report = Report("run", workspace.now)
    workspace.check_lists()
    with workspace.lock("run"):
        run(workspace, report)
    return show(report, as_json=as_json)


@click.command("backfill")
@click.option("--since", metavar="DATE", help="First day, e.g. 2024-01-01.")
@click.option("--until", metavar="DATE", help="Last day (default: yesterday).")
@click.option(
    "--by",
    "way",
    type=click.Choice(["api", "oai"]),
    default="api",
    show_default=True,
    help="arXiv's query API, or OAI-PMH, which also reads all later changes.",
)
@click.option("--snapshot", metavar="FILE", help="Judge all of arXiv from its metadata snapshot.")
@spread_options("all cores")
@with_workspace
def backfill_command(
    workspace: Workspace,
    *,
    as_json: bool,
    since: str | None,
    until: str | None,
    way: str,
    snapshot: str | None,
    workers: int | None,
    dask: str | None,
) -> int:
    """
    Import past announcements from arXiv; a restart continues where it stopped.

    With --snapshot they come from a file (JSON Lines, gzip or Parquet) and no one is asked; only
    what the rules of a list let in is stored.
    """
    from crawler.calendar import feed_day
    from pipelines.classify import classify
    from pipelines.discover.arxiv import GAPS
    from pipelines.discover.backfill import MAX_LOCK_WAIT_S, backfill, tell
    from pipelines.discover.days import DAY

    yesterday = feed_day(workspace.now) - DAY
    first, last = day_of(since, "--since"), day_of(until, "--until") or yesterday
    if first is None and snapshot is None:
        raise UsageTrouble("--since", "is missing", "name the first day, or --snapshot FILE")
    first = first or date(FIRST_YEAR, 1, 1)
    if not first <= last <= yesterday:
        raise UsageTrouble(
            "--since", f"{first} to {last} is not a past period", "give the earlier date first"
        )
    report = Report("backfill", workspace.now)
    workspace.check_lists()
    if snapshot is not None:
        from pipelines.bulk.backfill import backfill_snapshot

        spread = spread_over(workers, dask)
        backfill_snapshot(workspace, report, snapshot, (first, last), spread)
    else:
        backfill(workspace, report, first, last, next(n for n in GAPS if n.endswith(way)))
    with workspace.lock("backfill", patience=MAX_LOCK_WAIT_S):
        classify(workspace, report)
        lists = {rules.list: workspace.list_path(rules) for rules in workspace.lists}
        tell(workspace.store, report, lists, first, last)
        keep(workspace.store, report)
    return show(report, as_json=as_json)
