"""Words in the notation of another tool are named, with what to write instead."""

import pytest

from config.errors import ConfigTrouble
from config.rules import load_list
from pipelines.tuning.lint.foreign_notation import habit, habits

WRITTEN = {
    "imag(e|ing)": "write  image, imaging",
    "prun(ing|ed) LLM": "write  pruning LLM, pruned LLM",
    "pruning|sparsity": "write  pruning, sparsity",
    "^image$": "write  image  (for the title only",
    "image$": "write  image ",
    "image.*": "write  image*",
    "image.+": "write  image*",
    r"\bpruning\b": "write  pruning",
    r"pruning\w*": "write  pruning*",
    "/pruning/i": "write  pruning",
    "(?i)pruning": "write  pruning",
    "imag[ei]": "write  image, imagi",
    "[a-z]+ing": "write each form as a word of its own",
    "x{2,3}": "write each form as a word of its own",
    "colou?r": "write  color, colour",
    "quantiz?": "write  quantiz*",
    "quantiz%": "write  quantiz*",
    "quantiz...": "write  quantiz*",
    "quantiz…": "write  quantiz*",
    "quantize~2": "write  quantize",
    "LLM AND pruning": "write  LLM near pruning  if they are near each other",
    "LLM && pruning": "write  LLM near pruning",
    "LLM OR GPT": "write  LLM, GPT",
    "LLM || GPT": "write  LLM, GPT",
    "NOT image": "put  image  under unless or not_in_title",
    "-image": "put  image  under unless or not_in_title",
    "!image": "put  image  under unless or not_in_title",
    "+image": "put  image  under about or beside",
    "ti:pruning": "put  pruning  under in_title or says",
    "bits near/5 weights": "write  bits near weights",
    "bits NEAR weights": "write  bits near weights",
    "bits w/3 weights": "write  bits near weights",
    '"GPTQ"': "write  GPTQ",
    "“GPTQ”": "write  GPTQ",
    "'GPTQ'": "write  GPTQ",
    "`GPTQ`": "write  GPTQ",
    "low-bit, GPTQ": "write  low-bit, GPTQ",
    "low-bit; GPTQ": "write  low-bit, GPTQ",
    "low-bit，GPTQ": "write  low-bit, GPTQ",
    "pruning,": "write  pruning",
    "pruning.": "write  pruning",
    "ｐｒｕｎ＊": "write  prun*",
    "#LLM": "write  LLM",
    "model)": "leave it out",
    "of": "write a word that only this topic has",
    "with the": "write a word that only this topic has",
    "the* model": "write more letters before the *",
    "de*": "write more letters before the *",
    "the near model": "write a word that only this topic has",
    "near": "write  a near b",
    "near model": "write  model  alone, or",
    "model near": "write  model  alone, or",
}


@pytest.mark.parametrize(("word", "do"), WRITTEN.items(), ids=WRITTEN.keys())
def test_a_word_in_another_notation_is_answered_with_what_to_write(word, do):
    found = habit(word)

    assert found is not None
    assert do in f"{found.do} "


GOOD = """
    C++; LLM.int8(); llama.cpp; 2:4; N:M sparsity; 1.58-bit; 10,000; NO; IT; R&D; Q&A; [CLS] token;
    O(n); what is attention?; et al.; U.S.; GPT-4+; don't; k-NN; off-policy; on-device; few-shot;
    state-of-the-art; prun*; bits near weights; low-rank adapt*; self-*; (RAG) pipeline; C#;
    vector-quantiz* image*; mixture of experts; train and test; x86; 1e3; 2024-01-01; ViT/DeiT
"""


@pytest.mark.parametrize("word", [word.strip() for word in GOOD.split(";")])
def test_a_word_with_signs_that_people_write_is_good(word):
    assert habit(word) is None


@pytest.fixture
def rules(tmp_path):
    def write(text):
        path = tmp_path / "list.yaml"
        path.write_text(text)
        return load_list(path)

    return write


HEAD = "list: X\nfile: x.md\nsections:\n  - name: Pruning\n    says: [prun*]\n"


@pytest.mark.parametrize("word", ["null", "~~", "yes", "No", "off", "true", "False"])
def test_what_yaml_takes_for_something_else_is_asked_about_unless_it_is_quoted(rules, word):
    word = word.replace("~~", "Null")

    (found,) = habits(rules(f"{HEAD}    hints: [ab, {word}]\n"))

    assert 6 == found.line
    assert f'Pruning › hints: "{word}" ' in str(found)
    if word not in ("No", "off"):  # words of grammar, quoted or not
        assert f'write  "{word}"' in found.do
        assert [] == list(habits(rules(f'{HEAD}    hints: [ab, "{word}"]\n')))


def test_numbers_and_dates_are_words_like_any_other(rules):
    assert [] == list(habits(rules(f"{HEAD}    hints: [1e3, 2024-01-01, 0x10, 2:4, NO]\n")))


def test_a_word_that_yaml_cuts_at_a_hash_is_named(rules):
    found = list(
        habits(rules(f"{HEAD}    hints:\n      - LLM #1 ranking\n      - ab # a remark\n"))
    )

    assert [7] == [one.line for one in found]
    assert '"#1 ranking" for a remark' in str(found[0])


def test_no_folder_of_digests_is_called_null(rules):
    (found,) = habits(rules(HEAD.replace("file:", "digests: null\nfile:")))

    assert "remove the line" in str(found)


def test_lines_after_a_bar_are_not_joined_to_one_word(rules):
    with pytest.raises(ConfigTrouble, match='"ab\ncd\n" is spread over two lines'):
        rules(f"{HEAD}    hints:\n      - |\n        ab\n        cd\n")
