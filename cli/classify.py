"""``listkeeper classify``: a verdict for every work that has none of these rules on its text."""

import click

from catalog.store.verdicts import text_of
from cli.lock import lock
from cli.options import with_world
from cli.progress import progress
from cli.report import Report, keep, show
from cli.world import World

# Works judged in one transaction: a killed run has that many less to do again.
AT_ONCE = 1000


def classify(world: World, report: Report) -> None:
    """Judge the backlog of each list; changed rules make a new backlog by themselves."""
    for rules in world.lists:
        fingerprint = world.rules.fingerprint(rules.list)
        with progress(f"classify for {rules.list}", quiet=world.quiet) as step:
            while works := world.store.verdicts.backlog(rules.list, fingerprint, AT_ONCE):
                judged = [(work, world.rules.judge(rules.list, *text_of(work))) for work in works]
                world.store.verdicts.save(rules.list, judged, world.now)
                taken = sum(verdict.section is not None for _, verdict in judged)
                report.count("classify/judged", len(judged))
                report.count("classify/proposed", taken)
                step(f"{len(judged)} works judged, {taken} proposed")


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
