"""
The support of each word: the listed papers that say it.

A word that rests on one paper is that paper's name; the next one has another.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from config.rules import ListRules
from pipelines.rules.readings import read
from pipelines.rules.ruleset import Ruleset
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.lint.hints import LintFinding, finding_at, placed_words

# Of a shorter list every word rests on one paper.
MIN_LISTED = 20
# With fewer papers than this a word of a section is hardly a word of its topic.
MIN_SUPPORT = 2
# With fewer abstracts of the listed papers, a word that none of them has may stand in the others.
MIN_READ = 0.8
# Keys whose words speak for a paper; the others keep papers out, which the list can't show.
SPEAKING_KEYS = ("about", "helps", "says", "in_title", "hints", "beside")


@dataclass(frozen=True, slots=True)
class Support:
    """How many listed papers say a word (in the title for ``in_title``), and the newest of them."""

    place: tuple[str | int, ...]
    key: str
    word: str
    papers: int
    newest: Labelled | None


@dataclass(frozen=True, slots=True)
class Supports:
    """The support of every word in the order of the file; of ``listed`` papers so many are read."""

    words: list[Support]
    listed: int
    read: int

    @property
    def titles_only(self) -> bool:
        """Whether too few abstracts are here to say what rests on one paper outside titles."""
        return self.read < MIN_READ * self.listed


def supports(ruleset: Ruleset, rules: ListRules, papers: Iterable[Labelled]) -> Supports:
    """The support of every word by the listed papers, those with an abstract and those without."""
    anywhere: dict[int, list[Labelled]] = {}
    titles: dict[int, list[Labelled]] = {}
    listed = [paper for paper in papers if paper.belongs]
    for paper in listed:
        matches = read(ruleset.finder, paper.title, paper.abstract).matches
        for number in matches["title"]:
            titles.setdefault(number, []).append(paper)
        for number in {*matches["title"], *matches["abstract"]}:
            anywhere.setdefault(number, []).append(paper)
    supported = []
    for place, key, word in placed_words(rules):
        saying = (titles if key == "in_title" else anywhere).get(ruleset.finder.number[word], [])
        newest = max(saying, key=_age, default=None)
        supported.append(Support(place, key, word, len(saying), newest))
    return Supports(supported, len(listed), sum(1 for paper in listed if paper.abstract))


def _age(paper: Labelled) -> str:
    """Sorts papers by their arXiv ids, which begin with year and month."""
    arxiv_id = paper.arxiv_id or ""
    return "" if "/" in arxiv_id else arxiv_id


def thin_words(rules: ListRules, supported: Supports) -> Iterator[LintFinding]:
    """Words that rest on one listed paper or on none, as far as abstracts are here to tell."""
    keys = ("in_title",) if supported.titles_only else SPEAKING_KEYS
    for support in supported.words:
        if support.key in keys and support.papers < MIN_SUPPORT:
            yield finding_at(rules, "thin", _matter(support), *support.place, word=support.word)


def _matter(support: Support) -> str:
    where = " in its title" if support.key == "in_title" else ""
    if support.newest is None:
        return f'"{support.word}" rests on no listed paper: none has it{where}'
    paper = f'{support.newest.arxiv_id or "-"} "{support.newest.title}"'
    return f'"{support.word}" rests on one listed paper, {paper}: write a word of its family'
