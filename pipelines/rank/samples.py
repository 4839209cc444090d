"""
The samples a list's model learns from: listed works, rejected works, and a background.

They come from the list, its decisions and the store, or from files of rows.
"""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.markdown.listfile import parse
from catalog.paper import paper_key
from catalog.rows import Row, read_file
from catalog.store.verdicts import text_of
from config.rules import ListRules
from pipelines.candidates import Snapshot
from pipelines.rank.features import FACTS, RECIPE, Features

if TYPE_CHECKING:
    from catalog.store import Store

# Set with care, not measured: five folds of fewer listed papers would say little about chances.
MIN_LISTED = 50
MIN_UNLISTED = 500
# Twice as much made learning slower, and no measure better by more than one pick.
MAX_BACKGROUND = 6_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A work by its key, with its features."""

    key: str
    seen: Features


@dataclass(frozen=True, slots=True)
class Samples:
    """
    Samples of the three kinds, each by key.

    Nobody decided on works of the background: most don't belong in the list, some were only
    overlooked. They weigh less than works that a person rejected.
    """

    listed: tuple[Sample, ...]
    rejected: tuple[Sample, ...]
    background: tuple[Sample, ...]

    @property
    def all(self) -> tuple[Sample, ...]:
        return (*self.listed, *self.rejected, *self.background)

    @property
    def with_abstract(self) -> int:
        return sum(bool(sample.seen.abstract) for sample in self.all)

    @property
    def too_little(self) -> str:
        """Why nothing can be learned yet, or nothing."""
        unlisted = len(self.rejected) + len(self.background)
        if len(self.listed) < MIN_LISTED:
            return f"{len(self.listed)} listed papers, fewer than {MIN_LISTED}"
        if unlisted < MIN_UNLISTED:
            return f"{unlisted} papers beside the list's, fewer than {MIN_UNLISTED}"
        return ""


def samples(
    listed: Iterable[Sample], rejected: Iterable[Sample], background: Iterable[Sample]
) -> Samples:
    """Each work once, and in one kind only: listed works are not rejected ones."""
    taken: set[str] = set()
    good = tuple(_once(listed, taken))
    bad = tuple(_once(rejected, taken))
    rest = tuple(_once(_thinned(background), taken))
    return Samples(good, bad, rest)


def _once(candidates: Iterable[Sample], taken: set[str]) -> Iterator[Sample]:
    for sample in sorted(candidates, key=lambda sample: sample.key):
        if sample.key not in taken and sample.seen.title.strip():
            taken.add(sample.key)
            yield sample


def _thinned(background: Iterable[Sample]) -> Sequence[Sample]:
    """At most ``MAX_BACKGROUND`` samples, the same ones every time, in any order of input."""
    return heapq.nsmallest(
        MAX_BACKGROUND, background, key=lambda sample: hashlib.sha256(sample.key.encode()).digest()
    )


def fingerprint(learned: Samples, rules_fingerprint: str) -> str:
    """A fingerprint of recipe, rules and samples: it changes when a new model would differ."""
    total = hashlib.sha256(f"{RECIPE}\0{rules_fingerprint}".encode())
    kinds = ((1, learned.listed), (2, learned.rejected), (3, learned.background))
    for number, sample in chain.from_iterable(((n, s) for s in group) for n, group in kinds):
        seen = sample.seen
        facts = ",".join(f"{name}={seen.facts[name]:g}" for name in FACTS if name in seen.facts)
        for text in (str(number), sample.key, seen.title, seen.abstract or "", facts):
            total.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return total.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Files of rows: listed, rejected, of arXiv; and abstracts for them."""

    positives: Path
    negatives: Path | None = None
    background: Path | None = None
    abstracts: Path | None = None


def from_files(files: SampleFiles) -> Samples:
    """
    Read the samples from files.

    A row without an abstract gets the one that the background or ``abstracts`` has by its id.
    """
    good = list(read_file(files.positives))
    bad = list(read_file(files.negatives)) if files.negatives else []
    ids = {row.arxiv_id for row in (*good, *bad)}
    abstracts: dict[str | None, str] = {}
    for path in (files.background, files.abstracts):
        for row in read_file(path) if path else ():
            if row.abstract and row.arxiv_id in ids:
                abstracts[row.arxiv_id] = row.abstract
    background = read_file(files.background) if files.background else iter(())
    return samples(_of_rows(good, abstracts), _of_rows(bad, abstracts), _of_rows(background, {}))


def _of_rows(rows: Iterable[Row], abstracts: dict[str | None, str]) -> Iterator[Sample]:
    for row in rows:
        key = paper_key(row.arxiv_id) if row.arxiv_id else f"title:{row.title}"
        yield Sample(key, Features(row.title, row.abstract or abstracts.get(row.arxiv_id)))


def from_store(store: "Store", rules: ListRules, snapshot: Snapshot) -> Samples:
    """
    Samples of a list: its entries and accepted works, the rejected ones, and a background.

    The background are works that nobody decided on. Recent proposals of the rules are left out:
    they may still be accepted, and learning them as background would hold them back.
    """
    state = snapshot.lists[rules.list]
    acts = {key: decision.act for key, decision in state.decided.items()}
    in_list = {
        paper_key(entry.arxiv_id): entry.title
        for entry in parse(state.base).entries
        if entry.arxiv_id
    }
    works = {work.key: work for work in store.works.all()}
    accepted = [key for key, act in acts.items() if act in ("accept", "star", "move")]
    refused = [key for key, act in acts.items() if act == "reject"]
    waiting = {work.key for work, _ in snapshot.proposed[rules.list]}
    facts = _fact_values(store, works)

    def sample(key: str, title: str = "") -> Sample:
        work = works.get(key)
        heading, abstract = text_of(work) if work else (title, None)
        return Sample(key, Features(heading, abstract, facts.get(key, {})))

    return samples(
        [
            *(sample(key, title) for key, title in in_list.items()),
            *(sample(key) for key in accepted if key in works),
        ],
        (sample(key) for key in refused if key in works),
        (sample(key) for key in works if key not in acts and key not in waiting),
    )


def _fact_values(store: "Store", works: Iterable[str]) -> dict[str, dict[str, float]]:
    values: dict[str, dict[str, float]] = {}
    keys = list(works)
    for kind in FACTS:
        for key, fact in store.facts.latest(kind, keys).items():
            values.setdefault(key, {})[kind] = fact_value(kind, fact.value)
    return values


def fact_value(kind: str, value: str) -> float:
    """A fact as a number: how many; 1 for a paper with code."""
    return 1.0 if kind == "code" else float(value)
