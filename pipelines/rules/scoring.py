"""
How well a text fits each section of a list: the matched words and the points they add up to.

The weights are constants here, so that people who write rules never deal with numbers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from catalog.paper import Evidence
from config.rules import LIST_KEYS, ListRules, Section
from pipelines.rules.fold import Folded, fold
from pipelines.rules.matcher import Field, Finder, Matches

Key = Literal["says", "in_title", "hints", "beside", "unless", "not_in_title"]
Place = tuple[Key, Field]
Texts = Mapping[Field, Folded]
KEYS: tuple[Key, ...] = ("says", "in_title", "hints", "beside", "unless", "not_in_title")

# A word in the title is the topic of a paper; one mention in the abstract may be in passing.
WEIGHT: Mapping[Place, float] = {
    ("says", "title"): 4.0,
    ("in_title", "title"): 1.5,
    ("says", "abstract"): 1.0,
    ("hints", "title"): 1.0,
    ("hints", "abstract"): 0.5,
    ("in_title", "abstract"): 0.2,
}
# Keys whose words count neither for a section nor against it.
BACKING = {("beside", "title"), ("beside", "abstract"), ("not_in_title", "abstract")}
VETOES: tuple[Place, ...]
VETOES = (("unless", "title"), ("unless", "abstract"), ("not_in_title", "title"))
REPEAT_POINTS = 1.0
# The description of a repository (GitHub allows 350 characters) mentions nothing in passing.
MAX_BRIEF_CHARS = 350
# So many different grey words are enough together.
MIN_GREY_WORDS = 2
# Points for words of the whole list: how likely a work that fits a section belongs in the list.
HELP: Mapping[Field, float] = {"title": 2.5, "abstract": 0.4}
NEIGHBOUR: Mapping[Field, float] = {"title": -6.0, "abstract": 0.0}
# ... for each word of ``unless`` that stands in the abstract only.
DOUBT = -6.0
# So many more points raise a score from 0.5 to nearly 0.75, then to 0.9.
SCORE_SPREAD = 6.0
# The lower limit: exp() would overflow on the points of a hostile text.
MIN_POINTS = -60.0

# Keys whose words don't count in an abstract.
TITLES = {"neighbours", "not_in_title"}
# For the number of a word: the indexes of the sections that have it, with its key and field.
Uses = Mapping[int, Sequence[tuple[int, Place]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A folded title and abstract, and the words in each."""

    finder: Finder
    texts: Texts
    matches: Mapping[Field, Matches]

    def evidence(self, numbers: Mapping[Field, Iterable[int]]) -> tuple[Evidence, ...]:
        """Every place of these words in the original text, in order."""
        places = [
            Evidence(where, self.finder.words[number].text, start, end)
            for where, chosen in numbers.items()
            for number in chosen
            for start, end in self.texts[where].originals(self.matches[where][number])
        ]
        return tuple(
            sorted(places, key=lambda place: (place.field != "title", place.start, place.end))
        )

    def words(self, numbers: Iterable[int]) -> list[str]:
        return [self.finder.words[number].text for number in numbers]

    @property
    def is_brief(self) -> bool:
        """Whether the abstract is a line that describes, and mentions nothing in passing."""
        return len(self.texts["abstract"].text) <= MAX_BRIEF_CHARS

    def again(self, number: int) -> bool:
        """Whether a word is in the abstract more than once."""
        return len(self.matches["abstract"][number]) > 1


def read(finder: Finder, title: str, abstract: str | None) -> Reading:
    return find(finder, folded(title, abstract))


def folded(title: str, abstract: str | None) -> Texts:
    """A folded title and abstract, which several rule sets can read in turn."""
    return {"title": fold(title), "abstract": fold(abstract or "")}


def find(finder: Finder, texts: Texts) -> Reading:
    return Reading(
        finder, texts, {where: finder.find(text, where) for where, text in texts.items()}
    )


