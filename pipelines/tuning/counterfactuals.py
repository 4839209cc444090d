"""The smallest changes of words that would put a text elsewhere, each tried before it is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from config.rules import ListRules, Section
from config.rules_editor import WordChange
from config.words import NEAR, is_word
from pipelines.rules.scoring import Fit, folded
from pipelines.tuning.phrases import phrases
from pipelines.tuning.what_if import VETOES, WhatIf

# Phrases of the title that are tried under a key.
MOST_PHRASES = 12


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes, and the section that the text would get by them."""

    changes: tuple[WordChange, ...]
    section: str

    def __str__(self) -> str:
        if all(not change.add for change in self.changes):
            words = ", ".join(f"`{change.key}: {change.word}`" for change in self.changes)
            return f"without {words} it would be proposed for {self.section}"
        *first, last = self.changes
        moved = next(
            (
                change
                for change in first
                if (change.word, change.section) == (last.word, last.section)
            ),
            0,
        )
        texts = [str(change) for change in self.changes]
        if isinstance(moved, WordChange):
            texts[-2:] = [f"move `{last.word}` from {moved.key} to {last.key} of {last.section}"]
        return f"{' and '.join(texts)}: it would be proposed for {self.section}"


def flips(rules: ListRules, title: str, abstract: str | None) -> tuple[Flip, ...]:
    """Changes that would bring the text into the list, or into the next best section."""
    words = _phrases(title)
    texts = folded(title, abstract)
    pairs = _pairs(WhatIf(rules, [texts]))
    trial = WhatIf(rules, [texts], [*words, *pairs])
    now = trial.now[0]
    results: list[Flip] = []
    for target in _targets(trial, now):
        section = next(candidate for candidate in rules.sections if candidate.name == target.name)
        base = _vetoes(rules, section, trial, target)
        for options in _ways(trial, section, target, pairs, words):
            results += _first_that_helps(trial, base, options)
            if results and results[0].changes == base:
                break  # nothing more is needed
    return tuple(results)


def suggested_word(title: str) -> str:
    """A word of a title that speaks for no section yet; empty where it has none."""
    return next(iter(_phrases(title)), "")


def _first_that_helps(
    trial: WhatIf, base: tuple[WordChange, ...], options: list[tuple[WordChange, ...]]
) -> list[Flip]:
    for changes in options:
        after = trial.with_changes([*base, *changes])[0]
        if after not in (None, trial.now[0]):
            return [Flip((*base, *changes), after)]
    return []


def _targets(trial: WhatIf, now: str | None) -> list[Fit]:
    """The nearest section that does not have the text: the one that the verdict names."""
    fits = trial.placed(0).fits
    beaten = {name for fit in fits if fit.fits for name in fit.section.over}
    rest = [fit for fit in fits if fit.name != now]
    return sorted(
        rest, key=lambda fit: (not fit.fits, fit.fits and fit.name in beaten, -fit.points)
    )[:1]


def _vetoes(rules: ListRules, section: Section, trial: WhatIf, fit: Fit) -> tuple[WordChange, ...]:
    """All words that stand in the way: of the whole list, and of this section."""
    changes = []
    for name, holder, words in (
        (None, rules, trial.vetoes(0)),
        (section.name, section, trial.words(fit.vetoes)),
    ):
        for key in VETOES:
            blocking = [word for word in getattr(holder, key) if word in words]
            changes += [WordChange(name, key, word, add=False) for word in blocking]
    return tuple(changes)


def _ways(
    trial: WhatIf, section: Section, fit: Fit, pairs: list[str], words: list[str]
) -> Iterator[list[tuple[WordChange, ...]]]:
    """Kinds of changes, the smallest first; of each kind the first that does it is told."""
    yield [()]
    if not trial.speaks(0):
        yield [(WordChange(None, "about", word),) for word in words]
        return
    yield from _out_of_the_way(trial, section, fit, pairs)
    weak = trial.words(fit.weak)
    yield [
        (WordChange(section.name, key, word, add=False), WordChange(section.name, "says", word))
        for key in ("hints", "in_title")
        for word in getattr(section, key)
        if word in weak
    ]
    if not fit.backed:
        yield [(WordChange(section.name, "beside", word),) for word in words if word not in weak]
    own = {word for _, _, word in section.words}
    likely = [*pairs, *words]
    yield [(WordChange(section.name, "says", word),) for word in likely if word not in own]


def _out_of_the_way(
    trial: WhatIf, section: Section, fit: Fit, pairs: list[str]
) -> Iterator[list[tuple[WordChange, ...]]]:
    """
    Words that keep the text out of the section that has it, where that goes over this one.

    No word added here would help. A word of this section says best what the other shall leave;
    it is asked of the title first, as abstracts mention many things.
    """
    winner = next((one for one in trial.rules.sections if one.name == trial.now[0]), None)
    if winner is None or not fit.fits or section.name not in winner.over:
        return
    winner_words = {*winner.says, *winner.in_title, *winner.hints}
    shown = fit.shown
    in_title, in_abstract = (
        sorted((word for word in trial.words(numbers) if word not in winner_words), key=_special)
        for numbers in (shown["title"], shown["abstract"])
    )
    # A single word of this section may be common in the other: the pairs say more.
    special = [word for word in in_title if " " in word]
    words = [*special, *(pairs if in_title else ()), *in_title]
    yield [(WordChange(winner.name, "not_in_title", word),) for word in dict.fromkeys(words)]
    if not in_title:
        yield [(WordChange(winner.name, "unless", word),) for word in in_abstract]


def _special(word: str) -> tuple[int, int]:
    """The words that say most first; two that stand near each other in any order say less."""
    return -len([part for part in word.split() if part != NEAR.strip()]), NEAR in word


def _pairs(trial: WhatIf) -> list[str]:
    """
    Words of the field beside words of the next best section, where the title has both.

    Such a pair speaks of the section and tells no single paper's story, unlike the next best
    phrase of the title.
    """
    target = next(iter(_targets(trial, trial.now[0])), None)
    if target is None:
        return []
    own = [word for word in trial.words(target.shown["title"]) if NEAR not in word]
    field = [word for word in trial.field_words(0) if NEAR not in word and word not in own]
    pairs = [
        f"{field_word}{NEAR}{own_word}"
        for own_word in own
        for field_word in sorted(field, key=_special)
        if not _alike(field_word, own_word)
    ]
    return [field_word for field_word in pairs if is_word(field_word)][:MOST_PHRASES]


def _alike(first: str, second: str) -> bool:
    """Whether the two may be found in the same place."""
    parts = [[part.rstrip("*").lower() for part in word.split()] for word in (first, second)]
    return any(a.startswith(b) or b.startswith(a) for a in parts[0] for b in parts[1])


def _phrases(title: str) -> list[str]:
    """Phrases of the title that may be words of the rules: of two words first, they tell most."""
    ranked = sorted(
        phrases(title), key=lambda phrase: (phrase.count(" ") != 1, -len(phrase), phrase)
    )
    return [phrase for phrase in ranked if is_word(phrase)][:MOST_PHRASES]
