"""The smallest changes of words that would move a text to another section, each one tried."""

from collections.abc import Iterator
from dataclasses import dataclass

from config.rules import ListRules, Section
from config.rules_editor import WordChange
from config.words import NEAR, is_word
from pipelines.rules.readings import folded
from pipelines.rules.scoring import Fit
from pipelines.tuning.phrases import phrases
from pipelines.tuning.what_if import VETOES, WhatIf

# So many phrases of the title are tried under each key.
MAX_PHRASES = 12


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """Changes, and the section that the text would get."""

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


def counterfactuals(
    rules: ListRules, title: str, abstract: str | None
) -> tuple[Counterfactual, ...]:
    """Changes that would move the text into the list, or into the next best section."""
    words = _phrases(title)
    texts = folded(title, abstract)
    pairs = _pairs(WhatIf(rules, [texts]))
    trial = WhatIf(rules, [texts], [*words, *pairs])
    now = trial.now[0]
    results: list[Counterfactual] = []
    for target in _targets(trial, now):
        section = next(candidate for candidate in rules.sections if candidate.name == target.name)
        base = _vetoes(rules, section, trial, target)
        for options in _ways(trial, section, target, pairs, words):
            results += _first_that_helps(trial, base, options)
            if results and results[0].changes == base:
                break  # removing these words is enough
    return tuple(results)


def suggested_word(title: str) -> str:
    """A phrase of a title that could become a word of the rules; empty if there is none."""
    return next(iter(_phrases(title)), "")


def _first_that_helps(
    trial: WhatIf, base: tuple[WordChange, ...], options: list[tuple[WordChange, ...]]
) -> list[Counterfactual]:
    for changes in options:
        after = trial.with_changes([*base, *changes])[0]
        if after not in (None, trial.now[0]):
            return [Counterfactual((*base, *changes), after)]
    return []


def _targets(trial: WhatIf, now: str | None) -> list[Fit]:
    """The nearest section that doesn't have the text: the one that the verdict names."""
    fits = trial.placed(0).fits
    beaten = {name for fit in fits if fit.fits for name in fit.section.over}
    rest = [fit for fit in fits if fit.name != now]
    return sorted(
        rest, key=lambda fit: (not fit.fits, fit.fits and fit.name in beaten, -fit.points)
    )[:1]


def _vetoes(rules: ListRules, section: Section, trial: WhatIf, fit: Fit) -> tuple[WordChange, ...]:
    """Removal of all words that keep the text out of the list or of this section."""
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
    """Groups of changes, the smallest first; the first that works in each group is reported."""
    yield [()]
    yield [
        (WordChange(None, "unless", word, add=False),)
        for word in trial.doubts(0)
        if word not in trial.vetoes(0)
    ]
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
    Words that would keep the text out of its section, if that has priority over this one.

    No word added to this section would help. This section's own words say best what the winner
    should leave, those in the title first, as abstracts mention many things.
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
    # A single word of this section may be common in the winner: pairs are more specific.
    special = [word for word in in_title if " " in word]
    words = [*special, *(pairs if in_title else ()), *in_title]
    yield [(WordChange(winner.name, "not_in_title", word),) for word in dict.fromkeys(words)]
    if not in_title:
        yield [(WordChange(winner.name, "unless", word),) for word in in_abstract]


def _special(word: str) -> tuple[int, int]:
    """Sorts the most specific words first, and ``near`` pairs after plain phrases."""
    return -len([part for part in word.split() if part != NEAR.strip()]), NEAR in word


def _pairs(trial: WhatIf) -> list[str]:
    """
    Pairs of a word of the field and a word of the next best section, both in the title.

    Such a pair is about the section, while another phrase of the title may be about this one paper
    only.
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
    return [field_word for field_word in pairs if is_word(field_word)][:MAX_PHRASES]


def _alike(first: str, second: str) -> bool:
    """Whether the two may match at the same place."""
    parts = [[part.rstrip("*").lower() for part in word.split()] for word in (first, second)]
    return any(a.startswith(b) or b.startswith(a) for a in parts[0] for b in parts[1])


def _phrases(title: str) -> list[str]:
    """Valid phrases of the title; those of two words first, as they distinguish best."""
    ranked = sorted(
        phrases(title), key=lambda phrase: (phrase.count(" ") != 1, -len(phrase), phrase)
    )
    return [phrase for phrase in ranked if is_word(phrase)][:MAX_PHRASES]
