"""
``rules diff --snapshot``: what a changed word would have let in over all of arXiv, year by year.

Only papers with one of the changed words are judged, by both versions, so all of arXiv costs little
more than a search for these words. Where any paper may move (a new order of sections, a first word
of ``about``, ...), all are.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nlargest

from config.rules import ListRules
from pipelines.bulk.files import count_records, parts, without_records
from pipelines.bulk.judging import RulesToSend
from pipelines.bulk.records import WatchedRecords
from pipelines.bulk.workers import Spread
from pipelines.tuning.comparison import KINDS, ChangedVerdict, Comparison, Kind
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.labelled import Labelled
from pipelines.workspace import Progress, silent

# Papers of each kind that are kept to be shown, the strongest first.
MAX_SHOWN_PAPERS = 10

Year = int | None


@dataclass(frozen=True, slots=True)
class MovedPaper:
    """A paper with another section than before; ``score`` is that of the version that has it."""

    score: float
    arxiv_id: str
    title: str
    kind: Kind
    before: str | None
    after: str | None
    because: str


@dataclass(frozen=True, slots=True)
class YearsOfPapers:
    """
    By year, how many papers were looked at, and how many moved, by kind.

    ``words`` counts the papers of each kind by the change that moved them; ``touched`` is how many
    have a changed word. A paper without an id that tells its year is counted under None.
    """

    records: int = 0
    touched: int = 0
    papers: Counter[Year] = field(default_factory=Counter)
    moved: Counter[tuple[Year, Kind]] = field(default_factory=Counter)
    words: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    shown: tuple[MovedPaper, ...] = ()

    def __add__(self, other: "YearsOfPapers") -> "YearsOfPapers":
        return YearsOfPapers(
            self.records + other.records,
            self.touched + other.touched,
            self.papers + other.papers,
            self.moved + other.moved,
            self.words + other.words,
            strongest((*self.shown, *other.shown)),
        )

    def count(self, kind: Kind) -> int:
        return sum(self.moved[year, kind] for year in self.papers)


@dataclass(frozen=True, slots=True)
class DiffByYear:
    """The difference between two versions of a list's rules over the papers of a file."""

    rules: ListRules
    file: str
    years: YearsOfPapers


def strongest(papers: Sequence[MovedPaper]) -> tuple[MovedPaper, ...]:
    """The first few of each kind."""
    return tuple(
        paper
        for kind in KINDS
        for paper in nlargest(
            MAX_SHOWN_PAPERS,
            (paper for paper in papers if paper.kind == kind),
            key=lambda paper: (paper.score, paper.arxiv_id),
        )
    )


@lru_cache(maxsize=4)
def _compared(versions: RulesToSend) -> Comparison:
    before, after = versions.lists
    return Comparison(before, after)


@dataclass(frozen=True, slots=True)
class CompareRules:
    """Compares two versions of a list's rules on the records of these categories."""

    versions: RulesToSend
    watched: WatchedRecords

    def __call__(self, lines: Sequence[bytes]) -> YearsOfPapers:
        compared = _compared(self.versions)
        papers, years = [], []
        for record in self.watched.read(lines):
            papers.append(Labelled(record.given_id, record.title, record.abstract))
            years.append(record.year)
        moved = compared.changed(Corpus(papers))
        of_year = [(years[number], change) for number, change in moved.changes]
        words: Counter[tuple[str, Kind]] = Counter()
        for _, change in of_year:
            words.update((str(edit), change.kind) for edit in change.edits)
        return YearsOfPapers(
            count_records(lines),
            moved.touched,
            Counter(years),
            Counter((year, change.kind) for year, change in of_year),
            words,
            strongest([_moved(change) for _, change in of_year]),
        )


def _moved(change: ChangedVerdict) -> MovedPaper:
    holder = change.after if change.after.section else change.before
    paper = change.paper
    return MovedPaper(
        holder.score,
        paper.arxiv_id or "",
        paper.title,
        change.kind,
        change.before.section,
        change.after.section,
        change.because,
    )


def differences_by_year(
    versions: Sequence[tuple[ListRules, ListRules]],
    categories: Collection[str],
    file: str,
    spread: Spread,
    progress: Progress = silent,
) -> list[DiffByYear]:
    """The difference of each list, from its rules before and after. UsageTrouble as ``parts``."""
    watched = WatchedRecords.of(categories)
    tasks = [CompareRules(RulesToSend.of(pair), watched) for pair in versions]
    return [
        DiffByYear(task.versions.lists[-1], file, _summed(task, file, spread, progress))
        for task in tasks
    ]


def _summed(task: CompareRules, file: str, spread: Spread, progress: Progress) -> YearsOfPapers:
    years, shown = YearsOfPapers(), -1
    before, after = task.versions.fingerprints
    if before == after:
        return years
    with progress(f"rules diff for {task.versions.lists[-1].list}") as step:
        for part, result in spread(task, parts(file)):
            years += result
            if int(part.done * 100) > shown:
                shown = int(part.done * 100)
                step(f"{part.done:.0%}: {years.records:,} records, {years.count('gained')} gained")
    if not years.records:
        raise without_records(file)
    return years
