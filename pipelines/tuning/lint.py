"""
What a list's rules say that does nothing: words that others say already, sections nobody enters.

Nothing here is a mistake: the rules work. This is what the language alone can tell; what papers
tell is in ``pool_doubts``.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from config.rules import KEYS, LIST_KEYS, ListRules, Section
from config.words import NEAR
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder
from pipelines.sections import all_words

Kind = Literal["shadowed", "vetoed", "never-wins", "too-much", "nothing"]
# Words that may let a work in; the others only keep out or back up.
LETTING = ("says", "in_title", "hints")
# A word is idle where one of these keys has another that stands wherever it does.
IDLE_BY: dict[str, tuple[str, ...]] = {
    "says": ("says",),
    "in_title": ("says", "in_title"),
    "hints": ("says",),
    "beside": ("beside",),
    "unless": ("unless",),
    "not_in_title": ("unless", "not_in_title"),
    "about": ("about",),
    "helps": (),
    "neighbours": ("neighbours",),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing to look at, with its place in the file."""

    kind: Kind
    where: str
    line: int
    section: str | None
    key: str | None
    word: str | None
    matter: str

    def __str__(self) -> str:
        return f"{self.where}: {self.matter}"


def doubt(
    rules: ListRules, kind: Kind, matter: str, *place: str | int, word: str | None = None
) -> Doubt:
    """A doubt about a part of the file, ``place`` as for ``ListRules.line``."""
    line = rules.line(*place)
    inside = place[0] == "sections" and isinstance(place[1], int)
    section = rules.sections[int(place[1])].name if inside else None
    key = str(place[2 if inside else 0]) if len(place) > (2 if inside else 0) else None
    named = " › ".join(part for part in (section, key) if part)
    return Doubt(kind, f"{rules.path}:{line}: {named}", line, section, key, word, matter)


def doubts(rules: ListRules) -> Iterator[Doubt]:
    """What the words themselves say, without any paper."""
    with_whom = _company(rules)
    for key in LIST_KEYS:
        own = {other: list(getattr(rules, other)) for other in LIST_KEYS}
        for position, word in enumerate(getattr(rules, key)):
            by = _idle_by(word, key, own, with_whom)
            if by:
                yield doubt(rules, "shadowed", _shadowed(word, *by), key, position, word=word)
    for index, section in enumerate(rules.sections):
        yield from _about_words(rules, index, section, with_whom)
        yield from _about_section(rules, index, section, with_whom)


def _about_words(
    rules: ListRules, index: int, section: Section, with_whom: dict[str, frozenset[str]]
) -> Iterator[Doubt]:
    own = {key: list(getattr(section, key)) for key in KEYS}
    own["unless"] = [*rules.unless, *own["unless"]]
    own["not_in_title"] = [*rules.not_in_title, *own["not_in_title"]]
    for key, position, word in section.words:
        place = ("sections", index, key, position)
        vetoes = [other for other in own["unless"] if other in with_whom[word]]
        by = _idle_by(word, key, own, with_whom)
        if key in LETTING and vetoes:
            matter = f'"{word}" never counts: `unless` has "{vetoes[0]}", found wherever it is'
            yield doubt(rules, "vetoed", matter, *place, word=word)
        elif by:
            yield doubt(rules, "shadowed", _shadowed(word, *by), *place, word=word)


def _about_section(
    rules: ListRules, index: int, section: Section, with_whom: dict[str, frozenset[str]]
) -> Iterator[Doubt]:
    letting = [word for key in LETTING for word in getattr(section, key)]
    if not any(True for _ in section.words):
        return  # people put its entries there by hand
    vetoes = {*rules.unless, *section.unless}
    matter = ""
    if not section.says and not section.in_title and len(section.hints) < 2:
        matter = "nothing lets a paper in: write says or in_title, or two hints"
    elif all(vetoes & with_whom[word] for word in letting):
        matter = "no paper can come here: each of its words is kept out by `unless`"
    else:
        winner = next((o for o in rules.sections if _always_over(o, section, with_whom)), None)
        if winner:
            matter = (
                f"no paper can come here: wherever it fits {winner.name} does too, and goes over"
                f" it; take {section.name} out of `over` there, or give it a word of its own"
            )
    if matter:
        yield doubt(rules, "never-wins", matter, "sections", index)


def _always_over(other: Section, section: Section, with_whom: dict[str, frozenset[str]]) -> bool:
    if section.name not in other.over or other.unless or other.not_in_title:
        return False
    words = [*section.says, *section.in_title, *section.hints]
    return all(set(other.says) & (with_whom[word] | {word}) for word in words)


def _idle_by(
    word: str, key: str, own: dict[str, list[str]], with_whom: dict[str, frozenset[str]]
) -> tuple[str, str] | None:
    """Another word, and its key, that is found wherever this one is."""
    for other_key in IDLE_BY[key]:
        words = own.get(other_key, [])
        for other in words:
            if other not in with_whom[word]:
                continue
            # Two that find the same: only the later one is idle.
            same = other_key == key and word in with_whom[other]
            if not same or words.index(other) < words.index(word):
                return other, other_key
    return None


def _shadowed(word: str, other: str, key: str) -> str:
    return (
        f'"{word}" is never needed: {key} has "{other}", found wherever it is; remove one of them'
    )


def _company(rules: ListRules) -> dict[str, frozenset[str]]:
    """For each word the others that stand in every text in which it stands."""
    finder = Finder(all_words(rules))
    made = {}
    for word in finder.words:
        found = [finder.find(fold(text)) for text in samples(word.text)]
        always = set(found[0]).intersection(*found)
        made[word.text] = frozenset(finder.words[n].text for n in always) - {word.text}
    return made


def samples(word: str) -> list[str]:
    """Texts that a word finds, as different from each other as can be."""
    sides = [_forms(side) for side in word.split(NEAR)]
    if len(sides) == 1:
        return sides[0]
    made = []
    for one, other in product(*sides):
        made += [f"{one} {other}", f"{other} {one}", f"{one} zva zvb zvc {other}"]
    return made


def _forms(side: str) -> list[str]:
    parts = [part if part.upper() == part else part.lower() for part in fold(side).text.split()]
    plain = " ".join(part.rstrip("*") or part for part in parts)
    longer = " ".join(f"{part.rstrip('*')}zvx" if part.endswith("*") else part for part in parts)
    countable = plain[-1:].isalpha() and plain[-1:] not in "sS" and not parts[-1].endswith("*")
    more = f"{plain}s" if countable else plain
    return list(dict.fromkeys([plain, longer, more]))


def as_dicts(found: Iterable[Doubt]) -> list[dict[str, object]]:
    """For a program."""
    names = ("kind", "line", "section", "key", "word", "matter")
    return [{name: getattr(one, name) for name in names} for one in found]
