"""
Tries changed rules on texts that are read only once.

All words that a change may add are searched for in one pass. A change is then judged only on the
texts that have its word, because it can't move any other.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from config.rules import ListRules
from config.rules_editor import WordChange, changed
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder
from pipelines.rules.readings import Texts, find
from pipelines.rules.ruleset import Placement, placed
from pipelines.rules.scoring import Sections, all_words, sections

VETOES = ("unless", "not_in_title")
_NONE: frozenset[int] = frozenset()


class WhatIf:
    """Texts, and the section of each under the current rules and with changes."""

    def __init__(self, rules: ListRules, texts: Sequence[Texts], words: Iterable[str] = ()) -> None:
        self._finder = Finder([*all_words(rules), *words])
        self._readings = tuple(find(self._finder, text) for text in texts)
        self._titles: dict[int, set[int]] = {}
        self._anywhere: dict[int, set[int]] = {}
        self._sections = sections(rules, self._finder)
        self.now: dict[int, str | None] = {}
        self._open: set[int] = set()
        self._spoken_for: dict[int, frozenset[str]] = {}
        self._index()
        self._look()

    @property
    def rules(self) -> ListRules:
        """The current rules."""
        return self._sections.rules

    def having(self, word: str, *, title: bool = False) -> AbstractSet[int]:
        """The numbers of the texts with a word."""
        index = self._titles if title else self._anywhere
        return index.get(self._finder.number[word], _NONE)

    def may_move(self, change: WordChange) -> set[int]:
        """The texts that a change can move; the rest need not be judged again."""
        titles = change.key == "not_in_title"
        having = set(self.having(change.word, title=titles))
        if change.section is None and change.key == "unless":
            # In an abstract it weighs against all sections, not all of them alike.
            return having
        if change.add == (change.key in VETOES):
            # It counts against a section or the list: only texts in there can leave.
            return {n for n in having if self.now[n] and change.section in (None, self.now[n])}
        if change.section is None:
            return {n for n in having if self.now[n] is None}
        # It counts for a section: texts in there stay.
        may = {n for n in having & self._open if self.now[n] != change.section}
        if change.key == "in_title":
            in_titles = self.having(change.word, title=True)
            may = {n for n in may if n in in_titles or change.section in self._spoken_for[n]}
        if change.key == "beside":
            may = {n for n in may if change.section in self._spoken_for[n]}
        return may

    def placed(self, number: int) -> Placement:
        """The current section of a text, and the fit of each section."""
        return placed(self._sections, self._readings[number])

    def vetoes(self, number: int) -> list[str]:
        """The words that keep a text out of the whole list."""
        reading = self._readings[number]
        return reading.words(self._sections.vetoes(reading))

    def doubts(self, number: int) -> list[str]:
        """The words of ``unless`` that weigh against a text, because its abstract has them."""
        reading = self._readings[number]
        return reading.words(self._sections.doubts(reading))

    def speaks(self, number: int) -> bool:
        """Whether a text has a word of ``about``, or the list has none."""
        return self._sections.speaks(self._readings[number])

    def field_words(self, number: int) -> list[str]:
        """The words of the field in a title: of ``about`` first, then of ``helps``."""
        state, title = self._sections, self._readings[number].matches["title"]
        about = sorted(state.about.intersection(title))
        return self.words([*about, *sorted(state.helps.intersection(title) - state.about)])

    def is_about(self, phrase: str) -> bool:
        """Whether a phrase contains a word of ``about``."""
        found = self._finder.find(fold(phrase))
        return bool(self._sections.about.intersection(found))

    def words(self, numbers: Iterable[int]) -> list[str]:
        return [self._finder.words[number].text for number in numbers]

    def what_if(self, change: WordChange) -> dict[int, str | None]:
        """The new section of each text that the change moves."""
        changed_sections = self._with([change])
        after = {
            n: placed(changed_sections, self._readings[n]).section for n in self.may_move(change)
        }
        return {n: section for n, section in after.items() if section != self.now[n]}

    def with_changes(self, changes: Iterable[WordChange]) -> list[str | None]:
        """The section of every text with all of these changes."""
        changed_sections = self._with(changes)
        return [placed(changed_sections, reading).section for reading in self._readings]

    def _with(self, changes: Iterable[WordChange]) -> Sections:
        result = self._sections
        for change in changes:
            rules = changed(result.rules, [change])
            result = result.with_word(rules, change.word, self._finder.number[change.word])
        return result

    def accept(self, change: WordChange) -> None:
        """Make a change permanent."""
        moved = self.what_if(change)
        self._sections = self._with([change])
        for number in {*moved, *self.having(change.word)}:
            self._look_at(number)

    def _look(self) -> None:
        for number in range(len(self._readings)):
            self._look_at(number)

    def _look_at(self, number: int) -> None:
        """Update the section of a text and what can move it."""
        reading, current = self._readings[number], self._sections
        place = placed(current, reading)
        self.now[number] = place.section
        self._spoken_for[number] = frozenset(fit.name for fit in place.fits)
        if current.speaks(reading) and not current.vetoes(reading):
            self._open.add(number)
        else:
            self._open.discard(number)

    def _index(self) -> None:
        for number, reading in enumerate(self._readings):
            title = frozenset(reading.matches["title"])
            for word in title:
                self._titles.setdefault(word, set()).add(number)
            for word in title.union(reading.matches["abstract"]):
                self._anywhere.setdefault(word, set()).add(number)
