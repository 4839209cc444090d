"""
``listkeeper run``, and its stages as commands: discover, backfill, classify, enrich.

Each stage reads its open work from the store, so a stopped run continues where it ended. A
service that fails is named in the report, and the other services and stages go on.
"""

from collections.abc import Callable
from functools import wraps

import click

from catalog.errors import UsageTrouble
from catalog.report import Report, keep
from catalog.store.lock import lock
from cli.options import day_of, with_workspace
from cli.render import counted, show
from config.errors import Trouble
from crawler.calendar import feed_day
from output.digest.build import digest
from output.list_writer import recover
from pipelines.candidates import Snapshots
from pipelines.classify import classify
from pipelines.discover.arxiv import DAY, GAPS
from pipelines.discover.backfill import MAX_LOCK_WAIT_S, backfill, tell
from pipelines.discover.stage import discover, source_names
from pipelines.enrich.stage import enrich
from pipelines.rank.stage import rank
from pipelines.workspace import Workspace


@click.command("enrich")
@with_workspace
def enrich_command(workspace: Workspace, *, as_json: bool) -> int:
    """Fetch citations and other facts about the candidates."""
    report = Report("enrich", workspace.now)
    with lock(workspace.state, "enrich"):
        enrich(workspace, report, workspace.snapshots())
        keep(workspace.store, report)
    return show(report, as_json=as_json)


@click.command("classify")
@with_workspace
def classify_command(workspace: Workspace, *, as_json: bool) -> int:
    """Apply the rules of each list to new papers and links."""
    report = Report("classify", workspace.now)
    with lock(workspace.state, "classify"):
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
    for name in sources:
        if name not in source_names():
            names = ", ".join(source_names())
            raise UsageTrouble("--source", f"no source is called {name!r}", f"known: {names}")
    first = day_of(since, "--since")
    if first and first > feed_day(workspace.now):
        raise UsageTrouble("--since", f"{first} is in the future", "give a past date")
    report = Report("discover", workspace.now)
    workspace.check_lists()
    with lock(workspace.state, "discover"):
        discover(workspace, report, first, sources)
        keep(workspace.store, report)
    return show(report, as_json=as_json)


Stage = Callable[[Workspace, Report, Snapshots], None]


def _without_candidates(stage: Callable[[Workspace, Report], None]) -> Stage:
    @wraps(stage)
    def run_stage(workspace: Workspace, report: Report, _snapshots: Snapshots) -> None:
        stage(workspace, report)

    return run_stage


def _digest(workspace: Workspace, report: Report, snapshots: Snapshots) -> None:
    digest(workspace, report, report.sources, snapshots)


STAGES: tuple[Stage, ...] = (
    _without_candidates(recover),
    _without_candidates(discover),
    _without_candidates(classify),
    rank,
    enrich,
    _digest,
)


def run(workspace: Workspace, report: Report) -> None:
    """Run all stages; a failing one is named in the report and does not stop the rest."""
    try:
        _stages(workspace, report)
    except KeyboardInterrupt:
        report.notes.append("stopped before the end")
        keep(workspace.store, report, "STOPPED")
        raise
    keep(workspace.store, report)


def _stages(workspace: Workspace, report: Report) -> None:
    snapshots = workspace.snapshots()
    for stage in STAGES:
        try:
            stage(workspace, report, snapshots)
        except Trouble as trouble:
            # A wrong configuration or a locked store would fail in every stage.
            if trouble.exit_code in {2, 75}:
                raise
            report.needs_person.append(f"{stage.__name__.strip('_')}: {trouble}")


@click.command("run")
@with_workspace
def run_command(workspace: Workspace, *, as_json: bool) -> int:
    """Run all daily stages: discover, classify, enrich, rank and digest."""
    report = Report("run", workspace.now)
    workspace.check_lists()
    with lock(workspace.state, "run"):
        run(workspace, report)
    return show(report, as_json=as_json)


@click.command("backfill")
@click.option("--since", required=True, metavar="DATE", help="First day, e.g. 2024-01-01.")
@click.option("--until", metavar="DATE", help="Last day (default: yesterday).")
@click.option(
    "--by",
    "way",
    type=click.Choice(["api", "oai"]),
    default="api",
    show_default=True,
    help="arXiv's query API, or OAI-PMH, which also reads all later changes.",
)
@with_workspace
def backfill_command(
    workspace: Workspace, *, as_json: bool, since: str, until: str | None, way: str
) -> int:
    """Import past announcements from arXiv; a restart continues where it stopped."""
    yesterday = feed_day(workspace.now) - DAY
    first, last = day_of(since, "--since"), day_of(until, "--until") or yesterday
    if first is None or not first <= last <= yesterday:
        raise UsageTrouble(
            "--since", f"{since} to {last} is not a past period", "give the earlier date first"
        )
    report = Report("backfill", workspace.now)
    workspace.check_lists()
    backfill(workspace, report, first, last, next(n for n in GAPS if n.endswith(way)))
    with lock(workspace.state, "backfill", patience=MAX_LOCK_WAIT_S):
        classify(workspace, report)
        tell(workspace, report, first, last)
        keep(workspace.store, report)
    return show(report, as_json=as_json)
