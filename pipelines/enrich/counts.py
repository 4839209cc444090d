"""
Asks for citation counts that are due: Semantic Scholar first, then OpenAlex about the rest.

One request is one transaction: a killed run asks again only for answers that weren't stored. A
service that fails changes nothing. Counts of different sources are never compared.

A paper that makes a service refuse or garble every list it is in is found by halving the list, and
from then on asked about alone, once a week: the others never wait for it again.
"""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from catalog.errors import UsageTrouble
from catalog.facts import Fact, Miss
from catalog.moments import age_of
from catalog.paper import Paper, bare_key
from catalog.report import Report
from catalog.sightings import NO_NETWORK, SourceReport, SourceStatus
from config.secret import key_from
from pipelines.enrich import openalex, semantic_scholar
from pipelines.enrich.ask import NEVER
from pipelines.enrich.base import EnrichContext
from pipelines.enrich.bisection import REFUSED, CountService, Halved, ask_in_halves
from pipelines.enrich.citations import appeared, dropped_again, due, settle, source_name
from pipelines.enrich.client import RequestFailed
from pipelines.workspace import OPENALEX_KEY, SCHOLAR_KEY

if TYPE_CHECKING:
    from catalog.store import Store
    from catalog.store.facts import Facts

# Requests of one daily run, repeated ones included.
MAX_REQUESTS = 60
# OpenAlex gives away about a hundred times as many a day.
MAX_OPENALEX_REQUESTS = 20


# A paper that a service refused alone is asked about again after this time, so many in one run.
REFUSED_AGAIN = timedelta(days=7)
MAX_ALONE = 10
# Answers about one paper that the report names, since they are neither a count nor "unknown".
NOT_USED = {
    "wrong-paper": "another paper's count, not used",
    "not-understood": "an answer that is not understood, not used",
    "nonsense": "a count that cannot be one, not used",
}
# More papers than this aren't named in a report line.
MAX_NAMED = 5


def ask_for_counts(
    context: EnrichContext, report: Report, papers: Iterable[Paper], budget: int = MAX_REQUESTS
) -> set[str]:
    """Ask for counts that are due, store the answers as they come; the keys of answered papers."""
    every_paper = list(papers)
    asked = context.store.facts.asked("citations", semantic_scholar.SOURCE)
    waiting = _due(every_paper, asked, context.now)
    source, size = semantic_scholar.SOURCE, semantic_scholar.IDS_PER_REQUEST
    lists = Lists.of(context, source, waiting, every_paper, size)
    if not lists.number:
        report.notes.append("citations: none is due")
    answered: set[str] = set()
    if lists.number:
        answered |= _ask_semantic_scholar(context, report, lists, budget)
    return answered | _ask_openalex(context, report, every_paper)


def _due(papers: Iterable[Paper], asked: Mapping[str, datetime], now: datetime) -> list[Paper]:
    """Oldest answer first: papers that a budget or an outage cuts off are the next run's first."""
    waiting = [paper for paper in papers if due(appeared(paper), asked.get(paper.key), now)]
    return sorted(waiting, key=lambda paper: (asked.get(paper.key, NEVER), paper.key))


def _ask_semantic_scholar(
    context: EnrichContext, report: Report, lists: "Lists", budget: int
) -> set[str]:
    key = key_from(context.environment, SCHOLAR_KEY)
    client = context.client("semantic_scholar", key)
    service = semantic_scholar.Scholar(context.services["semantic_scholar"], client, key)
    answered: set[str] = set()
    refused: list[Miss] = []
    try:
        for halved in _batches(context, service, lists, budget):
            # Together: a paper with today's count is not asked about again for its venue alone.
            with context.store.transaction():
                answered |= _store(context.store, report, halved)
                context.store.facts.record(*service.venues, *service.details)
            service.venues.clear()
            service.details.clear()
            refused += halved.refused
            if halved.trouble:
                raise halved.trouble
    except RequestFailed as trouble:
        reason = f"{trouble.reason}; counts stay as they were"
        if answered:
            reason += f", but for {len(answered)} papers that were answered before"
        report.sources.append(
            SourceReport("semantic_scholar", SourceStatus.BROKEN, reason, later=trouble.passing)
        )
    else:
        # A service that answers is no news: a quiet day stays a quiet day.
        known = report.counts.get("citations/known", 0)
        report.notes.append(f"citations: {known} of {len(answered)} papers known")
        left = lists.number - len(answered)
        if left:
            report.unfinished = True
            report.notes.append(f"{left} papers are left for the next run: {budget} requests made")
    report.notes += refusal_lines("Semantic Scholar", refused)
    report.count("citations/asked", len(answered))
    report.count("citations/requests", client.requests)
    if service.refused:
        report.needs_person.append(
            f"{SCHOLAR_KEY} was refused ({service.refused}): asked without a key; renew it, or "
            "unset it"
        )
    return answered


