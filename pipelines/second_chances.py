"""Rejected works that changed since: a new title, a venue, many more citations."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from catalog.address import identity
from catalog.facts import Decision, Fact, Verdict
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Work
from config.rules import ListRules

if TYPE_CHECKING:
    from catalog.store import Store

# So many more citations than at the time of the decision are worth a second look.
CITED_MORE = 25
# Older rejections get no second chance (days).
REJECTED_DAYS = 365
MAX_SECOND_CHANCES = 5


@dataclass(frozen=True, slots=True)
class Then:
    """A work as it was when a person rejected it; the title is None where it wasn't noted."""

    at: datetime
    title: str | None = None


def what_changed(then: Then, title: str, venues: Sequence[Fact], citations: Sequence[Fact]) -> str:
    """
    What is new since the rejection, in words; empty if nothing is.

    Facts are the whole history, each with the time it was first seen. A first count may have been
    there long before anybody asked, so only growth from a stored count is growth.
    """
    parts = []
    if then.title is not None and plain_letters(then.title) != plain_letters(title):
        parts.append(f'its title was "{then.title}"')
    appeared = [fact for fact in venues if not fact.held and fact.seen_at > then.at]
    if appeared and not any(fact.seen_at <= then.at for fact in venues):
        parts.append(f"it appeared at {appeared[-1].value}")
    more = _more_citations(then, citations)
    if more:
        parts.append(more)
    return "; ".join(parts)


def _more_citations(then: Then, citations: Sequence[Fact]) -> str:
    counts = [fact for fact in citations if not fact.held]
    before = [fact for fact in counts if fact.seen_at <= then.at]
    if not before or counts[-1].count - before[-1].count < CITED_MORE:
        return ""
    return f"{counts[-1].count} citations, {before[-1].count} when it was rejected"


def plain_letters(title: str) -> str:
    """The letters and digits of a title, without case."""
    return "".join(letter for letter in title.casefold() if letter.isalnum())


def second_chances(
    store: "Store", rules: ListRules, base: bytes, now: datetime
) -> list[tuple[Work, Verdict, str]]:
    """Rejected works that are not in the list, with what changed since; the newest first."""
    refused = rejected(store.decisions.latest(rules.list), now)
    if not refused:
        return []
    listed = {identity(key) for key in listed_keys(parse(base))}
    changed = _changed(store, rules, refused)
    newest = sorted(changed, key=lambda key: (-refused[key].at.timestamp(), key))
    unlisted = [key for key in newest if identity(key) not in listed][:MAX_SECOND_CHANCES]
    works = store.works.get_many(unlisted)
    return [
        (works[key], store.verdicts.get(rules.list, key) or Verdict(None, 0.0), changed[key])
        for key in unlisted
        if key in works
    ]


def _changed(store: "Store", rules: ListRules, refused: Mapping[str, Decision]) -> dict[str, str]:
    """What is new of rejected works, in words; of those alone of which something is."""
    now, then = store.works.titles(refused), _titles(store, rules, refused)
    venues, citations = (_history(store, kind, refused) for kind in ("venue", "citations"))
    told = {
        key: what_changed(Then(refused[key].at, then.get(key)), title, venues[key], citations[key])
        for key, title in now.items()
    }
    return {key: changed for key, changed in told.items() if changed}


def _history(store: "Store", kind: str, keys: Collection[str]) -> defaultdict[str, list[Fact]]:
    """The facts of each work, oldest first."""
    history: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact, _ in store.facts.history_of(kind, keys):
        history[fact.work_key].append(fact)
    return history


def rejected(decided: Mapping[str, Decision], now: datetime) -> dict[str, Decision]:
    """Rejections of the last year, by work."""
    since = now - timedelta(days=REJECTED_DAYS)
    return {
        key: decision
        for key, decision in decided.items()
        if decision.act == "reject" and decision.at >= since
    }


def _titles(store: "Store", rules: ListRules, refused: Mapping[str, Decision]) -> dict[str, str]:
    """The title of each work on the digest page it was rejected on."""
    names = {decision.digest for decision in refused.values() if decision.digest}
    return {
        item["key"]: item["title"]
        for stored in store.digests.get_many(rules.list, names)
        for item in stored.items
        if item["key"] in refused and refused[item["key"]].digest == stored.name
    }
