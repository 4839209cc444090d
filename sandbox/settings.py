"""What can be set about the outside world: on the command line, or in a profile file."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sandbox.calendar import HOLIDAYS
from sandbox.clock import moment
from sandbox.generator import Crowd

FIRST_MONDAY = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The world as it is when it starts.

    ``strict`` makes the services refuse who comes too fast. ``known_after`` is the number of
    days after its announcement on which Semantic Scholar learns of a paper. ``invented`` papers,
    with every title that ever broke a program, can be left out.
    """

    now: datetime | None = None
    speed: float = 1.0
    strict: bool = False
    feed_limit: int = 2000
    oai_page: int = 2500
    known_after: int = 3
    invented: bool = True
    holidays: frozenset[date] = HOLIDAYS
    faults: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    replay: tuple[Path, ...] = ()
    crowd: Crowd | None = None


def from_profile(profile: str) -> Settings:
    """Read a profile: the name of a JSON file, or the JSON itself."""
    told = profile if profile.lstrip().startswith("{") else Path(profile).read_text("utf-8")
    return Settings(**_typed(json.loads(told)))


def _typed(told: dict[str, Any]) -> dict[str, Any]:
    if "now" in told:
        told["now"] = moment(told["now"])
    if "holidays" in told:
        told["holidays"] = frozenset(date.fromisoformat(day) for day in told["holidays"])
    if "replay" in told:
        told["replay"] = tuple(Path(path) for path in told["replay"])
    if "crowd" in told:
        told["crowd"] = Crowd.told(told["crowd"])
    return told
