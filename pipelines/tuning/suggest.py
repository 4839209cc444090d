"""
Suggests changes of words, each with what it gains and what it costs on labelled papers.

``proposals`` says which changes the mistakes on labelled papers call for. Each is judged here as if
it were made, after the ones suggested before it. All of this is learned from labels before a cut;
the younger ones only have a veto, because what helps with the papers that one learned from may not
help with the next. A change that breaks an example or a lookalike is never suggested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import heapify, heappop, heappush

from catalog.arxiv_id import ArxivId
from config.rules import ListRules
from config.rules_editor import WordChange
from pipelines.rules.readings import folded
from pipelines.tuning.examples import titles
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.proposals import MIN_PAPERS, Mistakes, mistakes, phrases_of, proposed_changes
from pipelines.tuning.what_if import VETOES, WhatIf

# The papers that speak for a change must be of so many quarters of a year: else it is the fashion
# of a month.
MIN_QUARTERS = 2
# The youngest share of the papers of the list is not learned from.
FRESH_SHARE = 0.2
# With fewer dated papers of the list than this there are too few to set any aside.
MIN_DATED = 20
# A change may do so many young papers wrong for each that it does right.
MAX_FRESH_WRONG = 2

# Papers of the list let in, all labelled papers let in, papers rightly placed.
Counts = tuple[int, int, int]

# Losing a paper is as bad as letting two wrong ones in, which a person looks at anyway.
WORTH_IN, WORTH_OUT, WORTH_PLACE = 2.0, 1.0, 1.0
# One more unlabelled candidate costs a look; twenty looks are worth one paper.
WORTH_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """The numbers of papers that a change moves, by what it means for their labels."""

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

    @property
    def right(self) -> int:
        return len(self.found) + len(self.kept_out) + len(self.placed)

    @property
    def wrong(self) -> int:
        return len(self.lost) + len(self.let_in) + len(self.misplaced)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    A change and its effect on top of the suggestions before it.

    ``effect`` is on the papers it was learned from and the pool, ``fresh`` on the younger ones.
    """

    change: WordChange
    effect: ChangeCounts
    fresh: ChangeCounts = ChangeCounts()


@dataclass(frozen=True, slots=True)
class Suggested:
    """
    The suggestions, best first; ``why_none`` is the reason if there are none.

    ``papers`` are the labelled ones before the cut, the younger ones (``fresh`` of them), then the
    pool: effects refer to them by number. ``before`` and ``after`` count (papers of the list let
    in, all labelled papers let in, rightly placed) of the first, ``fresh_before`` and
    ``fresh_after`` of the second. ``cut`` is None where too few labels have a date.
    """

    suggestions: tuple[Suggestion, ...]
    papers: tuple[Labelled, ...]
    labelled: int
    before: Counts
    after: Counts
    wrong: int
    why_none: str = ""
    cut: date | None = None
    fresh: int = 0
    fresh_before: Counts = (0, 0, 0)
    fresh_after: Counts = (0, 0, 0)


def suggest(
    rules: ListRules,
    labelled: Sequence[Labelled],
    pool: Sequence[Labelled],
    *,
    most: int,
    section: str | None = None,
) -> Suggested:
    """At most ``most`` changes, which can all be made together."""
    labelled_ids = {paper.arxiv_id for paper in labelled if paper.arxiv_id}
    cut = _cut(labelled)
    old, fresh = _parted(labelled, cut)
    rest = [paper for paper in pool if paper.arxiv_id not in labelled_ids]
    papers = (*old, *fresh, *rest)
    texts = [folded(paper.title, paper.abstract) for paper in papers]
    by_kind = _concerned(mistakes(old, WhatIf(rules, texts[: len(old)])), section)
    pinned = [
        (key, listed.name, title) for listed in rules.sections for key, _, title in titles(listed)
    ]
    texts += [folded(title, None) for _, _, title in pinned]
    words = phrases_of(old, by_kind)
    trial = WhatIf(rules, texts, words)
    search = _Search(trial, papers, tuple(pinned), range(len(old), len(old) + len(fresh)))
    before, fresh_before = _figures(old, trial), _figures(fresh, trial, len(old))
    tried = [
        change
        for change in proposed_changes(old, trial, by_kind, words)
        if section is None or change.section == section
    ]
    chosen = search.best(tried, most)
    return Suggested(
        tuple(chosen),
        papers,
        len(labelled),
        before,
        _figures(old, trial),
        sum(map(len, by_kind.values())),
        "" if chosen else _why_none(old, by_kind, len(tried)),
        cut,
        len(fresh),
        fresh_before,
        _figures(fresh, trial, len(old)),
    )


def _cut(labelled: Iterable[Labelled]) -> date | None:
    """The day from which papers of the list count as young; None if too few have a date."""
    days = sorted(day for paper in labelled if paper.belongs and (day := day_of(paper)))
    if len(days) < MIN_DATED:
        return None
    cut = days[len(days) - max(1, int(len(days) * FRESH_SHARE))]
    return cut if cut > days[0] else None


def _parted(
    labelled: Iterable[Labelled], cut: date | None
) -> tuple[list[Labelled], list[Labelled]]:
    """The labels before the cut, with those of no date, and the younger ones."""
    old: list[Labelled] = []
    fresh: list[Labelled] = []
    for paper in labelled:
        day = day_of(paper)
        (fresh if cut and day and day >= cut else old).append(paper)
    return old, fresh


