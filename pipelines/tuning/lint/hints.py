"""
Hints about rules that work but can be better: words that do nothing, sections that get no paper.

``lint_words`` looks at the rules alone; ``lint_pool`` also tries them on papers, and finds words
that match too much or nothing and sections that never win.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from config.rules import KEYS, LIST_KEYS, ListRules, Section
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder
from pipelines.rules.points import Place
from pipelines.rules.readings import read
from pipelines.rules.ruleset import Ruleset
from pipelines.rules.scoring import Fit, all_words
from pipelines.rules.words import Parts, RuleWord, Side

Kind = Literal["shadowed", "vetoed", "never-wins", "too-much", "nothing", "joined", "thin"]
# Keys whose words may let a work in; the rest only keep out or back up.
ADMITTING_KEYS = ("says", "in_title", "hints")
# A word is idle if one of these keys has another word that is found wherever it is.
COVERING_KEYS: dict[str, tuple[str, ...]] = {
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

Text = tuple[str, str | None]

# Shares need a pool of this size, and unused words a larger one.
MIN_POOL_PAPERS = 200
MIN_POOL_PAPERS_FOR_UNUSED = 2_000
# The share of all papers that a word of this key may be found in. A list takes about five percent
# of what is announced; a word that alone is enough must not take most of that.
MAX_SHARE = {"says": 0.02, "in_title": 0.1, "hints": 0.25, "beside": 0.6, "unless": 0.2}
MAX_SHARE["not_in_title"] = MAX_SHARE["unless"]
# Places where one word is enough.
SUFFICIENT_PLACES: tuple[Place, ...] = (
    ("says", "title"),
    ("says", "abstract"),
    ("in_title", "title"),
)
# So many papers must show that a word is never the only reason, or that a section never wins.
MIN_PAPERS_OF_PROOF = 10


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A hint, with its place in the file."""

    kind: Kind
    where: str
    line: int
    section: str | None
    key: str | None
    word: str | None
    matter: str

    def __str__(self) -> str:
        return f"{self.where}: {self.matter}"


def lint_words(rules: ListRules, finder: Finder | None = None) -> Iterator[LintFinding]:
    """Hints from the words alone, without papers; ``finder`` is one that knows all of them."""
    implied = _company(rules, finder)
    for key in LIST_KEYS:
        words_by_key = {list_key: list(getattr(rules, list_key)) for list_key in LIST_KEYS}
        for position, word in enumerate(getattr(rules, key)):
            cover = _idle_by(word, key, words_by_key, implied)
            if cover:
                yield finding_at(
                    rules, "shadowed", _shadowed(word, *cover), key, position, word=word
                )
    for index, section in enumerate(rules.sections):
        yield from _about_words(rules, index, section, implied)
        yield from _about_section(rules, index, section, implied)


def _company(rules: ListRules, finder: Finder | None) -> dict[str, frozenset[str]]:
    """For each word those that are in every text that has it, of the words that hints ask about."""
    finder = finder or Finder(dict.fromkeys(all_words(rules)))
    implied = {}
    for number, asked in _asked_about(rules, finder.number).items():
        word, always = finder.words[number], asked - {number}
        # Most words are alone already in the first text that has them.
        for text in samples(word) if always else ():
            always &= finder.find(fold(text)).numbers
            if not always:
                break
        implied[word.text] = frozenset(finder.words[n].text for n in always)
    return implied


def _asked_about(rules: ListRules, number: Mapping[str, int]) -> dict[int, set[int]]:
    """For each word those that may make it idle, keep it out, or give its papers to a rival."""
    asked: dict[int, set[int]] = {number[word]: set() for word in all_words(rules)}
    of_list = {key: {number[word] for word in getattr(rules, key)} for key in LIST_KEYS}
    says = {section.name: {number[word] for word in section.says} for section in rules.sections}
    for key in LIST_KEYS:
        for of_key in of_list[key]:
            asked[of_key].update(*(of_list[other] for other in COVERING_KEYS[key]))
    for section in rules.sections:
        of_section = {key: {number[word] for word in getattr(section, key)} for key in KEYS}
        rivals = [says[rival.name] for rival in rules.sections if section.name in rival.over]
        for key in ("unless", "not_in_title"):
            of_section[key] |= of_list[key]
        for key, _, word in section.words:
            covering = (of_section[other] for other in COVERING_KEYS[key])
            asked[number[word]].update(*covering, of_section["unless"], *rivals)
    return asked


