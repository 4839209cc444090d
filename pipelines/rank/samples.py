"""What a model learns from: works that are in the list, works refused, and a background."""

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from pipelines.rank.features import FACTS, RECIPE, Seen

# Set with care, not measured: five folds of fewer listed papers would say little about chances.
ENOUGH_LISTED = 50
ENOUGH_OTHERS = 500
# Twice as much made learning slower, and no measure better by more than one pick.
MOST_BACKGROUND = 6_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A work by its key, and as it was seen."""

    key: str
    seen: Seen


@dataclass(frozen=True, slots=True)
class Samples:
    """
    The three kinds, each by key.

    A work of the background is one that nobody decided on: most are none for the list, some
    were only overlooked. It weighs less than one that a person refused.
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
        others = len(self.rejected) + len(self.background)
        if len(self.listed) < ENOUGH_LISTED:
            return f"{len(self.listed)} listed papers, fewer than {ENOUGH_LISTED}"
        if others < ENOUGH_OTHERS:
            return f"{others} papers beside the list's, fewer than {ENOUGH_OTHERS}"
        return ""


def samples(
    listed: Iterable[Sample], rejected: Iterable[Sample], background: Iterable[Sample]
) -> Samples:
    """Each work once, and in one kind only: what is listed is not refused."""
    taken: set[str] = set()
    good = tuple(_once(listed, taken))
    bad = tuple(_once(rejected, taken))
    rest = tuple(_once(_thinned(background), taken))
    return Samples(good, bad, rest)


def _once(some: Iterable[Sample], taken: set[str]) -> Iterator[Sample]:
    for sample in sorted(some, key=lambda sample: sample.key):
        if sample.key not in taken and sample.seen.title.strip():
            taken.add(sample.key)
            yield sample


def _thinned(background: Iterable[Sample]) -> Sequence[Sample]:
    """As many as are of use; the same ones every time, whatever came before them."""
    return heapq.nsmallest(
        MOST_BACKGROUND, background, key=lambda one: hashlib.sha256(one.key.encode()).digest()
    )


def fingerprint(known: Samples, rules_fingerprint: str) -> str:
    """Changes when a model would be another: the recipe, the rules, or what it learns from."""
    total = hashlib.sha256(f"{RECIPE}\0{rules_fingerprint}".encode())
    kinds = ((1, known.listed), (2, known.rejected), (3, known.background))
    for number, sample in chain.from_iterable(((n, s) for s in some) for n, some in kinds):
        seen = sample.seen
        facts = ",".join(f"{name}={seen.facts[name]:g}" for name in FACTS if name in seen.facts)
        for text in (str(number), sample.key, seen.title, seen.abstract or "", facts):
            total.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return total.hexdigest()[:16]