@dataclass(slots=True)
class Fit:
    """The matches of one section in a text: numbers of words by key and field."""

    section: Section
    matched: dict[Place, list[int]] = field(default_factory=dict)
    points: float = 0.0
    # From the list's words: does the title or the abstract speak of another field, and is the
    # title in the list's own?
    strange: bool = False
    meant: bool = True
    fits: bool = False

    @property
    def name(self) -> str:
        return self.section.name

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
    def _hints(self) -> list[int]:
        return [*self._of("hints", "title"), *self._of("hints", "abstract")]

    @property
    def weak(self) -> list[int]:
        """Words that count for the section but need more words with them."""
        return list(dict.fromkeys([*self._of("in_title", "title"), *self.grey]))

    @property
    def backed(self) -> bool:
        """Whether weak words have the ``beside`` word they need."""
        backing = self._of("beside", "title") or self._of("beside", "abstract")
        return bool(backing) or not self.section.beside

    @property
    def mentioned(self) -> Sequence[int]:
        """Words of ``says`` in the abstract."""
        return self._of("says", "abstract")

    @property
    def sure(self) -> bool:
        """Whether the title's words are enough although the paper speaks of another field."""
        return bool(self._of("says", "title")) or len(self.shown["title"]) >= MIN_GREY_WORDS

    @property
    def enough(self) -> bool:
        if self.strange and not self.sure:
            return False
        if self._of("says", "title"):
            return True
        if self.mentioned and (self.meant or self.shown["title"]):
            return True
        if not self.backed:
            return False
        if self._of("in_title", "title"):
            return True
        return bool(self._hints) and len(self.grey) >= MIN_GREY_WORDS

    @property
    def shown(self) -> dict[Field, list[int]]:
        """The words that count for the section, by field."""
        return {"title": self._speaking("title"), "abstract": self._speaking("abstract")}

    def _speaking(self, where: Field) -> list[int]:
        keys: tuple[Key, ...] = ("says", "in_title", "hints")
        return list(dict.fromkeys([n for key in keys for n in self._of(key, where)]))

    def weigh(self, reading: Reading) -> None:
        """Add up the points; a word that the abstract repeats isn't mentioned in passing."""
        self.fits = self.enough and self.matched.keys().isdisjoint(VETOES)
        self.points = sum([WEIGHT.get(place, 0.0) * len(ns) for place, ns in self.matched.items()])
        if self.fits:
            from_says = self._of("says", "abstract")
            self.points += REPEAT_POINTS * sum(reading.again(number) for number in from_says)

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
    uses: Mapping[Field, Uses]
    # Words that make a section a candidate; without any of them no section is one.
    telling: Mapping[Field, frozenset[int]]

    def with_word(self, rules: ListRules, word: str, number: int) -> "Sections":
        """The same for rules that differ in this one word: the other words stay compiled."""
        uses: dict[Field, Uses] = {}
        telling: dict[Field, frozenset[int]] = {}
        for where, used in self.uses.items():
            places = [
                (index, (key, where))
                for index, section in enumerate(rules.sections)
                for key in KEYS
                if word in getattr(section, key)
            ]
            uses[where] = {**used, number: places}
            alone = frozenset((number,))
            telling[where] = self.telling[where] - alone | _telling({number: places})
        of_list = {key: _with(self, key, number, word in getattr(rules, key)) for key in LIST_KEYS}
        return Sections(rules, uses=uses, telling=telling, **of_list)

    def speaks(self, reading: Reading) -> bool:
        """Whether a text has a word of ``about``, or the list has none."""
        return not self.about or any(self.about.intersection(ns) for ns in reading.matches.values())

    def vetoes(self, reading: Reading) -> tuple[int, ...]:
        """Words in a text that keep it out of the whole list."""
        title = reading.matches["title"]
        words = (self.unless | self.not_in_title).intersection(title)
        if reading.is_brief:
            words |= self.unless.intersection(reading.matches["abstract"])
        return tuple(sorted(words))

    def doubts(self, reading: Reading) -> tuple[int, ...]:
        """Words of ``unless`` that only weigh, because an abstract mentions many things."""
        if reading.is_brief:
            return ()
        return tuple(sorted(self.unless.intersection(reading.matches["abstract"])))

    def lean(self, reading: Reading) -> float:
        """Points for the words of the whole list, the same for every section."""
        return DOUBT * len(self.doubts(reading)) + sum(
            HELP[where] * len(self.helps.intersection(numbers))
            + NEIGHBOUR[where] * len(self.neighbours.intersection(numbers))
            for where, numbers in reading.matches.items()
        )

    def fits(self, reading: Reading) -> list[Fit]:
        """A fit for each section with a word for or against it, in the list's order."""
        if all(self.telling[where].isdisjoint(ns) for where, ns in reading.matches.items()):
            return []
        by_section: dict[int, dict[Place, list[int]]] = {}
        for where, numbers in reading.matches.items():
            uses = self.uses[where]
            for number in sorted(uses.keys() & numbers.keys()):
                for index, place in uses[number]:
                    by_section.setdefault(index, {}).setdefault(place, []).append(number)
        fits = [
            Fit(self.rules.sections[index], by_section[index])
            for index in sorted(by_section)
            if not BACKING.issuperset(by_section[index])
        ]
        title = reading.matches["title"]
        strange = not self.neighbours.isdisjoint(title) or bool(self.doubts(reading))
        for fit in fits:
            fit.strange = strange
            fit.meant = reading.is_brief or not (self.helps and self.helps.isdisjoint(title))
            fit.weigh(reading)
        return fits


def _telling(uses: Uses) -> frozenset[int]:
    return frozenset(
        number
        for number, places in uses.items()
        if any(place not in BACKING for _, place in places)
    )


def _with(current: Sections, key: str, number: int, present: bool) -> frozenset[int]:  # noqa: FBT001
    numbers: frozenset[int] = getattr(current, key)
    return numbers | {number} if present else numbers - {number}


def sections(rules: ListRules, finder: Finder) -> Sections:
    """The words of the rules, by their numbers in the finder."""
    uses: dict[Field, Uses]
    uses = {"title": _uses(rules, finder, "title"), "abstract": _uses(rules, finder, "abstract")}
    of_list = {
        key: frozenset(finder.number[word] for word in getattr(rules, key)) for key in LIST_KEYS
    }
    telling = {where: _telling(used) for where, used in uses.items()}
    return Sections(rules, uses=uses, telling=telling, **of_list)


def _uses(rules: ListRules, finder: Finder, where: Field) -> Uses:
    uses: dict[int, list[tuple[int, Place]]] = {}
    for index, section in enumerate(rules.sections):
        for key in KEYS:
            place: Place = (key, where)
            for word in getattr(section, key):
                uses.setdefault(finder.number[word], []).append((index, place))
    return uses


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
