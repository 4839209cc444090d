"""
What differs between two versions of a list's rules, word by word.

Which of several edits made a text be judged otherwise: those without which it would not be.

A word that stands in a paper need not be why the paper moved. Each edit is taken back by itself;
where no single one matters (two new words, each of them enough), all are, and then as few as do.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from config.rules import KEYS, LIST_KEYS, ListRules, Section
from config.rules_editor import WordChange, changed
from pipelines.rules.matcher import Finder
from pipelines.rules.ruleset import Ruleset, placed
from pipelines.rules.scoring import Reading, Texts, all_words, find, only_in_titles, sections

# More edits than these in one paper are two different files, and no change of words.
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
    """Every word that stands somewhere else, or no more, or only now; in the order of the files."""
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
    The words that a text must have to be judged otherwise by the two; None: it may be any text.

    Sections that changed their order, gave way to others or lost the last word of ``beside`` or
    ``helps`` may judge any text otherwise.
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
    """The rules after, but with these edits not made."""
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
    return rules.model_copy(update={"sections": ordered})


def _with_sections(before: ListRules, after: ListRules, names: Collection[str | None]) -> ListRules:
    """With those sections that are gone, still empty, where they stood."""
    sections_then, present = list(after.sections), {section.name for section in after.sections}
    for index, section in enumerate(before.sections):
        if section.name in names and section.name not in present:
            sections_then.insert(index, Section(name=section.name))
    return after.model_copy(update={"sections": tuple(sections_then)})


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
        self._cached: Finder | None = None

    def of(self, texts: Texts, likely: Sequence[Edit], now: str | None) -> tuple[Edit, ...]:
        """
        The edits that put a text where it is now; ``likely`` are those that stand in it.

        The other edits are asked where these did nothing: a first word of ``beside`` acts where it
        is missing.
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
        """One that knows the words of both; mostly one of the two does already."""
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
    """A text that was read, and both versions with only the words that matter to it."""

    before: ListRules
    after: ListRules
    reading: Reading

    @classmethod
    def of(cls, before: ListRules, after: ListRules, reading: Reading) -> "_Text":
        numbers = {number for matches in reading.matches.values() for number in matches}
        words = frozenset(reading.words(numbers))
        return cls(_narrow(before, words), _narrow(after, words), reading)

    def needed(self, candidates: Sequence[Edit], now: str | None) -> list[Edit]:
        """Each edit without which it would not stand there; else as few as do it together."""
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
        """The section of the text when these edits are not made."""
        rules = taken_back(self.before, self.after, undone)
        return placed(sections(rules, self.reading.finder), self.reading).section


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
