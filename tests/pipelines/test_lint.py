"""Words and sections that do nothing are named, with their line and what stands in their way."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from config.rules import KEYS, load_list
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.lint.hints import (
    MIN_POOL_PAPERS,
    MIN_POOL_PAPERS_FOR_UNUSED,
    lint_pool,
    lint_words,
)

RULES = Path(__file__).parents[2] / "config" / "lists" / "efficient-llm.yaml"


@pytest.fixture
def rules(tmp_path):
    def write(*lines, whole=()):
        path = tmp_path / "list.yaml"
        head = ["list: X", "file: x.md", *whole, "sections:", "  - name: Quantization"]
        path.write_text("".join(f"{line}\n" for line in [*head, *(f"    {x}" for x in lines)]))
        return load_list(path)

    return write


def said(found):
    return [(one.kind, one.line, one.word) for one in found]


SHADOWED = {
    "an ending": "[quantiz*, quantization]",
    "a part": "[quantization, low-bit quantization]",
    "a plural": "[quantization, quantizations]",
    "near": "[quantization, bits near quantization]",
    "near and near": "[bit near weights, low-bit near weights]",
    "turned round": "[bits near weights, weights near bits]",
    "another spelling": "[low-bit, low bit]",
    "capitals": "[llm, LLM inference]",
}


@pytest.mark.parametrize("words", SHADOWED.values(), ids=SHADOWED.keys())
def test_a_word_that_another_always_goes_with_is_not_needed(rules, words):
    made = rules(f"says: {words}")

    (found,) = lint_words(made)

    assert ("shadowed", made.sections[0].says[1]) == (found.kind, found.word)
    assert f'says has "{made.sections[0].says[0]}", which is found wherever it is' in found.matter
    assert f"{made.path}:5: Quantization › says: " in str(found)


NEEDED = [
    "[quantization, quantiz]",
    "[low-bit quantization, quantization near bits]",
    "[LLM, llm inference]",
    "[bits near weights, bits of]",
    "[pruned, prune]",
]


@pytest.mark.parametrize("words", NEEDED)
def test_a_word_that_finds_more_is_needed(rules, words):
    assert [] == list(lint_words(rules(f"says: {words}")))


def test_keys_are_compared_as_they_count(rules):
    """A hint beside a word that is enough alone, a veto beside one of the whole list."""
    made = rules(
        "says: [quantiz*]",
        "hints: [quantization error, calibration, outliers]",
        "unless: [quantum computing]",
        "not_in_title: [image*]",
        whole=["unless: [quantum]"],
    )

    assert [
        ("shadowed", 7, "quantization error"),
        ("shadowed", 8, "quantum computing"),
    ] == said(lint_words(made))


def test_a_word_that_is_always_kept_out_never_counts(rules):
    made = rules("says: [GPTQ, quantum bits]", whole=["unless: [quantum]"])

    (found,) = lint_words(made)

    assert ("vetoed", "quantum bits") == (found.kind, found.word)
    assert '`unless` has "quantum"' in found.matter


WORDS_OF = """
list: X
file: x.md
sections:
  - name: A
    says: [quantum bits]
    unless: [quantum]
  - name: B
    hints: [calibration]
  - name: C
    says: [low-bit]
  - name: D
    says: [bit]
    over: [C]
  - name: By hand
"""


def test_sections_that_can_never_win(tmp_path):
    """Of vetoed words only, of one hint, and one that another goes over wherever it fits."""
    path = tmp_path / "list.yaml"
    path.write_text(WORDS_OF.lstrip())

    found = [one for one in lint_words(load_list(path)) if one.kind == "never-wins"]

    assert [(4, "A"), (7, "B"), (9, "C")] == [(one.line, one.section) for one in found]
    assert "wherever it fits, D fits too" in found[2].matter


def test_a_pool_shows_what_fires_too_often_and_never(rules):
    made = rules(
        "says: [study, quantiz*]",
        "in_title: [quantization]",
        "hints: [calibration, outliers]",
    )
    papers = [("A study", "Of quantization.")] * 5 + [("Quantization", "x")] * 20
    papers += [("Cats", "and dogs")] * MIN_POOL_PAPERS_FOR_UNUSED
    ruleset = compile_rules([made])

    found, count, unchecked = lint_pool(ruleset, made, papers, [("outliers", None)])
    kinds = said(found)

    assert (MIN_POOL_PAPERS_FOR_UNUSED + 25, []) == (count, unchecked)
    assert ("shadowed", 6, "quantization") in kinds
    assert ("nothing", 7, "calibration") in kinds
    assert not any(word == "outliers" for _, _, word in kinds)
    assert not any(kind == "too-much" for kind, _, _ in kinds)

    often, _, _ = lint_pool(ruleset, made, papers + [("A study", "x")] * 80, [])
    assert ("too-much", 5, "study") in said(often)


def test_a_section_that_fits_and_never_wins_is_named(rules):
    made = rules("says: [GPTQ]")
    twin = replace(made.sections[0], name="B")
    made = replace(made, sections=(*made.sections, twin))

    found, _, _ = lint_pool(compile_rules([made]), made, [("GPTQ", "")] * MIN_POOL_PAPERS, [])

    assert "fits 200 papers and gets none: Quantization gets 200" in found[-1].matter


def test_small_pools_say_nothing(rules):
    made = rules("says: [GPTQ]")

    assert ([], 3) == lint_pool(compile_rules([made]), made, [("GPTQ", None)] * 3, [])[:2]


@pytest.mark.parametrize("seed", range(12))
def test_no_hint_is_missed_by_asking_about_few_words(seed, monkeypatch):
    """Of the packaged rules, changed at random: as if each word was asked about all others."""
    changed = _shuffled(load_list(RULES), random.Random(seed))
    hints = said(lint_words(changed))

    monkeypatch.setattr(
        "pipelines.tuning.lint.hints._asked_about",
        lambda _, number: {key: {*number.values()} for key in number.values()},
    )

    assert hints == said(lint_words(changed))
    assert {"shadowed", "vetoed"} <= {kind for kind, _, _ in hints}


def _shuffled(rules, chance):
    """Some words in other sections, shortened, opened, or near another word; other priorities."""
    words = [word for section in rules.sections for _, _, word in section.words]
    names = [section.name for section in rules.sections]

    def more():
        for word in chance.sample(words, 4):
            first, second = word.split()[0], chance.choice(words).split(" near ")[0]
            yield chance.choice([word, f"{first.rstrip('*')}*", first, f"{first} near {second}"])

    def section(old):
        added = {key: dict.fromkeys((*getattr(old, key), *more())) for key in KEYS}
        vetoes = (*added.pop("unless"), *old.says[:2])
        over = chance.sample([name for name in names if name != old.name], 2)
        return replace(old, unless=vetoes, over=tuple(over), **{k: tuple(added[k]) for k in added})

    return replace(rules, sections=tuple(map(section, rules.sections[::2])))
