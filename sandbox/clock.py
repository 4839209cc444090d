"""A clock that can be set, and that can run faster than the real one."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Sandbox time: ``now`` at the moment it was set, plus ``speed`` seconds a real second."""

    def __init__(self, now: datetime, speed: float = 1.0) -> None:
        self.speed = speed
        self.set(now)

    def set(self, now: datetime, speed: float | None = None) -> None:
        self._start = now.astimezone(UTC)
        self._since = time.monotonic()
        self.speed = self.speed if speed is None else speed

    def now(self) -> datetime:
        passed = (time.monotonic() - self._since) * self.speed
        return self._start + timedelta(seconds=passed)


def moment(text: str) -> datetime:
    """An ISO moment; one without a zone is UTC."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
