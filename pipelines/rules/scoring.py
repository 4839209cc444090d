"""How well a text fits each section of a list: the matched words and the points they add up to."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from config.rules import LIST_KEYS, ListRules, Section
from pipelines.rules.matcher import Field, Finder
from pipelines.rules.points import (
    BESIDE,
    COUNT,
    KEYS,
    PASSING,
    SAYING,
    SPEAKING,
    STRANGE,
    VETO,
    VETOES,
    Key,
    Place,
    is_enough,
    list_share,
    share,
    tally_list,
    weigh,
)
from pipelines.rules.readings import Reading

# So many more points raise a score from 0.5 to nearly 0.75, then to 0.9.
SCORE_SPREAD = 6.0
# The lower limit: exp() would overflow on the points of a hostile text.
MIN_POINTS = -60.0

# Keys whose words don't count in an abstract.
TITLES = {"neighbours", "not_in_title"}
# For the number of a word: the indexes of the sections that have it, with its key.
Uses = Mapping[int, Sequence[tuple[int, Key]]]

# What a word adds to the counts of the list, and to those of its sections by their indexes.
Share = tuple[int, Sequence[tuple[int, int]]]
# ... if it is in the title or not, and in the abstract never, once or more often.
Shares = Sequence[Share]
CASES = tuple((in_title, times) for times in range(3) for in_title in (False, True))


@dataclass(slots=True)
class Fit:
    """
    The counts of one section for a text, the points for them, and whether that is enough.

    The words themselves are gathered when somebody asks for them.
    """

    section: Section
    counts: int
    fits: bool
    points: float
    _index: int
    _sections: "Sections"
    _reading: Reading
    _matched: dict[Place, list[int]] | None = None

    @property
    def name(self) -> str:
        return self.section.name

    @property
    def matched(self) -> dict[Place, list[int]]:
        """The numbers of words by key and field."""
        if self._matched is None:
            self._matched = {}
            keys = self._sections.keys[self._index]
            for where, found in self._reading.matches.items():
                for number in sorted([number for number in found.numbers if number in keys]):
                    for key in keys[number]:
                        self._matched.setdefault((key, where), []).append(number)
        return self._matched

    @property
    def vetoes(self) -> list[int]:
        return [number for key, where in VETOES for number in self._of(key, where)]

    @property
    def grey(self) -> list[int]:
        """Different words that aren't enough alone where they are."""
        places: tuple[Place, ...]
        places = (("hints", "title"), ("hints", "abstract"), ("in_title", "abstract"))
        return list(dict.fromkeys(n for key, where in places for n in self._of(key, where)))

    @property
    def weak(self) -> list[int]:
        """Words that count for the section but need more words with them."""
        return list(dict.fromkeys([*self._of("in_title", "title"), *self.grey]))

    @property
    def strange(self) -> bool:
        """Whether the title or the abstract speaks of another field."""
        return bool(self.counts & STRANGE)

    @property
    def meant(self) -> bool:
        """Whether the title is in the list's own field."""
        return not self.counts & PASSING

    @property
    def vetoed(self) -> bool:
        return bool(self.counts & VETO * COUNT)

    @property
    def enough(self) -> bool:
        return is_enough(self.counts)

    @property
    def backed(self) -> bool:
        """Whether weak words have the ``beside`` word they need."""
        return bool(self.counts & BESIDE * COUNT)

    @property
    def mentioned(self) -> Sequence[int]:
        """Words of ``says`` in the abstract."""
        return self._of("says", "abstract")

    @property
    def shown(self) -> dict[Field, list[int]]:
        """The words that count for the section, by field."""
        return {"title": self._speaking("title"), "abstract": self._speaking("abstract")}

    def _speaking(self, where: Field) -> list[int]:
        ranks = self._sections.speaking[self._index]
        found = [number for number in self._reading.matches[where].numbers if number in ranks]
        return sorted(found, key=lambda number: (ranks[number], number)) if found[1:] else found

    def score(self, lean: float = 0.0) -> float:
        """The points as a number from 0 to 1; ``lean`` adds those of the whole list's words."""
        return 1 / (1 + math.exp(-max(self.points + lean, MIN_POINTS) / SCORE_SPREAD))

    def _of(self, key: Key, where: Field) -> Sequence[int]:
        return self.matched.get((key, where), ())


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of one list, with their words as numbers."""

    rules: ListRules
    about: frozenset[int]
    unless: frozenset[int]
    not_in_title: frozenset[int]
    helps: frozenset[int]
    neighbours: frozenset[int]
    uses: Uses
    shares: Mapping[int, Shares]
    keys: Sequence[Mapping[int, Sequence[Key]]]
    speaking: Sequence[Mapping[int, int]]

    def with_word(self, rules: ListRules, word: str, number: int) -> "Sections":
        """The same for rules that differ in this one word: the other words stay compiled."""
        used = _uses(rules, [word])
        of_list: dict[str, Any]
        of_list = {key: _with(self, key, number, word in getattr(rules, key)) for key in LIST_KEYS}
        uses = {**self.uses, number: used[word]}
        keys = _keys_of_sections(rules, uses)
        return replace(
            self,
            rules=rules,
            uses=uses,
            keys=keys,
            speaking=_speaking(keys),
            shares={**self.shares, number: _shares(rules, word, used[word])},
            **of_list,
        )

    def speaks(self, reading: Reading) -> bool:
        """Whether a text has a word of ``about``, or the list has none."""
        return not (
            self.about
            and self.about.isdisjoint(reading.matches["title"].numbers)
            and self.about.isdisjoint(reading.matches["abstract"].numbers)
        )

    def vetoes(self, reading: Reading) -> tuple[int, ...]:
        """Words in a text that keep it out of the whole list."""
        title = reading.matches["title"].numbers
        words = self.unless.intersection(title) | self.not_in_title.intersection(title)
        if reading.is_brief:
            words |= self.unless.intersection(reading.matches["abstract"].numbers)
        return tuple(sorted(words))

    def doubts(self, reading: Reading) -> tuple[int, ...]:
        """Words of ``unless`` that only weigh, because an abstract mentions many things."""
        abstract = reading.matches["abstract"].numbers
        if self.unless.isdisjoint(abstract) or reading.is_brief:
            return ()
        return tuple(sorted(self.unless.intersection(abstract)))

    def tally(self, reading: Reading, words: Iterable[int] | None = None) -> "Tally":
        """
        What the list and its sections make of a text.

        ``words`` are those of the text that the list has, where they are known.
        """
        listed, counts = add_up(self.shares, reading, words)
        telling = [index for index, part in counts.items() if part & SAYING]
        if not telling:
            return NOTHING_COUNTS
        of_list = tally_list(listed, reading.is_brief, bool(self.about), bool(self.helps))
        fits = []
        for index in sorted(telling):
            section = self.rules.sections[index]
            total = counts[index] + of_list.manner + (0 if section.beside else BESIDE)
            fits.append(Fit(section, total, *weigh(total), index, self, reading))
        return Tally(fits, of_list.kept_out, of_list.lean)


class Tally(NamedTuple):
    """
    What a list and its sections make of a text.

    ``fits`` has each section with a word for or against it, in the list's order. ``kept_out``:
    whether the text has a word that keeps it out of the list, or none of ``about``; ``lean``:
    points for the words of the whole list.
    """

    fits: Sequence[Fit]
    kept_out: bool
    lean: float


# Of a text without a word for or against a section nobody asks what the list says.
NOTHING_COUNTS = Tally((), kept_out=True, lean=0.0)


def add_up(
    shares: Mapping[int, Shares], reading: Reading, words: Iterable[int] | None = None
) -> tuple[int, dict[int, int]]:
    """The counts of a list, and of its sections by their indexes; see ``Sections.tally``."""
    abstract = reading.matches["abstract"]
    in_title, in_abstract = reading.matches["title"].numbers, abstract.numbers
    listed, counts = 0, dict[int, int]()
    for number in in_title | in_abstract if words is None else words:
        if cases := shares.get(number):
            if number not in in_abstract:
                case = 1
            else:
                case = 3 if number in in_title else 2
                if cases[case + 2] is not cases[case] and abstract.again(number):
                    case += 2
            of_list, of_sections = cases[case]
            listed += of_list
            for index, part in of_sections:
                counts[index] = counts.get(index, 0) + part
    return listed, counts


def _with(current: Sections, key: str, number: int, present: bool) -> frozenset[int]:  # noqa: FBT001
    numbers: frozenset[int] = getattr(current, key)
    return numbers | {number} if present else numbers - {number}


def sections(rules: ListRules, finder: Finder) -> Sections:
    """The words of the rules, by their numbers in the finder."""
    words = dict.fromkeys(
        word for section in rules.sections for key in KEYS for word in getattr(section, key)
    )
    used = _uses(rules, words)
    uses = {finder.number[word]: used[word] for word in words}
    of_list = {
        key: frozenset(finder.number[word] for word in getattr(rules, key)) for key in LIST_KEYS
    }
    shares = {
        finder.number[word]: _shares(rules, word, used.get(word, ()))
        for word in dict.fromkeys(all_words(rules))
    }
    keys = _keys_of_sections(rules, uses)
    return Sections(
        rules,
        uses=uses,
        shares=shares,
        keys=keys,
        speaking=_speaking(keys),
        **of_list,
    )


def _keys_of_sections(rules: ListRules, uses: Uses) -> list[dict[int, list[Key]]]:
    """The words of each section, with their keys."""
    keys: list[dict[int, list[Key]]] = [{} for _ in rules.sections]
    for number, used in uses.items():
        for index, key in used:
            keys[index].setdefault(number, []).append(key)
    return keys


def _speaking(keys: Iterable[Mapping[int, Sequence[Key]]]) -> list[dict[int, int]]:
    """For each section the words that are shown as the reason, with their rank among them."""
    return [
        {
            number: min(SPEAKING[key] for key in used if key in SPEAKING)
            for number, used in words.items()
            if not SPEAKING.keys().isdisjoint(used)
        }
        for words in keys
    ]


def _uses(rules: ListRules, words: Iterable[str]) -> dict[str, list[tuple[int, Key]]]:
    """The sections that have each of these words, with the key."""
    uses: dict[str, list[tuple[int, Key]]] = {word: [] for word in words}
    for index, section in enumerate(rules.sections):
        for key in KEYS:
            for word in getattr(section, key):
                if word in uses:
                    uses[word].append((index, key))
    return uses


def _shares(rules: ListRules, word: str, used: Iterable[tuple[int, Key]]) -> Shares:
    return _shares_of(tuple(key for key in LIST_KEYS if word in getattr(rules, key)), tuple(used))


# Most words are like many others. What is added again and again then stays at hand.
@lru_cache(maxsize=1 << 12)
def _shares_of(of_list: tuple[str, ...], used: tuple[tuple[int, Key], ...]) -> Shares:
    keys: dict[int, tuple[Key, ...]] = {}
    for index, key in used:
        keys[index] = (*keys.get(index, ()), key)
    shares: list[Share] = []
    for in_title, times in CASES:
        parts = ((at, share(keys[at], times, in_title=in_title)) for at in keys)
        of_sections = tuple((at, part) for at, part in parts if part)
        shares.append((list_share(of_list, times, in_title=in_title), of_sections))
    # Where it says nothing more that a word is there again, nobody needs to look: see ``add_up``.
    again = (new if new != old else old for old, new in zip(shares[2:4], shares[4:], strict=True))
    return (*shares[:4], *again)


def only_in_titles(lists: Iterable[ListRules]) -> frozenset[str]:
    """The words that count in titles only, in all of these lists."""
    titles: set[str] = set()
    anywhere: set[str] = set()
    for rules in lists:
        for holder, keys in ((rules, LIST_KEYS), *((section, KEYS) for section in rules.sections)):
            for key in keys:
                (titles if key in TITLES else anywhere).update(getattr(holder, key))
    return frozenset(titles - anywhere)


def all_words(rules: ListRules) -> Iterable[str]:
    for key in LIST_KEYS:
        yield from getattr(rules, key)
    for section in rules.sections:
        for key in KEYS:
            yield from getattr(section, key)
