"""The smaller shelves of a digest: works rejected once that changed since, and thin sections."""

from collections import Counter
from datetime import timedelta

from catalog.address import identity
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Decision, Verdict, Work
from cli.candidates import PATIENCE, Shelf
from cli.world import World
from config.rules import ListRules
from pipelines.candidates import Then, what_changed

# A section with fewer entries than this is told about.
FEW = 3
# Rejections of longer ago are history (days).
REMEMBERED = 365
MOST_SECOND_CHANCES = 5


def second_chances(world: World, rules: ListRules, base: bytes) -> list[tuple[Work, Verdict, str]]:
    """Rejected works that are not in the list, with what changed since; the newest first."""
    refused = rejected(world, rules)
    if not refused:
        return []
    listed = {identity(key) for key in listed_keys(parse(base))}
    works = world.store.works.get_many(refused)
    titles = _titles(world, rules, refused)
    found = []
    for key in sorted(works, key=lambda key: (-refused[key].at.timestamp(), key)):
        changed = _changed(world, works[key], Then(refused[key].at, titles.get(key)))
        if changed and identity(key) not in listed:
            verdict = world.store.verdicts.get(rules.list, key) or Verdict(None, 0.0)
            found.append((works[key], verdict, changed))
    return found[:MOST_SECOND_CHANCES]


def rejected(world: World, rules: ListRules) -> dict[str, Decision]:
    """What people have rejected within a year, by work."""
    since = world.now - timedelta(days=REMEMBERED)
    return {
        key: decision
        for key, decision in world.store.decisions.latest(rules.list).items()
        if decision.act == "reject" and decision.at >= since
    }


def _titles(world: World, rules: ListRules, refused: dict[str, Decision]) -> dict[str, str]:
    """What each work was called on the page on which it was rejected."""
    titles: dict[str, str] = {}
    for name in {decision.digest for decision in refused.values() if decision.digest}:
        kept = world.store.digests.get(rules.list, name)
        for item in kept.items if kept else ():
            if item["key"] in refused and refused[item["key"]].digest == name:
                titles[item["key"]] = item["title"]
    return titles


def _changed(world: World, work: Work, then: Then) -> str:
    venues, citations = (
        [fact for fact, _ in world.store.facts.history(kind, work.key)]
        for kind in ("venue", "citations")
    )
    return what_changed(then, work.title, venues, citations)


def balance(world: World, rules: ListRules, found: Shelf) -> tuple[str, ...]:
    """Of the sections with few entries: which got nothing lately, and which only near misses."""
    entries = Counter(entry.section for entry in parse(found.base).entries)
    coming = Counter(verdict.section for _, verdict in found.candidates)
    near = Counter(verdict.runner_up for _, verdict in found.near_misses)
    few = [section.name for section in rules.sections if entries[section.name] < FEW]
    nearly = [
        f"{name} ({_many(entries[name], 'entry', 'entries')},"
        f" {_many(near[name], 'near miss', 'near misses')})"
        for name in few
        if near[name] and not coming[name]
    ]
    silent = [f"{name} ({entries[name]})" for name in few if not near[name] and not coming[name]]
    told = {
        "few entries, and only near misses": nearly,
        f"few entries, and nothing came in {PATIENCE} days": silent,
    }
    return tuple(f"{what}: {', '.join(names)}" for what, names in told.items() if names)


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
