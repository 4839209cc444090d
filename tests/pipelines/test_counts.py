"""Counting terms of many texts at once: the table that scikit-learn makes one by one."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer

from pipelines.rank.counts import count_letters, count_words
from pipelines.rank.features import Features
from tests.pipelines.text_terms import letters, words

ODD = (
    Features("", "x ab é naïve naïve ab x ab"),
    Features("Ünï a b", "naïve naïve q ab"),
    Features("a"),
    Features("Pruning, again and again: pruning", ""),
)


@pytest.fixture(scope="module")
def works():
    """Texts of a small vocabulary, one in three without an abstract."""
    words_of = np.random.default_rng(3)
    terms = [f"{base}{n}" for base in ("prun", "quant", "é", "Low-Rank ") for n in range(60)]

    def text(size):
        return " ".join(words_of.choice(terms, size))

    many = [Features(text(6), text(40) if n % 3 else None) for n in range(1_100)]
    return [*many[:550], *ODD, *many[550:]]


@pytest.mark.parametrize(("count", "analyzer"), [(count_words, words), (count_letters, letters)])
@pytest.mark.parametrize("most", [100_000, 100])
def test_the_table_is_that_of_counting_one_by_one(works, count, analyzer, most):
    one_by_one = CountVectorizer(analyzer=analyzer, min_df=2, max_features=most, dtype=np.float32)
    expected = one_by_one.fit_transform(works + [w.without_abstract for w in works if w.abstract])
    found = count(works, 2, most)
    assert found.names == one_by_one.get_feature_names_out().tolist()
    assert found.table.shape == expected.shape
    for part in ("data", "indices", "indptr"):
        ours, theirs = getattr(found.table, part), getattr(expected, part)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)


@pytest.mark.parametrize("count", [count_words, count_letters])
@pytest.mark.parametrize("works", [[], [Features("Pruning"), Features("quantum")]])
def test_texts_without_a_common_term_teach_nothing(count, works):
    with pytest.raises(ValueError, match="no word stands in 2 of the texts"):
        count(works, 2, 100)