def _idle_by(
    word: str, key: str, words_by_key: dict[str, list[str]], implied: dict[str, frozenset[str]]
) -> tuple[str, str] | None:
    """Another word that is found wherever this one is, and its key."""
    for other_key in COVERING_KEYS[key]:
        words = words_by_key.get(other_key, [])
        for candidate in words:
            if candidate not in implied[word]:
                continue
            # Of two words with the same matches only the later one is idle.
            same = other_key == key and word in implied[candidate]
            if not same or words.index(candidate) < words.index(word):
                return candidate, other_key
    return None


def _shadowed(word: str, cover: str, key: str) -> str:
    return (
        f'"{word}" is never needed: {key} has "{cover}", which is found wherever it is;'
        " remove one of them"
    )


def _about_words(
    rules: ListRules, index: int, section: Section, implied: dict[str, frozenset[str]]
) -> Iterator[LintFinding]:
    words_by_key = {key: list(getattr(section, key)) for key in KEYS}
    words_by_key["unless"] = [*rules.unless, *words_by_key["unless"]]
    words_by_key["not_in_title"] = [*rules.not_in_title, *words_by_key["not_in_title"]]
    for key, position, word in section.words:
        place = ("sections", index, key, position)
        vetoes = [veto for veto in words_by_key["unless"] if veto in implied[word]]
        cover = _idle_by(word, key, words_by_key, implied)
        if key in ADMITTING_KEYS and vetoes:
            matter = (
                f'"{word}" never counts: `unless` has "{vetoes[0]}", which is found wherever it is'
            )
            yield finding_at(rules, "vetoed", matter, *place, word=word)
        elif cover:
            yield finding_at(rules, "shadowed", _shadowed(word, *cover), *place, word=word)


def _about_section(
    rules: ListRules, index: int, section: Section, implied: dict[str, frozenset[str]]
) -> Iterator[LintFinding]:
    admitting = [word for key in ADMITTING_KEYS for word in getattr(section, key)]
    if not any(True for _ in section.words):
        return  # a section that only people fill
    vetoes = {*rules.unless, *section.unless}
    matter = ""
    if not section.says and not section.in_title and len(section.hints) < 2:
        matter = "no word lets a paper in: add says or in_title, or two hints"
    elif all(vetoes & implied[word] for word in admitting):
        matter = "no paper can get here: `unless` keeps out each of its words"
    else:
        winner = next((o for o in rules.sections if _always_over(o, section, implied)), None)
        if winner:
            matter = (
                f"no paper can get here: wherever it fits, {winner.name} fits too and has priority;"
                f" remove {section.name} from its `over`, or add a word that {winner.name} lacks"
            )
    if matter:
        yield finding_at(rules, "never-wins", matter, "sections", index)


def _always_over(rival: Section, section: Section, implied: dict[str, frozenset[str]]) -> bool:
    if section.name not in rival.over or rival.unless or rival.not_in_title:
        return False
    words = [*section.says, *section.in_title, *section.hints]
    return all(set(rival.says) & (implied[word] | {word}) for word in words)


def lint_pool(
    ruleset: Ruleset, rules: ListRules, pool: Iterable[Text], reference: Iterable[Text]
) -> tuple[list[LintFinding], int, list[str]]:
    """Hints from papers, the number of papers, and what couldn't be checked with so few."""
    uses = count_uses(ruleset, rules, pool)
    if uses.papers < MIN_POOL_PAPERS:
        return [], uses.papers, [f"all hints from papers: they need {MIN_POOL_PAPERS} papers"]
    findings = [
        *_too_much(ruleset, rules, uses),
        *_never_alone(ruleset, rules, uses),
        *_never_first(rules, uses),
    ]
    if uses.papers < MIN_POOL_PAPERS_FOR_UNUSED:
        return (
            findings,
            uses.papers,
            [f"words that match nothing: {MIN_POOL_PAPERS_FOR_UNUSED:,} are needed"],
        )
    findings += _nothing(ruleset, rules, uses, count_uses(ruleset, rules, reference))
    return findings, uses.papers, []


