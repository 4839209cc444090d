"""
Judges the examples and lookalikes in the rules, which are a curator's tests.

``failures`` checks one version of the rules; ``cases`` compares two: what broke, what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from catalog.facts import Verdict
from config.rules import ListRules, Section
from pipelines.rules.ruleset import Ruleset

if TYPE_CHECKING:
    from pipelines.tuning.comparison import Comparison

How = Literal["broken", "failing", "removed", "mended", "holds"]

# Labels of the cases, the worst first.
CASES: dict[How, str] = {
    "broken": "broken",
    "failing": "still fails",
    "mended": "failed before, passes now",
    "holds": "passed before too",
    "removed": "removed from the file",
}
WORST_CASES: tuple[How, ...] = tuple(CASES)


@dataclass(frozen=True, slots=True)
class BrokenExample:
    """An example or lookalike with the wrong verdict."""

    where: str
    title: str
    matter: str

    def __str__(self) -> str:
        return f'{self.where}: "{self.title}" {self.matter}'


def failures(ruleset: Ruleset, rules: ListRules) -> Iterator[BrokenExample]:
    """Examples that aren't put in their section, and lookalikes that are."""
    for index, section in enumerate(rules.sections):
        for key, position, title in titles(section):
            verdict = ruleset.judge(rules.list, title, None)
            matter = matter_of(key, section.name, verdict)
            if matter:
                line = rules.line("sections", index, key, position)
                where = f"{rules.path}:{line}: {section.name} › {key}"
                yield BrokenExample(where, title, matter)


@dataclass(frozen=True, slots=True)
class Case:
    """
    An example or lookalike that is new, removed, or judged differently by two versions.

    ``broken``: it passed with the old rules only. ``mended``: with the new rules only. ``holds``:
    with both, and it is new. ``failing``: with neither. ``removed``: it is no longer in the file.
    ``before`` and ``after`` are the sections that it gets, or None.
    """

    how: How
    where: str
    title: str
    matter: str
    key: str
    new: bool
    held: bool
    before: str | None
    after: str | None

    def __str__(self) -> str:
        was, now = (section or "not in the list" for section in (self.before, self.after))
        way = f"({now})" if was == now else f"({was} → {now})"
        return f'{self.where}: "{self.title}" {self.matter or way}'


def cases(compared: "Comparison") -> Iterator[Case]:
    """The cases in both versions, in their order; unchanged passing ones are left out."""
    old, new = list(_pinned(compared.before)), list(_pinned(compared.after))
    old_keys, new_keys = {pinned.identity for pinned in old}, {pinned.identity for pinned in new}
    for pinned in new:
        added = pinned.identity not in old_keys
        case = _case(compared, pinned, new=added)
        if added or case.how != "holds":
            yield case
    for pinned in old:
        if pinned.identity not in new_keys:
            yield _case(compared, pinned, removed=True)


class _Pinned(NamedTuple):
    """An example or lookalike of a file."""

    where: str
    section: str
    key: str
    title: str

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.section, self.key, self.title


def _pinned(rules: ListRules) -> Iterator[_Pinned]:
    for index, section in enumerate(rules.sections):
        for key, position, title in titles(section):
            line = rules.line("sections", index, key, position)
            where = f"{rules.path}:{line}: {section.name} › {key}"
            yield _Pinned(where, section.name, key, title)


def _case(
    compared: "Comparison", pinned: _Pinned, *, new: bool = False, removed: bool = False
) -> Case:
    before = _verdict(compared.old, compared.before, pinned.title)
    after = _verdict(compared.new, compared.after, pinned.title)
    held = not matter_of(pinned.key, pinned.section, before)
    matter = matter_of(pinned.key, pinned.section, after)
    how: How = "removed" if removed else _how(held, holds=not matter)
    sections = before.section, after.section
    return Case(how, pinned.where, pinned.title, matter, pinned.key, new, held, *sections)


def _verdict(ruleset: Ruleset, rules: ListRules, title: str) -> Verdict:
    return ruleset.judge(rules.list, title, None)


def _how(held: bool, *, holds: bool) -> How:  # noqa: FBT001
    if holds:
        return "holds" if held else "mended"
    return "broken" if held else "failing"


def titles(section: Section) -> Iterator[tuple[str, int, str]]:
    """Every example and lookalike, with its key and position."""
    for key in ("examples", "lookalikes"):
        for position, title in enumerate(getattr(section, key)):
            yield key, position, title


def matter_of(key: str, section: str, verdict: Verdict) -> str:
    """What is wrong with the verdict on an example or lookalike; empty if nothing is."""
    if key == "examples" and verdict.section != section:
        got = f"is put in {verdict.section}" if verdict.section else "is not let in"
        return f"{got}: {verdict.lacked}" if verdict.lacked else got
    if key == "lookalikes" and verdict.section == section:
        words = ", ".join(dict.fromkeys(f'"{evidence.word}"' for evidence in verdict.evidence))
        return f"is put in {section}, because of {words}"
    return ""
