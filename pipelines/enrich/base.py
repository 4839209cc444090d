"""What every enricher that asks somebody has in common: whom it asks, and after what time again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from catalog.paper import Fact, FactKind, Miss
from config.secret import Secret
from pipelines.enrich.client import Client

# Half an hour of grace, so that a weekly job does not slip to every second week.
GRACE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class ServiceAccess:
    """
    Whom to ask: the base address, the client to ask it with, and a key if there is one.

    ``told`` is what it last said of each key, by kind, as far as the enricher wants to know it.
    """

    base: str
    client: Client
    key: Secret
    told: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)


class Age(NamedTuple):
    """How old an answer, a miss, or a question that nobody answered may be."""

    fact: timedelta
    miss: timedelta
    failed: timedelta

    def due(self, fact: Fact | None, miss: Miss | None, now: datetime) -> bool:
        """Whether to ask again; the newer of the two counts."""
        if miss and (fact is None or miss.seen_at >= fact.seen_at):
            wait = self.failed if miss.reason == FAILED else self.miss
            return _passed(miss.seen_at, wait, now)
        return fact is None or _passed(fact.seen_at, self.fact, now)


# Why there is no answer, where another try may bring one.
FAILED = "failed"


class Enricher(Protocol):
    """
    An enricher that asks a service about one key at a time.

    ``KIND`` is the kind of fact that tells when it was last asked; ``KEY`` the variable that may
    hold a key of the service; ``MAX_REQUESTS_PER_RUN`` bounds one run; ``REMEMBERS`` are the kinds
    of facts that it needs again when it asks. Trouble means that the service
    gives no answers now: nobody else is asked about.
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
    return now - since >= wait - GRACE
