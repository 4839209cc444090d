"""A comma forgotten inside a line makes one dead word of two: it is named."""

import pytest

from config.rules import load_list
from pipelines.tuning.changes import edits
from pipelines.tuning.lint.missing_commas import MIN_TEXTS_TO_JUDGE, joined_words


@pytest.fixture
def rules(tmp_path):
    def write(words, rest=""):
        path = tmp_path / "list.yaml"
        head = "list: X\nfile: x.md\nsections:\n  - name: Pruning\n    says: "
        path.write_text(f"{head}[{words}]\n{rest}")
        return load_list(path)

    return write


TEXTS = [
    ("Pruning with less sparsity, by SVD", None),
    ("PEFT", "Low-bit weights"),
] * MIN_TEXTS_TO_JUDGE


def found(rules, changes=None, texts=TEXTS):
    return [(one.parts, one.sure) for one in joined_words(rules, changes, texts)]


def test_words_that_went_as_their_joined_text_came_lack_a_comma(rules):
    before, after = rules("prun*, sparsity, SVD, ab"), rules("prun* sparsity SVD, ab")

    (joined,) = joined_words(after, edits(before, after), [])

    assert ("prun*", "sparsity", "SVD") == joined.parts
    assert joined.sure
    assert "write  prun*, sparsity, SVD" == joined.do
    assert ("sections", 0, "says", 0) == joined.place


def test_a_word_that_was_there_before_is_not_doubted(rules):
    before, after = rules("prun* SVD, prun*, SVD"), rules("prun* SVD, prun*, SVD, ab")

    assert [] == found(after, edits(before, after))


def test_without_git_only_a_word_of_no_text_is_doubted(rules):
    """An ending in the middle, or names in a row, is no phrase; others are asked about."""
    rest = "    hints: [prun*, SVD, PEFT, sparsity, low-bit, less sparsity]\n"

    assert [
        (("prun*", "SVD"), True),
        (("SVD", "PEFT"), True),
        (("sparsity", "low-bit"), False),
    ] == found(rules("prun* SVD, SVD PEFT, sparsity low-bit, low-bit weights", rest))


def test_few_texts_prove_nothing(rules):
    rest = "    hints: [prun*, SVD]\n"

    assert [] == found(rules("prun* SVD", rest), texts=TEXTS[:10])
