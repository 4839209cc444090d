"""What enrichers that ask a service share: access to the service, and when an answer is due."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from catalog.facts import Fact, FactKind, Miss
from catalog.moments import age_of
from config.secret import Secret

if TYPE_CHECKING:
    from catalog.store import Store
    from crawler.politeness import CrawlPolicy
    from pipelines.enrich.client import Client
    from pipelines.workspace import Progress, Workspace

# Half an hour of grace, so that a weekly job does not slip to every second week.
GRACE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class EnrichContext:
    """What it takes to ask services: the store, the run's moment, addresses, pace and keys."""

    store: "Store"
    now: datetime
    services: Mapping[str, str]
    policy: "CrawlPolicy"
    environment: Mapping[str, str]
    progress: "Progress"

    @classmethod
    def of(cls, workspace: "Workspace") -> "EnrichContext":
        return cls(
            workspace.store,
            workspace.now,
            workspace.services.services,
            workspace.crawl_policy,
            workspace.environment,
            workspace.progress,
        )

    def client(self, service: str, key: Secret) -> "Client":
        """A client that keeps the pace of this service."""
        # Imported late: `status` asks nobody, and would wait a quarter of a second for httpx.
        from crawler.politeness import pace
        from pipelines.enrich.client import Client

        return Client(self.policy.hosts, pace(self.policy, service), key, self.policy.network)


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """
    A service to ask: its base address, the client, and a key if there is one.

    ``last`` are its last answers about each key, by kind: those of the enricher's ``REMEMBERS``.
    """

    base: str
    client: "Client"
    key: Secret
    last: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)


class Age(NamedTuple):
    """How old a fact, a miss, or a failed request may be before the service is asked again."""

    fact: timedelta
    miss: timedelta
    failed: timedelta

    def due(self, fact: Fact | None, miss: Miss | None, now: datetime) -> bool:
        """Whether to ask again; the newer of fact and miss counts."""
        if miss and (fact is None or miss.seen_at >= fact.seen_at):
            wait = self.failed if miss.reason == FAILED else self.miss
            return _passed(miss.seen_at, wait, now)
        return fact is None or _passed(fact.seen_at, self.fact, now)


# The reason of a miss where another try may succeed.
FAILED = "failed"


class Enricher(Protocol):
    """
    An enricher that asks a service about one key at a time.

    ``KIND`` is the kind of fact whose age decides when to ask again; ``KEY`` the environment
    variable that may hold a key of the service; ``MAX_REQUESTS_PER_RUN`` bounds one run;
    ``REMEMBERS`` are the kinds of facts that it needs from its last answer. ``ask`` raises
    RequestFailed if the service gives no answers now; no further keys are asked about then.
    """

    SOURCE: str
    SERVICE: str
    KIND: FactKind
    KEY: str
    MAX_REQUESTS_PER_RUN: int
    AGE: Age
    REMEMBERS: tuple[FactKind, ...]

    async def ask(self, service: ServiceAccess, key: str, now: datetime) -> list[Fact | Miss]: ...


def _passed(since: datetime, wait: timedelta, now: datetime) -> bool:
    return age_of(since, now) >= wait - GRACE
