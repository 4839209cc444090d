"""
Learns the first words of a list's rules from the titles in the list, and from known abstracts.

The result is a starting point for a curator: few, general words, each with how often it was right.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from config.rules import ListRules
from config.strict import validate
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.lint.hints import lint_words
from pipelines.tuning.phrases import Phrase, covering, key_phrases, phrases

# With fewer titles a section gets no words but perhaps its own name.
MIN_TITLES = 3
MAX_WORDS_PER_SECTION = 12
MAX_EXAMPLES = 2
MAX_EXAMPLE_CHARS = 300
# G² of 3.8 is a chance of one in twenty; its root is the keyness.
MIN_KEYNESS = 1.95
# The share of the texts with a word that must be in its section.
MIN_SHARE = 0.5
# The same for words of the section's own name.
MIN_SHARE_OF_NAME = 1 / 3
# A word of the whole list must be in one of so many titles.
TITLES_PER_LIST_WORD = 25
# A word of a section must be in one of so many of its titles.
TITLES_PER_SECTION_WORD = 40
MAX_ABOUT_WORDS = 12
# Abstracts are long, and share words by chance: a G² of 6.6 is a chance of one in a hundred.
MIN_KEYNESS_OF_HINT = 2.58
# A hint must be in three abstracts of the section, and in one of so many.
MIN_ABSTRACTS_OF_HINT, ABSTRACTS_PER_HINT = 3, 5
MAX_HINTS_PER_SECTION = 6
# One hint alone lets no paper in.
MIN_HINTS = 2
# Words of every field don't distinguish a list.
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

# The prose of abstracts in every field; a phrase with one of them says nothing of a section.
_PROSE = frozenset(
    """
    absolute accuracy achieve achieved achieves achieving acceleration addition address addresses
    addressing advanced advancement advantage aim aims allow allowing allows applied apply applying
    available average baseline baselines capability capabilities challenge challenging code common
    compared comparable comparison complex comprehensive computation computational conduct
    conducted consider consistent consistently consists context contribution contributions cost
    costs create crucial current degradation demonstrate demonstrated demonstrates demonstrating
    depth describe designed despite detailed develop developed development different difficult
    difficulty directions discuss diverse due easily effect effectiveness employ enable enables
    enabling ensure ensuring evaluate evaluated evaluation existing experiment experimental
    experiments explore extensive facilitate finally findings focus focuses fundamental furthermore
    future github growing high-quality higher highlight highlights however https identify impact
    important include includes including increase increased increases increasing increasingly
    insight insights introduce introduced introduces issue issues key lack lead leading leads
    leverage leverages light limit limitation limitations limited limits lower main maintain
    maintaining maintains major metrics minimal moreover multiple notable notably numerous observe
    obtain offer offers original outperform outperforming outperforms overall paradigm perform
    performs poses potential present presents previous prior process produce produces producing
    progress promising propose proposed proposes provide provided provides providing publicly
    range rate recent recently reduce reduced reduces reducing reduction reliable rely require
    requirement requirements requires requiring resource resources respectively result resulting
    results reveal reveals serve setting settings shown shows significant significantly solution
    solutions specific specifically standard state-of-the-art step steps strategy strategies
    strong substantial substantially success suffer suggest summarize superior terms
    time-consuming typically unlike utilize utilizing value values various varying wide widely
    work works
    """.split()  # noqa: SIM905
)


# Good for `about`, but never enough for a section.
_OF_THE_FIELD = frozenset(
    ("LLM", "language model", "large language", "large language model", "transformer", "GPT")
)


@dataclass(frozen=True, slots=True)
class LearnedSection:
    """
    The words of one section, and titles that the rules put there.

    ``hints`` are words of its abstracts alone, counted in so many ``abstracts``.
    """

    name: str
    titles: int
    words: tuple[Phrase, ...] = ()
    examples: tuple[str, ...] = ()
    hints: tuple[Phrase, ...] = ()
    abstracts: int = 0

    @property
    def too_small(self) -> bool:
        return self.titles < MIN_TITLES


@dataclass(frozen=True, slots=True)
class FirstRules:
    """The learned rules; most papers of the list have a word of ``about``."""

    about: tuple[Phrase, ...]
    sections: tuple[LearnedSection, ...]


def learn(
    titles: Mapping[str, Sequence[str]],
    abstracts: Mapping[str, Sequence[str]] | None = None,
    *,
    most_words: int = MAX_WORDS_PER_SECTION,
    most_hints: int = MAX_HINTS_PER_SECTION,
) -> FirstRules:
    """Learn rules from the titles of each section, by its name, and hints from its abstracts."""
    ranked = key_phrases(titles, fewest=1)
    all_titles = [title for inside in titles.values() for title in inside]
    common = _common(all_titles)
    words = {
        name: _words(name, inside, ranked[name], len(all_titles), common)[:most_words]
        for name, inside in titles.items()
    }
    about = covering(common, MAX_ABOUT_WORDS)
    texts = {name: (abstracts or {}).get(name, ()) for name in titles}
    hints = _hints(texts, words, most_hints)
    plain = FirstRules(
        about,
        tuple(
            LearnedSection(name, len(titles[name]), words[name], (), hints[name], len(texts[name]))
            for name in titles
        ),
    )
    return _with_examples(_without_idle(plain), titles)


def _without_idle(plain: FirstRules) -> FirstRules:
    """The rules without words of titles that hold a word chosen after them: that is enough."""
    rules = as_rules(plain, "learned", "learned.md")
    idle = {
        (finding.section, finding.word)
        for finding in lint_words(rules)
        if finding.kind == "shadowed"
    }
    sections = (
        replace(
            section,
            words=tuple(one for one in section.words if (section.name, one.word) not in idle),
        )
        for section in plain.sections
    )
    about = tuple(one for one in plain.about if (None, one.word) not in idle)
    return FirstRules(about, tuple(sections))


def _hints(
    abstracts: Mapping[str, Sequence[str]], words: Mapping[str, Sequence[Phrase]], most: int
) -> dict[str, tuple[Phrase, ...]]:
    """Words that tell the abstracts of a section from others, and that its titles didn't teach."""
    ranked = key_phrases(abstracts, fewest=2)
    chosen = {}
    for name, inside in abstracts.items():
        fewest = max(MIN_ABSTRACTS_OF_HINT, len(inside) // ABSTRACTS_PER_HINT)
        new = (
            phrase
            for phrase in ranked[name]
            if phrase.inside >= fewest
            and phrase.keyness > MIN_KEYNESS_OF_HINT
            and _speaks(phrase)
            and not _is_prose(phrase.word)
            and not any(_is_kin(phrase.word, word.word) for word in words[name])
        )
        covered = covering(new, most) if len(inside) >= MIN_TITLES else ()
        chosen[name] = covered if len(covered) + len(words[name]) >= MIN_HINTS else ()
    return chosen


def _is_prose(word: str) -> bool:
    """Whether a phrase has a word that abstracts of every field have; of a stem, any such word."""
    return any(
        part in _PROSE or (part[-1] == "*" and any(known.startswith(part[:-1]) for known in _PROSE))
        for part in word.lower().split()
    )


def _is_kin(hint: str, word: str) -> bool:
    """Whether a hint says what a word of the titles says already, or a part of it."""
    stem, parts = word.casefold().rstrip("*s"), hint.casefold().rstrip("*s")
    return parts.startswith(stem) or stem.startswith(parts) or f" {stem}" in f" {parts}"


def _words(
    name: str,
    titles: Sequence[str],
    ranked: Sequence[Phrase],
    everything: int,
    common: Sequence[Phrase],
) -> tuple[Phrase, ...]:
    named = {written.casefold() for written in phrases(name)}
    chosen = [phrase for phrase in ranked if _is_named(phrase, named)]
    if len(titles) < MIN_TITLES:
        return covering([phrase for phrase in chosen if not _is_general(phrase.word)], 1)
    if len(titles) * 2 > everything:
        # This section is most of the list, so the list's words are its words.
        common_words = {phrase.word for phrase in common}
        chosen += [phrase for phrase in ranked if phrase.word in common_words and _speaks(phrase)]
    fewest = max(2, len(titles) // TITLES_PER_SECTION_WORD)
    sure = [
        phrase
        for phrase in ranked
        if phrase.inside >= fewest and phrase.keyness > MIN_KEYNESS and _speaks(phrase)
    ]
    best = sorted(
        {*chosen, *sure}, key=lambda phrase: (-phrase.keyness, -phrase.inside, phrase.word)
    )
    # A section's name may be a word of every field: "model" would let in a third of arXiv.
    own = [phrase for phrase in best if phrase.word not in _OF_THE_FIELD]
    telling = [phrase for phrase in own if not _is_everywhere(phrase.word)] or own
    different = {phrase.word.casefold(): phrase for phrase in reversed(telling)}
    return covering(reversed(different.values()), MAX_WORDS_PER_SECTION)


def _is_named(phrase: Phrase, named: Collection[str]) -> bool:
    """Whether the word is one of the section's name: also "quantiz*" for Quantization."""
    word = phrase.word.casefold()
    matches = word in named or (word[-1] == "*" and any(n.startswith(word[:-1]) for n in named))
    return (
        matches
        and phrase.keyness > 0
        and phrase.inside >= MIN_SHARE_OF_NAME * (phrase.inside + phrase.outside)
    )


def _speaks(phrase: Phrase) -> bool:
    """Whether a word is mostly in this section, and specific to a field."""
    mostly = phrase.inside >= MIN_SHARE * (phrase.inside + phrase.outside)
    return mostly and not _is_general(phrase.word) and "'" not in phrase.word


def _is_general(word: str) -> bool:
    return word in _OF_THE_FIELD or _is_everywhere(word)


def _is_everywhere(word: str) -> bool:
    word = word.lower()
    if word.endswith("*"):
        return any(general.startswith(word[:-1]) for general in _EVERYWHERE)
    return word in _EVERYWHERE or word.removesuffix("s") in _EVERYWHERE


def _common(titles: Sequence[str]) -> tuple[Phrase, ...]:
    """Words in many titles of the list, the most frequent first."""
    ranked = key_phrases({"": titles}, fewest=max(2, len(titles) // TITLES_PER_LIST_WORD))[""]
    specific = [phrase for phrase in ranked if not _is_everywhere(phrase.word)]
    return tuple(
        sorted(specific, key=lambda phrase: (-phrase.inside, -len(phrase.word), phrase.word))
    )


def _with_examples(plain: FirstRules, titles: Mapping[str, Sequence[str]]) -> FirstRules:
    """The rules with examples: the first titles of each section that they put there."""
    rules = as_rules(plain, "learned", "learned.md")
    ruleset = compile_rules([rules])
    sections = []
    for section in plain.sections:
        right = (
            " ".join(title.split())
            for title in titles[section.name]
            if section.words and ruleset.judge(rules.list, title, None).section == section.name
        )
        unique = [title for title in dict.fromkeys(right) if len(title) <= MAX_EXAMPLE_CHARS]
        sections.append(replace(section, examples=tuple(unique[:MAX_EXAMPLES])))
    return FirstRules(plain.about, tuple(sections))


def as_rules(first: FirstRules, name: str, file: str) -> ListRules:
    """The learned rules as rules of a list."""
    content: dict[str, object] = {"list": name, "file": file}
    if first.about:
        content["about"] = [section.word for section in first.about]
    content["sections"] = [
        {"name": section.name}
        | ({"in_title": [phrase.word for phrase in section.words]} if section.words else {})
        | ({"hints": [phrase.word for phrase in section.hints]} if section.hints else {})
        | ({"examples": list(section.examples)} if section.examples else {})
        for section in first.sections
    ]
    return validate(ListRules, content)
