"""Settings of the sandbox, from the command line or a profile file."""

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sandbox.clock import moment
from sandbox.papers.calendar import HOLIDAYS
from sandbox.papers.generator import PaperGenerator

FIRST_MONDAY = datetime(2024, 11, 11, 6, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """
    The sandbox at its start.

    ``strict`` makes the services refuse requests that come too fast. Semantic Scholar lists a
    paper ``known_after`` days after its announcement, arXiv's query API finds it by its id after
    ``found_after_h`` hours. Of generated papers Hugging Face features one in ``featured``.
    ``invented=False`` leaves out the invented papers, whose titles once broke a program. The field
    names are the keys of a profile.
    """

    now: datetime | None = None
    speed: float = 1.0
    strict: bool = False
    feed_limit: int = 2000
    oai_page: int = 2500
    known_after: int = 3
    found_after_h: int = 0
    featured: int = 30
    invented: bool = True
    holidays: frozenset[date] = HOLIDAYS
    faults: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    replay: tuple[Path, ...] = ()
    crowd: PaperGenerator | None = None


def from_profile(profile: str) -> Settings:
    """Read a profile: the name of a JSON file, or the JSON itself."""
    text = profile if profile.lstrip().startswith("{") else Path(profile).read_text("utf-8")
    return Settings(**_typed(json.loads(text)))


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    if "now" in fields:
        fields["now"] = moment(fields["now"])
    if "holidays" in fields:
        fields["holidays"] = frozenset(date.fromisoformat(day) for day in fields["holidays"])
    if "replay" in fields:
        fields["replay"] = tuple(Path(path) for path in fields["replay"])
    if "crowd" in fields:
        fields["crowd"] = PaperGenerator.from_json(fields["crowd"])
    return fields
