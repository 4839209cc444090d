"""
The features of a work: its words, the letters of its title, and how many authors the list knows.

What the rules found is no feature: people chose the words with the labels in view, so a model that
sees them trusts them too much. Training and scoring use the same functions. Nothing heavy is
imported here: a model is applied without the library that trained it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

# Raised when features or their weights mean something else: older models are trained again.
RECIPE = 5

_WORD = re.compile(r"\w\w+")
LETTERS = (3, 4, 5)


@dataclass(frozen=True, slots=True)
class Features:
    """One work: a title, an abstract where there is one, and its authors where they are known."""

    title: str
    abstract: str | None = None
    authors: tuple[str, ...] = ()

    @property
    def without_abstract(self) -> "Features":
        return Features(self.title, None, self.authors)


def words(seen: Features) -> list[str]:
    """Words and pairs of words of title and abstract; a pair never spans both."""
    found: list[str] = []
    for text in (seen.title, seen.abstract):
        terms = _WORD.findall(text.lower()) if text else []
        found += terms
        found += [f"{first} {second}" for first, second in pairwise(terms)]
    return found


def letters(seen: Features) -> list[str]:
    """Runs of letters of the title's words, ends marked: ``_qua``, ``quant``, ``bit_``."""
    found: list[str] = []
    for word in seen.title.lower().split():
        marked = f"_{word}_"
        for length in LETTERS:
            found += [marked[at : at + length] for at in range(len(marked) - length + 1)]
    return found


def names(seen: Features) -> Iterator[str]:
    """The authors' names without case, dots and blanks, so that two spellings meet."""
    for author in seen.authors:
        folded = "".join(letter for letter in author.casefold() if letter.isalnum())
        if folded:
            yield folded


def enough_authors(pool: Sequence[Features]) -> bool:
    """Whether at least half of these works name their authors; fewer would compare unlike works."""
    return 2 * sum(bool(seen.authors) for seen in pool) >= len(pool) > 0


def alike(pool: Sequence[Features]) -> list[Features]:
    """The works of a run as the model may see them: without authors where too few name them."""
    return list(pool) if enough_authors(pool) else [replace(seen, authors=()) for seen in pool]
