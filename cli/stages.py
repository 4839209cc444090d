"""
``listkeeper enrich``: facts about candidates from elsewhere, as far as they are due.

A service that fails is named in the report and changes nothing: the digest then says "as of".

``listkeeper classify``: a verdict for every work that has none of these rules on its text.

``listkeeper run``: the stages in order. Each takes what is left to do from the store.
"""

import re
from collections.abc import Callable
from datetime import date
from functools import wraps

import click

from catalog.errors import UsageTrouble
from catalog.report import Report, keep
from catalog.store.lock import lock
from cli.options import with_workspace
from cli.render import show
from config.errors import Trouble
from crawler.calendar import feed_day
from output.digest.build import DEFAULT_SIZE, digest, last_said
from output.list_writer import recover
from pipelines.candidates import Snapshots
from pipelines.classify import classify
from pipelines.discover.arxiv import DAY, GAPS
from pipelines.discover.backfill import MAX_LOCK_WAIT_S, backfill, tell
from pipelines.discover.stage import ALL, discover
from pipelines.enrich.stage import enrich
from pipelines.rank.stage import rank
from pipelines.workspace import Workspace


@click.command("enrich")
@with_workspace
def enrich_command(workspace: Workspace, *, as_json: bool) -> int:
    """Ask for citations and other facts about the candidates."""
    report = Report("enrich", workspace.now)
    with lock(workspace.state, "enrich"):
        enrich(workspace, report, workspace.snapshots())
        keep(workspace.store, report)
    return show(report, as_json=as_json)


@click.command("classify")
@with_workspace
def classify_command(workspace: Workspace, *, as_json: bool) -> int:
    """Judge works by the rules of each list."""
    report = Report("classify", workspace.now)
    with lock(workspace.state, "classify"):
        classify(workspace, report)
        keep(workspace.store, report)
    judged, proposed = (report.counts.get(f"classify/{name}", 0) for name in ("judged", "proposed"))
    report.notes.append(f"{judged} works judged, {proposed} of them proposed for a section")
    return show(report, as_json=as_json)


@click.command("digest")
@click.option("--week", metavar="WEEK", help="The name of the digest, e.g. 2024-W46.")
@click.option("--size", default=DEFAULT_SIZE, show_default=True, type=click.IntRange(1, 500))
@click.option("--html", is_flag=True, help="Also one self-contained page for mail and browsers.")
@with_workspace
def digest_command(
    workspace: Workspace, *, as_json: bool, week: str | None, size: int, html: bool
) -> int:
    """Write the week's candidates for a person."""
    if week and not re.fullmatch(r"\d{4}-W\d{2}", week):
        raise UsageTrouble("--week", f"{week!r} is no week", "write e.g. 2024-W46")
    report = Report("digest", workspace.now)
    with lock(workspace.state, "digest"):
        digest(
            workspace,
            report,
            last_said(workspace.store),
            workspace.snapshots(),
            week=week,
            size=size,
            html=html,
        )
    return show(report, as_json=as_json)


def day_of(text: str | None, option: str) -> date | None:
    """A day that an option names."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageTrouble(option, f"{text!r} is no day", "write e.g. 2024-11-04") from None


@click.command("discover")
@click.option("--source", "sources", multiple=True, metavar="NAME", help="Only this source.")
@click.option("--since", metavar="DATE", help="Miss nothing from this day on, e.g. 2024-11-04.")
@with_workspace
def discover_command(
    workspace: Workspace, *, as_json: bool, sources: tuple[str, ...], since: str | None
) -> int:
    """Look for new works at the sources, and fill the days that were missed."""
    for name in sources:
        if name not in ALL:
            known = ", ".join(ALL)
            raise UsageTrouble("--source", f"no source is called {name!r}", f"known: {known}")
    first = day_of(since, "--since")
    if first and first > feed_day(workspace.now):
        raise UsageTrouble("--since", f"{first} has not come yet", "name a day of the past")
    report = Report("discover", workspace.now)
    workspace.check_lists()
    with lock(workspace.state, "discover"):
        discover(workspace, report, first, sources or ALL)
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
    enrich,
    rank,
    _digest,
)


def run(workspace: Workspace, report: Report) -> None:
    """Every stage; one that fails is named in the report and does not stop the later ones."""
    try:
        _stages(workspace, report)
    except KeyboardInterrupt:
        report.notes.append("stopped before its end")
        keep(workspace.store, report, "STOPPED")
        raise
    keep(workspace.store, report)


def _stages(workspace: Workspace, report: Report) -> None:
    snapshots = workspace.snapshots()
    for stage in STAGES:
        try:
            stage(workspace, report, snapshots)
        except Trouble as trouble:
            # A wrong configuration, or a store that is locked, fails every stage the same way.
            if trouble.exit_code in {2, 75}:
                raise
            report.needs_person.append(f"{stage.__name__.strip('_')}: {trouble}")


@click.command("run")
@with_workspace
def run_command(workspace: Workspace, *, as_json: bool) -> int:
    """Everything a day needs: discover, classify, enrich, rank, and write the digest."""
    report = Report("run", workspace.now)
    workspace.check_lists()
    with lock(workspace.state, "run"):
        run(workspace, report)
    return show(report, as_json=as_json)


@click.command("backfill")
@click.option("--since", required=True, metavar="DATE", help="The first day, e.g. 2024-01-01.")
@click.option("--until", metavar="DATE", help="The last day; yesterday, if not given.")
@click.option(
    "--by",
    "way",
    type=click.Choice(["api", "oai"]),
    default="api",
    show_default=True,
    help="The query API, or OAI-PMH, which must read all that changed since.",
)
@with_workspace
def backfill_command(
    workspace: Workspace, *, as_json: bool, since: str, until: str | None, way: str
) -> int:
    """Take in what arXiv announced in the past; start again after a stop, and it goes on."""
    yesterday = feed_day(workspace.now) - DAY
    first, last = day_of(since, "--since"), day_of(until, "--until") or yesterday
    if first is None or not first <= last <= yesterday:
        raise UsageTrouble(
            "--since", f"{since} to {last} is no time of the past", "name the earlier day first"
        )
    report = Report("backfill", workspace.now)
    workspace.check_lists()
    backfill(workspace, report, first, last, next(n for n in GAPS if n.endswith(way)))
    with lock(workspace.state, "backfill", patience=MAX_LOCK_WAIT_S):
        classify(workspace, report)
        tell(workspace, report, first, last)
        keep(workspace.store, report)
    return show(report, as_json=as_json)
