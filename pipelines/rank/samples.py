"""
The samples a list's model learns from: listed works, rejected works, and a background.

They come from the list, its decisions and the store, or from files of rows.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.markdown.listfile import parse
from catalog.paper import Paper, Work, paper_key
from catalog.paper_rows import Row, read_file
from catalog.plural import counted
from catalog.store.verdicts import text_of
from catalog.store.works import WorkText
from config.rules import ListRules
from pipelines.candidates import Snapshot
from pipelines.rank.features import RECIPE, Features
from pipelines.tuning.labelled import OF_ORDER

if TYPE_CHECKING:
    from catalog.store import Store

# A model of fewer listed papers knows their titles by heart and nothing else.
MIN_LISTED = 20
# Words that nobody has chosen, only counted out of as few titles, know less than such a model:
# measured on the shared list of 14 older papers (benchmarks.sibling_lists).
MIN_LISTED_OF_INIT = 10
# Fewer other papers don't show which words are common.
MIN_UNLISTED = 100
# With fewer listed papers a model tells a subject from another, and little more: measured.
FEW_LISTED = 50
# Twice as much made learning slower, and no measure better by more than one pick.
MAX_BACKGROUND = 6_000


@dataclass(frozen=True, slots=True)
class Sample:
    """
    A work by its key, with its features.

    ``labelled_at`` is when it was listed or rejected, None where nobody knows; ``section`` is the
    section of a listed work.
    """

    key: str
    seen: Features
    labelled_at: datetime | None = None
    section: str | None = None


@dataclass(frozen=True, slots=True)
class Samples:
    """
    Samples of the four kinds, each by key.

    ``passed_over`` were rejected although they fit the list. Nobody decided on works of the
    background: most don't belong in the list, some were only overlooked. They weigh less than
    works that a person rejected. ``undated`` is why nobody knows when entries were listed.
    """

    listed: tuple[Sample, ...]
    rejected: tuple[Sample, ...]
    background: tuple[Sample, ...]
    passed_over: tuple[Sample, ...] = ()
    undated: str = ""

    @property
    def all(self) -> tuple[Sample, ...]:
        return (*self.listed, *self.rejected, *self.passed_over, *self.background)

    @property
    def with_abstract(self) -> int:
        return sum(bool(sample.seen.abstract) for sample in self.all)

    @property
    def too_little(self) -> str:
        """Why nothing can be learned yet, or nothing."""
        return self.lacking(MIN_LISTED)

    def lacking(self, least: int) -> str:
        """The same where ``least`` listed papers are enough."""
        unlisted = len(self.rejected) + len(self.background)
        if len(self.listed) < least:
            return f"{counted(len(self.listed), 'listed paper')}, {least} are needed"
        if unlisted < MIN_UNLISTED:
            read = counted(unlisted, "paper")
            return f"{read} outside the list read so far, {MIN_UNLISTED} are needed"
        return ""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person should know of a model that was learned from these."""
        return tuple(filter(None, (self.promise, self.undated)))

    @property
    def promise(self) -> str:
        """What a model of so few papers cannot promise, or nothing."""
        if len(self.listed) >= FEW_LISTED:
            return ""
        return (
            f"learned from {len(self.listed)} listed papers only: it knows their subjects, but"
            " of two papers on one subject it cannot say which the list would take"
        )


def samples(
    listed: Iterable[Sample],
    rejected: Iterable[Sample],
    background: Iterable[Sample],
    passed_over: Iterable[Sample] = (),
    *,
    most: int | None = MAX_BACKGROUND,
) -> Samples:
    """
    Each work once, and in one kind only: listed works are not rejected ones.

    ``most`` bounds the background; None keeps all of it, for measuring.
    """
    taken: set[str] = set()
    good = tuple(_once(listed, taken))
    bad = tuple(_once(rejected, taken))
    passed = tuple(_once(passed_over, taken))
    rest = tuple(_once(background if most is None else thinned(background, most), taken))
    return Samples(good, bad, rest, passed)


def _once(candidates: Iterable[Sample], taken: set[str]) -> Iterator[Sample]:
    for sample in sorted(candidates, key=lambda sample: sample.key):
        if sample.key not in taken and sample.seen.title.strip():
            taken.add(sample.key)
            yield sample


def thinned(background: Iterable[Sample], most: int = MAX_BACKGROUND) -> Sequence[Sample]:
    """At most ``most`` samples, the same ones every time, in any order of input."""
    return heapq.nsmallest(most, background, key=lambda sample: _drawn(sample.key))


def _drawn(key: str) -> bytes:
    """The place of a work in a lot that always falls the same way."""
    return hashlib.sha256(key.encode()).digest()


