"""
What a run did, in one shape for people, machines and the digest's head.

One word for each source and for the whole, the reason, and every count under a slash name. The
exit code follows from the words: nobody has to read the report to know whether to read it.
"""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from catalog.paper import SourceReport, SourceStatus, whole

if TYPE_CHECKING:
    from catalog.store import Store


@dataclass
class Report:
    """
    Grows while a run goes on: sources with their words, counts, and lines for people.

    ``unfinished``: something was left for the next run on purpose.
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
        return whole(self.sources) if self.sources else SourceStatus.OK

    @property
    def exit_code(self) -> int:
        """0 done, 1 a person is needed, 75 come back later."""
        broken = [report for report in self.sources if report.word is SourceStatus.BROKEN]
        if self.needs_person or any(not report.later for report in broken):
            return 1
        return 75 if broken or self.unfinished or self.word is SourceStatus.STALE else 0

    def count(self, name: str, number: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + number

    def add_source(self, source: SourceReport) -> None:
        """The word of a source, and its counts under its name."""
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
    """Keep a report, so that the next run can be compared with this one."""
    # Here, because half a second of imports would be most of what `rules check` takes.
    from catalog.store.runs import Run

    status = word or str(report.word)
    store.runs.keep(Run(report.command, report.as_of, status, report.as_json()))
