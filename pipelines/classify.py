"""The stage that judges works by the rules."""

from catalog.report import Report
from catalog.store.verdicts import text_of
from pipelines.workspace import World

# Works judged in one transaction: a killed run has that many less to do again.
AT_ONCE = 1000


def classify(world: World, report: Report) -> None:
    """Judge the backlog of each list; changed rules make a new backlog by themselves."""
    for rules in world.lists:
        fingerprint = world.rules.fingerprint(rules.list)
        with world.progress(f"classify for {rules.list}") as step:
            while works := world.store.verdicts.backlog(rules.list, fingerprint, AT_ONCE):
                judged = [(work, world.rules.judge(rules.list, *text_of(work))) for work in works]
                world.store.verdicts.save(rules.list, judged, world.now)
                taken = sum(verdict.section is not None for _, verdict in judged)
                report.count("classify/judged", len(judged))
                report.count("classify/proposed", taken)
                step(f"{len(judged)} works judged, {taken} proposed")