def fingerprint(learned: Samples) -> str:
    """A fingerprint of recipe and samples: it changes when a new model would differ."""
    total = hashlib.sha256(f"{RECIPE}".encode())
    kinds = enumerate((learned.listed, learned.rejected, learned.passed_over, learned.background))
    for number, sample in chain.from_iterable(((n, s) for s in group) for n, group in kinds):
        seen = sample.seen
        authors = "\1".join(seen.authors)
        texts = (str(number), sample.key, seen.title, seen.abstract or "", authors)
        for text in (*texts, sample.section or ""):
            total.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return total.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Files of rows: listed, rejected, of arXiv; and abstracts for them."""

    positives: Path
    negatives: Path | None = None
    background: Path | None = None
    abstracts: Path | None = None


def from_files(files: SampleFiles, *, most: int | None = MAX_BACKGROUND) -> Samples:
    """
    Read the samples from files.

    A row without abstract or authors gets those that the background or ``abstracts`` has by its id.
    """
    good = list(read_file(files.positives))
    bad = list(read_file(files.negatives, may_be_empty=True)) if files.negatives else []
    ids = {row.arxiv_id for row in (*good, *bad)}
    full: dict[str | None, Row] = {}
    for path in filter(None, (files.background, files.abstracts)):
        full |= {row.arxiv_id: row for row in read_file(path) if row.arxiv_id in ids}
    background = read_file(files.background) if files.background else iter(())
    return samples(_of_rows(good, full), _of_rows(bad, full), _of_rows(background, {}), most=most)


def _of_rows(rows: Iterable[Row], full: Mapping[str | None, Row]) -> Iterator[Sample]:
    for row in rows:
        more = full.get(row.arxiv_id, row)
        seen = Features(row.title, row.abstract or more.abstract, row.authors or more.authors)
        key = paper_key(row.arxiv_id) if row.arxiv_id else f"title:{row.title}"
        yield Sample(key, seen, row.first_added, row.section)


def features_of(work: Work) -> Features:
    """What the model sees of a work."""
    return Features(*text_of(work), work.authors if isinstance(work, Paper) else ())


def features_of_text(text: WorkText) -> Features:
    """The same of a work's text."""
    return Features(text.title, text.abstract, text.authors)


def from_store(
    store: "Store",
    rules: ListRules,
    snapshot: Snapshot,
    *,
    most: int | None = MAX_BACKGROUND,
) -> Samples:
    """
    Samples of a list: its entries and accepted works, the rejected ones, and a background.

    The background are works that nobody decided on. Recent proposals are left out: they may still
    be accepted, and learning them as background would hold them back. Nothing here says when
    entries were listed, which ``dated`` adds.
    """
    state = snapshot.lists[rules.list]
    waiting = {work.key for work, _ in snapshot.proposed[rules.list]}
    waiting |= {work.key for work, _ in state.alike}
    stored = store.works.untrimmed_keys()
    free = stored - state.decided.keys() - waiting
    background = free if most is None else set(heapq.nsmallest(most, free, key=_drawn))
    listed = {paper_key(id_) for entry in parse(state.base).entries if (id_ := entry.arxiv_id)}
    # Only the texts that are learned from: a store has ten times as many.
    works = store.works.get_many(stored & (listed | state.decided.keys() | background))
    entries = {
        paper_key(entry.arxiv_id): Sample(
            paper_key(entry.arxiv_id),
            Features(entry.title, None, () if entry.elided else entry.authors),
            section=entry.section,
        )
        for entry in parse(state.base).entries
        if entry.arxiv_id
    }
    decided = {
        key: Sample(key, features_of(works[key]), decision.at, decision.section)
        for key, decision in state.decided.items()
        if key in works
    }
    refused = {key for key in decided if state.decided[key].act == "reject"}
    passed = {key for key in refused if OF_ORDER.search(state.decided[key].reason)}
    taken = [key for key in decided if state.decided[key].act in ("accept", "star", "move")]
    return samples(
        [
            *(_listed(sample, works.get(key), decided.get(key)) for key, sample in entries.items()),
            *(decided[key] for key in taken),
        ],
        (decided[key] for key in refused - passed),
        (Sample(key, features_of(works[key])) for key in background),
        (decided[key] for key in passed),
        most=most,
    )


def _listed(entry: Sample, work: Work | None, decided: Sample | None) -> Sample:
    """An entry with the text of its work, and the moment of its decision where there was one."""
    at = decided.labelled_at if decided else None
    return replace(entry, seen=features_of(work) if work else entry.seen, labelled_at=at)


def dated(learned: Samples, listed_at: Mapping[str, datetime]) -> Samples:
    """The same; entries that nobody decided on were listed at these times, by arXiv id."""
    at = {paper_key(arxiv_id): moment for arxiv_id, moment in listed_at.items()}
    listed = (
        sample if sample.labelled_at else replace(sample, labelled_at=at.get(sample.key))
        for sample in learned.listed
    )
    return replace(learned, listed=tuple(listed))
