"""
Asking for the counts that are due: Semantic Scholar first, OpenAlex about what it does not know.

One request is one transaction: a killed run asks again for what was not stored, and for nothing
else. A service that fails changes nothing. Other commands' counts are never compared with.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from catalog.errors import UsageTrouble
from catalog.paper import Fact, Miss, Paper, SourceReport, SourceStatus, bare_key
from catalog.report import Report
from catalog.store.lock import lock
from config.secret import Secret
from crawler.politeness import pace
from pipelines.enrich import openalex, semantic_scholar
from pipelines.enrich.ask import keep
from pipelines.enrich.citations import appeared, dropped_again, due, settle, source_name
from pipelines.enrich.client import Client, RequestFailed
from pipelines.workspace import OPENALEX_KEY, SCHOLAR_KEY, Workspace

# Requests of one daily run, those asked again included.
MAX_REQUESTS = 60
# Of OpenAlex: what it gives away a day is worth a hundred of these.
BUDGET_OPENALEX = 20
NEVER = datetime.min.replace(tzinfo=UTC)


class CountService(Protocol):
    """What can be asked for counts, in batches."""

    client: Client
    refused: str

    async def counts(self, papers: Sequence[Paper], now: datetime) -> list[Fact | Miss]: ...


def ask_for_counts(
    workspace: Workspace, report: Report, papers: Iterable[Paper], budget: int = MAX_REQUESTS
) -> set[str]:
    """Ask for what is due, store facts, holds and misses as they come; whom it was about."""
    all_of_them = list(papers)
    asked = workspace.store.facts.asked("citations", semantic_scholar.SOURCE)
    waiting = _due(workspace, all_of_them, asked)
    if not waiting:
        report.notes.append("citations: none is due")
    answered: set[str] = set()
    if waiting:
        answered |= _ask_semantic_scholar(workspace, report, waiting, budget)
    return answered | _ask_openalex(workspace, report, all_of_them)


def _due(workspace: Workspace, papers: Iterable[Paper], asked: dict[str, datetime]) -> list[Paper]:
    """The oldest look first: what a budget or an outage cuts off is next in line next time."""
    waiting = [
        paper for paper in papers if due(appeared(paper), asked.get(paper.key), workspace.now)
    ]
    return sorted(waiting, key=lambda paper: (asked.get(paper.key, NEVER), paper.key))


def _ask_semantic_scholar(
    workspace: Workspace, report: Report, waiting: list[Paper], budget: int
) -> set[str]:
    client = _client(workspace, "semantic_scholar", workspace.scholar_key)
    base = workspace.services.services["semantic_scholar"]
    service = semantic_scholar.Scholar(base, client, workspace.scholar_key)
    answered: set[str] = set()
    try:
        for answers in _batches(
            workspace, service, waiting, semantic_scholar.IDS_PER_REQUEST, budget
        ):
            # Together: who has a count of today is not asked again for the venue alone.
            with workspace.store.transaction():
                _store(workspace, report, answers)
                keep(workspace, service.venues)
            service.venues.clear()
            answered |= {answer.work_key for answer in answers}
    except RequestFailed as trouble:
        reason = f"{trouble.reason}; counts stay as they were"
        if answered:
            reason += f", but for {len(answered)} papers that were answered before"
        report.sources.append(
            SourceReport("semantic_scholar", SourceStatus.BROKEN, reason, later=trouble.later)
        )
    else:
        # A service that answers is no news: a quiet day stays a quiet day.
        known = report.counts.get("citations/known", 0)
        report.notes.append(f"citations: {known} of {len(answered)} papers known")
        left = len(waiting) - len(answered)
        if left:
            report.unfinished = True
            report.notes.append(f"{left} papers are left for the next run: {budget} requests made")
    report.count("citations/asked", len(answered))
    report.count("citations/requests", client.requests)
    if service.refused:
        report.needs_person.append(
            f"{SCHOLAR_KEY} was refused ({service.refused}): asked without a key; renew it, or "
            "unset it"
        )
    return answered


def _ask_openalex(workspace: Workspace, report: Report, papers: Iterable[Paper]) -> set[str]:
    """
    Ask the second source about papers that the first does not know, once they are two weeks old.

    It is an extra: that it does not answer is said, and is no reason to call a person.
    """
    if "openalex" not in workspace.services.services:
        return set()
    unknown = _unknown(workspace)
    ripe = [
        paper
        for paper in papers
        if paper.key in unknown and workspace.now - appeared(paper) >= openalex.NOT_BEFORE
    ]
    waiting = _due(workspace, ripe, workspace.store.facts.asked("citations", openalex.SOURCE))
    if not waiting:
        return set()
    client = _client(workspace, "openalex", workspace.openalex_key)
    base = workspace.services.services["openalex"]
    service = openalex.OpenAlex(base, client, workspace.openalex_key)
    answered: set[str] = set()
    said = ""
    try:
        for answers in _batches(
            workspace, service, waiting, openalex.IDS_PER_REQUEST, BUDGET_OPENALEX
        ):
            _store(workspace, report, answers, "openalex")
            answered |= {answer.work_key for answer in answers}
    except RequestFailed as trouble:
        said = f"; {trouble.reason}, the next run asks again"
    if service.refused:
        said += f"; {OPENALEX_KEY} was refused ({service.refused}), asked without a key"
    known = report.counts.get("openalex/known", 0)
    report.notes.append(
        f"OpenAlex knows {known} of {len(waiting)} papers that Semantic Scholar does not{said}"
    )
    report.count("openalex/requests", client.requests)
    return answered


def _unknown(workspace: Workspace) -> set[str]:
    """Whom Semantic Scholar was asked about, and never knew."""
    source = semantic_scholar.SOURCE
    missed = {
        miss.work_key
        for miss in workspace.store.facts.misses("citations")
        if miss.source == source and miss.reason == "not-found"
    }
    return missed - set(workspace.store.facts.latest("citations", missed, source=source))


def _client(workspace: Workspace, group: str, key: Secret) -> Client:
    return Client(workspace.manners.hosts, pace(workspace.manners, group), key)


def _batches(
    workspace: Workspace, service: CountService, waiting: list[Paper], size: int, budget: int
) -> Iterator[list[Fact | Miss]]:
    """The answers batch by batch, while the budget lasts."""
    batches = [waiting[start : start + size] for start in range(0, len(waiting), size)]
    with workspace.progress("citations", total=len(batches)) as step:
        for batch in batches:
            if service.client.requests >= budget:
                return
            yield asyncio.run(service.counts(batch, workspace.now))
            step(f"{len(batch)} papers")


def _store(
    workspace: Workspace, report: Report, answers: Sequence[Fact | Miss], place: str = "citations"
) -> None:
    """Keep the answers of one request together."""
    facts = workspace.store.facts
    with workspace.store.transaction():
        keys = [answer.work_key for answer in answers]
        source = answers[0].source
        known = facts.latest("citations", keys, source=source)
        dropped = facts.latest("dropped", keys, source=source)
        for answer in answers:
            kept = answer
            if isinstance(answer, Fact):
                kept = _settled(answer, known.get(answer.work_key), dropped.get(answer.work_key))
            if isinstance(kept, Fact):
                facts.record(kept)
                report.count(f"{place}/known", 1)
                continue
            facts.miss(kept)
            report.count(f"{place}/miss/{kept.reason}", 1)
            if kept.reason == "wrong-paper":
                name = bare_key(kept.work_key)
                report.notes.append(f"{name}: another paper's count, not used ({kept.detail})")


def _settled(answer: Fact, known: Fact | None, dropped: Fact | None) -> Fact | Miss:
    fact = settle(known, answer)
    if fact.held and dropped_again(fact, dropped):
        detail = f"a count of {fact.count}"
        return Miss(fact.work_key, "citations", fact.source, "dropped", fact.seen_at, detail)
    return fact


def held(workspace: Workspace) -> dict[str, str]:
    """The counts that wait for a person, by work, and what to say about each."""
    told = {}
    for fact in workspace.store.facts.held("citations"):
        old = workspace.store.facts.latest("citations", [fact.work_key], source=fact.source)
        name = bare_key(fact.work_key)
        before = old.get(fact.work_key)
        since = f"{before.count} citations on {before.seen_at:%-d %B}, " if before else ""
        told[fact.work_key] = (
            f"{name}: {since}{fact.count} by {source_name(fact.source)} on "
            f"{fact.seen_at:%-d %B %Y}: held (`listkeeper citations show {name} --release` "
            "believes it, `--drop` does not)"
        )
    return told


def decide_held(
    workspace: Workspace, keys: list[str], *, every: bool, believe: bool, both: bool
) -> list[str]:
    """A person's word on held counts: from now on they count, or the ones before do."""
    if both:
        raise UsageTrouble("citations show", "--release and --drop exclude each other")
    with lock(workspace.state, "citations show"):
        waiting = {fact.work_key: fact for fact in workspace.store.facts.held("citations")}
        chosen = sorted(waiting) if every and not keys else keys
        missing = [bare_key(key) for key in chosen if key not in waiting]
        if missing or not (keys or every):
            known = ", ".join(sorted(bare_key(key) for key in waiting)) or "none"
            what = f"no count of {', '.join(missing)} is held" if missing else "name an ID"
            raise UsageTrouble("citations show", what, f"held: {known}; all of them: --held")
        with workspace.store.transaction():
            return [_settle(workspace, waiting[key], believe=believe) for key in chosen]


def _settle(workspace: Workspace, held: Fact, *, believe: bool) -> str:
    """Keep the decision, and say what counts from now on."""
    facts = workspace.store.facts
    before = facts.latest("citations", [held.work_key], source=held.source).get(held.work_key)
    kept = held if believe or before is None else before
    if not believe:
        # Remembered, so that nobody is asked again while the source goes on saying it.
        facts.record(
            Fact(held.work_key, "dropped", held.value, held.source, held.url, workspace.now)
        )
    facts.record(Fact(held.work_key, "citations", kept.value, kept.source, kept.url, workspace.now))
    name = bare_key(held.work_key)
    done = "is believed" if believe else f"stays; {held.count} is dropped"
    return f"{name}: {kept.count} {done}"
