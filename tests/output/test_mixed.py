"""Look-alike letters in titles are told, and what only looks unusual is not."""

import pytest

from output.escape import mixed_words


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Lаrge Models", ("Lаrge (а is Cyrillic)",)),
        ("Аttеntion Is All", ("Аttеntion (А is Cyrillic, е is Cyrillic)",)),
        ("Tοkens of Mοdels", ("Tοkens (ο is Greek)", "Mοdels (ο is Greek)")),
        ("ΑI Agents", ("ΑI (Α is Greek)",)),
        ("A Lаrge and a Lаrge", ("Lаrge (а is Cyrillic)",)),
        ("аccentué", ("аccentué (а is Cyrillic)",)),
        ("Mօdels", ("Mօdels (օ is Armenian)",)),
    ],
)
def test_a_word_of_two_scripts_is_told(title, told):
    assert told == mixed_words(title)


@pytest.mark.parametrize(
    "title",
    [
        "Attention Is All You Need",
        "α-Divergence, β-VAE and the λ-Calculus of Σ",
        "μTransfer and µP: kΩ, σReparam, ΔNet, πBO",
        "𝒳-Former: 𝐁old and 𝔽ancy, ℝeal",
        "基于Transformer的大模型推理",
        "LLMの量子化 for 한국어BERT",
        "Café, naïve, Łukasz, Ångström, Ho\u0302pital, Đặng",
        "Ｆｕｌｌ width and ﬁne ligatures",
        "Большие языковые модели и LLM-агенты",
        "Über Straße, ĳ and ŉ",
        "x² and H₂O at 4°C, 10⁻³, №5, Kelvin K",
        "",
    ],
)
def test_what_only_looks_unusual_is_not(title):
    assert () == mixed_words(title)
