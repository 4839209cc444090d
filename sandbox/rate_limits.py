"""The services' rate limits."""

from dataclasses import dataclass, field
from datetime import datetime

# arXiv: one request every three seconds over one connection, feeds, API and OAI-PMH together
# (Terms of Use for arXiv APIs). Semantic Scholar: one a second with a key.
PAUSES_S = {"arxiv": 3.0, "scholar": 1.0}
SINGLE_CONNECTION = frozenset({"arxiv"})
# A client that waits exactly long enough can still arrive a little early on this clock.
TOLERANCE = 0.95


@dataclass(slots=True)
class RateLimiter:
    """Remembers each service's last request; refuses none unless ``strict``."""

    strict: bool = False
    last: dict[str, datetime] = field(default_factory=dict)

    def refuses(self, service: str, now: datetime, in_flight: int) -> bool:
        before = self.last.get(service)
        self.last[service] = now
        if not self.strict or service not in PAUSES_S:
            return False
        if service in SINGLE_CONNECTION and in_flight:
            return True
        return before is not None and 0 <= (now - before).total_seconds() < self._pause(service)

    def _pause(self, service: str) -> float:
        return PAUSES_S[service] * TOLERANCE

    def clear(self) -> None:
        self.last.clear()
