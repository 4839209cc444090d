"""
Word-by-word differences between two versions of the rules, and which of them moved a text.

A changed word in a paper need not be why the paper moved, so each edit is taken back by itself.
Where no single one matters (two new words, each of them enough), all edits are tried, then fewer.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from config.rules import KEYS, LIST_KEYS, ListRules, Section
from config.rules_editor import WordChange, changed
from pipelines.rules.matcher import Finder
from pipelines.rules.readings import Reading, Texts, find
from pipelines.rules.ruleset import Ruleset, placed
from pipelines.rules.scoring import all_words, only_in_titles, sections

# With more edits than this the versions are different files rather than an edit.
MAX_CHANGES = 60


@dataclass(frozen=True, slots=True)
class Edit:
    """A word that came (+) or went (-); ``section`` is None for a key of the whole list."""

    sign: str
    section: str | None
    key: str
    word: str

    def __str__(self) -> str:
        place = f"{self.section} › {self.key}" if self.section else self.key
        return f"{self.sign} {place}: {self.word}"


def edits(before: ListRules, after: ListRules) -> tuple[Edit, ...]:
    """Every word that was added, removed or moved, in the order of the files."""
    old, new = list(_uses(before)), list(_uses(after))
    went, came = set(old) - set(new), set(new) - set(old)
    changes = [Edit("-", *use) for use in old if use in went]
    changes += [Edit("+", *use) for use in new if use in came]
    return (*changes, *_order(before, after))


def _uses(rules: ListRules) -> Iterator[tuple[str | None, str, str]]:
    for key in LIST_KEYS:
        for word in getattr(rules, key):
            yield None, key, word
    for section in rules.sections:
        for key in (*KEYS, "over"):
            for word in getattr(section, key):
                yield section.name, key, word


def _order(before: ListRules, after: ListRules) -> Iterator[Edit]:
    old, new = ([section.name for section in rules.sections] for rules in (before, after))
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Edit("~", None, "sections", "in another order")


def touching(before: ListRules, after: ListRules) -> frozenset[str] | None:
    """
    The words that a text needs for its verdict to differ; None: any text may differ.

    Any text may differ after a new order of sections, a change of ``over``, or the first or last
    word of ``about``, ``helps`` or ``beside``.
    """
    if _shape(before) != _shape(after):
        return None
    return frozenset(edit.word for edit in edits(before, after))


def _shape(rules: ListRules) -> object:
    return (
        bool(rules.about),
        bool(rules.helps),
        [
            (section.name, frozenset(section.over), bool(section.beside))
            for section in rules.sections
        ],
    )


def taken_back(before: ListRules, after: ListRules, undone: Collection[Edit]) -> ListRules:
    """The new rules without these edits."""
    rules = _with_sections(before, after, {edit.section for edit in undone if edit.sign == "-"})
    rules = changed(
        rules,
        [
            WordChange(edit.section, edit.key, edit.word, add=edit.sign == "-")
            for edit in undone
            if edit.sign != "~"
        ],
    )
    if all(edit.sign != "~" for edit in undone):
        return rules
    old = [section.name for section in before.sections]
    in_old_order = iter(
        sorted((s for s in rules.sections if s.name in old), key=lambda s: old.index(s.name))
    )
    ordered = tuple(next(in_old_order) if s.name in old else s for s in rules.sections)
    return replace(rules, sections=ordered)


def _with_sections(before: ListRules, after: ListRules, names: Collection[str | None]) -> ListRules:
    """The new rules with removed sections back in their places, still empty."""
    sections_then, present = list(after.sections), {section.name for section in after.sections}
    for index, section in enumerate(before.sections):
        if section.name in names and section.name not in present:
            sections_then.insert(index, Section(name=section.name))
    return replace(after, sections=tuple(sections_then))


class Responsible:
    """Finds the edits between two versions of the rules that moved a text."""

    def __init__(
        self,
        before: ListRules,
        after: ListRules,
        rulesets: Iterable[Ruleset],
        edits: Sequence[Edit],
    ) -> None:
        self._before, self._after, self._edits = before, after, tuple(edits)
        self._rulesets = tuple(rulesets)
        self._cached: Finder | None = None

    def of(self, texts: Texts, likely: Sequence[Edit], now: str | None) -> tuple[Edit, ...]:
        """
        The edits that put a text in its section ``now``; ``likely`` ones are those in the text.

        The rest are tried if these did nothing: a first word of ``beside`` affects texts without
        it.
        """
        if len(self._edits) == 1:
            return self._edits
        text = _Text.of(self._before, self._after, find(self._finder, texts))
        present = set(likely)
        rest = [edit for edit in self._edits if edit not in present]
        for group in (likely, rest, self._edits):
            if 0 < len(group) <= MAX_CHANGES and (needed := text.needed(group, now)):
                return tuple(edit for edit in self._edits if edit in needed)
        return ()

    @property
    def _finder(self) -> Finder:
        """A finder with the words of both versions; usually one of theirs has them already."""
        if self._cached is None:
            words = {*all_words(self._before), *all_words(self._after)}
            titles = only_in_titles([self._before, self._after])
            suitable = (
                ruleset.finder
                for ruleset in self._rulesets
                if words <= ruleset.finder.number.keys() and ruleset.finder.titles <= titles
            )
            self._cached = next(suitable, None) or Finder(words, titles)
        return self._cached


@dataclass(frozen=True, slots=True)
class _Text:
    """A text, and both versions of the rules reduced to its words."""

    before: ListRules
    after: ListRules
    reading: Reading

    @classmethod
    def of(cls, before: ListRules, after: ListRules, reading: Reading) -> "_Text":
        numbers = {number for matches in reading.matches.values() for number in matches}
        words = frozenset(reading.words(numbers))
        return cls(_narrow(before, words), _narrow(after, words), reading)

    def needed(self, candidates: Sequence[Edit], now: str | None) -> list[Edit]:
        """Each edit that matters by itself; if there is none, as few as do it together."""
        alone = [edit for edit in candidates if self._without([edit]) != now]
        if alone or self._without(candidates) == now:
            return alone
        needed = list(candidates)
        for edit in candidates:
            fewer = [kept_edit for kept_edit in needed if kept_edit != edit]
            if self._without(fewer) != now:
                needed = fewer
        return needed

    def _without(self, undone: Sequence[Edit]) -> str | None:
        """The section of the text without these edits."""
        rules = taken_back(self.before, self.after, undone)
        return placed(sections(rules, self.reading.finder), self.reading).section


def _narrow(rules: ListRules, words: frozenset[str]) -> ListRules:
    """The rules without words that a text lacks; ``beside`` stays, as empty it would mean more."""
    return replace(
        rules, sections=tuple(_narrow_section(section, words) for section in rules.sections)
    )


def _narrow_section(section: Section, words: frozenset[str]) -> Section:
    kept: dict[str, Any] = {
        key: tuple(word for word in getattr(section, key) if word in words)
        for key in KEYS
        if key != "beside"
    }
    return replace(section, **kept)
