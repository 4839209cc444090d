"""Papers that are folded once and judged many times, with a fast search for words in all."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate

from catalog.facts import Verdict
from pipelines.rules.automaton import Letters, scanner
from pipelines.rules.fold import bare
from pipelines.rules.matcher import Field, Finder, first_letters
from pipelines.rules.readings import Texts, folded
from pipelines.rules.ruleset import Ruleset
from pipelines.rules.words import RuleWord
from pipelines.tuning.labelled import Labelled

Found = Mapping[Field, Collection[str]]


class Corpus:
    """Papers that are folded once and judged many times."""

    def __init__(self, papers: Sequence[Labelled]) -> None:
        self.papers = tuple(papers)
        self._texts = tuple(folded(paper.title, paper.abstract) for paper in self.papers)
        self._gathered = TextCorpus(self._texts)

    def judge(self, ruleset: Ruleset, list_name: str) -> tuple[Verdict, ...]:
        """A verdict for each paper, in order."""
        return tuple(ruleset.judge_folded(list_name, texts) for texts in self._texts)

    def judge_again(
        self, ruleset: Ruleset, list_name: str, verdicts: Sequence[Verdict], which: Collection[int]
    ) -> tuple[Verdict, ...]:
        """The ``known`` verdicts, with new ones for the papers of these numbers."""
        again = frozenset(which)
        return tuple(
            ruleset.judge_folded(list_name, self._texts[number]) if number in again else verdict
            for number, verdict in enumerate(verdicts)
        )

    def texts(self, number: int) -> Texts:
        """A paper's title and abstract, folded."""
        return self._texts[number]

    def having(self, words: Collection[str]) -> dict[int, Found]:
        """The numbers of papers with one of these words, and the words in each field."""
        if not words:
            return {}
        finder = Finder(words)
        result: dict[int, Found] = {}
        for number in self._gathered.may_have(finder.words):
            matches = {where: finder.find(text) for where, text in self._texts[number].items()}
            if any(matches.values()):
                result[number] = {
                    where: frozenset(finder.words[number_of].text for number_of in numbers)
                    for where, numbers in matches.items()
                }
        return result


class TextCorpus:
    """Titles and abstracts joined into one bare text; texts are known by their numbers."""

    def __init__(self, texts: Sequence[Texts]) -> None:
        joined = ["\n".join(part.text for part in text.values()) for text in texts]
        self._read = bare("\n".join(joined))
        # Where each text begins: after the space before it.
        self._starts = list(
            accumulate((len(joined_text) + 1 for joined_text in joined), initial=1)
        )[:-1]

    def may_have(self, words: Collection[RuleWord]) -> list[int]:
        """The numbers of texts with the first letters of all sides of any of the words."""
        sides = list(dict.fromkeys(side for word in words for side in word.sides if side.parts))
        having: list[set[int]] = [set() for _ in sides]
        sought = [
            Letters(n, first_letters(parts))
            for n, side in enumerate(sides)
            for parts in side.spellings
        ]
        for number, ends in scanner(sought)(self._read).items():
            having[number].update(bisect_right(self._starts, end - 1) - 1 for end in ends)
        by_side = dict(zip(sides, having, strict=True))
        all_sides = ([by_side.get(side, set()) for side in word.sides] for word in words)
        return sorted(set[int]().union(*(set.intersection(*numbers) for numbers in all_sides)))
