"""How often a service may be asked, and who comes too soon."""

from dataclasses import dataclass, field
from datetime import datetime

# arXiv: one request every three seconds over one connection, feeds, API and OAI-PMH together
# (Terms of Use for arXiv APIs). Semantic Scholar: one a second with a key.
PAUSES = {"arxiv": 3.0, "scholar": 1.0}
SINGLE = frozenset({"arxiv"})
# A client that waits exactly as long as it must can still arrive a little early here.
LENIENCE = 0.95


@dataclass(slots=True)
class Pace:
    """Remembers when each service was last asked; refuses nobody unless ``strict``."""

    strict: bool = False
    last: dict[str, datetime] = field(default_factory=dict)

    def refuses(self, service: str, now: datetime, in_flight: int) -> bool:
        before = self.last.get(service)
        self.last[service] = now
        if not self.strict or service not in PAUSES:
            return False
        if service in SINGLE and in_flight:
            return True
        return before is not None and 0 <= (now - before).total_seconds() < self._pause(service)

    def _pause(self, service: str) -> float:
        return PAUSES[service] * LENIENCE

    def forget(self) -> None:
        self.last.clear()
