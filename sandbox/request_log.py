"""The log of received requests, for tests."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class LoggedRequest:
    """
    One request; ``status`` is set when it is answered and stays None without an answer.

    ``in_flight`` counts the service's other open requests at that moment. The field names are the
    keys of ``/__seen``.
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
class RequestLog:
    """The requests since the start or the last ``clear``."""

    entries: list[LoggedRequest] = field(default_factory=list)
    in_flight: Counter[str] = field(default_factory=Counter)

    def arrive(self, entry: LoggedRequest) -> None:
        self.entries.append(entry)
        self.in_flight[entry.service] += 1

    def leave(self, entry: LoggedRequest) -> None:
        self.in_flight[entry.service] -= 1

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.entries]

    def clear(self) -> None:
        self.entries.clear()
