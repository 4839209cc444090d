"""
``listkeeper enrich``: facts about candidates from elsewhere, as far as they are due.

A service that fails is named in the report and changes nothing: the digest then says "as of".

``listkeeper classify``: a verdict for every work that has none of these rules on its text.

``listkeeper run``: the stages in order. Each takes what is left to do from the store.
"""

import re
from collections.abc import Callable
from datetime import date

import click

from catalog.errors import UsageTrouble
from catalog.report import Report, keep
from catalog.store.lock import lock
from cli.options import with_world
from cli.render import show
from config.errors import Trouble
from crawler.calendar import feed_day
from output.digest.build import SIZE, digest, last_said
from output.list_writer import recover
from pipelines.classify import classify
from pipelines.discover.arxiv import GAPS
from pipelines.discover.backfill import DAY, PATIENCE, backfill, tell
from pipelines.discover.stage import ALL, discover
from pipelines.enrich.stage import enrich
from pipelines.rank.stage import rank
from pipelines.workspace import World


@click.command("enrich")
@with_world
def enrich_command(world: World, *, as_json: bool) -> int:
    """Ask for citations and other facts about the candidates."""
    report = Report("enrich", world.now)
    with lock(world.state, "enrich"):
        enrich(world, report)
        keep(world.store, report)
    return show(report, as_json=as_json)


@click.command("classify")
@with_world
def classify_command(world: World, *, as_json: bool) -> int:
    """Judge works by the rules of each list."""
    report = Report("classify", world.now)
    with lock(world.state, "classify"):
        classify(world, report)
        keep(world.store, report)
    judged, proposed = (report.counts.get(f"classify/{name}", 0) for name in ("judged", "proposed"))
    report.notes.append(f"{judged} works judged, {proposed} of them proposed for a section")
    return show(report, as_json=as_json)


@click.command("digest")
@click.option("--week", metavar="WEEK", help="The name of the digest, e.g. 2024-W46.")
@click.option("--size", default=SIZE, show_default=True, type=click.IntRange(1, 500))
@click.option("--html", is_flag=True, help="Also one self-contained page for mail and browsers.")
@with_world
def digest_command(world: World, *, as_json: bool, week: str | None, size: int, html: bool) -> int:
    """Write the week's candidates for a person."""
    if week and not re.fullmatch(r"\d{4}-W\d{2}", week):
        raise UsageTrouble("--week", f"{week!r} is no week", "write e.g. 2024-W46")
    report = Report("digest", world.now)
    with lock(world.state, "digest"):
        digest(world, report, last_said(world), week=week, size=size, html=html)
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
@with_world
def discover_command(
    world: World, *, as_json: bool, sources: tuple[str, ...], since: str | None
) -> int:
    """Look for new works at the sources, and fill the days that were missed."""
    for name in sources:
        if name not in ALL:
            known = ", ".join(ALL)
            raise UsageTrouble("--source", f"no source is called {name!r}", f"known: {known}")
    first = day_of(since, "--since")
    if first and first > feed_day(world.now):
        raise UsageTrouble("--since", f"{first} has not come yet", "name a day of the past")
    report = Report("discover", world.now)
    world.check_lists()
    with lock(world.state, "discover"):
        discover(world, report, first, sources or ALL)
        keep(world.store, report)
    return show(report, as_json=as_json)


def _digest(world: World, report: Report) -> None:
    digest(world, report, report.sources)


STAGES: tuple[Callable[[World, Report], None], ...] = (
    recover,
    discover,
    classify,
    enrich,
    rank,
    _digest,
)


def run(world: World, report: Report) -> None:
    """Every stage; one that fails is named in the report and does not stop the later ones."""
    try:
        _stages(world, report)
    except KeyboardInterrupt:
        report.notes.append("stopped before its end")
        keep(world.store, report, "STOPPED")
        raise
    keep(world.store, report)


def _stages(world: World, report: Report) -> None:
    for stage in STAGES:
        try:
            stage(world, report)
        except Trouble as trouble:
            # A wrong configuration, or a store that is locked, fails every stage the same way.
            if trouble.exit_code in {2, 75}:
                raise
            report.needs_person.append(f"{stage.__name__.strip('_')}: {trouble}")


@click.command("run")
@with_world
def run_command(world: World, *, as_json: bool) -> int:
    """Everything a day needs: discover, classify, enrich, rank, and write the digest."""
    report = Report("run", world.now)
    world.check_lists()
    with lock(world.state, "run"):
        run(world, report)
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
@with_world
def backfill_command(
    world: World, *, as_json: bool, since: str, until: str | None, way: str
) -> int:
    """Take in what arXiv announced in the past; start again after a stop, and it goes on."""
    yesterday = feed_day(world.now) - DAY
    first, last = day_of(since, "--since"), day_of(until, "--until") or yesterday
    if first is None or not first <= last <= yesterday:
        raise UsageTrouble(
            "--since", f"{since} to {last} is no time of the past", "name the earlier day first"
        )
    report = Report("backfill", world.now)
    world.check_lists()
    backfill(world, report, first, last, next(n for n in GAPS if n.endswith(way)))
    with lock(world.state, "backfill", patience=PATIENCE):
        classify(world, report)
        tell(world, report, first, last)
        keep(world.store, report)
    return show(report, as_json=as_json)
