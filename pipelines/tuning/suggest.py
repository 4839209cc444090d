"""
Suggests changes of words, each with what it gains and what it costs on labelled papers.

Candidates come from counting words in papers that were missed, misplaced, or let in by mistake.
Each is then judged as if it were made, after the ones suggested before it. A change that breaks an
example or a lookalike is never suggested.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from config.rules import ListRules, Section
from config.rules_editor import WordChange
from config.words import is_word
from pipelines.rules.scoring import folded
from pipelines.tuning.examples import titles
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.phrases import phrases
from pipelines.tuning.what_if import VETOES, WhatIf

# So many phrases of the papers with one kind of mistake are searched in all papers.
MAX_PHRASES = 60
# So many changes are judged.
MAX_TRIED = 250
# With fewer labelled papers than this all words are rare.
FEW_PAPERS = 100

Mistakes = dict[tuple[str, str], list[int]]

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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A change and its effect on top of the suggestions before it."""

    change: WordChange
    effect: ChangeCounts


@dataclass(frozen=True, slots=True)
class Suggested:
    """
    The suggestions, best first; ``why_none`` is the reason if there are none.

    ``papers`` are the labelled ones, then the pool: effects refer to them by number. ``before`` and
    ``after`` count (papers of the list let in, all labelled papers let in, rightly placed).
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
    """At most ``most`` changes, which can all be made together."""
    labelled_ids = {paper.arxiv_id for paper in labelled if paper.arxiv_id}
    papers = (*labelled, *(paper for paper in pool if paper.arxiv_id not in labelled_ids))
    texts = [folded(paper.title, paper.abstract) for paper in labelled]
    by_kind = _concerned(mistakes(labelled, WhatIf(rules, texts)), section)
    texts += [folded(paper.title, paper.abstract) for paper in papers[len(labelled) :]]
    pinned = [
        (key, listed.name, title) for listed in rules.sections for key, _, title in titles(listed)
    ]
    texts += [folded(title, None) for _, _, title in pinned]
    words = phrases_of(labelled, by_kind)
    trial = WhatIf(rules, texts, words)
    search = _Search(trial, papers, tuple(pinned))
    before = _figures(labelled, trial)
    tried = [
        change
        for change in candidates(labelled, trial, by_kind, words)
        if section is None or change.section == section
    ]
    chosen = search.best(tried, most)
    return Suggested(
        tuple(chosen),
        papers,
        len(labelled),
        before,
        _figures(labelled, trial),
        sum(map(len, by_kind.values())),
        "" if chosen else _why_none(labelled, by_kind, len(tried)),
    )


def _concerned(by_kind: Mistakes, section: str | None) -> Mistakes:
    return {what: numbers for what, numbers in by_kind.items() if section in (None, what[1])}


@dataclass
class _Search:
    """A greedy search for the best changes."""

    trial: WhatIf
    papers: Sequence[Labelled]
    pinned: tuple[tuple[str, str, str], ...]

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
                chosen.append(Suggestion(change, self._effect(change)))
                self.trial.accept(change)
        return chosen

    def _ranked(self, change: WordChange) -> tuple[float, tuple[str, ...], WordChange]:
        """A sort key: the best first, in the same order on every machine."""
        return -self._effect(change).worth, _order(change), change

    def _effect(self, change: WordChange) -> ChangeCounts:
        moved = self.trial.what_if(change)
        parts: dict[str, list[int]] = {}
        for number, after in moved.items():
            if number >= len(self.papers):
                if self._breaks(number, after):
                    return ChangeCounts()
                continue
            for kind in _kinds(self.papers[number], self.trial.now[number], after):
                parts.setdefault(kind, []).append(number)
        return ChangeCounts(**{kind: tuple(sorted(numbers)) for kind, numbers in parts.items()})

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


def _figures(labelled: Sequence[Labelled], trial: WhatIf) -> tuple[int, int, int]:
    right = [n for n, paper in enumerate(labelled) if paper.belongs and trial.now[n]]
    let_in = [n for n, paper in enumerate(labelled) if paper.belongs is not None and trial.now[n]]
    return len(right), len(let_in), sum(trial.now[n] == labelled[n].section for n in right)


def _why_none(labelled: Sequence[Labelled], by_kind: Mistakes, tried: int) -> str:
    if not labelled:
        return "no paper is labelled: accept and reject some, or name files with --positives"
    count = sum(map(len, by_kind.values()))
    if not count:
        return f"all {len(labelled):,} labelled papers are judged correctly"
    changes = "change" if tried == 1 else "changes"
    return (
        f"{count} of {len(labelled):,} labelled papers are judged wrongly, but each of the {tried}"
        f" {changes} tried costs more than it gains"
    )


def mistakes(papers: Sequence[Labelled], trial: WhatIf) -> Mistakes:
    """
    Numbers of papers by kind of mistake and section.

    The section is where the paper belongs (``missed``, ``moved``) or where it is (``let-in``).
    """
    names = {section.name for section in trial.rules.sections}
    by_kind: Mistakes = defaultdict(list)
    for number, paper in enumerate(papers):
        now = trial.now[number]
        labelled_section = paper.section if paper.section in names else None
        if paper.belongs is False and now is not None:
            by_kind["let-in", now].append(number)
        elif paper.belongs and now is None:
            nearest = max(trial.placed(number).fits, key=lambda fit: fit.points, default=None)
            section = labelled_section or (nearest.name if nearest else None)
            if section:
                by_kind["missed", section].append(number)
        elif paper.belongs and labelled_section and now != labelled_section:
            by_kind["moved", labelled_section].append(number)
    return by_kind


def phrases_of(papers: Sequence[Labelled], by_kind: Mistakes) -> set[str]:
    """Phrases of the papers with mistakes, the most frequent of each kind."""
    chosen: set[str] = set()
    for (kind, _), numbers in by_kind.items():
        counts: dict[str, int] = defaultdict(int)
        for number in numbers:
            paper = papers[number]
            candidates_of = set(phrases(paper.title))
            # A title names the topic; only for missed papers the abstract is searched too.
            if kind == "missed" and paper.abstract:
                candidates_of |= phrases(paper.abstract)
            in_title = phrases(paper.title)
            for phrase in candidates_of:
                counts[phrase] += 3 if phrase in in_title else 2
        ranked = sorted(counts, key=lambda phrase: (-counts[phrase], -len(phrase), phrase))
        chosen.update([phrase for phrase in ranked if is_word(phrase)][:MAX_PHRASES])
    return chosen


def candidates(
    papers: Sequence[Labelled], trial: WhatIf, by_kind: Mistakes, words: Iterable[str]
) -> list[WordChange]:
    """The changes most likely to help, without repeats."""
    words = sorted(words)
    fewest = 2 if len(papers) >= FEW_PAPERS else 1
    tried: dict[WordChange, float] = {}
    for (kind, section), numbers in sorted(by_kind.items()):
        sort = _Against if kind == "let-in" else _For
        for likely, change in sort(papers, trial, section, set(numbers), fewest).changes(words):
            if likely > 0 and _is_new(trial.rules, change):
                tried[change] = max(likely, tried.get(change, 0.0))
    ranked = sorted(tried, key=lambda change: (-tried[change], str(change)))
    return ranked[:MAX_TRIED]


@dataclass(frozen=True, slots=True)
class _Group:
    """Papers with one kind of mistake in one section."""

    papers: Sequence[Labelled]
    trial: WhatIf
    name: str
    numbers: set[int]
    fewest: int

    @property
    def section(self) -> Section:
        return next(section for section in self.trial.rules.sections if section.name == self.name)

    def labelled(self, numbers: AbstractSet[int]) -> list[tuple[int, Labelled]]:
        """The labelled papers among these numbers: pool papers have higher ones."""
        return [(n, self.papers[n]) for n in numbers if n < len(self.papers)]


class _Against(_Group):
    """Words to add that would keep papers out, and words to remove that let them in."""

    def changes(self, words: Sequence[str]) -> Iterator[tuple[float, WordChange]]:
        for word in words:
            titles = self.trial.having(word, title=True)
            stopped = len(titles & self.numbers)
            # A word the list is about must not keep papers out of it.
            if stopped >= self.fewest and not self.trial.is_about(word):
                yield stopped - 2 * self._right(titles, self.name), self._veto(self.name, word)
                yield stopped - 2 * self._right(titles, None) - 0.1, self._veto(None, word)
        for key in ("says", "in_title", "hints"):
            words_of_key = getattr(self.section, key)
            for word in words_of_key if len(words_of_key) > 1 else ():
                having = self.trial.having(word)
                lost = self._right(having, self.name)
                yield len(having & self.numbers) - lost, WordChange(self.name, key, word, add=False)

    def _veto(self, name: str | None, word: str) -> WordChange:
        return WordChange(name, "not_in_title", word)

    def _right(self, having: AbstractSet[int], name: str | None) -> int:
        """How many papers that belong would be lost."""
        return sum(
            bool(paper.belongs)
            and self.trial.now[n] is not None
            and name in (None, self.trial.now[n])
            for n, paper in self.labelled(having)
        )


class _For(_Group):
    """Words that would bring papers into their section."""

    def changes(self, words: Sequence[str]) -> Iterator[tuple[float, WordChange]]:
        silent = {n for n in self.numbers if not self.trial.speaks(n)}
        for word in words:
            yield from self._of(word, silent)
        for number in self.numbers:
            yield from ((2.0, change) for change in self._vetoes(number))

    def _of(self, word: str, silent: set[int]) -> Iterator[tuple[float, WordChange]]:
        anywhere = self.trial.having(word)
        helped = len(anywhere & self.numbers)
        if not helped or self._support(anywhere) < self.fewest:
            return
        if unspoken := len(anywhere & silent):
            yield unspoken - 0.1, WordChange(None, "about", word)
        for key in ("says", "in_title"):
            having = self.trial.having(word, title=key == "in_title")
            wrong = sum(paper.belongs is False for _, paper in self.labelled(having))
            yield len(having & self.numbers) - wrong / 3, WordChange(self.name, key, word)
        if self.section.beside:
            yield helped / 3, WordChange(self.name, "beside", word)

    def _support(self, having: AbstractSet[int]) -> int:
        """How many papers of the section have a word: one paper's word is just its name."""
        return sum(
            paper.belongs is True and paper.section == self.name
            for _, paper in self.labelled(having)
        )

    def _vetoes(self, number: int) -> Iterator[WordChange]:
        """Words that keep a paper out of the list or of its section."""
        fits = self.trial.placed(number).fits
        of_section = {
            w for fit in fits if fit.name == self.name for w in self.trial.words(fit.vetoes)
        }
        of_list = {*self.trial.vetoes(number), *self.trial.doubts(number)}
        for name, holder, blocking in (
            (None, self.trial.rules, of_list),
            (self.name, self.section, of_section),
        ):
            for key in VETOES:
                for word in getattr(holder, key):
                    if word in blocking:
                        yield WordChange(name, key, word, add=False)


def _is_new(rules: ListRules, change: WordChange) -> bool:
    """Whether the word isn't in the section (or in the list's keys) already."""
    if not change.add:
        return True
    if change.section is None:
        return not any(change.word in getattr(rules, key) for key in ("about", *VETOES))
    section = next(candidate for candidate in rules.sections if candidate.name == change.section)
    signals = ("says", "in_title", "hints", *VETOES)
    keys = ("beside",) if change.key == "beside" else signals
    return not any(change.word in getattr(section, key) for key in keys)