def _ask_openalex(context: EnrichContext, report: Report, papers: Iterable[Paper]) -> set[str]:
    """
    Ask OpenAlex about papers that Semantic Scholar lacks, once they are two weeks old.

    It's an extra: the report names it if it doesn't answer, but needs nobody for it.
    """
    if "openalex" not in context.services:
        return set()
    facts = context.store.facts
    missing = _not_found(facts)
    ripe = [
        paper
        for paper in papers
        if paper.key in missing and context.now - appeared(paper) >= openalex.NOT_BEFORE
    ]
    waiting = _due(ripe, facts.asked("citations", openalex.SOURCE), context.now)
    lists = Lists.of(context, openalex.SOURCE, waiting, ripe, openalex.IDS_PER_REQUEST)
    if not lists.number:
        return set()
    key = key_from(context.environment, OPENALEX_KEY)
    client = context.client("openalex", key)
    service = openalex.OpenAlex(context.services["openalex"], client, key)
    answered: set[str] = set()
    refused: list[Miss] = []
    remark = ""
    try:
        for halved in _batches(context, service, lists, MAX_OPENALEX_REQUESTS):
            answered |= _store(context.store, report, halved, "openalex")
            refused += halved.refused
            if halved.trouble:
                raise halved.trouble
    except RequestFailed as trouble:
        if trouble.reason == NO_NETWORK:
            report.add_offline("openalex")
            return answered
        remark = f"; {trouble.reason}, the next run asks again"
    if service.refused:
        remark += f"; {OPENALEX_KEY} was refused ({service.refused}), asked without a key"
    known = report.counts.get("openalex/known", 0)
    report.notes.append(
        f"OpenAlex knows {known} of {lists.number} papers that Semantic Scholar does not{remark}"
    )
    report.notes += refusal_lines("OpenAlex", refused)
    report.count("openalex/requests", client.requests)
    return answered


def _not_found(facts: "Facts") -> set[str]:
    """Papers that Semantic Scholar was asked about and never had."""
    source = semantic_scholar.SOURCE
    missed = {
        miss.work_key
        for miss in facts.misses("citations")
        if miss.source == source and miss.reason == "not-found"
    }
    return missed - set(facts.latest("citations", missed, source=source))


@dataclass(frozen=True, slots=True)
class Lists:
    """
    The papers to ask about, as lists of one request each.

    A paper that the service refused before is a list of its own, and only now and then.
    ``witness`` is a paper that it has answered about.
    """

    lists: tuple[tuple[Paper, ...], ...]
    witness: Paper | None

    @classmethod
    def of(
        cls,
        context: EnrichContext,
        source: str,
        waiting: Sequence[Paper],
        every_paper: Sequence[Paper],
        size: int,
    ) -> "Lists":
        facts = context.store.facts
        misses = facts.misses("citations")
        bad = {m.work_key: m for m in misses if m.source == source and m.reason == REFUSED}
        good = [paper for paper in waiting if paper.key not in bad]
        again = [
            paper
            for paper in waiting
            if paper.key in bad and age_of(bad[paper.key].seen_at, context.now) >= REFUSED_AGAIN
        ]
        lists = [tuple(good[start : start + size]) for start in range(0, len(good), size)]
        asked_now = {paper.key for paper in waiting}
        others = [paper for paper in every_paper if paper.key not in asked_now]
        known = facts.latest("citations", {paper.key for paper in others}, source=source)
        witness = next((paper for paper in others if paper.key in known), None)
        return cls((*lists, *((paper,) for paper in again[:MAX_ALONE])), witness)

    @property
    def number(self) -> int:
        """How many papers these are."""
        return sum(map(len, self.lists))


def _batches(
    context: EnrichContext, service: CountService, lists: Lists, budget: int
) -> Iterator[Halved]:
    """The answers list by list, while the budget lasts."""
    is_well = False
    with context.progress("citations", total=len(lists.lists)) as step:
        for papers in lists.lists:
            if service.client.requests >= budget:
                return
            asking = ask_in_halves(service, papers, context.now, lists.witness, is_well=is_well)
            halved = asyncio.run(asking)
            is_well = is_well or any(isinstance(answer, Fact) for answer in halved.answers)
            yield halved
            step(f"{len(papers)} papers")


