"""What a changed word does: which papers, by which word, and what the labels say of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.rules import LIST_KEYS, ListRules
from config.strict import validate
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.changes import edits, taken_back, touching
from pipelines.tuning.comparison import Comparison
from pipelines.tuning.corpus import Corpus
from pipelines.tuning.examples import cases
from pipelines.tuning.labelled import Labelled, once

WORDS = ["quantiz*", "KV cache", "prun*", "cache near quantiz*", "LLM", "survey", "fast"]


def rules(*sections, **more):
    return validate(ListRules, {"list": "L", "file": "l.md", "sections": list(sections), **more})


def quantization(**keys):
    return {"name": "Quantization", "says": ["quantiz*"], **keys}


def inference(**keys):
    return {"name": "Inference", "says": ["decoding"], **keys}


def changed(before, after, *papers):
    return Comparison(before, after).effect(Corpus(papers)).changes


def paper(title, belongs=None, section=None):
    return Labelled("2401.00001", title, None, belongs, section)


CACHE = "A cache of keys"


@pytest.mark.parametrize(
    ("label", "opinion"),
    [
        ((None, None), "unlabelled"),
        ((False, None), "wrong"),
        ((True, "Inference"), "right"),
        ((True, "Quantization"), "half"),
        ((True, None), "right"),
    ],
)
def test_what_labels_say_of_a_gained_paper(label, opinion):
    before = rules(quantization(), inference())
    after = rules(quantization(), inference(says=["decoding", "cache"]))

    (one,) = changed(before, after, paper(CACHE, *label))

    assert ("gained", opinion) == (one.kind, one.opinion)
    assert "+ Inference › says: cache" == one.because


@pytest.mark.parametrize("turned", [False, True], ids=["to-says", "from-says"])
def test_a_word_that_counted_in_titles_only_counts_in_abstracts_too(turned):
    """One version does not look for it in an abstract, the other does."""
    titles = rules(quantization(), inference(), neighbours=["cache", "sky"])
    anywhere = rules(quantization(), inference(says=["decoding", "cache"]), neighbours=["sky"])
    pair = (anywhere, titles) if turned else (titles, anywhere)

    (one,) = changed(*pair, Labelled("2401.00001", "Fast models", CACHE, None, None))

    assert ("lost" if turned else "gained") == one.kind
    assert f"{'-' if turned else '+'} Inference › says: cache" == one.because


@pytest.mark.parametrize(
    ("label", "opinion"),
    [((None, None), "unlabelled"), ((False, None), "right"), ((True, "Inference"), "wrong")],
)
def test_what_labels_say_of_a_lost_paper(label, opinion):
    before = rules(quantization(), inference())
    after = rules(quantization(), inference(unless=["fast"]))

    (one,) = changed(before, after, paper("Fast decoding", *label))

    assert ("lost", opinion) == (one.kind, one.opinion)
    assert "+ Inference › unless: fast" == one.because


@pytest.mark.parametrize(
    ("label", "opinion"),
    [((None, None), "unlabelled"), ((True, "Inference"), "right"), ((True, "Other"), "wrong")],
)
def test_what_labels_say_of_a_moved_paper(label, opinion):
    before = rules(quantization(), inference())
    after = rules(quantization(), inference(over=["Quantization"]))

    (one,) = changed(before, after, paper("Quantized decoding", *label))

    assert ("moved", opinion) == (one.kind, one.opinion)
    assert "+ Inference › over: Quantization" == one.because


def test_a_word_that_is_not_in_the_paper_is_not_named():
    before = rules(quantization(), inference())
    after = rules(quantization(says=["quantiz*", "bits"]), inference(says=["decoding", "cache"]))

    (one,) = changed(before, after, paper(CACHE))

    assert ["cache"] == [edit.word for edit in one.edits]


def test_a_word_for_titles_is_not_named_for_an_abstract():
    before, after = rules(quantization()), rules(quantization(not_in_title=["fast"], says=["bits"]))

    (one,) = changed(before, after, Labelled("1", "Quantized models", "They are fast."))

    assert ["quantiz*"] == [edit.word for edit in one.edits]


def test_edits_are_told_in_the_order_of_the_files():
    before = rules(quantization(), inference(), about=["LLM"])
    after = rules(inference(says=["decoding", "cache"]), quantization(), about=["LLM", "GPT"])

    assert [
        "+ about: GPT",
        "+ Inference › says: cache",
        "~ sections: in another order",
    ] == [str(edit) for edit in edits(before, after)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (rules(quantization()), rules(quantization(beside=["fast"]))),
        (rules(quantization()), rules(quantization(), about=["LLM"])),
        (rules(quantization(), inference()), rules(inference(), quantization())),
        (rules(quantization(), inference()), rules(quantization(over=["Inference"]), inference())),
    ],
    ids=["first-beside", "first-about", "order", "over"],
)
def test_some_edits_may_touch_any_paper(before, after):
    assert touching(before, after) is None


some = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
keys = st.dictionaries(st.sampled_from(["in_title", "hints", "beside", "unless"]), some)
sections = st.tuples(keys, keys).map(
    lambda two: [{"name": f"S{n}", "says": ["decoding"], **keys} for n, keys in enumerate(two)]
)
whole = st.fixed_dictionaries({}, optional=dict.fromkeys(LIST_KEYS, some))
texts = st.lists(st.sampled_from([*WORDS, "decoding", "quantized", "pruning", "of"]), max_size=6)


@pytest.mark.long
@given(sections, whole, sections, whole, st.lists(st.tuples(texts, texts), max_size=5))
@settings(max_examples=150, deadline=None)
def test_judging_only_the_touched_papers_is_judging_all(one, said, other, saying, pairs):
    """Papers that are not read again would have been judged as before."""
    before, after = rules(*one, **said), rules(*other, **saying)
    papers = [Labelled(None, " ".join(title), " ".join(abstract)) for title, abstract in pairs]
    compared, corpus = Comparison(before, after), Corpus(papers)

    quick = compared.effect(corpus).after

    for got, whole in zip(quick, corpus.judge(compared.new, "L"), strict=True):
        assert (got.section, got.score, got.runner_up) == (
            whole.section,
            whole.score,
            whole.runner_up,
        )
        assert set(got.evidence) == set(whole.evidence)


def test_what_was_judged_before_is_used_again():
    """A page that shows what each word would do judges its papers once."""
    before, after = rules(quantization()), rules(quantization(says=["quantiz*", "bits"]))
    corpus, compared = Corpus([paper("Few bits"), paper("Quantized")]), Comparison(before, after)

    known = corpus.judge(compared.old, "L")

    assert compared.effect(corpus, known) == compared.effect(corpus)


EVICTION = "KV Cache Eviction for Quantized Models"


def test_a_word_that_stands_in_the_paper_and_did_nothing_is_not_named():
    """Both are found; the paper would have moved without the first."""
    inference_ = inference(says=["evict*"])
    before = rules(quantization(over=["Inference"]), inference_)
    after = rules(
        quantization(
            over=["Inference"],
            says=["quantiz*", "KV cache near quantiz*"],
            not_in_title=["KV cache evict*"],
        ),
        inference_,
    )

    (one,) = changed(before, after, paper(EVICTION))

    assert ("Quantization", "Inference") == (one.before.section, one.after.section)
    assert "+ Quantization › not_in_title: KV cache evict*" == one.because


def test_where_no_single_word_did_it_as_few_as_did_are_named():
    before = rules(quantization(), inference())
    after = rules(
        quantization(hints=["study"]), inference(says=["decoding", "cache", "keys"], hints=["of"])
    )

    (one,) = changed(before, after, paper(CACHE))

    assert ["cache", "keys"] == [edit.word for edit in one.edits]


def test_a_first_word_of_beside_acts_where_it_is_missing():
    before = rules({"name": "Survey", "in_title": ["survey"], "hints": ["bread"]})
    after = rules({"name": "Survey", "in_title": ["survey"], "beside": ["LLM"]})

    (one,) = changed(before, after, paper("A survey of cakes"))

    assert "+ Survey › beside: LLM" == one.because


def test_what_went_with_its_whole_section_is_named():
    before, after = (
        rules(quantization(), inference()),
        rules(quantization(says=["quantiz*", "bits"])),
    )

    (one,) = changed(before, after, paper("Decoding"))

    assert "- Inference › says: decoding" == one.because


def test_sections_in_another_order_are_named():
    before = rules(quantization(), inference(says=["decoding", "bits"]))
    after = rules(inference(), quantization())

    (one,) = changed(before, after, paper("Quantized decoding"))

    assert "~ sections: in another order" == one.because


@pytest.mark.long
@given(sections, whole, sections, whole, st.lists(st.tuples(texts, texts), max_size=4))
@settings(max_examples=60, deadline=None)
def test_without_the_words_that_are_named_it_would_be_judged_otherwise(
    one, said, other, saying, pairs
):
    before, after = rules(*one, **said), rules(*other, **saying)
    papers = [Labelled(None, " ".join(title), " ".join(abstract)) for title, abstract in pairs]

    for change in changed(before, after, *papers):
        back = compile_rules([taken_back(before, after, change.edits)])
        judged = back.judge("L", change.paper.title, change.paper.abstract).section
        alone = {
            compile_rules([taken_back(before, after, [edit])])
            .judge("L", change.paper.title, change.paper.abstract)
            .section
            for edit in change.edits
        }
        assert change.edits
        assert judged != change.after.section or change.after.section not in alone


def told(before, after):
    return {(case.how, case.new, case.title) for case in cases(Comparison(before, after))}


def test_what_became_of_examples_and_lookalikes():
    """Broken, failing as before, and what is new, with its verdict before and now."""
    before = rules(
        quantization(examples=["Quantized models", "Cache", "Bread"]),
        inference(lookalikes=["Quantized cakes"]),
    )
    after = rules(
        quantization(
            says=["quantiz*", "cache"],
            unless=["models"],
            examples=["Quantized models", "Cache", "Bread", "A cache", "Rolls", "Quantized"],
        ),
        inference(lookalikes=["Quantized cakes", "A cache of keys"]),
    )

    assert {
        ("broken", False, "Quantized models"),
        ("mended", False, "Cache"),
        ("failing", False, "Bread"),
        ("mended", True, "A cache"),
        ("failing", True, "Rolls"),
        ("holds", True, "Quantized"),
        ("holds", True, "A cache of keys"),
    } == told(before, after)


def test_a_new_example_says_where_it_was_and_is():
    before = rules(quantization(), inference())
    after = rules(quantization(), inference(says=["cache"], examples=[CACHE]))

    (one,) = cases(Comparison(before, after))

    assert (None, "Inference") == (one.before, one.after)
    assert str(one).endswith(
        'Inference › examples: "A cache of keys" (not in the list → Inference)'
    )


def test_an_example_that_was_taken_out_is_told():
    before = rules(quantization(examples=["Quantized models"]))
    after = rules(quantization(unless=["models"]))

    (one,) = cases(Comparison(before, after))

    assert ("removed", True, None) == (one.how, one.held, one.after)


def test_each_paper_once():
    first, second = paper("A", belongs=True), paper("A", belongs=False)

    assert [first, Labelled(None, "B"), Labelled(None, "B")] == once(
        [first, Labelled(None, "B"), second, Labelled(None, "B")]
    )
