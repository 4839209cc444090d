"""The state of the outside world: its papers, its clock, its counts, its present faults."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from sandbox import catalogue, replay
from sandbox.catalogue import Catalogue
from sandbox.clock import Clock
from sandbox.faults import Fault, Switchboard
from sandbox.rate_limits import Pace
from sandbox.replay import Capture
from sandbox.request_log import Book
from sandbox.settings import FIRST_MONDAY, Settings


@dataclass(slots=True)
class SandboxState:
    """Everything that requests read and control calls change."""

    settings: Settings
    clock: Clock
    papers: Catalogue
    captures: tuple[Capture, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    openalex: dict[str, int] = field(default_factory=dict)
    faults: Switchboard = field(default_factory=Switchboard)
    book: Book = field(default_factory=Book)
    pace: Pace = field(default_factory=Pace)

    def now(self) -> datetime:
        return self.clock.now()


def build(settings: Settings) -> SandboxState:
    captures = replay.load(settings.replay)
    known = catalogue.load(invented=settings.invented)
    papers = known.with_papers(paper for capture in captures for paper in capture.papers)
    if settings.crowd:
        papers = papers.with_papers(settings.crowd.gather(settings.holidays))
    state = SandboxState(
        settings=settings,
        clock=Clock(settings.now or _morning(captures), settings.speed),
        papers=papers,
        captures=captures,
        counts=dict(settings.counts),
        pace=Pace(strict=settings.strict),
    )
    for service, name in settings.faults.items():
        state.faults.set(service, Fault.parse(name))
    return state


def _morning(captures: tuple[Capture, ...]) -> datetime:
    """Choose half past six on the day of the (last) captured feed, when its batch is out."""
    if not captures:
        return FIRST_MONDAY
    return datetime.combine(captures[-1].day, time(6, 30), UTC)
