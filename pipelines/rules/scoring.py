"""
How well a text fits each section of a list: the matched words and the points they add up to.

The weights are constants here, so that people who write rules never deal with numbers.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from catalog.facts import Evidence
from config.rules import LIST_KEYS, ListRules, Section
from pipelines.rules.fold import Folded, fold, fold_all
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
VETOES: tuple[Place, ...]
VETOES = (("unless", "title"), ("unless", "abstract"), ("not_in_title", "title"))
# Keys whose words are shown as the reason, in this order.
SPEAKING: Mapping[Key, int] = {"says": 0, "in_title": 1, "hints": 2}
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
# Field, word, start and end, as in Evidence.
WordPlace = tuple[Field, str, int, int]
_START_AND_END = itemgetter(2, 3)
# For the number of a word: the indexes of the sections that have it, with its key.
Uses = Mapping[int, Sequence[tuple[int, Key]]]

# What a section hears from a text is one integer of several counts side by side. The share of each
# word is known when the rules are compiled, so that judging a text is adding up, once for all
# sections. A rules file has fewer words than a count can hold.
COUNT_BITS = 16
COUNT = (1 << COUNT_BITS) - 1
(
    SAYS,
    IN_TITLE,
    MENTIONED,  # words of ``says`` in the abstract
    HINTS,
    HINTS_IN_ABSTRACT,
    ASIDE,  # words of ``in_title`` in the abstract
    AGAIN,  # words of ``says`` that are in the abstract more than once
    SHOWN,  # different words that count in the title
    GREY,  # different words that aren't enough alone where they are
    BESIDE,  # words of ``beside`` anywhere; one if the section asks for none
    VETO,  # words that keep a text out of the section
    STRANGE,  # one if the text speaks of another field
    PASSING,  # one if the title isn't in the list's own field
) = (1 << COUNT_BITS * place for place in range(13))
WEIGHED: Mapping[Place, int] = dict(
    zip(WEIGHT, (SAYS, IN_TITLE, MENTIONED, HINTS, HINTS_IN_ABSTRACT, ASIDE), strict=True)
)
SECTION_BITS = 13 * COUNT_BITS
SECTION = (1 << SECTION_BITS) - 1
# Words of ``beside`` alone count neither for a section nor against it.
SAYING = SECTION & ~(BESIDE * COUNT)
# What the list itself hears, in the same way.
(
    ABOUT,  # words of ``about`` anywhere
    OUT,  # words that keep a text with them in its title out of the list
    UNLESS,  # words of ``unless`` in the abstract
    HELPS,
    HELPS_IN_ABSTRACT,
    NEIGHBOURS,  # ... in the title: they aren't looked for in abstracts
) = (1 << COUNT_BITS * place for place in range(6))
LIST_BITS = 6 * COUNT_BITS
LIST = (1 << LIST_BITS) - 1
LIST_PLACES: Mapping[tuple[str, Field], int] = {
    ("about", "title"): ABOUT,
    ("about", "abstract"): ABOUT,
    ("unless", "title"): OUT,
    ("not_in_title", "title"): OUT,
    ("unless", "abstract"): UNLESS,
    ("helps", "title"): HELPS,
    ("helps", "abstract"): HELPS_IN_ABSTRACT,
    ("neighbours", "title"): NEIGHBOURS,
}
# For a word that is in the title or not, and in the abstract never, once or more often: its shares
# in what the list hears and, above that, each of its sections, all in one integer.
Shares = Sequence[int]
CASES = tuple((in_title, times) for times in range(3) for in_title in (False, True))


# Of a thousand words nearly all have one of a few sets of keys.
@lru_cache(maxsize=1 << 10)
def share(keys: tuple[Key, ...], times: int, *, in_title: bool) -> int:
    """What a word of these keys of a section adds to what the section hears."""
    fields: dict[Field, bool] = {"title": in_title, "abstract": times > 0}
    where = [field for field, present in fields.items() if present]
    places = {(key, field) for key in keys for field in where}
    hint, aside = "hints" in keys and bool(where), ("in_title", "abstract") in places
    counts = (
        *((unit, place in places) for place, unit in WEIGHED.items()),
        (AGAIN, "says" in keys and times > 1),
        (SHOWN, in_title and not SPEAKING.keys().isdisjoint(keys)),
        (GREY, hint or aside),
        (BESIDE, "beside" in keys and bool(where)),
        (VETO, not places.isdisjoint(VETOES)),
    )
    return sum(unit for unit, counted in counts if counted)


@lru_cache(maxsize=1 << 10)
def list_share(keys: tuple[str, ...], times: int, *, in_title: bool) -> int:
    """What a word of these keys of a list adds to what the list hears."""
    fields: dict[Field, bool] = {"title": in_title, "abstract": times > 0}
    units = {LIST_PLACES.get((key, field), 0) for key in keys for field in fields if fields[field]}
    return sum(units)


# A few thousand different sums are heard in all of arXiv.
@lru_cache(maxsize=1 << 16)
def weigh(heard: int) -> tuple[bool, float]:
    """Whether a section gets a text, and the points; a repeated word isn't mentioned in passing."""
    fits = not heard & VETO * COUNT and is_enough(heard)
    points = sum(WEIGHT[place] * (heard // unit & COUNT) for place, unit in WEIGHED.items())
    return fits, points + REPEAT_POINTS * (heard // AGAIN & COUNT) if fits else points


def is_enough(heard: int) -> bool:
    """Whether the words for a section are enough, if no word keeps the text out of it."""
    says, shown = heard & SAYS * COUNT, heard // SHOWN & COUNT
    if heard & STRANGE and not says and shown < MIN_GREY_WORDS:
        return False
    if says or (heard & MENTIONED * COUNT and (shown or not heard & PASSING)):
        return True
    if not heard & BESIDE * COUNT:
        return False
    if heard & IN_TITLE * COUNT:
        return True
    hints = heard & (HINTS * COUNT | HINTS_IN_ABSTRACT * COUNT)
    return bool(hints) and heard // GREY & COUNT >= MIN_GREY_WORDS


class WholeList(NamedTuple):
    """
    What a text says to the list as a whole.

    ``manner``: what all sections hear, that is which field the text speaks of. ``lean``: points for
    the words of the list, the same for every section.
    """

    manner: int
    kept_out: bool
    lean: float


@lru_cache(maxsize=1 << 12)
def of_whole_list(
    heard: int,
    is_brief: bool,  # noqa: FBT001
    needs_about: bool,  # noqa: FBT001
    needs_help: bool,  # noqa: FBT001
) -> WholeList:
    """A brief abstract mentions nothing in passing: there ``unless`` counts as in a title."""
    unless, helps = heard // UNLESS & COUNT, heard // HELPS & COUNT
    neighbours = heard // NEIGHBOURS & COUNT
    doubts = 0 if is_brief else unless
    in_title = HELP["title"] * helps + NEIGHBOUR["title"] * neighbours
    in_abstract = HELP["abstract"] * (heard // HELPS_IN_ABSTRACT & COUNT)
    passing = needs_help and not helps and not is_brief
    return WholeList(
        (PASSING if passing else 0) + (STRANGE if neighbours or doubts else 0),
        bool(heard & OUT * COUNT or unless > doubts or (needs_about and not heard & ABOUT * COUNT)),
        DOUBT * doubts + (in_title + in_abstract),
    )


class Reading(NamedTuple):
    """A folded title and abstract, and the words in each."""

    finder: Finder
    texts: Texts
    matches: Mapping[Field, Matches]

    def evidence(self, numbers: Mapping[Field, Sequence[int]]) -> tuple[Evidence, ...]:
        """Every place of these words in the original text, in order."""
        return tuple([Evidence(*place) for place in self.places(numbers)])

    def places(self, numbers: Mapping[Field, Sequence[int]]) -> list[WordPlace]:
        """The same as plain values: where millions are only written, objects cost too much."""
        every: list[WordPlace] = []
        for where, chosen in numbers.items():
            if not chosen:
                continue
            text, matches = self.texts[where], self.matches[where]
            places = [
                (where, self.finder.words[number].text, start, end)
                for number in chosen
                for start, end in text.originals(matches[number])
            ]
            if len(places) > 1:
                places.sort(key=_START_AND_END)
            every += places
        return every

    def words(self, numbers: Iterable[int]) -> list[str]:
        return [self.finder.words[number].text for number in numbers]

    @property
    def is_brief(self) -> bool:
        """Whether the abstract is a line that describes, and mentions nothing in passing."""
        return len(self.texts["abstract"].text) <= MAX_BRIEF_CHARS


def read(finder: Finder, title: str, abstract: str | None) -> Reading:
    return find(finder, folded(title, abstract))


def read_all(finder: Finder, texts: Sequence[tuple[str, str | None]]) -> list[Reading]:
    """The same for (title, abstract) pairs, which takes less time than one by one."""
    titles = fold_all([title for title, _ in texts])
    abstracts = fold_all([abstract or "" for _, abstract in texts])
    found = finder.find_all(titles, "title"), finder.find_all(abstracts, "abstract")
    return [
        Reading(finder, {"title": title, "abstract": abstract}, {"title": one, "abstract": other})
        for title, abstract, one, other in zip(titles, abstracts, *found, strict=True)
    ]


def folded(title: str, abstract: str | None) -> Texts:
    """A folded title and abstract, which several rule sets can read in turn."""
    return {"title": fold(title), "abstract": fold(abstract or "")}


def find(finder: Finder, texts: Texts) -> Reading:
    return Reading(
        finder, texts, {where: finder.find(text, where) for where, text in texts.items()}
    )


@dataclass(slots=True)
class Fit:
    """
    What one section of a list hears from a text, the points for it, and whether that is enough.

    The words themselves are gathered when somebody asks for them.
    """

    section: Section
    heard: int
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
        return bool(self.heard & STRANGE)

    @property
    def meant(self) -> bool:
        """Whether the title is in the list's own field."""
        return not self.heard & PASSING

    @property
    def vetoed(self) -> bool:
        return bool(self.heard & VETO * COUNT)

    @property
    def enough(self) -> bool:
        return is_enough(self.heard)

    @property
    def backed(self) -> bool:
        """Whether weak words have the ``beside`` word they need."""
        return bool(self.heard & BESIDE * COUNT)

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
    telling: int
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

    def hear(self, reading: Reading, words: Iterable[int] | None = None) -> "Hearing":
        """
        What the list and its sections make of a text.

        ``words`` are those of the text that the list has, where they are known.
        """
        heard = hear(self.shares, reading, words)
        telling = heard & self.telling
        if not telling:
            return NOTHING_HEARD
        whole = of_whole_list(heard & LIST, reading.is_brief, bool(self.about), bool(self.helps))
        fits = []
        for index, _ in parts_of(telling):
            section = self.rules.sections[index]
            part = heard >> _place(index) & SECTION
            total = part + whole.manner + (0 if section.beside else BESIDE)
            fits.append(Fit(section, total, *weigh(total), index, self, reading))
        return Hearing(fits, whole.kept_out, whole.lean)


class Hearing(NamedTuple):
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
NOTHING_HEARD = Hearing((), kept_out=True, lean=0.0)


def hear(shares: Mapping[int, Shares], reading: Reading, words: Iterable[int] | None = None) -> int:
    """What the list and its sections hear from a text; see ``Sections.hear``."""
    abstract = reading.matches["abstract"]
    in_title, in_abstract = reading.matches["title"].numbers, abstract.numbers
    heard = 0
    for number in in_title | in_abstract if words is None else words:
        if cases := shares.get(number):
            if number not in in_abstract:
                heard += cases[1]
                continue
            case = 3 if number in in_title else 2
            if cases[case + 2] is not cases[case] and abstract.again(number):
                case += 2
            heard += cases[case]
    return heard


def parts_of(heard: int) -> Iterator[tuple[int, int]]:
    """What each section hears, with its index, without those that hear nothing."""
    index, rest = 0, heard >> LIST_BITS
    while rest:
        silent = ((rest & -rest).bit_length() - 1) // SECTION_BITS
        index += silent
        rest >>= silent * SECTION_BITS
        yield index, rest & SECTION
        index += 1
        rest >>= SECTION_BITS


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
    telling = sum(SAYING << _place(at) for at, _ in enumerate(rules.sections))
    return Sections(
        rules,
        uses=uses,
        shares=shares,
        telling=telling,
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


def _shares(rules: ListRules, word: str, used: Sequence[tuple[int, Key]]) -> Shares:
    keys: dict[int, tuple[Key, ...]] = {}
    for index, key in used:
        keys[index] = (*keys.get(index, ()), key)
    of_list = tuple(key for key in LIST_KEYS if word in getattr(rules, key))
    shares = [
        list_share(of_list, times, in_title=in_title)
        + sum(share(keys[at], times, in_title=in_title) << _place(at) for at in keys)
        for in_title, times in CASES
    ]
    # Where it says nothing more that a word is there again, nobody needs to look: see ``hear``.
    again = (new if new != old else old for old, new in zip(shares[2:4], shares[4:], strict=True))
    return (*shares[:4], *again)


def _place(index: int) -> int:
    """The lowest bit of what a section hears."""
    return LIST_BITS + SECTION_BITS * index


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
