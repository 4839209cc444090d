"""
The first words of a list's rules, learned from the titles it has.

They are a beginning for a person to go on with: few, general, and each with how often it was right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.rules import ListRules
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.phrases import Phrase, covering, phrases, telling

# Below it a section says too little of itself; its own name may still be a word.
FEWEST_TITLES = 3
MAX_WORDS_PER_SECTION = 12
MOST_EXAMPLES = 2
LONGEST_EXAMPLE = 300
# G² of 3.8 is one chance in twenty that a word tells nothing; its root is what `telling` gives.
SURE = 1.95
# Of the texts that a word finds, the share that must be of its section.
MOSTLY = 0.5
# A word that is in the section's own name may be in other titles more often.
NAMED = 1 / 3
# A word of the whole list stands in one of so many titles.
ONE_IN = 25
# A word of a section stands in one of so many of its titles.
MAX_SHARE_PAPERS = 40
MOST_ABOUT = 12
# Words of every field say nothing of a list.
_EVERYWHERE = frozenset(
    """
    abilities accurate adaptive advances advancing architecture better challenges comparative
    comprehensive data deep design domain efficiency efficient end enhanced enhancing fast
    faster general generative guide high human information knowledge language large larger learn
    learning level long models model network networks neural open optimal optimization
    performance power practical quality quick real-time research review robust scalable scale
    scaling search self simple small space state task tasks test time train tuning training
    unified universal world zero-shot few-shot
    """.split()  # noqa: SIM905
)


# Enough to be about a list, and never enough to be in it.
_OF_THE_FIELD = frozenset(
    ("LLM", "language model", "large language", "large language model", "transformer", "GPT")
)


@dataclass(frozen=True, slots=True)
class Learned:
    """The words of one section, and titles of it that the rules will judge rightly."""

    name: str
    titles: int
    words: tuple[Phrase, ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def too_small(self) -> bool:
        return self.titles < FEWEST_TITLES


@dataclass(frozen=True, slots=True)
class FirstRules:
    """``about``: what papers of the list say at all, one of these at least in most of them."""

    about: tuple[Phrase, ...]
    sections: tuple[Learned, ...]


def learn(
    titles: Mapping[str, Sequence[str]], *, most_words: int = MAX_WORDS_PER_SECTION
) -> FirstRules:
    """The first rules for sections by name, from the titles in each, in their order."""
    told = telling(titles, fewest=1)
    all_titles = [title for inside in titles.values() for title in inside]
    common = _common(all_titles)
    words = {
        name: _words(name, inside, told[name], len(all_titles), common)[:most_words]
        for name, inside in titles.items()
    }
    about = covering(common, MOST_ABOUT)
    plain = FirstRules(
        about, tuple(Learned(name, len(titles[name]), words[name]) for name in titles)
    )
    return _with_examples(plain, titles)


def _words(
    name: str,
    titles: Sequence[str],
    told: Sequence[Phrase],
    everything: int,
    common: Sequence[Phrase],
) -> tuple[Phrase, ...]:
    mine = [one for one in told if _is_named(one, name)]
    if len(titles) < FEWEST_TITLES:
        return covering(mine, 1)
    if len(titles) * 2 > everything:
        # Most of the list is this section: what the list says is what it says.
        usual = {one.word for one in common}
        mine += [one for one in told if one.word in usual and _speaks(one)]
    fewest = max(2, len(titles) // MAX_SHARE_PAPERS)
    sure = [one for one in told if one.inside >= fewest and one.telling > SURE and _speaks(one)]
    ranked = sorted({*mine, *sure}, key=lambda one: (-one.telling, -one.inside, one.word))
    different = {one.word.casefold(): one for one in reversed(ranked)}
    return covering(reversed(different.values()), MAX_WORDS_PER_SECTION)


def _is_named(one: Phrase, name: str) -> bool:
    """Whether the section is called so: also "quantiz*" for Quantization."""
    word = one.word.casefold()
    said = {said.casefold() for said in phrases(name)}
    meant = word in said or (word[-1] == "*" and any(n.startswith(word[:-1]) for n in said))
    return meant and one.telling > 0 and one.inside >= NAMED * (one.inside + one.outside)


def _speaks(one: Phrase) -> bool:
    """Whether a word is of this section mostly, and of some field."""
    mostly = one.inside >= MOSTLY * (one.inside + one.outside)
    general = one.word in _OF_THE_FIELD or _is_everywhere(one.word)
    return mostly and not general and "'" not in one.word


def _is_everywhere(word: str) -> bool:
    word = word.lower()
    if word.endswith("*"):
        return any(general.startswith(word[:-1]) for general in _EVERYWHERE)
    return word in _EVERYWHERE or word.removesuffix("s") in _EVERYWHERE


def _common(titles: Sequence[str]) -> tuple[Phrase, ...]:
    """What many titles of the list say, the most frequent first."""
    told = telling({"": titles}, fewest=max(2, len(titles) // ONE_IN))[""]
    said = [one for one in told if not _is_everywhere(one.word)]
    return tuple(sorted(said, key=lambda one: (-one.inside, -len(one.word), one.word)))


def _with_examples(plain: FirstRules, titles: Mapping[str, Sequence[str]]) -> FirstRules:
    """The first titles of each section that these rules put there."""
    rules = as_rules(plain, "learned", "learned.md")
    ruleset = compile_rules([rules])
    sections = []
    for one in plain.sections:
        right = (
            " ".join(title.split())
            for title in titles[one.name]
            if one.words and ruleset.judge(rules.list, title, None).section == one.name
        )
        unique = [title for title in dict.fromkeys(right) if len(title) <= LONGEST_EXAMPLE]
        sections.append(Learned(one.name, one.titles, one.words, tuple(unique[:MOST_EXAMPLES])))
    return FirstRules(plain.about, tuple(sections))


def as_rules(first: FirstRules, name: str, file: str) -> ListRules:
    """The same as the rules of a list."""
    said: dict[str, object] = {"list": name, "file": file}
    if first.about:
        said["about"] = [one.word for one in first.about]
    said["sections"] = [
        {"name": one.name}
        | ({"in_title": [word.word for word in one.words]} if one.words else {})
        | ({"examples": list(one.examples)} if one.examples else {})
        for one in first.sections
    ]
    return ListRules.model_validate(said)
