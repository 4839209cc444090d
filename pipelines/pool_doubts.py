"""What papers say of the rules: words that fire too often or never, sections that never win."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from config.rules import LIST_KEYS, ListRules
from pipelines.rules.ruleset import Ruleset
from pipelines.rules.scoring import Fit, Place, read
from pipelines.tuning.lint import Doubt, doubt

Text = tuple[str, str | None]

# Smaller pools say nothing about shares; and of rare words only large ones do.
FEWEST = 200
FEWEST_FOR_NOTHING = 2_000
# The share of all papers that a word of this key may be found in. A list takes some five in a
# hundred of what is announced; a word that alone is enough must not take most of that.
MOST = {"says": 0.02, "in_title": 0.1, "hints": 0.25, "beside": 0.6, "unless": 0.2}
MOST["not_in_title"] = MOST["unless"]
# Where one word is enough.
REASONS: tuple[Place, ...] = (("says", "title"), ("says", "abstract"), ("in_title", "title"))
# So many papers must show that a word is never the only one, or a section never the first.
ENOUGH = 10


@dataclass
class Seen:
    """What stood in the papers. Words are numbers; a section is known by its position."""

    papers: int = 0
    title: Counter[int] = field(default_factory=Counter)
    anywhere: Counter[int] = field(default_factory=Counter)
    speaks: Counter[tuple[int, int]] = field(default_factory=Counter)
    alone: Counter[tuple[int, int]] = field(default_factory=Counter)
    beside: dict[tuple[int, int], Counter[int]] = field(default_factory=dict)
    fits: Counter[str] = field(default_factory=Counter)
    wins: Counter[str] = field(default_factory=Counter)
    beaten_by: dict[str, Counter[str]] = field(default_factory=dict)


def look(ruleset: Ruleset, rules: ListRules, papers: Iterable[Text]) -> Seen:
    """Judge the papers, and count."""
    seen = Seen()
    position = {section.name: index for index, section in enumerate(rules.sections)}
    for title, abstract in papers:
        reading = read(ruleset.finder, title, abstract)
        one = ruleset.place(rules.list, reading)
        seen.papers += 1
        there = frozenset(reading.found["title"])
        seen.title.update(there)
        seen.anywhere.update(there.union(reading.found["abstract"]))
        for fit in one.fits:
            if fit.enough:
                _speaking(seen, position[fit.name], fit)
        if one.section is not None:
            seen.wins[one.section] += 1
            for fit in one.fits:
                if fit.fits:
                    seen.fits[fit.name] += 1
                    seen.beaten_by.setdefault(fit.name, Counter())[one.section] += 1
    return seen


def _speaking(seen: Seen, index: int, fit: Fit) -> None:
    """Which words are a reason, and whether one is the only reason."""
    words = {number for place in REASONS for number in fit.matched.get(place, ())}
    for number in words:
        seen.speaks[index, number] += 1
        if len(words) == 1:
            seen.alone[index, number] += 1
        else:
            seen.beside.setdefault((index, number), Counter()).update(words - {number})


def pool_doubts(
    ruleset: Ruleset, rules: ListRules, pool: Iterable[Text], known: Iterable[Text]
) -> tuple[list[Doubt], int, list[str]]:
    """Doubts, the number of papers in the pool, and what could not be looked at for want of it."""
    seen = look(ruleset, rules, pool)
    if seen.papers < FEWEST:
        return [], seen.papers, [f"anything that papers would show: {FEWEST} are needed"]
    found = [
        *_too_much(ruleset, rules, seen),
        *_never_alone(ruleset, rules, seen),
        *_never_first(rules, seen),
    ]
    if seen.papers < FEWEST_FOR_NOTHING:
        return found, seen.papers, [f"words that match nothing: {FEWEST_FOR_NOTHING:,} are needed"]
    found += _nothing(ruleset, rules, seen, look(ruleset, rules, known))
    return found, seen.papers, []


def _words(rules: ListRules) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every word with its place and key."""
    for key in LIST_KEYS:
        for position, word in enumerate(getattr(rules, key)):
            yield (key, position), key, word
    for index, section in enumerate(rules.sections):
        for key, position, word in section.words:
            yield ("sections", index, key, position), key, word


def _too_much(ruleset: Ruleset, rules: ListRules, seen: Seen) -> Iterator[Doubt]:
    for place, key, word in _words(rules):
        number = ruleset.finder.number[word]
        titles = key in ("in_title", "not_in_title")
        count = (seen.title if titles else seen.anywhere)[number]
        if key in MOST and count > MOST[key] * seen.papers:
            where = "titles" if titles else "papers"
            matter = f'"{word}" is found in {count:,} of {seen.papers:,} {where}; {_instead(key)}'
            yield doubt(rules, "too-much", matter, *place, word=word)


def _instead(key: str) -> str:
    return {
        "says": "put it under in_title, or under hints",
        "in_title": "write more words of it, or put it under hints",
        "hints": "it tells little: write more words of it",
        "beside": "it backs almost everything: write more words of it",
    }.get(key, "it keeps out many: write more words of it, or use not_in_title")


def _never_alone(ruleset: Ruleset, rules: ListRules, seen: Seen) -> Iterator[Doubt]:
    for index, section in enumerate(rules.sections):
        for key, position, word in section.words:
            number = ruleset.finder.number[word]
            times = seen.speaks[index, number]
            if key in ("says", "in_title") and times >= ENOUGH and not seen.alone[index, number]:
                (other, often), *_ = seen.beside[index, number].most_common(1)
                matter = (
                    f'"{word}" is never the only reason: in all {times} papers another word'
                    f' speaks too ("{ruleset.finder.words[other].text}" in {often})'
                )
                place = ("sections", index, key, position)
                yield doubt(rules, "shadowed", matter, *place, word=word)


def _never_first(rules: ListRules, seen: Seen) -> Iterator[Doubt]:
    for index, section in enumerate(rules.sections):
        fits = seen.fits[section.name]
        if fits >= ENOUGH and not seen.wins[section.name]:
            (winner, times), *_ = seen.beaten_by[section.name].most_common(1)
            matter = f"fits {fits} papers and gets none: {winner} gets {times} of them"
            yield doubt(rules, "never-wins", matter, "sections", index)


def _nothing(ruleset: Ruleset, rules: ListRules, seen: Seen, known: Seen) -> Iterator[Doubt]:
    for place, key, word in _words(rules):
        number = ruleset.finder.number[word]
        titles = key in ("not_in_title", "neighbours")
        if not sum((one.title if titles else one.anywhere)[number] for one in (seen, known)):
            matter = f'"{word}" is found in none of {seen.papers + known.papers:,} papers'
            yield doubt(rules, "nothing", matter, *place, word=word)


def examples_of(rules: ListRules) -> Sequence[Text]:
    """The titles that travel with the rules, as papers."""
    return [
        (title, None)
        for section in rules.sections
        for title in (*section.examples, *section.lookalikes)
    ]
