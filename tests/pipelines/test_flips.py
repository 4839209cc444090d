"""What would put a text elsewhere: told only where it is so."""

import pytest

from config.edit_words import changed
from config.rules import ListRules
from pipelines.flips import flips
from pipelines.rules import compile_rules

RULES = ListRules.model_validate(
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
    }
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


@pytest.mark.parametrize(("title", "told"), CASES.values(), ids=CASES.keys())
def test_what_would_change_the_verdict(title, told):
    found = flips(RULES, title, None)

    for words, flip in zip(told, found, strict=False):
        assert words in str(flip)
    assert len(found) >= len(told)
    assert bool(found) == bool(told)


@pytest.mark.parametrize("title", [title for title, _ in CASES.values()])
def test_each_is_so(title):
    for flip in flips(RULES, title, None):
        after = compile_rules([changed(RULES, flip.changes)])

        assert flip.section == after.judge("X", title, None).section
