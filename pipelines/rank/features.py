"""
The features of a work: its words, the letters of its title, and how many authors the list knows.

What the rules found is no feature: people chose the words with the labels in view, so a model that
sees them trusts them too much. Training and scoring use the same functions. Nothing heavy is
imported here: a model is applied without the library that trained it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

# Raised when features or their weights mean something else: older models are trained again.
RECIPE = 6

_WORD = re.compile(r"\w\w+")
# The plain characters, with a blank for each that is in no word.
_APART = re.sub(r"\W", " ", "".join(map(chr, range(128))))
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


def texts(seen: Features) -> list[list[str]]:
    """The words of the title, and those of an abstract."""
    return [_words_of(text.lower()) for text in (seen.title, seen.abstract) if text]


def _words_of(text: str) -> list[str]:
    return [word for word in runs(text) if len(word) > 1]


def runs(text: str) -> list[str]:
    """What ``_WORD`` finds, and of plain texts also what stands alone: those need no search."""
    return text.translate(_APART).split() if text.isascii() else _WORD.findall(text)


def title_words(seen: Features) -> list[str]:
    """What stands between blanks in the title."""
    return seen.title.lower().split()


def letters_of(word: str) -> list[str]:
    """Runs of letters of one word."""
    marked = f"_{word}_"
    return [
        marked[at : at + length] for length in LETTERS for at in range(len(marked) - length + 1)
    ]


def names(seen: Features) -> Iterator[str]:
    """The authors' names without case, dots and blanks, so that two spellings meet."""
    yield from filter(None, map(_folded, seen.authors))


@lru_cache(1 << 14)
def _folded(author: str) -> str:
    return "".join(filter(str.isalnum, author.casefold()))


def enough_authors(pool: Sequence[Features]) -> bool:
    """Whether at least half of these works name their authors; fewer would compare unlike works."""
    return 2 * sum(bool(seen.authors) for seen in pool) >= len(pool) > 0


def alike(pool: Sequence[Features]) -> list[Features]:
    """The works of a run as the model may see them: without authors where too few name them."""
    return list(pool) if enough_authors(pool) else [replace(seen, authors=()) for seen in pool]
