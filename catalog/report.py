"""
The report of a run: the same facts for people, for machines and for the head of a digest.

It has a status with a reason for each source and overall, and counts under names with a slash. The
exit code follows from the statuses, so it tells whether the report is worth reading.
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
    Sources with their statuses, counts, and lines for people; grows while a run goes on.

    ``unfinished`` means that work was left for the next run on purpose.
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

    def add_source(self, source: SourceReport) -> None:
        """Add a source, and its counts under its name."""
        self.sources.append(source)
        for name, number in source.counts.items():
            self.count(f"{source.source}/{name}", number)

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
    """Store a report, so that the next run can be compared with this one."""
    # Imported late: half a second would be most of what `rules check` takes.
    from catalog.store.runs import Run

    status = word or str(report.word)
    store.runs.keep(Run(report.command, report.as_of, status, report.as_json()))
