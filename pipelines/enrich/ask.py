"""
Facts that the enrichers of the registry know: what papers say of themselves, and what services do.

What is unknown changes nothing that is known. A service that does not answer is a line in the
report; what was left is asked about the next time, oldest look first.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime

from catalog.paper import Fact, Miss, Paper
from catalog.report import Report
from config.secret import Secret, key_from
from crawler.politeness import pace
from pipelines.enrich import github, hugging_face
from pipelines.enrich.base import FAILED, Enricher, ServiceAccess
from pipelines.enrich.client import Client, RequestFailed
from pipelines.enrich.registry import READERS
from pipelines.enrich.repositories import key_of
from pipelines.workspace import Workspace

NEVER = datetime.min.replace(tzinfo=UTC)
# Answers that are stored together: a killed run asks for no more than these again.
TOGETHER = 10
# After so many failures in a row it is the service, and not what it is asked about.
ENOUGH = 3


def ask_others(
    workspace: Workspace, report: Report, papers: Mapping[str, Paper], reread: Collection[str] = ()
) -> None:
    """
    All that is known of candidates beside their citations; ``reread`` are read, and not asked for.

    These are extras: a service that does not answer is said, and is no reason to call a person.
    """
    newest = workspace.store.works.get_many({*papers, *reread})
    read_papers(workspace, report, [one for one in newest.values() if isinstance(one, Paper)])
    _ask_and_say(workspace, report, hugging_face, "Hugging Face", papers)
    codes = workspace.store.facts.latest("code", papers).values()
    _ask_and_say(workspace, report, github, "GitHub", {key_of(code.value) for code in codes})


def _ask_and_say(
    workspace: Workspace, report: Report, enricher: Enricher, name: str, keys: Collection[str]
) -> None:
    before = dict(report.counts)
    why = ask_each(workspace, report, enricher, keys)
    told = {
        outcome: report.counts[outcome] - before.get(outcome, 0)
        for outcome in report.counts
        if outcome.startswith((f"{enricher.SOURCE}/known", f"{enricher.SOURCE}/miss/"))
    }
    known, asked = told.get(f"{enricher.SOURCE}/known", 0), sum(told.values())
    if asked or why:
        report.notes.append(f"{name} knows {known} of {asked} asked about" + (why and f"; {why}"))


def read_papers(workspace: Workspace, report: Report, papers: Iterable[Paper]) -> None:
    """Keep what papers say of themselves, all together: nobody has to be asked for it again."""
    with workspace.store.transaction():
        for paper in papers:
            for name, reader in READERS.items():
                told = list(reader.told(paper, workspace.now))
                keep(workspace, told)
                report.count(f"enrich/{name}", sum(isinstance(one, Fact) for one in told))


def keep(workspace: Workspace, told: Iterable[Fact | Miss]) -> None:
    """Facts and misses, together."""
    with workspace.store.transaction():
        for one in told:
            if isinstance(one, Fact):
                workspace.store.facts.record(one)
            else:
                workspace.store.facts.miss(one)


def ask_each(
    workspace: Workspace,
    report: Report,
    enricher: Enricher,
    keys: Collection[str],
    budget: int | None = None,
) -> str:
    """
    Ask a service about those that are due, as far as the budget goes.

    Why it was stopped early, in words; empty where it was not.
    """
    waiting = due(workspace, enricher, keys)
    now = waiting[: enricher.MAX_REQUESTS_PER_RUN if budget is None else budget]
    key = _key(workspace, enricher)
    client = Client(workspace.manners.hosts, pace(workspace.manners, enricher.SERVICE), key)
    base = workspace.services.services[enricher.SERVICE]
    service = ServiceAccess(base, client, key, _last_told(workspace, enricher, now))
    said = ""
    if now:
        with workspace.progress(enricher.SOURCE, total=len(now)) as step:
            for start in range(0, len(now), TOGETHER):
                some = now[start : start + TOGETHER]
                told, said = asyncio.run(_ask(enricher, service, some, workspace.now))
                keep(workspace, told)
                _count(report, enricher, told)
                for name in some:
                    step(name.partition(":")[2])
                if said:
                    break
    left = len(waiting) - len(now)
    report.count(f"{enricher.SOURCE}/requests", client.requests)
    if said:
        return said
    return f"{left} are left for the next run" if left else ""


def _last_told(
    workspace: Workspace, enricher: Enricher, keys: Collection[str]
) -> dict[str, dict[str, Fact]]:
    told: dict[str, dict[str, Fact]] = {}
    for kind in enricher.REMEMBERS:
        facts = workspace.store.facts.latest(kind, keys, source=enricher.SOURCE)
        for key, fact in facts.items():
            told.setdefault(key, {})[kind] = fact
    return told


def due(workspace: Workspace, enricher: Enricher, keys: Collection[str]) -> list[str]:
    """Those whose last answer has come of age; who was never asked about comes first."""
    facts = {
        key: fact
        for key, fact in workspace.store.facts.latest(enricher.KIND, keys).items()
        if fact.source == enricher.SOURCE
    }
    misses = {
        miss.work_key: miss
        for miss in workspace.store.facts.misses(enricher.KIND)
        if miss.source == enricher.SOURCE
    }
    waiting = [
        key for key in keys if enricher.AGE.due(facts.get(key), misses.get(key), workspace.now)
    ]
    last = workspace.store.facts.asked(enricher.KIND, enricher.SOURCE)
    return sorted(waiting, key=lambda key: (last.get(key, NEVER), key))


async def _ask(
    enricher: Enricher, service: ServiceAccess, keys: Iterable[str], now: datetime
) -> tuple[list[Fact | Miss], str]:
    """The answers; and why there are no more of them, in words."""
    told: list[Fact | Miss] = []
    failed = 0
    for key in keys:
        try:
            told += await enricher.ask(service, key, now)
            failed = 0
        except RequestFailed as trouble:
            failed += 1
            if trouble.later or trouble.status in {401, 403} or failed == ENOUGH:
                return told, trouble.reason
            told.append(Miss(key, enricher.KIND, enricher.SOURCE, FAILED, now, trouble.reason))
    return told, ""


def _count(report: Report, enricher: Enricher, told: Iterable[Fact | Miss]) -> None:
    for one in told:
        if one.kind == enricher.KIND:
            outcome = "known" if isinstance(one, Fact) else f"miss/{one.reason}"
            report.count(f"{enricher.SOURCE}/{outcome}", 1)


def _key(workspace: Workspace, enricher: Enricher) -> Secret:
    return key_from(workspace.environment, enricher.KEY) if enricher.KEY else Secret("")
