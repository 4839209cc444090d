"""
Asks the services of the registry about candidates, and reads what papers say of themselves.

An unknown value never replaces a stored one. A service that doesn't answer costs a line in the
report; the next run asks about the rest, those with the oldest answer first.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from catalog.facts import Fact, FactKind, Miss
from catalog.paper import Paper
from catalog.report import Report
from catalog.sightings import NO_NETWORK
from config.secret import Secret, key_from
from pipelines.enrich import github, hugging_face
from pipelines.enrich.base import FAILED, Age, EnrichContext, Enricher, ServiceAccess
from pipelines.enrich.client import RequestFailed
from pipelines.enrich.registry import READERS
from pipelines.enrich.repositories import key_of

if TYPE_CHECKING:
    from catalog.store import Store
    from catalog.store.facts import Facts

NEVER = datetime.min.replace(tzinfo=UTC)
# Keys whose answers are stored together: a killed run asks for no more than these again.
BATCH_KEYS = 10
# After so many failures in a row the service is at fault, not the keys.
MAX_FAILURES = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """
    How a service answered: outcomes by name (``known``, ``miss/not-found`` …), requests made.

    ``stopped`` is why it was given up early, empty if it wasn't; ``left`` are keys over budget.
    ``failure`` is the reason of the first request that failed for itself.
    """

    outcomes: Counter[str]
    requests: int
    stopped: str
    left: int
    failure: str = ""

    @property
    def is_offline(self) -> bool:
        return self.stopped == NO_NETWORK

    @property
    def known(self) -> int:
        return self.outcomes["known"]

    @property
    def unfinished(self) -> str:
        """Why keys are left, in words; empty if none is. That there's no network is told once."""
        if self.is_offline:
            return ""
        return self.stopped or (f"{self.left} are left for the next run" if self.left else "")

    @property
    def remark(self) -> str:
        """What went wrong, and why keys are left, to follow a sentence; empty if nothing is."""
        failed = self.outcomes[f"miss/{FAILED}"]
        failures = f"{failed} failed ({self.failure})" if failed else ""
        return "".join(f"; {part}" for part in (failures, self.unfinished) if part)

    def count(self, report: Report, source: str) -> None:
        for outcome, number in self.outcomes.items():
            report.count(f"{source}/{outcome}", number)
        report.count(f"{source}/requests", self.requests)


def ask_others(
    context: EnrichContext,
    report: Report,
    papers: Mapping[str, Paper],
    reread: Collection[str] = (),
) -> None:
    """
    Collect everything but citations for candidates; works of ``reread`` are only read again.

    These are extras: the report names a service that doesn't answer, but needs nobody for it.
    """
    store = context.store
    newest = store.works.get_many({*papers, *reread})
    read_papers(
        store, report, [work for work in newest.values() if isinstance(work, Paper)], context.now
    )
    _ask_and_note(context, report, hugging_face, "Hugging Face", papers)
    codes = store.facts.latest("code", papers).values()
    _ask_and_note(context, report, github, "GitHub", {key_of(code.value) for code in codes})


def _ask_and_note(
    context: EnrichContext, report: Report, enricher: Enricher, name: str, keys: Collection[str]
) -> None:
    asked = ask_each(context, enricher, keys)
    asked.count(report, enricher.SOURCE)
    if asked.is_offline:
        report.add_offline(enricher.SOURCE)
        return
    total = asked.outcomes.total()
    if total or asked.remark:
        report.notes.append(f"{name} knows {asked.known} of {total} asked about{asked.remark}")


def read_papers(store: "Store", report: Report, papers: Iterable[Paper], now: datetime) -> None:
    """Store what papers say of themselves, in one transaction; nobody is asked."""
    every: list[Fact | Miss] = []
    for paper in papers:
        for name, reader in READERS.items():
            answers = list(reader.facts_of(paper, now))
            every += answers
            report.count(f"enrich/{name}", sum(isinstance(answer, Fact) for answer in answers))
    store.facts.record(*every)


def ask_each(
    context: EnrichContext, enricher: Enricher, keys: Collection[str], budget: int | None = None
) -> Asked:
    """Ask a service about the keys that are due, up to ``budget`` keys; store the answers."""
    facts = context.store.facts
    waiting = due_keys(facts, enricher.KIND, enricher.SOURCE, enricher.AGE, keys, context.now)
    chosen = waiting[: enricher.MAX_REQUESTS_PER_RUN if budget is None else budget]
    key = key_from(context.environment, enricher.KEY) if enricher.KEY else Secret("")
    client = context.client(enricher.SERVICE, key)
    base = context.services[enricher.SERVICE]
    service = ServiceAccess(base, client, key, _last_answers(facts, enricher, chosen))
    outcomes: Counter[str] = Counter()
    stopped = failure = ""
    if chosen:
        with context.progress(enricher.SOURCE, total=len(chosen)) as step:
            for start in range(0, len(chosen), BATCH_KEYS):
                batch = chosen[start : start + BATCH_KEYS]
                answers, stopped = asyncio.run(_ask(enricher, service, batch, context.now))
                context.store.facts.record(*answers)
                outcomes.update(_outcomes(enricher.KIND, answers))
                failure = failure or _first_failure(answers)
                for name in batch:
                    step(name.partition(":")[2])
                if stopped:
                    break
    return Asked(outcomes, client.requests, stopped, len(waiting) - len(chosen), failure)


def _first_failure(answers: Iterable[Fact | Miss]) -> str:
    failed = (it.detail for it in answers if isinstance(it, Miss) and it.reason == FAILED)
    return next(failed, "")


def _last_answers(
    facts: "Facts", enricher: Enricher, keys: Collection[str]
) -> dict[str, dict[str, Fact]]:
    answers: dict[str, dict[str, Fact]] = {}
    for kind in enricher.REMEMBERS:
        for key, fact in facts.latest(kind, keys, source=enricher.SOURCE).items():
            answers.setdefault(key, {})[kind] = fact
    return answers


def due_keys(
    facts: "Facts", kind: FactKind, source: str, age: Age, keys: Collection[str], now: datetime
) -> list[str]:
    """The keys whose last answer is too old; those never asked about come first."""
    latest = {key: fact for key, fact in facts.latest(kind, keys).items() if fact.source == source}
    misses = {miss.work_key: miss for miss in facts.misses(kind) if miss.source == source}
    asked = facts.asked(kind, source)
    waiting = [key for key in keys if age.due(latest.get(key), misses.get(key), now)]
    return sorted(waiting, key=lambda key: (asked.get(key, NEVER), key))


async def _ask(
    enricher: Enricher, service: ServiceAccess, keys: Sequence[str], now: datetime
) -> tuple[list[Fact | Miss], str]:
    """The answers; and why the service gives no more of them, empty if it does."""
    answers: list[Fact | Miss] = []
    failed = 0
    for key in keys:
        try:
            answers += await enricher.ask(service, key, now)
            failed = 0
        except RequestFailed as trouble:
            failed += 1
            if trouble.later or trouble.status in {401, 403} or failed == MAX_FAILURES:
                return answers, trouble.reason
            miss = Miss(key, enricher.KIND, enricher.SOURCE, FAILED, now, trouble.reason)
            answers.append(miss)
    return answers, ""


def _outcomes(kind: FactKind, answers: Iterable[Fact | Miss]) -> list[str]:
    return [
        "known" if isinstance(answer, Fact) else f"miss/{answer.reason}"
        for answer in answers
        if answer.kind == kind
    ]
