"""What differs between two versions of a list's rules, word by word."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from config.rules import KEYS, LIST_KEYS, ListRules, Section
from config.rules_editor import Change, changed


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
    made = [Edit("-", *use) for use in old if use in went]
    made += [Edit("+", *use) for use in new if use in came]
    return (*made, *_order(before, after))


def touching(before: ListRules, after: ListRules) -> frozenset[str] | None:
    """
    The words that a text must have to be judged otherwise by the two; None: it may be any text.

    Sections that changed their order, gave way to others or lost the last word of ``beside`` or
    ``helps`` may judge any text otherwise.
    """
    if _shape(before) != _shape(after):
        return None
    return frozenset(edit.word for edit in edits(before, after))


def taken_back(before: ListRules, after: ListRules, some: Collection[Edit]) -> ListRules:
    """The rules after, but with these edits not made."""
    rules = _with_sections(before, after, {edit.section for edit in some if edit.sign == "-"})
    rules = changed(
        rules,
        [
            Change(edit.section, edit.key, edit.word, add=edit.sign == "-")
            for edit in some
            if edit.sign != "~"
        ],
    )
    if all(edit.sign != "~" for edit in some):
        return rules
    old = [section.name for section in before.sections]
    known = iter(
        sorted((s for s in rules.sections if s.name in old), key=lambda s: old.index(s.name))
    )
    made = tuple(next(known) if s.name in old else s for s in rules.sections)
    return rules.model_copy(update={"sections": made})


def _with_sections(before: ListRules, after: ListRules, names: Collection[str | None]) -> ListRules:
    """With those sections that are gone, still empty, where they stood."""
    made, there = list(after.sections), {section.name for section in after.sections}
    for index, section in enumerate(before.sections):
        if section.name in names and section.name not in there:
            made.insert(index, Section(name=section.name))
    return after.model_copy(update={"sections": tuple(made)})


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


def _shape(rules: ListRules) -> object:
    return (
        bool(rules.about),
        bool(rules.helps),
        [
            (section.name, frozenset(section.over), bool(section.beside))
            for section in rules.sections
        ],
    )