@dataclass
class WordUse:
    """Counts of words in papers, by number of the word and position of the section."""

    papers: int = 0
    title: Counter[int] = field(default_factory=Counter)
    anywhere: Counter[int] = field(default_factory=Counter)
    speaks: Counter[tuple[int, int]] = field(default_factory=Counter)
    alone: Counter[tuple[int, int]] = field(default_factory=Counter)
    together: dict[tuple[int, int], Counter[int]] = field(default_factory=dict)
    fits: Counter[str] = field(default_factory=Counter)
    wins: Counter[str] = field(default_factory=Counter)
    beaten_by: dict[str, Counter[str]] = field(default_factory=dict)


def _too_much(ruleset: Ruleset, rules: ListRules, uses: WordUse) -> Iterator[LintFinding]:
    for place, key, word in placed_words(rules):
        number = ruleset.finder.number[word]
        titles = key in ("in_title", "not_in_title")
        count = (uses.title if titles else uses.anywhere)[number]
        if key in MAX_SHARE and count > MAX_SHARE[key] * uses.papers:
            where = "titles" if titles else "papers"
            matter = f'"{word}" is found in {count:,} of {uses.papers:,} {where}; {_instead(key)}'
            yield finding_at(rules, "too-much", matter, *place, word=word)


def placed_words(rules: ListRules) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """Every word with its place (as for ``ListRules.line``) and key."""
    for key in LIST_KEYS:
        for position, word in enumerate(getattr(rules, key)):
            yield (key, position), key, word
    for index, section in enumerate(rules.sections):
        for key, position, word in section.words:
            yield ("sections", index, key, position), key, word


def _instead(key: str) -> str:
    return {
        "says": "put it under in_title, or under hints",
        "in_title": "write more words of it, or put it under hints",
        "hints": "it tells little: write more words of it",
        "beside": "it backs almost everything: write more words of it",
    }.get(key, "it keeps out many: write more words of it, or use not_in_title")


def _never_alone(ruleset: Ruleset, rules: ListRules, uses: WordUse) -> Iterator[LintFinding]:
    for index, section in enumerate(rules.sections):
        for key, position, word in section.words:
            number = ruleset.finder.number[word]
            times = uses.speaks[index, number]
            if (
                key in ("says", "in_title")
                and times >= MIN_PAPERS_OF_PROOF
                and not uses.alone[index, number]
            ):
                (companion, often), *_ = uses.together[index, number].most_common(1)
                matter = (
                    f'"{word}" is never the only reason: in all {times} papers another word'
                    f' speaks too ("{ruleset.finder.words[companion].text}" in {often})'
                )
                place = ("sections", index, key, position)
                yield finding_at(rules, "shadowed", matter, *place, word=word)


def _never_first(rules: ListRules, uses: WordUse) -> Iterator[LintFinding]:
    for index, section in enumerate(rules.sections):
        fits = uses.fits[section.name]
        if fits >= MIN_PAPERS_OF_PROOF and not uses.wins[section.name]:
            (winner, times), *_ = uses.beaten_by[section.name].most_common(1)
            matter = f"fits {fits} papers and gets none: {winner} gets {times} of them"
            yield finding_at(rules, "never-wins", matter, "sections", index)


def _nothing(
    ruleset: Ruleset, rules: ListRules, uses: WordUse, reference: WordUse
) -> Iterator[LintFinding]:
    for place, key, word in placed_words(rules):
        number = ruleset.finder.number[word]
        titles = key in ("not_in_title", "neighbours")
        if not sum(
            (counted.title if titles else counted.anywhere)[number] for counted in (uses, reference)
        ):
            matter = f'"{word}" is found in none of {uses.papers + reference.papers:,} papers'
            yield finding_at(rules, "nothing", matter, *place, word=word)


