"""
The changes of words that ``rules suggest`` judges: those that mistakes on labelled papers call for.

They come from counting words in papers that were missed, misplaced, or let in by mistake. Nothing
is judged here: ``suggest`` makes each change and counts what it gains and costs.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from config.rules import ListRules, Section
from config.rules_editor import WordChange
from config.words import is_word
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.phrases import phrases
from pipelines.tuning.what_if import VETOES, WhatIf

# So many phrases of the papers with one kind of mistake are searched in all papers.
MAX_PHRASES = 60
# So many changes are judged.
MAX_TRIED = 250
# So many papers must speak for a change: else it is a name.
MIN_PAPERS = 3

Mistakes = dict[tuple[str, str], list[int]]


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


def proposed_changes(
    papers: Sequence[Labelled], trial: WhatIf, by_kind: Mistakes, words: Iterable[str]
) -> list[WordChange]:
    """The changes most likely to help, without repeats."""
    words = sorted(words)
    tried: dict[WordChange, float] = {}
    for (kind, section), numbers in sorted(by_kind.items()):
        sort = _Against if kind == "let-in" else _For
        for likely, change in sort(papers, trial, section, set(numbers)).changes(words):
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
            if stopped >= MIN_PAPERS and not self.trial.is_about(word):
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
        if not helped or self._support(anywhere) < MIN_PAPERS:
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
