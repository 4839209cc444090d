"""Changes of words that labelled papers speak for, judged as if they were made."""

from datetime import date

import pytest

from config.rules import ListRules
from config.rules_editor import WordChange, changed
from config.strict import validate
from pipelines.rules.readings import folded
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.suggest import suggest
from pipelines.tuning.what_if import WhatIf

RULES = validate(
    ListRules,
    {
        "list": "X",
        "file": "x.md",
        "about": ["LLM"],
        "unless": ["quantum"],
        "sections": [
            {
                "name": "Quantization",
                "says": ["quantiz*", "rounding"],
                "in_title": ["bits"],
                "examples": ["Quantized LLMs"],
                "lookalikes": ["Trellises of LLMs in gardens"],
            },
            {"name": "Pruning", "says": ["prun*"], "not_in_title": ["trees"]},
        ],
    },
)


def paper(title, section=None, belongs=None, number=None):
    belongs = section is not None if belongs is None else belongs
    return Labelled(str(number or title), title, None, belongs, section)


def of(month, title, section=None):
    """A paper of a month of 2024, by its id."""
    of.number = getattr(of, "number", 0) + 1
    belongs = section is not None
    return Labelled(f"24{month:02}.{of.number:05}", title, None, belongs, section)


def best(papers, pool=(), **more):
    return suggest(RULES, papers, pool, most=5, **more)


def test_a_word_of_what_was_missed_is_found():
    papers = [
        paper("Sparsity of LLMs", "Pruning"),
        paper("LLMs and their sparsity", "Pruning"),
        paper("Less sparsity for LLMs", "Pruning"),
        paper("Cooking with LLMs", belongs=False),
    ]

    first, *_ = best(papers).suggestions

    assert ("Pruning", "sparsity", True) == (
        first.change.section,
        first.change.word,
        first.change.add,
    )
    assert (0, 1, 2) == first.effect.found
    assert 0 == first.effect.cost


def test_what_keeps_papers_out_is_taken_away():
    papers = [
        paper(f"{how} LLMs like quantum states", "Quantization", number=how)
        for how in ("Quantized", "Quantizing", "Quantization of")
    ]

    assert WordChange(None, "unless", "quantum", add=False) in [
        one.change for one in best(papers).suggestions
    ]


def test_a_word_that_the_list_must_say_is_suggested():
    titles = ("Pruning transformers", "Pruned transformers", "To prune transformers")
    papers = [paper(title, "Pruning") for title in titles]

    first, *_ = best(papers).suggestions

    assert (None, "about") == (first.change.section, first.change.key)
    assert 3 == len(first.effect.found)


def test_what_was_rejected_is_kept_out_without_losing_a_paper():
    papers = [
        paper("Rounding LLMs in hospitals", belongs=False),
        paper("Rounding of LLMs for hospitals", belongs=False),
        paper("Hospitals are rounding LLMs", belongs=False),
        paper("Rounding LLMs", "Quantization"),
    ]

    first, *_ = best(papers).suggestions

    assert ("not_in_title", "hospitals") == (first.change.key, first.change.word)
    assert (3, 0) == (len(first.effect.kept_out), first.effect.cost)


SPARSE = ("Sparsity of LLMs", "LLMs and their sparsity", "Less sparsity for LLMs")


# So that "LLMs" alone is no word of Pruning.
OTHERS = [of(1, f"Cooking, less of it, with their LLMs {number}") for number in range(4)]


@pytest.mark.parametrize(
    ("months", "suggested"),
    [((1, 2, 4), True), ((1, 2, 3), False), ((1, 4), False)],
    ids=["three papers of two quarters", "of one quarter", "two papers"],
)
def test_a_word_needs_three_papers_of_two_quarters(months, suggested):
    papers = [of(month, title, "Pruning") for month, title in zip(months, SPARSE, strict=False)]
    papers += OTHERS

    words = {one.change.word for one in best(papers).suggestions}

    assert suggested is ("sparsity" in words)


def _with_young(*young):
    """Sparsity speaks for Pruning in old papers; then these came."""
    old = [of(month, title, "Pruning") for month, title in zip((1, 2, 4), SPARSE, strict=True)]
    rest = [of(5, f"Pruning LLMs {number}", "Pruning") for number in range(17)]
    later = [of(9, f"Pruned LLMs {number}", "Pruning") for number in range(4)]
    return [*old, *OTHERS, *rest, *later, *young]


@pytest.mark.parametrize(
    ("right", "wrong", "suggested"), [(0, 0, True), (1, 2, True), (1, 3, False), (0, 1, False)]
)
def test_what_younger_papers_contradict_is_left_out(right, wrong, suggested):
    """At most two wrong ones for a right one; their labels are not learned from."""
    young = [of(10, f"Sparsity of LLMs, part {n}", "Pruning") for n in range(right)]
    young += [of(10, f"Sparsity of LLMs on Mars {n}") for n in range(wrong)]

    made = best(_with_young(*young), section="Pruning")

    found = [one for one in made.suggestions if one.change.word == "sparsity"]
    assert suggested is bool(found)
    assert date(2024, 9, 1) == made.cut
    assert 4 + right + wrong == made.fresh
    if found:
        assert (right, wrong) == (found[0].fresh.right, found[0].fresh.wrong)
        assert 3 == len(found[0].effect.found)


