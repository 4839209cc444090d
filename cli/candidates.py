"""
Which works stand before a person now: a verdict, no decision, not in the list, new, and whole.

Nothing here is stored: a candidate is a question to the store and the list, asked again each time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from catalog.address import identity
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Decision, Link, Paper, Sighting, Verdict, Work
from cli.world import World
from config.rules import ListRules
from pipelines.screening import fault, is_new, withdrawn

# A candidate nobody decided on in this time has had its chance (days).
PATIENCE = 60
# Postponed candidates come back after this many days.
LATER = 7


@dataclass(frozen=True, slots=True)
class Shelf:
    """
    Candidates and near misses of a list, best first, and works kept out with the reason.

    ``base`` is the list as it was when all this was so. ``shown`` is the address of each link as
    it was found, ``tied`` the links that go with a paper among these, by its key, and ``routed``
    what fits another list better, with that list and its section.
    """

    base: bytes
    candidates: tuple[tuple[Work, Verdict], ...]
    near_misses: tuple[tuple[Work, Verdict], ...]
    kept_out: tuple[tuple[Work, str], ...]
    routed: tuple[tuple[Work, str], ...] = ()
    shown: Mapping[str, str] = field(default_factory=dict)
    tied: Mapping[str, tuple[Link, ...]] = field(default_factory=dict)


def shelf(world: World, rules: ListRules) -> Shelf:
    """What may be put before the people of one list."""
    base = world.list_path(rules).read_bytes()
    listed = {identity(key) for key in listed_keys(parse(base))}
    decided = world.store.decisions.latest(rules.list)
    seen = _fresh(world)
    fresh = {key for key in seen if not _settled(world, decided, key)}

    def open_ones(judged: Iterable[tuple[Work, Verdict]]) -> list[tuple[Work, Verdict]]:
        return [
            (work, verdict)
            for work, verdict in judged
            if work.key in fresh and identity(work.key) not in listed
        ]

    proposed = open_ones(world.store.verdicts.proposed(rules.list))
    near = open_ones(world.store.verdicts.near_misses(rules.list))
    goes_with = _goes_with(world, fresh)
    routed = _routed(world, rules, proposed)
    reasons = {work.key: reason for work, _ in proposed if (reason := _kept_out(work))}
    reasons |= {
        key: f"goes with {paper}, which the list has"
        for key, paper in goes_with.items()
        if identity(paper) in listed
    }
    papers = {work.key for work, _ in proposed if work.key not in reasons | routed}
    tied = {key: paper for key, paper in goes_with.items() if paper in papers}
    aside = reasons | routed | tied
    return Shelf(
        base,
        tuple(pair for pair in proposed if pair[0].key not in aside),
        tuple(pair for pair in near if pair[0].key not in tied),
        tuple((work, reasons[work.key]) for work, _ in proposed if work.key in reasons),
        tuple((work, routed[work.key]) for work, _ in proposed if work.key in routed),
        {key: sighting.raw_link for key, sighting in seen.items() if key.startswith("link:")},
        _by_paper(
            world, {key: paper for key, paper in tied.items() if identity(key) not in listed}
        ),
    )


def _fresh(world: World) -> dict[str, Sighting]:
    """The works that were seen as new in the last weeks, each with its first such sighting."""
    since = (world.now - timedelta(days=PATIENCE)).date()
    found: dict[str, Sighting] = {}
    for sighting in world.store.works.sighted(since):
        if is_new(sighting):
            found.setdefault(sighting.work_key, sighting)
    return found


def _goes_with(world: World, keys: Iterable[str]) -> dict[str, str]:
    """The paper's key of each model or repository that names one."""
    links = [key for key in keys if key.startswith("link:")]
    facts = world.store.facts.latest("paper", links)
    return {key: f"arxiv:{fact.value}" for key, fact in facts.items()}


def _by_paper(world: World, tied: dict[str, str]) -> dict[str, tuple[Link, ...]]:
    links: dict[str, list[Link]] = defaultdict(list)
    for key, work in sorted(world.store.works.get_many(tied).items()):
        if isinstance(work, Link):
            links[tied[key]].append(work)
    return {paper: tuple(some) for paper, some in links.items()}


def _routed(world: World, rules: ListRules, proposed: list[tuple[Work, Verdict]]) -> dict[str, str]:
    """Works that another list's rules want more than these do, and where they go there."""
    best = {work.key: verdict.score for work, verdict in proposed}
    routed: dict[str, str] = {}
    for other in world.every_list:
        if other.list == rules.list:
            continue
        for work, verdict in world.store.verdicts.proposed(other.list):
            if verdict.score > best.get(work.key, 1.0):
                best[work.key] = verdict.score
                routed[work.key] = f"{other.list} › {verdict.section}"
    return routed


def _settled(world: World, decided: dict[str, Decision], key: str) -> bool:
    decision = decided.get(key)
    if decision is None or decision.act == "undo":
        return False
    return decision.act != "later" or world.now - decision.at < timedelta(days=LATER)


def _kept_out(work: Work) -> str | None:
    if not isinstance(work, Paper):
        return None if work.title.strip() else "has no title"
    reason = withdrawn(work)
    return f"withdrawn: {reason}" if reason else fault(work)
