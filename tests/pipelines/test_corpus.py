"""Many texts read as one: what a word stands in is among what is said, and little else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipelines.rules.matcher import Finder
from pipelines.rules.readings import folded
from pipelines.rules.words import word
from pipelines.tuning.corpus import TextCorpus

PIECES = ("KV", "kv", "cache", "caches", "quantiz", "LLM", "C++", ".", "near", "4-bit", "é", "\n")
TEXT = st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)
WORDS = (
    "KV cache",
    "quantiz*",
    "LLM near cache",
    "C++",
    "4-bit",
    "cache",
    "kv* cache",
    ".",
    "LLM near .",
)


@pytest.mark.long
@given(st.lists(st.tuples(TEXT, TEXT), max_size=12), st.sets(st.sampled_from(WORDS), min_size=1))
@example([("KV", ""), ("cache", "")], {"KV cache"})
@example([("", ""), ("", "LLM cache"), ("", "")], {"LLM near cache"})
def test_whatever_has_a_word_may_have_it(papers, words):
    texts = [folded(*paper) for paper in papers]
    finder = Finder(words)

    having = {n for n, one in enumerate(texts) if any(finder.find(part) for part in one.values())}

    assert having <= set(TextCorpus(texts).may_have(finder.words))


def test_what_has_no_letters_of_a_word_is_not_opened():
    """Each side of ``near`` must be there; letters of two texts are no word together, nearly."""
    titles = ("KV cache", "of caches", "LLM", "an LLM of caches", "")
    gathered = TextCorpus([folded(title, None) for title in titles])

    assert [0] == gathered.may_have([word("KV cache")])
    assert [3] == gathered.may_have([word("LLM near caches")])
    assert [0, 1, 3] == gathered.may_have([word("cache")])
    assert [] == gathered.may_have([word("pruning")]) == TextCorpus(()).may_have([word("LLM")])
    assert [] == gathered.may_have([])
