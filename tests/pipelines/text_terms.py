"""The terms of a text one by one, as the model means them: what counting many at once must find."""

from itertools import pairwise

from pipelines.rank.features import Features, letters_of, texts, title_words


def words(seen: Features) -> list[str]:
    """Words and pairs of words of title and abstract; a pair never spans both."""
    found: list[str] = []
    for terms in texts(seen):
        found += terms
        found += [f"{first} {second}" for first, second in pairwise(terms)]
    return found


def letters(seen: Features) -> list[str]:
    """Runs of letters of the title's words, ends marked: ``_qua``, ``quant``, ``bit_``."""
    return [run for word in title_words(seen) for run in letters_of(word)]
