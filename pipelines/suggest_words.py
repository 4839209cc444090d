"""
Which changes are worth trying: words of papers that were missed, misplaced, or let in wrongly.

Nothing here judges; it only chooses, by counting, so that few of many phrases must be judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from config.rules import ListRules, Section
from config.rules_editor import Change
from config.words import is_word
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.phrases import phrases
from pipelines.tuning.what_if import VETOES, Trial

# So many phrases of the papers that went wrong in one way are looked for in all papers.
MOST_PHRASES = 60
# So many changes are really judged.
MOST_TRIED = 250
# Where there are fewer labelled papers all words are rare.
FEW_PAPERS = 100

Mistakes = dict[tuple[str, str], list[int]]


def mistakes(papers: Sequence[Labelled], trial: Trial) -> Mistakes:
    """
    Numbers of papers by what went wrong with them and the section it concerns.

    ``missed`` and ``moved`` have the section where the paper belongs, ``let-in`` where it is.
    """
    names = {section.name for section in trial.rules.sections}
    found: Mistakes = defaultdict(list)
    for number, paper in enumerate(papers):
        now = trial.now[number]
        wanted = paper.section if paper.section in names else None
        if paper.belongs is False and now is not None:
            found["let-in", now].append(number)
        elif paper.belongs and now is None:
            nearest = max(trial.placed(number).fits, key=lambda fit: fit.points, default=None)
            section = wanted or (nearest.name if nearest else None)
            if section:
                found["missed", section].append(number)
        elif paper.belongs and wanted and now != wanted:
            found["moved", wanted].append(number)
    return found


def phrases_of(papers: Sequence[Labelled], found: Mistakes) -> set[str]:
    """Phrases of the papers that went wrong, those that several have first."""
    chosen: set[str] = set()
    for (kind, _), numbers in found.items():
        counts: dict[str, int] = defaultdict(int)
        for number in numbers:
            paper = papers[number]
            here = set(phrases(paper.title))
            # What a paper is about stands in its title; only of a missed one more is asked.
            if kind == "missed" and paper.abstract:
                here |= phrases(paper.abstract)
            in_title = phrases(paper.title)
            for phrase in here:
                counts[phrase] += 3 if phrase in in_title else 2
        ranked = sorted(counts, key=lambda one: (-counts[one], -len(one), one))
        chosen.update([one for one in ranked if is_word(one)][:MOST_PHRASES])
    return chosen


def candidates(
    papers: Sequence[Labelled], trial: Trial, found: Mistakes, words: Iterable[str]
) -> list[Change]:
    """The changes most likely to help, each once."""
    words = sorted(words)
    fewest = 2 if len(papers) >= FEW_PAPERS else 1
    tried: dict[Change, float] = {}
    for (kind, section), numbers in sorted(found.items()):
        sort = _Against if kind == "let-in" else _For
        for likely, change in sort(papers, trial, section, set(numbers), fewest).changes(words):
            if likely > 0 and _is_new(trial.rules, change):
                tried[change] = max(likely, tried.get(change, 0.0))
    ranked = sorted(tried, key=lambda change: (-tried[change], str(change)))
    return ranked[:MOST_TRIED]


@dataclass(frozen=True, slots=True)
class _Group:
    """Papers that went wrong in one way with one section."""

    papers: Sequence[Labelled]
    trial: Trial
    name: str
    numbers: set[int]
    fewest: int

    @property
    def section(self) -> Section:
        return next(one for one in self.trial.rules.sections if one.name == self.name)

    def labelled(self, numbers: AbstractSet[int]) -> list[tuple[int, Labelled]]:
        """Those of the papers that have a label: the pool comes after them."""
        return [(n, self.papers[n]) for n in numbers if n < len(self.papers)]


class _For(_Group):
    """Words that would bring papers into their section."""

    def changes(self, words: Sequence[str]) -> Iterator[tuple[float, Change]]:
        silent = {n for n in self.numbers if not self.trial.speaks(n)}
        for word in words:
            yield from self._of(word, silent)
        for number in self.numbers:
            yield from ((2.0, change) for change in self._vetoes(number))

    def _of(self, word: str, silent: set[int]) -> Iterator[tuple[float, Change]]:
        anywhere = self.trial.having(word)
        helped = len(anywhere & self.numbers)
        if not helped or self._support(anywhere) < self.fewest:
            return
        if said := len(anywhere & silent):
            yield said - 0.1, Change(None, "about", word)
        for key in ("says", "in_title"):
            having = self.trial.having(word, title=key == "in_title")
            wrong = sum(one.belongs is False for _, one in self.labelled(having))
            yield len(having & self.numbers) - wrong / 3, Change(self.name, key, word)
        if self.section.beside:
            yield helped / 3, Change(self.name, "beside", word)

    def _support(self, having: AbstractSet[int]) -> int:
        """How many papers of the section have a word: one that only one has is its name."""
        return sum(
            one.belongs is True and one.section == self.name for _, one in self.labelled(having)
        )

    def _vetoes(self, number: int) -> Iterator[Change]:
        """Words that keep a paper out: of the list, or of its section."""
        fits = self.trial.placed(number).fits
        own = {w for fit in fits if fit.name == self.name for w in self.trial.words(fit.vetoes)}
        whole = set(self.trial.vetoes(number))
        for name, holder, there in (
            (None, self.trial.rules, whole),
            (self.name, self.section, own),
        ):
            for key in VETOES:
                for word in getattr(holder, key):
                    if word in there:
                        yield Change(name, key, word, add=False)


class _Against(_Group):
    """Words that would keep papers out, and words without which they would not come."""

    def changes(self, words: Sequence[str]) -> Iterator[tuple[float, Change]]:
        for word in words:
            titles = self.trial.having(word, title=True)
            kept = len(titles & self.numbers)
            # What the list is about keeps nothing out of it.
            if kept >= self.fewest and not self.trial.is_about(word):
                yield kept - 2 * self._right(titles, self.name), self._veto(self.name, word)
                yield kept - 2 * self._right(titles, None) - 0.1, self._veto(None, word)
        for key in ("says", "in_title", "hints"):
            there = getattr(self.section, key)
            for word in there if len(there) > 1 else ():
                having = self.trial.having(word)
                lost = self._right(having, self.name)
                yield len(having & self.numbers) - lost, Change(self.name, key, word, add=False)

    def _veto(self, name: str | None, word: str) -> Change:
        return Change(name, "not_in_title", word)

    def _right(self, having: AbstractSet[int], name: str | None) -> int:
        """How many papers that belong would go."""
        return sum(
            bool(one.belongs)
            and self.trial.now[n] is not None
            and name in (None, self.trial.now[n])
            for n, one in self.labelled(having)
        )


def _is_new(rules: ListRules, change: Change) -> bool:
    """No word stands twice in a section."""
    if not change.add:
        return True
    if change.section is None:
        return not any(change.word in getattr(rules, key) for key in ("about", *VETOES))
    section = next(one for one in rules.sections if one.name == change.section)
    others = ("says", "in_title", "hints", *VETOES)
    keys = ("beside",) if change.key == "beside" else others
    return not any(change.word in getattr(section, key) for key in keys)
