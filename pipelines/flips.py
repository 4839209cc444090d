"""The smallest changes of words that would put a text elsewhere, each tried before it is told."""

from collections.abc import Iterator
from dataclasses import dataclass

from config.edit_words import Change
from config.mistakes import Wrong
from config.rules import ListRules, Section
from config.words import check_word
from pipelines.fit import Fit, folded
from pipelines.phrases import phrases
from pipelines.trial import VETOES, Trial

# Phrases of the title that are tried under a key.
MOST_PHRASES = 12


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes, and the section that the text would get by them."""

    changes: tuple[Change, ...]
    section: str

    def __str__(self) -> str:
        if all(not one.add for one in self.changes):
            words = ", ".join(f"`{one.key}: {one.word}`" for one in self.changes)
            return f"without {words} it would be proposed for {self.section}"
        *first, last = self.changes
        moved = next(
            (one for one in first if (one.word, one.section) == (last.word, last.section)), 0
        )
        told = [str(one) for one in self.changes]
        if isinstance(moved, Change):
            told[-2:] = [f"move `{last.word}` from {moved.key} to {last.key} of {last.section}"]
        return f"{' and '.join(told)}: it would be proposed for {self.section}"


def flips(rules: ListRules, title: str, abstract: str | None) -> tuple[Flip, ...]:
    """Changes that would bring the text into the list, or into the next best section."""
    words = _phrases(title)
    trial = Trial(rules, [folded(title, abstract)], words)
    now = trial.now[0]
    found: list[Flip] = []
    for target in _targets(trial, now):
        section = next(one for one in rules.sections if one.name == target.name)
        base = _vetoes(rules, section, trial, target)
        for options in _ways(trial, section, target, words):
            found += _first_that_helps(trial, base, options)
            if found and found[0].changes == base:
                break  # nothing more is needed
    return tuple(found)


def suggested_word(title: str) -> str:
    """A word of a title that speaks for no section yet; empty where it has none."""
    return next(iter(_phrases(title)), "")


def _first_that_helps(
    trial: Trial, base: tuple[Change, ...], options: list[tuple[Change, ...]]
) -> list[Flip]:
    for changes in options:
        after = trial.with_changes([*base, *changes])[0]
        if after not in (None, trial.now[0]):
            return [Flip((*base, *changes), after)]
    return []


def _targets(trial: Trial, now: str | None) -> list[Fit]:
    """The nearest section that does not have the text."""
    others = [fit for fit in trial.placed(0).fits if fit.name != now]
    return sorted(others, key=lambda fit: (not fit.fits, -fit.points))[:1]


def _vetoes(rules: ListRules, section: Section, trial: Trial, fit: Fit) -> tuple[Change, ...]:
    """All words that stand in the way: of the whole list, and of this section."""
    made = []
    for name, holder, words in (
        (None, rules, trial.vetoes(0)),
        (section.name, section, trial.words(fit.vetoes)),
    ):
        for key in VETOES:
            there = [word for word in getattr(holder, key) if word in words]
            made += [Change(name, key, word, add=False) for word in there]
    return tuple(made)


def _ways(
    trial: Trial, section: Section, fit: Fit, words: list[str]
) -> Iterator[list[tuple[Change, ...]]]:
    """Kinds of changes, the smallest first; of each kind the first that does it is told."""
    yield [()]
    if not trial.speaks(0):
        yield [(Change(None, "about", word),) for word in words]
        return
    weak = trial.words(fit.weak)
    yield [
        (Change(section.name, key, word, add=False), Change(section.name, "says", word))
        for key in ("hints", "in_title")
        for word in getattr(section, key)
        if word in weak
    ]
    if not fit.backed:
        yield [(Change(section.name, "beside", word),) for word in words if word not in weak]
    own = {word for _, _, word in section.words}
    yield [(Change(section.name, "says", word),) for word in words if word not in own]


def _phrases(title: str) -> list[str]:
    """Phrases of the title that may be words of the rules: of two words first, they tell most."""
    found = sorted(phrases(title), key=lambda one: (one.count(" ") != 1, -len(one), one))
    return [one for one in found if _allowed(one)][:MOST_PHRASES]


def _allowed(phrase: str) -> bool:
    try:
        check_word(phrase)
    except Wrong:
        return False
    return True
