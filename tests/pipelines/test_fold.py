"""Spellings that mean the same fold to the same text, and lead back to where they stood."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules.fold import fold, fold_all

SAME = {
    "hyphen": ("low-bit", "low bit"),
    "non-breaking hyphen": ("low\u2011bit", "low bit"),
    "en dash with spaces": ("low \u2013 bit", "low bit"),
    "TeX dash": ("low -- bit", "low bit"),
    "slash": ("CPU/GPU", "CPU GPU"),
    "underscore": ("low_bit", "low bit"),
    "line end": ("low\n  bit", "low bit"),
    "no-break space": ("low\u00a0bit", "low bit"),
    "soft hyphen": ("Quant\u00adization", "Quantization"),
    "zero width": ("Quant\u200bization", "Quantization"),
    "right to left": ("\u202eQuantization\u202c", "Quantization"),
    "accent": ("D\u00e9j\u00e0 Vu", "Deja Vu"),
    "decomposed accent": ("De\u0301ja\u0300 Vu", "Deja Vu"),
    "TeX accent": (r"D\'{e}j\`a Vu", "Deja Vu"),
    "ligature": ("\ufb01ne", "fine"),
    "full width": ("\uff2c\uff2c\uff2d", "LLM"),
    "mathematical letters": ("\U0001d410uantization", "Quantization"),
    "superscript": ("O(n\u00b2)", "O(n2)"),
    "TeX subscript": ("H$_2$O", "H2O"),
    "TeX superscript": ("$O(n^{2})$", "O(n2)"),
    "TeX dress": (r"$\textit{Trans-LoRA}$: towards", "Trans LoRA: towards"),
    "TeX letter": (r"PanGu-$\pi$", "PanGu pi "),
    "TeX per cent": (r"5\% of", "5% of"),
    "entity": ("Q&amp;A", "Q&A"),
    "named entity": ("na&iuml;ve", "naive"),
    "number entity": ("low&#8209;bit", "low bit"),
    "entity once": ("&amp;lt;", "&lt;"),
    "inline tag": ("<b>Quant</b>ization", "Quantization"),
    "block tag": ("one<br/>two", "one two"),
    "tag with attributes": ('<a href="x">one</a>', "one"),
    "no tag": ("$a<b$ and c>d", "a<b and c>d"),
    "leading space": ("  low bit", "low bit"),
    "foreign letter": ("\u91cf\u5316 prune", "__ prune"),
    "curly apostrophe": ("LLM\u2019s", "LLM's"),
}


@pytest.mark.parametrize(("text", "folded"), SAME.values(), ids=SAME.keys())
def test_spellings_fold(text, folded):
    assert folded == fold(text).text


PLACES = {
    "soft hyphen inside": ("of Quant\u00adization now", "Quantization", "Quant\u00adization"),
    "after TeX": (r"$L_2$ norm of KV--cache", "KV cache", "KV--cache"),
    "dressed": (r"a \textbf{low}-bit model", "low bit", "low}-bit"),
    "ligature": ("very \ufb01ne tuning", "fine tuning", "\ufb01ne tuning"),
    "entity": ("the low&#8209;bit model", "low bit", "low&#8209;bit"),
    "spaces": ("the low \n  bit model", "low bit", "low \n  bit"),
    "plain": ("the low-bit model", "low bit", "low-bit"),
    "after a command": (r"$\log n$ time", "log", r"\log"),
}


@pytest.mark.parametrize(("text", "found", "original"), PLACES.values(), ids=PLACES.keys())
def test_a_place_leads_back(text, found, original):
    folded = fold(text)
    start = folded.text.index(found)

    start, end = folded.original(start, start + len(found))

    assert original == text[start:end]


@pytest.mark.long
@given(st.text(max_size=200) | st.text("aA- /\\${}_^&;<>~\u00e9\u00ad\u2014\ufb01\n", max_size=80))
def test_any_text_folds_to_single_spaced_ascii(text):
    folded = fold(text)

    assert folded.text.isascii()
    assert "  " not in folded.text
    assert not folded.text.startswith(" ")


@given(st.text("abcXY -/\\${}_^&;<>~\u00e9\u00ad\u2014\ufb01\n", max_size=60))
def test_places_lie_in_the_text_and_in_order(text):
    folded = fold(text)

    ends = [folded.original(at, at + 1) for at in range(len(folded.text))]

    assert all(0 <= start < end <= len(text) for start, end in ends)
    assert ends == sorted(ends)


@given(st.text("abcXYZ 019.,:", max_size=60))
def test_plain_words_stand_where_they_stood(text):
    folded = fold(text)

    for at, sign in enumerate(folded.text):
        if sign != " ":
            start, end = folded.original(at, at + 1)
            assert sign == text[start:end]


@pytest.mark.parametrize("piece", ["$", "\\", "{", "&", "<", "<a ", "\u00e9", "\u00ad", "  ", "&#"])
def test_time_grows_with_the_length(piece):
    """A hundred thousand signs of one kind: what is quadratic would be stopped."""
    text = piece * (100_000 // len(piece))

    assert len(fold(text).text) <= len(text) * 4


PIECES = [
    *"aB4-/_\x01 \n\t\0\x7f${}^\\<&~\u00e9\u0301\u00ad\u2014\ufb01\u200b\u00a0\u91cf",
    "  ",
    " -- ",
]
PIECES += ["\\'e", "\\textbf", "<b>", "</p >", "&amp;", "\\_", "$_"]


TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.mark.long
@settings(max_examples=400)
@given(TEXTS)
def test_what_takes_a_shortcut_folds_to_the_same_text_and_places(text):
    """A brace folds to nothing, but plain text with one is no longer plain."""
    fast, slow = fold(text), fold("{" + text)

    assert slow.text == fast.text
    for word in re.finditer(r"\S+", fast.text):
        start, end = slow.original(*word.span())
        assert (start - 1, end - 1) == fast.original(*word.span())


@given(st.lists(TEXTS, max_size=5))
def test_many_texts_fold_as_each_by_itself(texts):
    assert [fold(text) for text in texts] == fold_all(texts)
