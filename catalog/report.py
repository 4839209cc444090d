"""
The report of a run: the same facts for people, for machines and for the head of a digest.

It has a status with a reason for each source and overall, and counts under names with a slash. The
exit code follows from the statuses, so it tells whether the report is worth reading.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.clocks import is_ours_wrong
from catalog.errors import ComeBackLater, Trouble
from catalog.sightings import NO_NETWORK, SourceReport, SourceStatus, overall_status

if TYPE_CHECKING:
    from catalog.rows.runs import Run
    from catalog.store import Store


FAILING = frozenset({SourceStatus.BROKEN, SourceStatus.STALE})
# A source that fails on so many days in a row needs a person; before, the next run may succeed.
MAX_DAYS_ALONE = 3
# Past runs in which earlier failures are looked for: of sixteen days, with a run every hour.
RUNS_SEARCHED = 400


@dataclass
class Report:
    """
    Sources with their statuses, counts, and lines for people; grows while a run goes on.

    ``unfinished`` means that work was left for the next run on purpose. ``findings`` are facts that
    a person was told, so that the next run tells what is new.
    """

    command: str
    as_of: datetime
    sources: list[SourceReport] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unfinished: bool = False
    findings: list[list[str]] = field(default_factory=list)

    @property
    def word(self) -> SourceStatus:
        return overall_status(self.sources) if self.sources else SourceStatus.OK

    @property
    def exit_code(self) -> int:
        """0 done, 1 needs a person, 75 try again later."""
        failing = [report for report in self.sources if report.word in FAILING]
        if self.needs_person or any(not report.later for report in failing):
            return 1
        return 75 if failing or self.unfinished else 0

    @property
    def outlook(self) -> str:
        """What stands behind the last word, which is about the sources alone."""
        if self.exit_code == ComeBackLater.exit_code:
            return "  nothing is lost; the next run tries again"
        return "  for the sources, but something else needs you" if self.needs_person else ""

    @property
    def is_clock_wrong(self) -> bool:
        """Whether our clock is wrong, as most services say."""
        return is_ours_wrong(self.sources)

    @property
    def is_offline(self) -> bool:
        """Whether sources were not asked because there is no network."""
        return any(source.reason == NO_NETWORK for source in self.sources)

    def count(self, name: str, number: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def add_trouble(self, trouble: Trouble) -> None:
        """Add what ended a part of the work: a note where the next run tries, else for a person."""
        if trouble.exit_code == ComeBackLater.exit_code:
            self.unfinished = True
            self.notes.append(str(trouble))
        else:
            self.needs_person.append(str(trouble))

    def add_source(self, source: SourceReport) -> None:
        """Add a source, and its counts under its name."""
        self.sources.append(source)
        for name, number in source.counts.items():
            self.count(f"{source.source}/{name}", number)

    def add_offline(self, source: str) -> None:
        """Add a source that was not asked because there is no network."""
        if not any(report.source == source for report in self.sources):
            self.add_source(SourceReport(source, SourceStatus.BROKEN, NO_NETWORK, later=True))

    def put_offline(self) -> None:
        """Give every source that failed the one reason: nothing could be reached."""
        self.sources = [
            replace(report, reason=NO_NETWORK, later=True)
            if report.word is SourceStatus.BROKEN
            else report
            for report in self.sources
        ]

    def as_json(self) -> dict[str, Any]:
        return {
            "command": self.command,
            "as_of": self.as_of.isoformat(),
            "word": str(self.word),
            "exit_code": self.exit_code,
            "sources": [asdict(report) for report in self.sources],
            "counts": self.counts,
            "notes": self.notes,
            "needs_person": self.needs_person,
            "files": self.files,
            "findings": self.findings,
        }


def keep(store: "Store", report: Report, word: str | None = None) -> None:
    """
    Store a report, so that the next run can be compared with this one.

    A source that fails on the third day in a row needs a person from then on.
    """
    # Imported late: half a second would be most of what `rules check` takes.
    from catalog.rows.runs import Run

    if any(source.word in FAILING for source in report.sources):
        past = store.runs.recent(most=RUNS_SEARCHED)
        report.sources = [_by_days(source, report.as_of, past) for source in report.sources]
    status = word or str(report.word)
    store.runs.keep(Run(report.command, report.as_of, status, report.as_json()))


def _by_days(source: SourceReport, as_of: datetime, past: "Iterable[Run]") -> SourceReport:
    """The report of a source; one that fails for too long no longer waits for the next run."""
    if source.word not in FAILING or not source.later:
        return source
    days = _days_failing(source.source, as_of, past)
    if days < MAX_DAYS_ALONE:
        return source
    row = "" if "in a row" in source.reason else f"; {days} days in a row"
    return replace(source, later=False, reason=f"{source.reason}{row}")


def _days_failing(name: str, as_of: datetime, past: "Iterable[Run]") -> int:
    """On how many days this source has failed, up to now, since it last did not."""
    days = {as_of.date()}
    for run in past:
        words = [s["word"] for s in run.report.get("sources", ()) if s["source"] == name]
        if any(word not in FAILING for word in words):
            break
        if words:
            days.add(run.as_of.date())
    return len(days)