def refusal_lines(name: str, refused: Sequence[Miss]) -> Iterator[str]:
    """What the report says of papers that a service refuses, with the service's reason."""
    days = REFUSED_AGAIN.days
    for miss in refused[:MAX_NAMED]:
        yield (
            f"{bare_key(miss.work_key)}: {name} refuses it alone ({miss.detail}): asked again in "
            f"{days} days, apart from the others"
        )
    if len(refused) > MAX_NAMED:
        yield f"{len(refused) - MAX_NAMED} more papers are refused by {name}"


def _store(store: "Store", report: Report, halved: Halved, prefix: str = "citations") -> set[str]:
    """Store the answers about one list, and count them under ``prefix``; the papers' keys."""
    facts = store.facts
    answers = [*halved.answers, *halved.refused]
    keys = [answer.work_key for answer in answers]
    source = answers[0].source
    with store.transaction():
        latest = facts.latest("citations", keys, source=source)
        dropped = facts.latest("dropped", keys, source=source)
        results = [
            _settled(answer, latest.get(answer.work_key), dropped.get(answer.work_key))
            if isinstance(answer, Fact)
            else answer
            for answer in answers
        ]
        facts.record(*results)
    for result in results:
        if isinstance(result, Fact):
            report.count(f"{prefix}/known", 1)
            continue
        report.count(f"{prefix}/miss/{result.reason}", 1)
        if result.reason in NOT_USED:
            name = bare_key(result.work_key)
            report.notes.append(f"{name}: {NOT_USED[result.reason]} ({result.detail})")
    return set(keys)


def _settled(answer: Fact, last: Fact | None, dropped: Fact | None) -> Fact | Miss:
    fact = settle(last, answer)
    if fact.held and dropped_again(fact, dropped):
        detail = f"a count of {fact.count}"
        return Miss(fact.work_key, "citations", fact.source, "dropped", fact.seen_at, detail)
    return fact


def held_counts(facts: "Facts") -> dict[str, str]:
    """The counts that wait for a decision, by work: what to tell the user about each."""
    lines = {}
    for fact in facts.held("citations"):
        before = _before(facts, fact)
        name = bare_key(fact.work_key)
        since = f"{before.count} citations on {before.seen_at:%-d %B}, " if before else ""
        lines[fact.work_key] = (
            f"{name}: {since}{fact.count} by {source_name(fact.source)} on "
            f"{fact.seen_at:%-d %B %Y}: held (`listkeeper citations show {name} --release` "
            "believes it, `--drop` does not)"
        )
    return lines


def _before(facts: "Facts", held: Fact) -> Fact | None:
    """The count that a held one would replace."""
    return facts.latest("citations", [held.work_key], source=held.source).get(held.work_key)


def decide_held(
    store: "Store", keys: Collection[str], now: datetime, *, every: bool, believe: bool
) -> list[str]:
    """Release held counts (``believe``) or drop them; a line about each."""
    with store.lock("citations show"):
        waiting = {fact.work_key: fact for fact in store.facts.held("citations")}
        chosen = sorted(waiting) if every and not keys else keys
        missing = [bare_key(key) for key in chosen if key not in waiting]
        if missing or not (keys or every):
            names = ", ".join(sorted(bare_key(key) for key in waiting)) or "none"
            what = f"no count of {', '.join(missing)} is held" if missing else "name an ID"
            raise UsageTrouble("citations show", what, f"held: {names}; all of them: --held")
        with store.transaction():
            return [_decide(store.facts, waiting[key], now, believe=believe) for key in chosen]


def _decide(facts: "Facts", held: Fact, now: datetime, *, believe: bool) -> str:
    """Store the decision; the line says what counts from now on."""
    before = _before(facts, held)
    result = held if believe or before is None else before
    # Remembered, so that nobody is asked again while the source repeats this count.
    dropped = () if believe else (replace(held, kind="dropped", seen_at=now, held=False),)
    facts.record(*dropped, replace(result, seen_at=now, held=False))
    name = bare_key(held.work_key)
    done = "is believed" if believe else f"stays; {held.count} is dropped"
    return f"{name}: {result.count} {done}"
