"""
Which of several edits made a text be judged otherwise: those without which it would not be.

A word that stands in a paper need not be why the paper moved. Each edit is taken back by itself;
where no single one matters (two new words, each of them enough), all are, and then as few as do.
"""

from collections.abc import Iterable, Sequence

from config.rules import ListRules
from pipelines.edits import Edit, taken_back
from pipelines.finder import Finder
from pipelines.fit import Reading, Sections, Texts, all_words, find, sections
from pipelines.rules import Ruleset, placed

# More edits than these in one paper are two different files, and no change of words.
MOST = 60
# Versions that are kept for the next paper; each is as large as the rules.
MOST_KEPT = 100


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
        self._versions: dict[frozenset[Edit], Sections] = {}

    def of(self, texts: Texts, likely: Sequence[Edit], now: str | None) -> tuple[Edit, ...]:
        """
        The edits that put a text where it is now; ``likely`` are those that stand in it.

        The other edits are asked where these did nothing: a first word of ``beside`` acts where it
        is missing.
        """
        if len(self._edits) == 1:
            return self._edits
        reading = find(self._finder, texts)
        rest = [edit for edit in self._edits if edit not in likely]
        for some in (likely, rest, self._edits):
            if 0 < len(some) <= MOST and (found := self._among(reading, some, now)):
                return tuple(edit for edit in self._edits if edit in found)
        return ()

    def _among(self, reading: Reading, some: Sequence[Edit], now: str | None) -> list[Edit]:
        alone = [edit for edit in some if self._without([edit], reading) != now]
        if alone or self._without(some, reading) == now:
            return alone
        needed = list(some)
        for edit in some:
            fewer = [one for one in needed if one != edit]
            if self._without(fewer, reading) != now:
                needed = fewer
        return needed

    def _without(self, some: Iterable[Edit], reading: Reading) -> str | None:
        """The section of a text when these edits are not made."""
        which = frozenset(some)
        if which not in self._versions:
            if len(self._versions) >= MOST_KEPT:
                self._versions.clear()
            ordered = [edit for edit in self._edits if edit in which]
            made = taken_back(self._before, self._after, ordered)
            self._versions[which] = sections(made, self._finder)
        return placed(self._versions[which], reading).section

    @property
    def _finder(self) -> Finder:
        """One that knows the words of both; mostly one of the two does already."""
        if self._known is None:
            words = {*all_words(self._before), *all_words(self._after)}
            known = (one.finder for one in self._rulesets if words <= one.finder.number.keys())
            self._known = next(known, None) or Finder(words)
        return self._known
