"""
The report of a run, in one shape for people, programs and the head of the digest.

It has a status for each source and for the whole run, reasons, and every count under a name with
slashes. The exit code follows from the statuses.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.paper import SourceReport, SourceStatus, overall_status

if TYPE_CHECKING:
    from catalog.store import Store


@dataclass
class Report:
    """
    Grows during a run: sources with their statuses, counts, and notes.

    ``unfinished``: something was deliberately left for the next run.
    """

    command: str
    as_of: datetime
    sources: list[SourceReport] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    unfinished: bool = False

    @property
    def word(self) -> SourceStatus:
        return overall_status(self.sources) if self.sources else SourceStatus.OK

    @property
    def exit_code(self) -> int:
        """0 done, 1 needs a person, 75 try again later."""
        broken = [report for report in self.sources if report.word is SourceStatus.BROKEN]
        if self.needs_person or any(not report.later for report in broken):
            return 1
        return 75 if broken or self.unfinished or self.word is SourceStatus.STALE else 0

    def count(self, name: str, number: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def add_source(self, report: SourceReport) -> None:
        """Add the status of a source, and its counts under its name."""
        self.sources.append(report)
        for name, number in report.counts.items():
            self.count(f"{report.source}/{name}", number)

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
        }


def keep(store: "Store", report: Report, word: str | None = None) -> None:
    """Store a report, so that later runs can be compared with it."""
    # Here, because half a second of imports would be most of what `rules check` takes.
    from catalog.store.runs import Run

    status = word or str(report.word)
    store.runs.keep(Run(report.command, report.as_of, status, report.as_json()))
