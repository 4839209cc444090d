"""The short way from a text to what its terms add says exactly what the long way does."""

import math
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.rank.features import Features
from pipelines.rank.terms import Terms
from tests.pipelines.text_terms import letters, words

# Words of one letter, of two, with a line below, beyond ASCII, and what stands between words.
PIECES = ["a", "KV", "kv", "caches", "caché", "größe", "_x", "low-bit", "x2", "Ⅻ", "İ", "漢字"]
BETWEEN = [" ", "  ", "-", ". ", "\n", "\x1c", "\u00a0", "\x00", "_"]
TEXTS = st.lists(st.sampled_from(PIECES + BETWEEN) | st.text(max_size=4), max_size=25).map("".join)
WORKS = st.builds(Features, TEXTS, st.none() | TEXTS)


def the_long_way(weights, terms):
    """Each known term as often as it stands, by the definition of the weights."""
    counts = {term: n for term, n in Counter(terms).items() if term in weights}
    rows = [
        [(1.0 + math.log(n) if n > 1 else 1.0) * value for value in weights[term]]
        for term, n in counts.items()
    ]
    length = math.hypot(*(row[0] for row in rows))
    return [sum(row[at] for row in rows) / length if rows else 0.0 for at in (1, 2)]


@pytest.mark.long
@given(known=st.lists(WORKS, min_size=1, max_size=3), work=WORKS)
def test_known_terms_are_those_of_the_features(known, work):
    """In the same order, and their sums are equal to the last digit."""
    for features, name in ((words, "in_words"), (letters, "in_letters")):
        vocabulary = dict.fromkeys(term for one in known for term in features(one)[::2])
        weights = {
            term: (1.0 + n / 7, (-1) ** n / (n + 3), n / 9) for n, term in enumerate(vocabulary)
        }
        terms = Terms(weights)
        found = getattr(terms, name)(work)

        assert [term for term in features(work) if term in weights] == found
        assert the_long_way(weights, features(work)) == terms.totals(found, 2)


@given(TEXTS)
def test_words_are_runs_of_two_letters_or_more(text):
    """However they are found."""
    singles = [word for word in words(Features(text)) if " " not in word]

    assert re.findall(r"\w\w+", text.lower()) == singles
