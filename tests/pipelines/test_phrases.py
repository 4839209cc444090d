"""Which phrases tell one group of titles from others, and that each is a word of the rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import check_word
from pipelines.rules.fold import fold
from pipelines.rules.words import word
from pipelines.tuning.phrases import covering, key_phrases, keyness, phrases

SOUP = [
    "Sparse",
    "LLMs",
    "KV-cache",
    "low‑bit",
    "N:M",
    "near",
    "on-device",
    "a",
    "café",
    "$L_2$",
    "1.58",
    "\\textbf{-bit}",
    "*",
    "#",
    "-",
    "GPT-4o",
    "of",
    "βeta",
    "&amp;",
    "(x)",
    "Q*",
    "models",
]


def found(text, phrase):
    return bool(word(phrase).spans(fold(text).text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Low-Bit LLMs", {"low-bit", "LLMs", "low-bit LLMs"}),
        ("A Survey of the", {"survey"}),
        ("KV Cache", {"KV", "cache", "KV cache"}),
        ("On-Device LoRA", {"on-device", "LoRA", "on-device LoRA"}),
        ("ATTENTION IS ALL YOU NEED", {"attention"}),
        ("Pruning: Sparse", {"pruning", "sparse"}),
        ("sparse near dense", {"sparse", "dense"}),
        ("2 x 3", set()),
        ("注意 é", set()),
    ],
    ids=["hyphen", "stop-words", "capitals", "stop-word-in-word", "shouted", "no-phrase-over-colon",
         "near-is-the-rules-own", "single-signs", "other-letters"],
)  # fmt: skip
def test_phrases_of_a_text(text, expected):
    assert expected == phrases(text)


@pytest.mark.long
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(SOUP)).map(" ".join)))
def test_every_phrase_is_a_word_that_finds_its_text(text):
    for phrase in phrases(text):
        assert phrase == check_word(phrase)
        assert found(text, phrase), phrase


@pytest.mark.long
@given(st.lists(st.lists(st.sampled_from(SOUP), max_size=6).map(" ".join), max_size=8))
def test_counts_are_what_the_rules_find(titles):
    """Also of plurals and of words with a star: each finds the texts it names."""
    ranked = key_phrases({"here": titles}, ["Sparse models", "sparsity"], fewest=1)

    for one in ranked["here"]:
        assert one.word == check_word(one.word)
        assert all(found(titles[number], one.word) for number in one.texts), one
        assert one.inside == len(one.texts)


def test_a_group_is_told_from_the_others():
    """What all say tells nothing, what one paper says is left out, plurals and families join."""
    ranked = key_phrases(
        {
            "Quantization": ["Quantizing Language Models", "Quantization of a Language Model",
                             "Language Models, Quantized"],
            "Pruning": ["Pruning Language Models", "A Pruned Language Model"],
        },
        ["A Language Model Called Zebra"],
    )  # fmt: skip

    best = ranked["Quantization"][0]
    assert ("quantiz*", 3, 0, (0, 1, 2)) == (best.word, best.inside, best.outside, best.texts)
    assert "prun*" == ranked["Pruning"][0].word
    everywhere = next(one for one in ranked["Pruning"] if one.word == "language model")
    assert (2, 4, 0.0) == (everywhere.inside, everywhere.outside, everywhere.keyness)
    assert not any("zebra" in one.word for group in ranked.values() for one in group)


def test_a_piece_of_a_word_is_no_word():
    """ "rank" of low-rank stands alone only where some title says so by itself."""
    ranked = key_phrases({"a": ["Low-Rank Training", "Low-Rank Tuning"], "b": ["Something"]})

    assert "low-rank" in [one.word for one in ranked["a"]]
    assert "rank" not in [one.word for one in ranked["a"]]


def test_phrases_that_add_nothing_are_left_out():
    ranked = key_phrases(
        {"a": ["Knowledge Distillation", "Distillation", "Distillation"], "b": ["Else"]}
    )

    assert ["distillation"] == [one.word for one in covering(ranked["a"], 5)]


def test_more_texts_make_surer():
    assert keyness(20, 40, 1, 200) > keyness(2, 40, 0, 200) > 0
    assert keyness(1, 40, 100, 200) < 0
    assert 0 == keyness(5, 5, 0, 0)


def test_the_same_texts_give_the_same_phrases_in_the_same_order():
    titles = {"a": ["Sparse Attention", "Linear Attention"], "b": ["Linear Sparse Models"]}

    assert key_phrases(titles) == key_phrases(dict(reversed(titles.items())))
