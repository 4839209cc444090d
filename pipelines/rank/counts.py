"""
Which terms stand in which texts, how often, and what each then weighs: for many texts at once.

Terms are numbers here, as in ``sums``; only those that stand in several texts become strings. The
table is the one of scikit-learn's ``CountVectorizer``, in the same order, in a third of the time.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.feature_extraction.text import TfidfTransformer

from pipelines.rank.features import Features, letters_of, runs, title_words
from pipelines.rank.sums import SHORT_WORDS, TEXTS_AT_ONCE, TOO_SHORT, in_parts, number_of_each

END_OF_TEXT = 0
# A pair is this times its first word's number, and its second's.
PAIR = 1 << 31
NOTHING = np.zeros(0, dtype=np.int64)

Vector = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Counts:
    """
    How often each term stands in each text: a row a text, a column a term, by name.

    A row's columns are in the order in which all texts first say their terms.
    """

    names: list[str]
    table: sparse.csr_matrix


class Rarity(NamedTuple):
    """The terms of one kind by name, and how rare each is."""

    names: list[str]
    rarity: Vector


def weighted(counts: Counts) -> tuple[Rarity, sparse.csr_matrix]:
    """Rarer terms weigh more, a term said twice less than twice as much; rows have length 1."""
    tfidf = TfidfTransformer(sublinear_tf=True)
    table = tfidf.fit_transform(counts.table)
    return Rarity(counts.names, tfidf.idf_), table


def count_words(works: Sequence[Features], least: int, most: int) -> Counts:
    """
    Words and pairs of words of works, then of the titles of those that have an abstract.

    Only terms that stand in ``least`` rows are kept, and the ``most`` frequent of them. ValueError
    if none does.
    """
    number_of: defaultdict[str, int] = defaultdict(lambda: len(number_of) + 1)
    number_of |= dict.fromkeys(SHORT_WORDS, TOO_SHORT)
    found = [_words_in(part, number_of) for part in in_parts(works)]
    spelled = {number: word for word, number in number_of.items()}

    def name(term: int) -> str:
        first, second = divmod(term, PAIR)
        return f"{spelled[first]} {spelled[second]}" if first else spelled[second]

    return _table(found, _rows(works), name, least, most)


def count_letters(works: Sequence[Features], least: int, most: int) -> Counts:
    """The same of the runs of letters of titles."""
    number_of: defaultdict[str, int] = defaultdict(lambda: len(number_of))
    # Titles use the same words over and over.
    numbers_of: Callable[[str], list[int]] = cache(
        lambda word: [number_of[run] for run in letters_of(word)]
    )
    found = [_letters_in(part, numbers_of) for part in in_parts(works)]
    return _table(found, _rows(works), list(number_of).__getitem__, least, most)


def _rows(works: Sequence[Features]) -> list[Vector]:
    """The rows of each part: those of its works, then of those with an abstract once more."""
    bare = np.flatnonzero([bool(seen.abstract) for seen in works])
    starts = range(0, len(works), TEXTS_AT_ONCE)
    found = []
    for start in starts:
        end = min(start + TEXTS_AT_ONCE, len(works))
        again = np.arange(*np.searchsorted(bare, (start, end)))
        found.append(np.concatenate((np.arange(start, end), len(works) + again)))
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """
    What some works say: all ``terms``, rising, the place where each is said first, and how often.

    ``of`` is the place in ``terms`` of a term of a ``row``, ``count`` how often it stands there.
    """

    terms: Vector
    first: Vector
    of: Vector
    row: Vector
    count: Vector

    @classmethod
    def of_places(cls, term: Vector, row: Vector, place: Vector) -> "_Part":
        """``place`` rises with ``row``; each is another."""
        places = int(place.max(initial=-1)) + 1
        row_of = np.zeros(places, dtype=np.int64)
        row_of[place] = row
        # One number for term and place is sorted several times as fast as pairs.
        term, place = np.divmod(np.sort(term * places + place), max(1, places))
        row = row_of[place]
        is_new = np.diff(term, prepend=-1) != 0
        begins = np.flatnonzero(is_new)
        each = np.flatnonzero(is_new | (np.diff(row, prepend=-1) != 0))
        return cls(
            term[begins],
            place[begins],
            (np.cumsum(is_new)[each] - 1).astype(np.int32),
            row[each].astype(np.int32),
            np.diff(each, append=len(term)).astype(np.int32),
        )


def _words_in(works: Sequence[Features], number_of: Mapping[str, int]) -> _Part:
    words, text = _read(works, number_of.__getitem__)
    single, pairs = np.flatnonzero(words), np.flatnonzero(words[:-1] * words[1:])
    # The words of a text come first, then its pairs.
    starts = np.searchsorted(text, np.arange(2 * len(works) + 1))
    place = np.arange(len(words)) + starts[text]
    after = place + np.diff(starts)[text]
    base = len(number_of) + 1
    term = np.concatenate((words[single], words[pairs] * base + words[pairs + 1]))
    said_in = np.concatenate((text[single], text[pairs]))
    place = np.concatenate((place[single], after[pairs]))
    found = _Part.of_places(*_again(works, term, said_in // 2, place, said_in % 2 == 0))
    first, second = np.divmod(found.terms, base)
    return replace(found, terms=first * PAIR + second)


def _letters_in(works: Sequence[Features], numbers_of: Callable[[str], list[int]]) -> _Part:
    numbers: list[int] = []
    ends: list[int] = []
    for seen in works:
        for word in title_words(seen):
            numbers += numbers_of(word)
        ends.append(len(numbers))
    term, row = np.array(numbers, dtype=np.int64), number_of_each(ends)
    everywhere = np.ones(len(term), dtype=bool)
    return _Part.of_places(*_again(works, term, row, np.arange(len(term)), everywhere))


def _again(
    works: Sequence[Features], term: Vector, row: Vector, place: Vector, in_title: Vector
) -> tuple[Vector, Vector, Vector]:
    """Terms, rows and places, those in titles of works with an abstract again in later rows."""
    has = np.array([bool(seen.abstract) for seen in works], dtype=bool)
    bare = len(works) + np.cumsum(has) - 1
    again = np.flatnonzero(in_title & has[row])
    return (
        np.concatenate((term, term[again])),
        np.concatenate((row, bare[row[again]])),
        np.concatenate((place, place[again] + int(place.max(initial=-1)) + 1)),
    )


def _read(works: Sequence[Features], number: Callable[[str], int]) -> tuple[Vector, Vector]:
    """
    The words of all texts in turn, ``END_OF_TEXT`` after each, and the text that each is of.

    A work has two texts, its title and its abstract.
    """
    words: list[int] = []
    ends: list[int] = []
    for text in chain.from_iterable((seen.title, seen.abstract) for seen in works):
        if text:
            words += map(number, runs(text.lower()))
        words.append(END_OF_TEXT)
        ends.append(len(words))
    all_words, text_of = np.array(words, dtype=np.int64), number_of_each(ends)
    kept = all_words != TOO_SHORT
    return all_words[kept], text_of[kept]


def _table(
    found: Sequence[_Part],
    rows: Sequence[Vector],
    name: Callable[[int], str],
    least: int,
    most: int,
) -> Counts:
    terms = np.unique(np.concatenate([NOTHING, *(part.terms for part in found)]))
    number = [np.searchsorted(terms, part.terms) for part in found]
    stands_in, total, first = _together(found, number, len(terms))
    enough = np.flatnonzero(stands_in >= least)
    if not len(enough):
        raise ValueError(f"no word stands in {least} of the texts")
    spelled = dict(zip(enough.tolist(), map(name, terms[enough].tolist()), strict=True))
    by_name = np.array(sorted(spelled, key=spelled.__getitem__))
    if len(by_name) > most:
        by_name = by_name[np.sort((-total[by_name].astype(np.float32)).argsort()[:most])]
    column = np.full(len(terms), -1, dtype=np.int32)
    column[by_name] = np.arange(len(by_name))
    kept = [_kept(*one, column) for one in zip(found, number, rows, strict=True)]
    row, columns, count = map(np.concatenate, zip(*kept, strict=True))
    order = np.argsort(row * len(by_name) + first[by_name].argsort().argsort()[columns])
    size = sum(map(len, rows))
    ends = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=size))))
    inside = count[order], columns[order], ends.astype(np.int32)
    table = sparse.csr_matrix(inside, shape=(size, len(by_name)))
    return Counts([spelled[term] for term in by_name.tolist()], table)


def _together(
    found: Sequence[_Part], number: Sequence[Vector], terms: int
) -> tuple[Vector, Vector, Vector]:
    """In how many rows each term stands, how often in all, and where it stands first."""
    stands_in, total, first = np.zeros((3, terms), dtype=np.int64)
    # Of several parts that say a term the first is written last.
    for at, (part, term) in reversed([*enumerate(zip(found, number, strict=True))]):
        stands_in[term] += np.bincount(part.of)
        total[term] += np.bincount(part.of, part.count).astype(np.int64)
        first[term] = (at << 32) + part.first
    return stands_in, total, first


def _kept(
    part: _Part, number: Vector, rows: Vector, column: Vector
) -> tuple[Vector, Vector, Vector]:
    """The rows, columns and counts of the terms of a part that have a column."""
    columns = column[number][part.of]
    kept = np.flatnonzero(columns >= 0)
    return rows[part.row[kept]], columns[kept], part.count[kept].astype(np.float32)