def count_uses(ruleset: Ruleset, rules: ListRules, papers: Iterable[Text]) -> WordUse:
    """Judge the papers and count."""
    uses = WordUse()
    position = {section.name: index for index, section in enumerate(rules.sections)}
    for title, abstract in papers:
        reading = read(ruleset.finder, title, abstract)
        placement = ruleset.place(rules.list, reading)
        uses.papers += 1
        in_title = frozenset(reading.matches["title"])
        uses.title.update(in_title)
        uses.anywhere.update(in_title.union(reading.matches["abstract"]))
        for fit in placement.fits:
            if fit.enough:
                _speaking(uses, position[fit.name], fit)
        if placement.section is not None:
            uses.wins[placement.section] += 1
            for fit in placement.fits:
                if fit.fits:
                    uses.fits[fit.name] += 1
                    uses.beaten_by.setdefault(fit.name, Counter())[placement.section] += 1
    return uses


def _speaking(uses: WordUse, index: int, fit: Fit) -> None:
    """Count the words that are a reason, and those that are the only one."""
    words = {number for place in SUFFICIENT_PLACES for number in fit.matched.get(place, ())}
    for number in words:
        uses.speaks[index, number] += 1
        if len(words) == 1:
            uses.alone[index, number] += 1
        else:
            uses.together.setdefault((index, number), Counter()).update(words - {number})


def finding_at(
    rules: ListRules, kind: Kind, matter: str, *place: str | int, word: str | None = None
) -> LintFinding:
    """A hint about a part of the file, with ``place`` as for ``ListRules.line``."""
    line = rules.line(*place)
    section, key = _section_and_key(rules, place)
    where = f"{rules.path}:{line}: {place_in_words(rules, *place)}"
    return LintFinding(kind, where, line, section, key, word, matter)


def place_in_words(rules: ListRules, *place: str | int) -> str:
    """A place in words: ``Quantization › says``."""
    return " › ".join(part for part in _section_and_key(rules, place) if part)


def _section_and_key(rules: ListRules, place: Sequence[str | int]) -> tuple[str | None, str | None]:
    inside = place[0] == "sections" and isinstance(place[1], int)
    at = 2 if inside else 0
    section = rules.sections[int(place[1])].name if inside else None
    return section, str(place[at]) if len(place) > at else None


def samples(word: RuleWord) -> Iterator[str]:
    """Texts that a word matches, as different from each other as possible."""
    sides = [_forms(side) for side in word.sides]
    if len(sides) == 1:
        yield from sides[0]
        return
    for left, right in product(*sides):
        yield from (f"{left} {right}", f"{right} {left}", f"{left} zva zvb zvc {right}")


def _forms(side: Side) -> list[str]:
    forms = [form for parts in side.spellings for form in _endings(parts)]
    return list(dict.fromkeys(forms)) or [""]


def _endings(parts: Parts) -> Iterator[str]:
    """A spelling as it is, with endings for its stars, and in the plural."""
    letters = [part.letters for part in parts]
    yield " ".join(letters)
    yield " ".join(f"{part.letters}zvx" if part.open else part.letters for part in parts)
    if letters[-1][-1].isalpha() and letters[-1][-1] not in "sS" and not parts[-1].open:
        yield f"{' '.join(letters)}s"


def as_dicts(findings: Iterable[LintFinding]) -> list[dict[str, object]]:
    """The hints as JSON."""
    names = ("kind", "line", "section", "key", "word", "matter")
    return [{name: getattr(finding, name) for name in names} for finding in findings]


def examples_of(rules: ListRules) -> Sequence[Text]:
    """The titles that travel with the rules, as papers."""
    return [
        (title, None)
        for section in rules.sections
        for title in (*section.examples, *section.lookalikes)
    ]
