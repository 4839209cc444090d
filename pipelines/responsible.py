"""
Which of several edits made a text be judged otherwise: those without which it would not be.

A word that stands in a paper need not be why the paper moved. Each edit is taken back by itself;
where no single one matters (two new words, each of them enough), all are, and then as few as do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.rules import KEYS, ListRules
from pipelines.rules.matcher import Finder
from pipelines.rules.ruleset import Ruleset, placed
from pipelines.rules.scoring import Reading, Texts, find
from pipelines.sections import all_words, only_in_titles, sections
from pipelines.tuning.changes import Edit, taken_back

# More edits than these in one paper are two different files, and no change of words.
MOST = 60


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that was read, and both versions with only the words that matter to it."""

    before: ListRules
    after: ListRules
    reading: Reading

    @classmethod
    def of(cls, before: ListRules, after: ListRules, reading: Reading) -> "_Text":
        numbers = {number for found in reading.found.values() for number in found}
        words = frozenset(reading.words(numbers))
        return cls(_narrow(before, words), _narrow(after, words), reading)

    def needed(self, some: Sequence[Edit], now: str | None) -> list[Edit]:
        """Each edit without which it would not stand there; else as few as do it together."""
        alone = [edit for edit in some if self._without([edit]) != now]
        if alone or self._without(some) == now:
            return alone
        needed = list(some)
        for edit in some:
            fewer = [one for one in needed if one != edit]
            if self._without(fewer) != now:
                needed = fewer
        return needed

    def _without(self, some: Sequence[Edit]) -> str | None:
        """The section of the text when these edits are not made."""
        made = taken_back(self.before, self.after, some)
        return placed(sections(made, self.reading.finder), self.reading).section


def _narrow(rules: ListRules, words: frozenset[str]) -> ListRules:
    """The rules without words that a text does not have. An empty ``beside`` would mean more."""
    keys = [key for key in KEYS if key != "beside"]
    return rules.model_copy(
        update={
            "sections": tuple(
                section.model_copy(
                    update={
                        key: tuple(word for word in getattr(section, key) if word in words)
                        for key in keys
                    }
                )
                for section in rules.sections
            )
        }
    )


class Responsible:
    """Two versions of one list's rules, and any version between them."""

    def __init__(
        self,
        before: ListRules,
        after: ListRules,
        rulesets: Iterable[Ruleset],
        edits: Sequence[Edit],
    ) -> None:
        self._before, self._after, self._edits = before, after, tuple(edits)
        self._rulesets = tuple(rulesets)
        self._known: Finder | None = None

    def of(self, texts: Texts, likely: Sequence[Edit], now: str | None) -> tuple[Edit, ...]:
        """
        The edits that put a text where it is now; ``likely`` are those that stand in it.

        The other edits are asked where these did nothing: a first word of ``beside`` acts where it
        is missing.
        """
        if len(self._edits) == 1:
            return self._edits
        text = _Text.of(self._before, self._after, find(self._finder, texts))
        there = set(likely)
        rest = [edit for edit in self._edits if edit not in there]
        for some in (likely, rest, self._edits):
            if 0 < len(some) <= MOST and (found := text.needed(some, now)):
                return tuple(edit for edit in self._edits if edit in found)
        return ()

    @property
    def _finder(self) -> Finder:
        """One that knows the words of both; mostly one of the two does already."""
        if self._known is None:
            words = {*all_words(self._before), *all_words(self._after)}
            titles = only_in_titles([self._before, self._after])
            known = (
                one.finder
                for one in self._rulesets
                if words <= one.finder.number.keys() and one.finder.titles <= titles
            )
            self._known = next(known, None) or Finder(words, titles)
        return self._known
