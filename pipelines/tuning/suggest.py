"""
Suggests changes of words, each with what it gains and what it costs.

A change is judged as if it were made, after those that are suggested before it. What breaks an
example or a lookalike is never suggested.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from config.rules import ListRules
from config.rules_editor import Change
from pipelines.rules.scoring import folded
from pipelines.suggest_words import Mistakes, candidates, mistakes, phrases_of
from pipelines.tuning.examples import titles
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.what_if import Trial

# A paper of the list that is lost is worth two that are let through: a person looks at these.
WORTH_IN, WORTH_OUT, WORTH_PLACE = 2.0, 1.0, 1.0
# And one more of papers nobody labelled is a look, of which a curator takes twenty for a find.
WORTH_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Effect:
    """The numbers of papers that a change puts elsewhere, by what the labels say of it."""

    found: tuple[int, ...] = ()
    kept_out: tuple[int, ...] = ()
    placed: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()
    let_in: tuple[int, ...] = ()
    misplaced: tuple[int, ...] = ()
    looks: tuple[int, ...] = ()
    fewer_looks: tuple[int, ...] = ()

    @property
    def gain(self) -> float:
        return (
            WORTH_IN * len(self.found)
            + WORTH_OUT * len(self.kept_out)
            + WORTH_PLACE * len(self.placed)
        )

    @property
    def cost(self) -> float:
        return (
            WORTH_IN * len(self.lost)
            + WORTH_OUT * len(self.let_in)
            + WORTH_PLACE * len(self.misplaced)
            + WORTH_LOOK * len(self.looks)
        )

    @property
    def worth(self) -> float:
        return round(self.gain - self.cost, 4)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change and what it does, after the suggestions before it."""

    change: Change
    effect: Effect


@dataclass(frozen=True, slots=True)
class Suggested:
    """
    What is suggested, best first; ``why_none`` says why it is nothing.

    ``papers`` are labelled ones and those of the pool: effects name them by number. ``before``
    and ``after`` count papers rightly found, found, and rightly placed.
    """

    suggestions: tuple[Suggestion, ...]
    papers: tuple[Labelled, ...]
    labelled: int
    before: tuple[int, int, int]
    after: tuple[int, int, int]
    wrong: int
    why_none: str = ""


def suggest(
    rules: ListRules,
    labelled: Sequence[Labelled],
    pool: Sequence[Labelled],
    *,
    most: int,
    section: str | None = None,
) -> Suggested:
    """At most so many changes, all of which may be made together."""
    known = {paper.arxiv_id for paper in labelled if paper.arxiv_id}
    papers = (*labelled, *(paper for paper in pool if paper.arxiv_id not in known))
    texts = [folded(paper.title, paper.abstract) for paper in labelled]
    found = _concerned(mistakes(labelled, Trial(rules, texts)), section)
    texts += [folded(paper.title, paper.abstract) for paper in papers[len(labelled) :]]
    pinned = [(key, one.name, title) for one in rules.sections for key, _, title in titles(one)]
    texts += [folded(title, None) for _, _, title in pinned]
    words = phrases_of(labelled, found)
    trial = Trial(rules, texts, words)
    search = _Search(trial, papers, tuple(pinned))
    before = _figures(labelled, trial)
    tried = [
        change
        for change in candidates(labelled, trial, found, words)
        if section is None or change.section == section
    ]
    chosen = search.best(tried, most)
    return Suggested(
        tuple(chosen),
        papers,
        len(labelled),
        before,
        _figures(labelled, trial),
        sum(map(len, found.values())),
        "" if chosen else _why_none(labelled, found, len(tried)),
    )


def _concerned(found: Mistakes, section: str | None) -> Mistakes:
    return {what: numbers for what, numbers in found.items() if section in (None, what[1])}


def _why_none(labelled: Sequence[Labelled], found: Mistakes, tried: int) -> str:
    if not labelled:
        return "no paper is labelled: accept and reject some, or name files with --positives"
    count = sum(map(len, found.values()))
    if not count:
        return f"all {len(labelled):,} labelled papers are judged as their labels say"
    ways = "way" if tried == 1 else "ways"
    return (
        f"{count} of {len(labelled):,} labelled papers are judged otherwise than their labels say,"
        f" and each of the {tried} {ways} that were tried costs more than it gains"
    )


def _figures(labelled: Sequence[Labelled], trial: Trial) -> tuple[int, int, int]:
    found = [n for n, paper in enumerate(labelled) if paper.belongs and trial.now[n]]
    let_in = [n for n, paper in enumerate(labelled) if paper.belongs is not None and trial.now[n]]
    return len(found), len(let_in), sum(trial.now[n] == labelled[n].section for n in found)


@dataclass
class _Search:
    """Looks for the best changes, one after the other."""

    trial: Trial
    papers: Sequence[Labelled]
    pinned: tuple[tuple[str, str, str], ...]

    def best(self, tried: Sequence[Change], most: int) -> list[Suggestion]:
        """Always the best of those that are left; what one has gained no other gains again."""
        heap = [self._ranked(change) for change in tried]
        heapify(heap)
        chosen: list[Suggestion] = []
        while heap and len(chosen) < most and heap[0][0] < 0:
            change = heappop(heap)[-1]
            again = self._ranked(change)
            # What was chosen meanwhile may have taken what this one gained.
            if heap and again > heap[0]:
                heappush(heap, again)
            elif again[0] < 0:
                chosen.append(Suggestion(change, self._effect(change)))
                self.trial.accept(change)
        return chosen

    def _ranked(self, change: Change) -> tuple[float, tuple[str, ...], Change]:
        """Comparable: the best first, the same order on every machine."""
        return -self._effect(change).worth, _order(change), change

    def _effect(self, change: Change) -> Effect:
        moved = self.trial.what_if(change)
        parts: dict[str, list[int]] = {}
        for number, after in moved.items():
            if number >= len(self.papers):
                if self._breaks(number, after):
                    return Effect()
                continue
            for kind in _kinds(self.papers[number], self.trial.now[number], after):
                parts.setdefault(kind, []).append(number)
        return Effect(**{kind: tuple(sorted(numbers)) for kind, numbers in parts.items()})

    def _breaks(self, number: int, after: str | None) -> bool:
        key, section, _ = self.pinned[number - len(self.papers)]
        before = self.trial.now[number]
        if key == "examples":
            return before == section != after
        return before != section == after


def _kinds(paper: Labelled, before: str | None, after: str | None) -> list[str]:
    """What the label says of a paper that goes elsewhere."""
    if paper.belongs is None:
        return ["looks"] if before is None else ["fewer_looks"] if after is None else []
    if not paper.belongs:
        return ["let_in"] if before is None else ["kept_out"] if after is None else []
    if after is None:
        return ["lost"]
    if before is None:
        wrong = paper.section not in (None, after)
        return ["found", "misplaced"] if wrong else ["found"]
    if paper.section == after:
        return ["placed"]
    return ["misplaced"] if paper.section == before else []


def _order(change: Change) -> tuple[str, ...]:
    """Of changes worth the same: adding first, then what is said of one section only."""
    return (str(not change.add), "~" if change.section is None else change.section,
            change.key, change.word)  # fmt: skip
