"""A title and an abstract, folded, and the words of the rules that are found in each."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from catalog.facts import Evidence
from pipelines.rules.fold import Folded, fold, fold_all
from pipelines.rules.matcher import Field, Finder, Matches

Texts = Mapping[Field, Folded]
# Field, word, start and end, as in Evidence.
WordPlace = tuple[Field, str, int, int]
_START_AND_END = itemgetter(2, 3)
# The description of a repository (GitHub allows 350 characters) mentions nothing in passing.
MAX_BRIEF_CHARS = 350


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
    both = fold_all([title for title, _ in texts] + [abstract or "" for _, abstract in texts])
    titles, abstracts = both[: len(texts)], both[len(texts) :]
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
