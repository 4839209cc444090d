"""The state of a running sandbox: papers, clock, counts, active faults."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from sandbox.clock import Clock
from sandbox.faults import Fault, Switchboard
from sandbox.forge.threads import Forge
from sandbox.papers import captures, catalogue
from sandbox.papers.captures import Capture
from sandbox.papers.catalogue import Catalogue
from sandbox.rate_limits import RateLimiter
from sandbox.request_log import RequestLog
from sandbox.settings import FIRST_MONDAY, Settings


@dataclass(slots=True)
class SandboxState:
    """Everything that service requests read and control requests change."""

    settings: Settings
    clock: Clock
    papers: Catalogue
    captures: tuple[Capture, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    openalex: dict[str, int] = field(default_factory=dict)
    faults: Switchboard = field(default_factory=Switchboard)
    log: RequestLog = field(default_factory=RequestLog)
    rate_limiter: RateLimiter = field(default_factory=RateLimiter)
    forge: Forge | None = None
    saved_forges: dict[str, Forge] = field(default_factory=dict)

    def now(self) -> datetime:
        return self.clock.now()


def build(settings: Settings) -> SandboxState:
    recorded = captures.load(settings.replay)
    shipped = catalogue.load(invented=settings.invented)
    papers = shipped.with_papers(paper for capture in recorded for paper in capture.papers)
    if settings.crowd:
        papers = papers.with_papers(settings.crowd.papers_announced(settings.holidays))
    state = SandboxState(
        settings=settings,
        clock=Clock(settings.now or _morning(recorded), settings.speed),
        papers=papers,
        captures=recorded,
        counts=dict(settings.counts),
        rate_limiter=RateLimiter(strict=settings.strict),
    )
    for service, name in settings.faults.items():
        state.faults.set(service, Fault.parse(name))
    return state


def _morning(captures: tuple[Capture, ...]) -> datetime:
    """Start at 06:30 UTC on the day of the newest captured feed: its batch is out."""
    if not captures:
        return FIRST_MONDAY
    return datetime.combine(captures[-1].day, time(6, 30), UTC)