def day_of(paper: Labelled) -> date | None:
    """The day of a paper's label, or else the month of its arXiv id."""
    if paper.labelled_at:
        return paper.labelled_at.date()
    arxiv_id = ArxivId.parse(paper.arxiv_id or "")
    return date(*arxiv_id.announced_month, 1) if arxiv_id else None


def quarters(papers: Iterable[Labelled]) -> int:
    """The number of different quarters of a year of these papers; without any date, enough."""
    days = [day for paper in papers if (day := day_of(paper))]
    return len({(day.year, (day.month - 1) // 3) for day in days}) if days else MIN_QUARTERS


def _concerned(by_kind: Mistakes, section: str | None) -> Mistakes:
    return {what: numbers for what, numbers in by_kind.items() if section in (None, what[1])}


@dataclass
class _Search:
    """A greedy search for the best changes."""

    trial: WhatIf
    papers: Sequence[Labelled]
    pinned: tuple[tuple[str, str, str], ...]
    fresh: range

    def best(self, tried: Sequence[WordChange], most: int) -> list[Suggestion]:
        """Repeatedly take the best remaining change; each gain counts only once."""
        heap = [self._ranked(change) for change in tried]
        heapify(heap)
        chosen: list[Suggestion] = []
        while heap and len(chosen) < most and heap[0][0] < 0:
            change = heappop(heap)[-1]
            again = self._ranked(change)
            # A change chosen since then may have made this one's gains already.
            if heap and again > heap[0]:
                heappush(heap, again)
            elif again[0] < 0:
                chosen.append(Suggestion(change, *self._effects(change)))
                self.trial.accept(change)
        return chosen

    def _ranked(self, change: WordChange) -> tuple[float, tuple[str, ...], WordChange]:
        """A sort key: the best first, in the same order on every machine."""
        effect, fresh = self._effects(change)
        contradicted = fresh.wrong > MAX_FRESH_WRONG * fresh.right
        worth = 0.0 if contradicted or not self._is_carried(change, effect) else effect.worth
        return -worth, _order(change), change

    def _is_carried(self, change: WordChange, effect: ChangeCounts) -> bool:
        """Whether enough papers of enough quarters speak for a change."""
        numbers: Iterable[int] = (*effect.found, *effect.kept_out, *effect.placed)
        if change.add and change.key not in VETOES:
            # A new word is carried by the papers that say it, also by those in the list already.
            having = self.trial.having(change.word, title=change.key == "in_title")
            numbers = [n for n in having if n < self.fresh.start and self._speaks_for(change, n)]
        papers = [self.papers[number] for number in numbers]
        return len(papers) >= MIN_PAPERS and quarters(papers) >= MIN_QUARTERS

    def _speaks_for(self, change: WordChange, number: int) -> bool:
        paper = self.papers[number]
        return paper.belongs is True and change.section in (None, paper.section)

    def _effects(self, change: WordChange) -> tuple[ChangeCounts, ChangeCounts]:
        """The effect on what was learned from and the pool, and on the young papers."""
        moved = self.trial.what_if(change)
        parts: dict[bool, dict[str, list[int]]] = {False: {}, True: {}}
        for number, after in moved.items():
            if number >= len(self.papers):
                if self._breaks(number, after):
                    return ChangeCounts(), ChangeCounts()
                continue
            for kind in _kinds(self.papers[number], self.trial.now[number], after):
                parts[number in self.fresh].setdefault(kind, []).append(number)
        effect, fresh = (
            ChangeCounts(**{kind: tuple(sorted(numbers)) for kind, numbers in part.items()})
            for part in parts.values()
        )
        return effect, fresh

    def _breaks(self, number: int, after: str | None) -> bool:
        key, section, _ = self.pinned[number - len(self.papers)]
        before = self.trial.now[number]
        if key == "examples":
            return before == section != after
        return before != section == after


def _order(change: WordChange) -> tuple[str, ...]:
    """The order of equals: additions first, then changes of one section."""
    return (str(not change.add), "~" if change.section is None else change.section,
            change.key, change.word)  # fmt: skip


def _kinds(paper: Labelled, before: str | None, after: str | None) -> list[str]:
    """What the move of a paper means for its label."""
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


def _figures(labelled: Sequence[Labelled], trial: WhatIf, first: int = 0) -> Counts:
    """The counts of papers whose numbers begin at ``first``."""
    judged = [(paper, trial.now[first + n]) for n, paper in enumerate(labelled)]
    right = [(paper, now) for paper, now in judged if paper.belongs and now]
    let_in = sum(paper.belongs is not None and now is not None for paper, now in judged)
    return len(right), let_in, sum(now == paper.section for paper, now in right)


def _why_none(labelled: Sequence[Labelled], by_kind: Mistakes, tried: int) -> str:
    if not labelled:
        return "no paper is labelled: accept and reject some, or name files with --positives"
    count = sum(map(len, by_kind.values()))
    if not count:
        return f"all {len(labelled):,} labelled papers are judged correctly"
    changes = "change" if tried == 1 else "changes"
    return (
        f"{count} of {len(labelled):,} labelled papers are judged wrongly, but each of the {tried}"
        f" {changes} tried costs more than it gains, rests on fewer than {MIN_PAPERS} papers of"
        f" {MIN_QUARTERS} quarters, or is contradicted by younger papers"
    )
