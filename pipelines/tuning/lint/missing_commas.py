"""
Finds words that lack a comma: two words of a line that YAML reads as a single one.

Git proves it where both words went and their joined text came. Otherwise the joined word must be in
no known text, while its parts are in several and are words of the file elsewhere: an error where no
phrase looks like that, else a question.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from config.rules import ListRules
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder
from pipelines.rules.scoring import all_words
from pipelines.tuning.changes import Edit
from pipelines.tuning.lint.hints import Text, placed_words

# With fewer texts than this a good word is often in none of them.
MIN_TEXTS_TO_JUDGE = 200
# In so many texts a part is a word that people use.
MIN_TEXTS_OF_PART = 2


Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """A word that is probably several; ``sure`` if nothing else can be meant."""

    place: Place
    word: str
    parts: tuple[str, ...]
    why: str
    sure: bool

    @property
    def matter(self) -> str:
        parts = " and ".join(f'"{part}"' for part in self.parts)
        return f'"{self.word}" {"lacks" if self.sure else "may lack"} a comma: {parts} {self.why}'

    @property
    def do(self) -> str:
        return f"write  {', '.join(self.parts)}"


def joined_words(
    rules: ListRules, changes: Sequence[Edit] | None, texts: Iterable[Text]
) -> Iterator[Joined]:
    """``changes`` are those since the last commit: only new words are doubted. None: all are."""
    came = {(edit.section, edit.key, edit.word) for edit in changes or () if edit.sign == "+"}
    went = {(edit.section, edit.key, edit.word) for edit in changes or () if edit.sign == "-"}
    doubted: list[tuple[Place, str]] = []
    for place, key, word in placed_words(rules):
        section = rules.sections[int(place[1])].name if place[0] == "sections" else None
        if changes is not None and (section, key, word) not in came:
            continue
        gone = {old for at, of, old in went if (at, of) == (section, key)}
        if parts := _split(word, gone):
            yield Joined(place, word, tuple(parts), "were two words in the last commit", sure=True)
        else:
            doubted.append((place, word))
    yield from _dead(rules, doubted, texts)


def _split(word: str, words: Collection[str]) -> list[str]:
    """The words that a word is made of, if it is made of several of these; else nothing."""
    tokens = word.split()
    for at in range(1, len(tokens)):
        first, rest = " ".join(tokens[:at]), " ".join(tokens[at:])
        if first in words and rest in words:
            return [first, rest]
        if first in words and (more := _split(rest, words)):
            return [first, *more]
    return []


def _dead(
    rules: ListRules, doubted: Sequence[tuple[Place, str]], texts: Iterable[Text]
) -> Iterator[Joined]:
    words = set(all_words(rules))
    split = [(place, word, _split(word, words)) for place, word in doubted if " " in word]
    split = [(place, word, parts) for place, word, parts in split if parts]
    if not split:
        return
    counts, total = _counted([w for _, word, parts in split for w in (word, *parts)], texts)
    for place, word, parts in split:
        alive = all(counts[part] >= MIN_TEXTS_OF_PART for part in parts)
        if total >= MIN_TEXTS_TO_JUDGE and alive and not counts[word]:
            why = f"are words of this file, and none of {total:,} texts has them in a row"
            yield Joined(place, word, tuple(parts), why, sure=_is_no_phrase(parts))


def _is_no_phrase(parts: Sequence[str]) -> bool:
    """An ending in the middle, or names in a row."""
    return any(part.endswith("*") for part in parts[:-1]) or all(map(str.isupper, parts))


def _counted(words: Sequence[str], texts: Iterable[Text]) -> tuple[Counter[str], int]:
    finder = Finder(words)
    counts: Counter[str] = Counter()
    total = 0
    for title, abstract in texts:
        total += 1
        numbers = {n for text in (title, abstract) if text for n in finder.find(fold(text))}
        counts.update(finder.words[number].text for number in numbers)
    return counts, total
