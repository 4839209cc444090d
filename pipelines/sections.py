"""One list's sections, compiled: what each word that was found says, and of which section."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.rules import LIST_KEYS, ListRules
from pipelines.rules.matcher import Field, Finder
from pipelines.rules.scoring import BACKING, BRIEF, HELP, KEYS, NEIGHBOUR, Fit, Place, Reading

# Keys whose words mean nothing in an abstract.
TITLES = {"neighbours", "not_in_title"}
# For the number of a word: the sections that have it, by their index, and what it is there.
Uses = Mapping[int, Sequence[tuple[int, Place]]]


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
    # Words that make a section worth a look; without any of them there is none.
    telling: Mapping[Field, frozenset[int]]

    def with_word(self, rules: ListRules, word: str, number: int) -> "Sections":
        """The same for rules that use this one word otherwise: made without the others."""
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
        whole = {key: _with(self, key, number, word in getattr(rules, key)) for key in LIST_KEYS}
        return Sections(rules, uses=uses, telling=telling, **whole)

    def speaks(self, reading: Reading) -> bool:
        """Whether a text says what every text of the list must say."""
        return not self.about or any(self.about.intersection(ns) for ns in reading.found.values())

    def vetoes(self, reading: Reading) -> tuple[int, ...]:
        """Words that keep a text out of the whole list."""
        title, abstract = reading.found["title"], reading.found["abstract"]
        anywhere = self.unless.intersection(title) | self.unless.intersection(abstract)
        return tuple(sorted(anywhere | self.not_in_title.intersection(title)))

    def lean(self, reading: Reading) -> float:
        """What the words of ``helps`` and ``neighbours`` weigh, whatever section the text fits."""
        return sum(
            HELP[where] * len(self.helps.intersection(numbers))
            + NEIGHBOUR[where] * len(self.neighbours.intersection(numbers))
            for where, numbers in reading.found.items()
        )

    def fits(self, reading: Reading) -> list[Fit]:
        """One for each section that some word speaks for or against, in the list's order."""
        if all(self.telling[where].isdisjoint(ns) for where, ns in reading.found.items()):
            return []
        made: dict[int, dict[Place, list[int]]] = {}
        for where, numbers in reading.found.items():
            uses = self.uses[where]
            for number in sorted(uses.keys() & numbers.keys()):
                for index, place in uses[number]:
                    made.setdefault(index, {}).setdefault(place, []).append(number)
        fits = [
            Fit(self.rules.sections[index], made[index])
            for index in sorted(made)
            if not BACKING.issuperset(made[index])
        ]
        title = reading.found["title"]
        brief = len(reading.texts["abstract"].text) <= BRIEF
        for fit in fits:
            fit.strange = not self.neighbours.isdisjoint(title)
            fit.meant = brief or not (self.helps and self.helps.isdisjoint(title))
            fit.weigh(reading)
        return fits


def sections(rules: ListRules, finder: Finder) -> Sections:
    """The words of the rules by the numbers that they have in the finder."""
    uses: dict[Field, Uses]
    uses = {"title": _uses(rules, finder, "title"), "abstract": _uses(rules, finder, "abstract")}
    whole = {
        key: frozenset(finder.number[word] for word in getattr(rules, key)) for key in LIST_KEYS
    }
    telling = {where: _telling(used) for where, used in uses.items()}
    return Sections(rules, uses=uses, telling=telling, **whole)


def _uses(rules: ListRules, finder: Finder, where: Field) -> Uses:
    uses: dict[int, list[tuple[int, Place]]] = {}
    for index, section in enumerate(rules.sections):
        for key in KEYS:
            place: Place = (key, where)
            for word in getattr(section, key):
                uses.setdefault(finder.number[word], []).append((index, place))
    return uses


def _telling(uses: Uses) -> frozenset[int]:
    return frozenset(
        number
        for number, places in uses.items()
        if any(place not in BACKING for _, place in places)
    )


def _with(made: Sections, key: str, number: int, there: bool) -> frozenset[int]:  # noqa: FBT001
    numbers: frozenset[int] = getattr(made, key)
    return numbers | {number} if there else numbers - {number}


def only_in_titles(lists: Iterable[ListRules]) -> frozenset[str]:
    """The words that mean nothing in an abstract, to none of these lists."""
    titles: set[str] = set()
    anywhere: set[str] = set()
    for rules in lists:
        for one, keys in ((rules, LIST_KEYS), *((section, KEYS) for section in rules.sections)):
            for key in keys:
                (titles if key in TITLES else anywhere).update(getattr(one, key))
    return frozenset(titles - anywhere)


def all_words(rules: ListRules) -> Iterable[str]:
    for key in LIST_KEYS:
        yield from getattr(rules, key)
    for section in rules.sections:
        for key in KEYS:
            yield from getattr(section, key)
