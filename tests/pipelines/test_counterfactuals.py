"""What would put a text elsewhere: told only where it is so."""

import pytest

from config.rules import ListRules
from config.rules_editor import changed
from config.strict import validate
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.counterfactuals import counterfactuals

RULES = validate(
    ListRules,
    {
        "list": "X",
        "file": "x.md",
        "about": ["LLM"],
        "unless": ["quantum"],
        "sections": [
            {"name": "Quantization", "in_title": ["quantiz*"], "not_in_title": ["image*"]},
            {"name": "Pruning", "says": ["prun*"], "hints": ["sparsity"]},
            {"name": "Inference", "in_title": ["serving"], "beside": ["faster"]},
        ],
    },
)

CASES = {
    "kept out of the list": (
        "Quantizing LLMs for quantum states",
        ["without `unless: quantum` it would be proposed for Quantization"],
    ),
    "kept out of its section": (
        "Quantizing LLMs of images",
        ["without `not_in_title: image*` it would be proposed for Quantization"],
    ),
    "not of the field": (
        "Quantizing networks",
        ["add `quantizing networks` to about of the whole list: it would be proposed for Quanti"],
    ),
    "a hint alone": (
        "Sparsity of LLMs",
        ["move `sparsity` from hints to says of Pruning: it would be proposed for Pruning"],
    ),
    "nothing beside": ("LLM serving halls", ["move `serving` from in_title", "to beside of Infer"]),
    "the runner-up": ("Quantizing and pruning LLMs", ["move `quantiz*`"]),
    "nothing at all": ("Cooking with LLMs", []),
    "clear": ("Pruning LLMs", []),
}

OVER = validate(
    ListRules,
    {
        "list": "X",
        "file": "x.md",
        "about": ["LLM", "KV cache"],
        "sections": [
            {"name": "Quantization", "in_title": ["quantiz*"], "over": ["Inference"]},
            {
                "name": "Inference",
                "says": ["KV cache evict*", "long memory"],
                "in_title": ["evict*", "serving"],
            },
            {"name": "Pruning", "hints": ["sparsity", "magnitude"]},
        ],
    },
)


@pytest.mark.parametrize(
    ("title", "abstract", "told"),
    [
        (
            "KV cache eviction for quantized LLMs",
            None,
            "add `KV cache evict*` to not_in_title of Quantization",
        ),
        (
            "Serving quantized LLMs with a KV cache",
            None,
            "add `KV cache near serving` to not_in_title of Quantization",
        ),
        ("Serving quantized things", "Of LLM.", "add `serving` to not_in_title of Quantization"),
        ("Quantized LLMs", "Has long memory.", "add `long memory` to unless of Quantization"),
    ],
    ids=["its-own-words", "a-pair", "one-word", "in-the-abstract"],
)
def test_where_over_decides_the_other_section_can_leave_it(title, abstract, told):
    (flip,) = counterfactuals(OVER, title, abstract)

    assert f"{told}: it would be proposed for Inference" == str(flip)
    after = compile_rules([changed(OVER, flip.changes)])
    assert "Inference" == after.judge("X", title, abstract).section


def test_a_pair_of_a_field_word_and_a_section_word_is_told_before_other_phrases():
    title = "Wide horizons: magnitude of the KV cache in LLMs"

    told = [str(flip) for flip in counterfactuals(OVER, title, None)]

    assert "add `KV cache near magnitude` to says of Pruning: it would be proposed" in told[-1]


@pytest.mark.parametrize(("title", "told"), CASES.values(), ids=CASES.keys())
def test_what_would_change_the_verdict(title, told):
    found = counterfactuals(RULES, title, None)

    for words, flip in zip(told, found, strict=False):
        assert words in str(flip)
    assert len(found) >= len(told)
    assert bool(found) == bool(told)


@pytest.mark.parametrize("title", [title for title, _ in CASES.values()])
def test_each_is_so(title):
    for flip in counterfactuals(RULES, title, None):
        after = compile_rules([changed(RULES, flip.changes)])

        assert flip.section == after.judge("X", title, None).section
