"""
What a refresh of citations says at its end: what became of every paper and of every pair.

The parts sum to the whole, so that nobody has to ask where a paper went.
"""

from collections import Counter
from collections.abc import Mapping, Set
from datetime import timedelta

from catalog.paper import Fact, Paper
from cli.report import Report
from cli.world import World
from output.sparkline import sparkline
from pipelines.enrich.citations import appeared, next_due
from pipelines.enrich.trends import movers, trends

# What the summary looks back on (days), and how many movers it names.
LOOK_BACK, NAMED = 30, 5
# What can become of a paper, and how a person reads it.
FATES = {
    "updated": "{} updated",
    "first": "{} with a first count",
    "unchanged": "{} unchanged",
    "uncited": "{} not cited yet",
    "not_due": "{} not due yet",
    "unknown": "{} unknown",
    "held": "{} held",
}
# Told only where there are any.
SELDOM = {"uncited", "not_due"}


def count_papers(
    report: Report,
    papers: Set[str],
    before: Mapping[str, Fact],
    facts: Mapping[str, Fact],
    *,
    asked: Set[str],
    held: Set[str],
) -> None:
    """Count each paper once, by what became of it."""
    fates = Counter(
        "held" if key in held else _fate(before.get(key), facts.get(key), asked=key in asked)
        for key in papers
    )
    for name in FATES:
        report.counts[f"citations/{name}"] = fates[name]
    parts = [
        said.format(fates[name])
        for name, said in FATES.items()
        if fates[name] or name not in SELDOM
    ]
    report.notes.append(f"{len(papers)} papers: {', '.join(parts)}; {len(asked)} asked about")


def _fate(before: Fact | None, now: Fact | None, *, asked: bool) -> str:
    """A known zero counts as no real count yet."""
    if now is None:
        return "unknown"
    if not now.count:
        return "uncited"
    if not before or not before.count:
        return "first"
    if before.count != now.count:
        return "updated"
    return "unchanged" if asked else "not_due"


def tell_movers(world: World, report: Report, papers: Set[str]) -> None:
    """Who grew most of late."""
    known = trends(world.store.facts.history("citations"))
    since = world.now - timedelta(days=LOOK_BACK)
    moved = movers([trend for key, trend in known.items() if key in papers], since)
    report.counts["citations/movers"] = len(moved)
    for mover in moved[:NAMED]:
        name, line = mover.trend.key.partition(":")[2], sparkline(mover.trend.levels())
        report.notes.append(f"{name}: {mover.before} -> {mover.after} (+{mover.gain}) {line}")


def tell_next(world: World, report: Report, papers: Mapping[str, Paper]) -> None:
    """When the next look is due."""
    last = world.store.facts.asked("citations", "semanticscholar")
    dates = [
        next_due(appeared(paper), last.get(key), world.now).date() for key, paper in papers.items()
    ]
    soonest = min(dates)
    report.notes.append(f"next due: {soonest:%A, %-d %B %Y} ({dates.count(soonest)} papers)")
