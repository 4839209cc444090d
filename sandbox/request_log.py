"""A book of what the services saw, so that a test can ask what the server received."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Visit:
    """
    One request as it arrived; ``status`` is filled in when it is answered; None is no answer.

    ``in_flight`` counts the other requests the same service was answering at that moment.
    """

    service: str
    part: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    length: int
    body: str
    at: str
    monotonic: float
    in_flight: int
    fault: str | None = None
    status: int | None = None


@dataclass(slots=True)
class Book:
    """The visits since the start, or since the book was last cleared."""

    visits: list[Visit] = field(default_factory=list)
    flying: Counter[str] = field(default_factory=Counter)

    def arrive(self, visit: Visit) -> None:
        self.visits.append(visit)
        self.flying[visit.service] += 1

    def leave(self, visit: Visit) -> None:
        self.flying[visit.service] -= 1

    def told(self) -> list[dict[str, Any]]:
        return [asdict(visit) for visit in self.visits]

    def forget(self) -> None:
        self.visits.clear()
