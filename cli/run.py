"""``listkeeper run``: the stages in order. Each takes what is left to do from the store."""

from collections.abc import Callable

import click

from cli.classify import classify
from cli.digest import digest
from cli.discover import discover
from cli.enrich import enrich
from cli.lock import lock
from cli.options import with_world
from cli.ordering import rank
from cli.report import Report, keep, show
from cli.world import World
from cli.writing import recover
from config.errors import Trouble


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