def test_a_label_after_the_cut_teaches_no_word():
    """Three young papers speak for a word, and none before them."""
    young = [of(month, f"Zebras for LLMs {month}", "Pruning") for month in (9, 10, 11)]

    made = best(_with_young(*young), section="Pruning")

    assert "zebra" not in " ".join(one.change.word for one in made.suggestions).lower()


def test_what_breaks_a_lookalike_is_not_suggested():
    papers = [paper(f"Trellises for LLMs {n}", "Quantization") for n in range(3)]

    words = {one.change.word for one in best(papers).suggestions}

    assert "trellises" not in {word.lower() for word in words}


def test_the_pool_is_a_cost():
    papers = [paper(title, "Pruning") for title in SPARSE]
    pool = [Labelled(str(n), f"LLM sparsity {n}") for n in range(40)]

    for one in best(papers, pool).suggestions:
        assert not one.effect.looks


def test_all_changes_may_be_made_together():
    """What is counted afterwards is what the changed rules do."""
    papers = [
        *(paper(title, "Pruning") for title in SPARSE),
        *(paper(f"Pruning of decision trees by LLMs {n}", "Pruning") for n in range(3)),
        *(paper(f"Rounding LLMs in hospitals {n}", belongs=False) for n in range(3)),
    ]

    made = best(papers)
    after = compile_rules([changed(RULES, [one.change for one in made.suggestions])])
    now = [after.judge("X", one.title, None).section for one in papers]

    assert made.after == (
        sum(section is not None for section in now[:6]),
        sum(section is not None for section in now),
        sum(now[n] == papers[n].section for n in range(6)),
    )
    assert (6, 6, 6) == made.after


@pytest.mark.parametrize(
    ("papers", "why"),
    [
        ([], "no paper is labelled"),
        ([paper("Pruning LLMs", "Pruning")], "are judged correctly"),
        ([paper("of the", "Pruning")], "costs more than it gains"),
    ],
)
def test_nothing_has_a_reason(papers, why):
    made = best(papers)

    assert () == made.suggestions
    assert why in made.why_none or not papers[0:1]


def test_only_words_of_one_section():
    papers = [paper(title, "Pruning") for title in SPARSE]
    papers += [paper(f"Trellis LLMs {number}", "Quantization") for number in range(3)]

    made = best(papers, section="Pruning")

    assert {"Pruning"} == {one.change.section for one in made.suggestions}


@pytest.mark.parametrize("key", ["says", "in_title", "hints", "beside", "unless", "not_in_title"])
@pytest.mark.parametrize("add", [True, False], ids=["add", "remove"])
def test_a_trial_judges_as_the_rules_do(key, add):
    """Also what is not judged again is where the changed rules put it."""
    words = ["bits", "rounding", "trees", "quantiz*"]
    titles = [
        "Bits of LLMs",
        "LLM rounding",
        "Pruning bits of LLMs",
        "Trees",
        "Quantized LLM trees",
    ]
    texts = [(title, abstract) for title in titles for abstract in ("", *titles)]
    trial = WhatIf(RULES, [folded(*text) for text in texts], words)
    for word in words:
        for section in ("Quantization", "Pruning"):
            there = getattr(next(s for s in RULES.sections if s.name == section), key)
            if (word in there) == add or (not add and len(there) == 1) or (add and key == "beside"):
                continue
            change = WordChange(section, key, word, add=add)
            ruleset = compile_rules([changed(RULES, [change])])

            expected = [ruleset.judge("X", *text).section for text in texts]

            moved = trial.what_if(change)
            assert expected == [moved.get(n, trial.now[n]) for n in range(len(texts))], change


@pytest.mark.parametrize("key", ["unless", "not_in_title"])
def test_a_trial_keeps_out_of_the_whole_list_as_the_rules_do(key):
    """All texts are judged again here, and after the change was taken for good."""
    texts = [(title, "Trees of LLMs") for title in ("Bits of LLMs", "LLM trees", "Pruning LLMs")]
    trial = WhatIf(RULES, [folded(*text) for text in texts], ["trees"])
    change = WordChange(None, key, "trees", add=True)
    ruleset = compile_rules([changed(RULES, [change])])
    expected = [ruleset.judge("X", *text).section for text in texts]

    assert expected == trial.with_changes([change])
    trial.accept(change)
    assert expected == [trial.now[n] for n in range(len(texts))]
    assert "trees" == getattr(trial.rules, key)[-1]
