"""Each word has the number of listed papers that say it, and the newest of them."""

from dataclasses import replace

import pytest

from config.rules import load_list
from pipelines.rules.ruleset import compile_rules
from pipelines.tuning.labelled import Labelled
from pipelines.tuning.lint.support import supports, thin_words


@pytest.fixture
def rules(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text(
        "list: X\nfile: x.md\nunless: [quantum]\nsections:\n  - name: Pruning\n"
        "    says: [prun*, LLM-Pruner]\n    in_title: [sparsity]\n    hints: [ratio]\n"
    )
    return load_list(path)


PAPERS = [
    Labelled("2401.00002", "Pruning", "A ratio", belongs=True),
    Labelled("cs/0101001", "Pruned", "Sparsity", belongs=True),
    Labelled("2305.00001", "LLM-Pruner", "Sparsity", belongs=True),
    Labelled("2406.00001", "Pruning, sparsity, LLM-Pruner", None, belongs=False),
]


def test_support_counts_listed_papers_only(rules):
    found = supports(compile_rules([rules]), rules, PAPERS)

    assert (3, 3) == (found.listed, found.read)
    assert [
        ("quantum", 0, None),
        ("prun*", 3, "2401.00002"),
        ("LLM-Pruner", 1, "2305.00001"),
        ("sparsity", 0, None),
        ("ratio", 1, "2401.00002"),
    ] == [(one.word, one.papers, one.newest and one.newest.arxiv_id) for one in found.words]


def test_words_that_rest_on_one_paper_or_none_are_named_with_it(rules):
    """The words that keep papers out are not: listed papers don't say them."""
    found = supports(compile_rules([rules]), rules, PAPERS)

    thin = list(thin_words(rules, found))

    assert [("LLM-Pruner", 6), ("sparsity", 7), ("ratio", 8)] == [(x.word, x.line) for x in thin]
    assert 'rests on one listed paper, 2305.00001 "LLM-Pruner"' in thin[0].matter
    assert "rests on no listed paper: none has it in its title" in thin[1].matter


def test_without_abstracts_only_words_of_titles_are_said_to_rest_on_one_paper(rules):
    """An abstract that nobody has may say the word."""
    untold = [replace(paper, abstract=None) for paper in PAPERS]
    found = supports(compile_rules([rules]), rules, untold)

    assert found.titles_only
    assert ["sparsity"] == [thin.word for thin in thin_words(rules, found)]
