"""
Which works stand before a person now: a verdict, no decision, not in the list, new, and whole.

Nothing here is stored: a candidate is a question to the store and the list, asked again each time.

The smaller shelves of a digest: works rejected once that changed since, and thin sections.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from catalog.address import identity
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import (
    Decision,
    Fact,
    Link,
    Paper,
    Sighting,
    Verdict,
    Work,
    is_link_key,
    paper_key,
)
from config.rules import ListRules
from pipelines.screening import fault, is_new, withdrawn
from pipelines.workspace import Workspace

# A candidate nobody decided on in this time has had its chance (days).
FRESH_DAYS = 60
# Postponed candidates come back after this many days.
LATER = 7

# So many more citations than at the time of the decision are worth a second look.
CITED_MORE = 25

# A section with fewer entries than this is told about.
MIN_IN_SECTION = 3
# Rejections of longer ago are history (days).
REMEMBERED = 365
MOST_SECOND_CHANCES = 5


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


def shelf(workspace: Workspace, rules: ListRules) -> Shelf:
    """What may be put before the people of one list."""
    base = workspace.list_path(rules).read_bytes()
    listed = {identity(key) for key in listed_keys(parse(base))}
    decided = workspace.store.decisions.latest(rules.list)
    seen = _fresh(workspace)
    fresh = {key for key in seen if not _settled(workspace, decided, key)}

    def open_ones(judged: Iterable[tuple[Work, Verdict]]) -> list[tuple[Work, Verdict]]:
        return [
            (work, verdict)
            for work, verdict in judged
            if work.key in fresh and identity(work.key) not in listed
        ]

    proposed = open_ones(workspace.store.verdicts.proposed(rules.list))
    near = open_ones(workspace.store.verdicts.near_misses(rules.list))
    goes_with = _goes_with(workspace, fresh)
    routed = _routed(workspace, rules, proposed)
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
        {key: sighting.raw_link for key, sighting in seen.items() if is_link_key(key)},
        _by_paper(
            workspace, {key: paper for key, paper in tied.items() if identity(key) not in listed}
        ),
    )


def _fresh(workspace: Workspace) -> dict[str, Sighting]:
    """The works that were seen as new in the last weeks, each with its first such sighting."""
    since = (workspace.now - timedelta(days=FRESH_DAYS)).date()
    found: dict[str, Sighting] = {}
    for sighting in workspace.store.works.sighted(since):
        if is_new(sighting):
            found.setdefault(sighting.work_key, sighting)
    return found


def _goes_with(workspace: Workspace, keys: Iterable[str]) -> dict[str, str]:
    """The paper's key of each model or repository that names one."""
    links = [key for key in keys if is_link_key(key)]
    facts = workspace.store.facts.latest("paper", links)
    return {key: paper_key(fact.value) for key, fact in facts.items()}


def _by_paper(workspace: Workspace, tied: dict[str, str]) -> dict[str, tuple[Link, ...]]:
    links: dict[str, list[Link]] = defaultdict(list)
    for key, work in sorted(workspace.store.works.get_many(tied).items()):
        if isinstance(work, Link):
            links[tied[key]].append(work)
    return {paper: tuple(some) for paper, some in links.items()}


def _routed(
    workspace: Workspace, rules: ListRules, proposed: list[tuple[Work, Verdict]]
) -> dict[str, str]:
    """Works that another list's rules want more than these do, and where they go there."""
    best = {work.key: verdict.score for work, verdict in proposed}
    routed: dict[str, str] = {}
    for other in workspace.every_list:
        if other.list == rules.list:
            continue
        for work, verdict in workspace.store.verdicts.proposed(other.list):
            if verdict.score > best.get(work.key, 1.0):
                best[work.key] = verdict.score
                routed[work.key] = f"{other.list} › {verdict.section}"
    return routed


def _settled(workspace: Workspace, decided: dict[str, Decision], key: str) -> bool:
    decision = decided.get(key)
    if decision is None or decision.act == "undo":
        return False
    return decision.act != "later" or workspace.now - decision.at < timedelta(days=LATER)


def _kept_out(work: Work) -> str | None:
    if not isinstance(work, Paper):
        return None if work.title.strip() else "has no title"
    reason = withdrawn(work)
    return f"withdrawn: {reason}" if reason else fault(work)


