"""
Judges the examples and lookalikes that travel with the rules: tests that a curator writes.

Examples and lookalikes under two versions of the rules: what held, what breaks, what is new.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from catalog.paper import Verdict
from config.rules import ListRules, Section
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.comparison import Comparison

How = Literal["broken", "failing", "removed", "mended", "holds"]

# What is said first, after the words for what is new.
CASES: dict[How, str] = {
    "broken": "broken",
    "failing": "still fails",
    "mended": "failed before, holds now",
    "holds": "held before too",
    "removed": "taken out of the file",
}
WORST_CASES: tuple[How, ...] = tuple(CASES)


@dataclass(frozen=True, slots=True)
class Failure:
    """A title that the rules judge otherwise than they say."""

    where: str
    title: str
    matter: str

    def __str__(self) -> str:
        return f'{self.where}: "{self.title}" {self.matter}'


def failures(ruleset: Ruleset, rules: ListRules) -> Iterator[Failure]:
    """Examples that do not get their section, and lookalikes that do."""
    for index, section in enumerate(rules.sections):
        for key, position, title in titles(section):
            verdict = ruleset.judge(rules.list, title, None)
            matter = matter_of(key, section.name, verdict)
            if matter:
                line = rules.line("sections", index, key, position)
                where = f"{rules.path}:{line}: {section.name} › {key}"
                yield Failure(where, title, matter)


@dataclass(frozen=True, slots=True)
class Case:
    """
    A title that is new in the file or gone from it, or on which two versions of the rules differ.

    ``broken``: it held with the rules before, and does not now. ``failing``: it holds with neither.
    ``mended``: it holds now only. ``holds``: with both, and it is new. ``removed``: it stands no
    more in the file. ``before`` and ``after`` are the sections that it gets, or None.
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


def cases(compared: Comparison) -> Iterator[Case]:
    """What there is to say of the examples and lookalikes of both versions, in their order."""
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
    compared: Comparison, pinned: _Pinned, *, new: bool = False, removed: bool = False
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
    """What is wrong with the verdict on such a title; empty when nothing is."""
    if key == "examples" and verdict.section != section:
        got = f"is judged into {verdict.section}" if verdict.section else "is not let in"
        return f"{got}: {verdict.lacked}" if verdict.lacked else got
    if key == "lookalikes" and verdict.section == section:
        words = ", ".join(dict.fromkeys(f'"{evidence.word}"' for evidence in verdict.evidence))
        return f"is judged into {section}, because of {words}"
    return ""
