"""
Tells by the title, mostly, that no section of a list can get a paper.

Of a whole archive one paper in twenty is proposed. The title of most others has a word that keeps
them out, or speaks of another field, or of nothing that the list is about; then the abstract, which
is ten times as long, needs no reading. A paper that passes is judged like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from config.rules import ListRules
from pipelines.rules.fold import Folded
from pipelines.rules.matcher import Finder, Matches
from pipelines.rules.points import COUNT, MIN_GREY_WORDS, SAYS, SHOWN, VETO
from pipelines.rules.readings import MAX_BRIEF_CHARS
from pipelines.rules.scoring import Sections

# What a word in the title adds to what is counts, while the abstract isn't read.
IN_TITLE_ONLY = 1


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one list. ``hints`` finds the words of its sections' ``hints``."""

    sections: Sections
    hints: Finder
    has_says: bool

    @classmethod
    def of(cls, rules: ListRules, chosen: Sections) -> "Gate":
        hints = [word for section in rules.sections for word in section.hints]
        return cls(chosen, Finder(hints), any(section.says for section in rules.sections))

    def lets_in(self, title: Matches, abstract: Folded) -> bool:
        """Whether some section may get the paper; the abstract is searched only if it matters."""
        words, chosen = title.numbers, self.sections
        if not (chosen.unless.isdisjoint(words) and chosen.not_in_title.isdisjoint(words)):
            return False
        counts = self._add_up(words)
        least = 1 if chosen.neighbours.isdisjoint(words) else MIN_GREY_WORDS
        if any(part & SAYS * COUNT or part // SHOWN & COUNT >= least for part in counts):
            return True
        # A title that says nothing itself, and one of another field needs a word of its own.
        return least == 1 and self._may_mention(words, abstract)

    def _add_up(self, words: Iterable[int]) -> list[int]:
        """The counts of each section that the title does not keep the paper out of."""
        shares = self.sections.shares
        counts = dict[int, int]()
        for number in words:
            if cases := shares.get(number):
                for index, part in cases[IN_TITLE_ONLY][1]:
                    counts[index] = counts.get(index, 0) + part
        return [part for part in counts.values() if not part & VETO * COUNT]

    def _may_mention(self, words: set[int], abstract: Folded) -> bool:
        """Whether words of the abstract alone may be enough: it must be meant, or have a hint."""
        helps = self.sections.helps
        if self.has_says and (not helps or not helps.isdisjoint(words)):
            return True
        return len(abstract.text) <= MAX_BRIEF_CHARS or bool(self.hints.find(abstract).numbers)
