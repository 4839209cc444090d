"""What a page marks and in which order it tells the words."""

import pytest

from catalog.facts import Evidence
from output.marked_text import spans_in
from output.review.model import REASONS
from output.review.view import leading
from pipelines.tuning.labelled import OF_ORDER


@pytest.mark.parametrize(
    ("word", "text", "marked"),
    [
        ("quantiz*", "Quantization", ["Quantization"]),
        ("inference near model", "inference of a large model", ["inference", "model"]),
        ("inference near model", "model for fast inference", ["model", "inference"]),
        ("memory-efficient near train*", "memory-efficient ways of training",
         ["memory-efficient", "training"]),
        ("KV cache near prun*", "pruning of the KV cache", ["pruning", "KV cache"]),
        ("inference near model", "inference model", ["inference model"]),
    ],
)  # fmt: skip
def test_of_two_words_near_each_other_only_the_two_are_marked(word, text, marked):
    spans = spans_in([Evidence("title", word, 0, len(text))], "title", text)

    assert marked == [text[start:end] for start, end in spans]


def test_words_of_the_title_come_first_and_many_are_folded():
    words = [("a", "abstract"), ("b", "title"), *((str(n), "abstract") for n in range(6))]

    shown, folded = leading(words)

    assert ["b", "a", "0", "1", "2"] == [word for word, _ in shown]
    assert 3 == len(folded)
    assert [] == leading(words[:6])[1]


def test_the_reasons_to_reject_fit_every_list_and_teach_what_the_guide_says():
    """None names a subject; those that say nothing of the topic teach the order and no words."""
    assert not [one for one in REASONS if "language" in one or "model" in one]
    of_order = {"too incremental", "duplicate", "have better"}
    assert of_order == {one for one in REASONS if OF_ORDER.search(one)}
    assert not OF_ORDER.search("not about language models"), "as older versions have stored it"