@dataclass(frozen=True, slots=True)
class Then:
    """A work as it was when a person rejected it; what nobody noted down is None."""

    at: datetime
    title: str | None = None


def what_changed(then: Then, title: str, venues: Sequence[Fact], citations: Sequence[Fact]) -> str:
    """
    What is new since the rejection, in words; empty where nothing is.

    Facts are the whole history, each with the time it was first seen. A first count may have been
    there long before anybody asked, so only growth from a known count is growth.
    """
    parts = []
    if then.title is not None and _plain(then.title) != _plain(title):
        parts.append(f'its title was "{then.title}"')
    appeared = [fact for fact in venues if not fact.held and fact.seen_at > then.at]
    if appeared and not any(fact.seen_at <= then.at for fact in venues):
        parts.append(f"it appeared at {appeared[-1].value}")
    more = _more(then, citations)
    if more:
        parts.append(more)
    return "; ".join(parts)


def _more(then: Then, citations: Sequence[Fact]) -> str:
    known = [fact for fact in citations if not fact.held]
    before = [fact for fact in known if fact.seen_at <= then.at]
    if not before or known[-1].count - before[-1].count < CITED_MORE:
        return ""
    return f"{known[-1].count} citations, {before[-1].count} when it was rejected"


def _plain(title: str) -> str:
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def second_chances(
    workspace: Workspace, rules: ListRules, base: bytes
) -> list[tuple[Work, Verdict, str]]:
    """Rejected works that are not in the list, with what changed since; the newest first."""
    refused = rejected(workspace, rules)
    if not refused:
        return []
    listed = {identity(key) for key in listed_keys(parse(base))}
    works = workspace.store.works.get_many(refused)
    titles = _titles(workspace, rules, refused)
    found = []
    for key in sorted(works, key=lambda key: (-refused[key].at.timestamp(), key)):
        changed = _changed(workspace, works[key], Then(refused[key].at, titles.get(key)))
        if changed and identity(key) not in listed:
            verdict = workspace.store.verdicts.get(rules.list, key) or Verdict(None, 0.0)
            found.append((works[key], verdict, changed))
    return found[:MOST_SECOND_CHANCES]


def rejected(workspace: Workspace, rules: ListRules) -> dict[str, Decision]:
    """What people have rejected within a year, by work."""
    since = workspace.now - timedelta(days=REMEMBERED)
    return {
        key: decision
        for key, decision in workspace.store.decisions.latest(rules.list).items()
        if decision.act == "reject" and decision.at >= since
    }


def _titles(workspace: Workspace, rules: ListRules, refused: dict[str, Decision]) -> dict[str, str]:
    """What each work was called on the page on which it was rejected."""
    titles: dict[str, str] = {}
    for name in {decision.digest for decision in refused.values() if decision.digest}:
        kept = workspace.store.digests.get(rules.list, name)
        for item in kept.items if kept else ():
            if item["key"] in refused and refused[item["key"]].digest == name:
                titles[item["key"]] = item["title"]
    return titles


def _changed(workspace: Workspace, work: Work, then: Then) -> str:
    venues, citations = (
        [fact for fact, _ in workspace.store.facts.history(kind, work.key)]
        for kind in ("venue", "citations")
    )
    return what_changed(then, work.title, venues, citations)


def balance(workspace: Workspace, rules: ListRules, found: Shelf) -> tuple[str, ...]:
    """Of the sections with few entries: which got nothing lately, and which only near misses."""
    entries = Counter(entry.section for entry in parse(found.base).entries)
    coming = Counter(verdict.section for _, verdict in found.candidates)
    near = Counter(verdict.runner_up for _, verdict in found.near_misses)
    few = [section.name for section in rules.sections if entries[section.name] < MIN_IN_SECTION]
    nearly = [
        f"{name} ({_many(entries[name], 'entry', 'entries')},"
        f" {_many(near[name], 'near miss', 'near misses')})"
        for name in few
        if near[name] and not coming[name]
    ]
    silent = [f"{name} ({entries[name]})" for name in few if not near[name] and not coming[name]]
    told = {
        "few entries, and only near misses": nearly,
        f"few entries, and nothing came in {FRESH_DAYS} days": silent,
    }
    return tuple(f"{what}: {', '.join(names)}" for what, names in told.items() if names)


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
