"""
Which works stand before a person now: a verdict, no decision, not in the list, new, and whole.

Nothing here is stored: a candidate is a question to the store and the list, asked again each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from catalog.listfile import listed_keys, parse
from catalog.paper import Decision, Paper, Verdict, Work
from cli.world import World
from config.rules import ListRules
from pipelines.identify import fault, is_new, withdrawn

# A candidate nobody decided on in this time has had its chance (days).
PATIENCE = 60
# Postponed candidates come back after this many days.
LATER = 7


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    Candidates and near misses of a list, best first, and works kept out with the reason.

    ``base`` is the list as it was when all this was so.
    """

    base: bytes
    candidates: tuple[tuple[Work, Verdict], ...]
    near_misses: tuple[tuple[Work, Verdict], ...]
    kept_out: tuple[tuple[Work, str], ...]


def shelf(world: World, rules: ListRules) -> Shelf:
    """What may be put before the people of one list."""
    base = world.list_path(rules).read_bytes()
    listed = listed_keys(parse(base))
    decided = world.store.decisions.latest(rules.list)
    fresh = _fresh(world)

    def open_ones(judged: Iterator[tuple[Work, Verdict]]) -> list[tuple[Work, Verdict]]:
        return [
            (work, verdict)
            for work, verdict in judged
            if work.key in fresh and work.key not in listed and not _settled(world, decided, work)
        ]

    proposed = open_ones(world.store.verdicts.proposed(rules.list))
    reasons = {work.key: reason for work, _ in proposed if (reason := _kept_out(work))}
    return Shelf(
        base,
        tuple(pair for pair in proposed if pair[0].key not in reasons),
        tuple(open_ones(world.store.verdicts.near_misses(rules.list))),
        tuple((work, reasons[work.key]) for work, _ in proposed if work.key in reasons),
    )


def _fresh(world: World) -> set[str]:
    since = (world.now - timedelta(days=PATIENCE)).date()
    return {sighting.work_key for sighting in world.store.works.sighted(since) if is_new(sighting)}


def _settled(world: World, decided: dict[str, Decision], work: Work) -> bool:
    decision = decided.get(work.key)
    if decision is None or decision.act == "undo":
        return False
    return decision.act != "later" or world.now - decision.at < timedelta(days=LATER)


def _kept_out(work: Work) -> str | None:
    if not isinstance(work, Paper):
        return None
    reason = withdrawn(work)
    return f"withdrawn: {reason}" if reason else fault(work)
