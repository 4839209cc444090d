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
    ranked = telling(titles, fewest=1)
    all_titles = [title for inside in titles.values() for title in inside]
    common = _common(all_titles)
    words = {
        name: _words(name, inside, ranked[name], len(all_titles), common)[:most_words]
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
    ranked: Sequence[Phrase],
    everything: int,
    common: Sequence[Phrase],
) -> tuple[Phrase, ...]:
    chosen = [phrase for phrase in ranked if _is_named(phrase, name)]
    if len(titles) < FEWEST_TITLES:
        return covering(chosen, 1)
    if len(titles) * 2 > everything:
        # Most of the list is this section: what the list says is what it says.
        common_words = {phrase.word for phrase in common}
        chosen += [phrase for phrase in ranked if phrase.word in common_words and _speaks(phrase)]
    fewest = max(2, len(titles) // MAX_SHARE_PAPERS)
    sure = [
        phrase
        for phrase in ranked
        if phrase.inside >= fewest and phrase.telling > SURE and _speaks(phrase)
    ]
    best = sorted(
        {*chosen, *sure}, key=lambda phrase: (-phrase.telling, -phrase.inside, phrase.word)
    )
    different = {phrase.word.casefold(): phrase for phrase in reversed(best)}
    return covering(reversed(different.values()), MAX_WORDS_PER_SECTION)


def _is_named(phrase: Phrase, name: str) -> bool:
    """Whether the section is called so: also "quantiz*" for Quantization."""
    word = phrase.word.casefold()
    named = {named.casefold() for named in phrases(name)}
    matches = word in named or (word[-1] == "*" and any(n.startswith(word[:-1]) for n in named))
    return (
        matches and phrase.telling > 0 and phrase.inside >= NAMED * (phrase.inside + phrase.outside)
    )


def _speaks(phrase: Phrase) -> bool:
    """Whether a word is of this section mostly, and of some field."""
    mostly = phrase.inside >= MOSTLY * (phrase.inside + phrase.outside)
    general = phrase.word in _OF_THE_FIELD or _is_everywhere(phrase.word)
    return mostly and not general and "'" not in phrase.word


def _is_everywhere(word: str) -> bool:
    word = word.lower()
    if word.endswith("*"):
        return any(general.startswith(word[:-1]) for general in _EVERYWHERE)
    return word in _EVERYWHERE or word.removesuffix("s") in _EVERYWHERE


def _common(titles: Sequence[str]) -> tuple[Phrase, ...]:
    """What many titles of the list say, the most frequent first."""
    ranked = telling({"": titles}, fewest=max(2, len(titles) // ONE_IN))[""]
    specific = [phrase for phrase in ranked if not _is_everywhere(phrase.word)]
    return tuple(
        sorted(specific, key=lambda phrase: (-phrase.inside, -len(phrase.word), phrase.word))
    )


def _with_examples(plain: FirstRules, titles: Mapping[str, Sequence[str]]) -> FirstRules:
    """The first titles of each section that these rules put there."""
    rules = as_rules(plain, "learned", "learned.md")
    ruleset = compile_rules([rules])
    sections = []
    for section in plain.sections:
        right = (
            " ".join(title.split())
            for title in titles[section.name]
            if section.words and ruleset.judge(rules.list, title, None).section == section.name
        )
        unique = [title for title in dict.fromkeys(right) if len(title) <= LONGEST_EXAMPLE]
        sections.append(
            Learned(section.name, section.titles, section.words, tuple(unique[:MOST_EXAMPLES]))
        )
    return FirstRules(plain.about, tuple(sections))


def as_rules(first: FirstRules, name: str, file: str) -> ListRules:
    """The same as the rules of a list."""
    content: dict[str, object] = {"list": name, "file": file}
    if first.about:
        content["about"] = [section.word for section in first.about]
    content["sections"] = [
        {"name": section.name}
        | ({"in_title": [phrase.word for phrase in section.words]} if section.words else {})
        | ({"examples": list(section.examples)} if section.examples else {})
        for section in first.sections
    ]
    return ListRules.model_validate(content)
