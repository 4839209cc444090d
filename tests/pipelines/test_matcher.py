"""Where a word of the rules stands in a text, beside a slow reading of the same language."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.rules import automaton
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder

FOUND = {
    "a whole word": ("prune", "We prune models", "prune"),
    "not a part of a word": ("prune", "pruned", None),
    "a free plural": ("transformer", "Transformers win", "Transformers"),
    "a star is any ending": ("quantiz*", "Quantizing", "Quantizing"),
    "a star is also no ending": ("prun*", "prun", "prun"),
    "a star does not begin a word": ("quantiz*", "dequantization", None),
    "hyphen for space": ("low bit", "a low-bit model", "low-bit"),
    "space for hyphen": ("low-bit", "a low bit model", "low bit"),
    "slash for hyphen": ("key-value cache", "key/value caches", "key/value caches"),
    "a dash of typographers": ("low-bit", "low\u2011bit", "low\u2011bit"),
    "small letters match capitals": ("pruning", "PRUNING", "PRUNING"),
    "capitals keep their capitals": ("AWQ", "an awq", None),
    "capitals match": ("AWQ", "the AWQ method", "AWQ"),
    "plural of capitals": ("LLM", "Two LLMs", "LLMs"),
    "plural in a shouted title": ("LLM", "TWO LLMS", "LLMS"),
    "capitals with digits": ("FP8", "in fp8", None),
    "capitals beside small letters": ("KV cache", "kv cache", None),
    "small letters beside capitals": ("KV cache", "KV Caches", "KV Caches"),
    "mixed case is not capitals": ("BitNet", "bitnet b1.58", "bitnet"),
    "a ratio": ("2:4", "2:4 sparsity", "2:4"),
    "not a part of a number": ("2:4", "12:4 or 2:48", None),
    "a number with a point": ("1.58-bit", "a 1.58 bit LLM", "1.58 bit"),
    "near, in this order": ("bits near weights", "bits of all the weights", None),
    "near, the other way": ("bits near weights", "weights in few bits", "weights in few bits"),
    "a pattern is text": ("(a+)+$", "aaaa", None),
    "a pattern as text": ("(a+)+$", "the (a+)+$ here", "(a+)+"),
    "an accent": ("prune", "\u00e9prune", None),
    "an ampersand": ("Q&A", "for Q&amp;A", "Q&amp;A"),
    "two words with stars": ("vector-quantiz* image*", "Vector Quantized Images", ""),
}
FOUND["near, in this order"] = ("bits near weights", "bits of all the weights", "")


@pytest.mark.parametrize(("word", "text", "place"), FOUND.values(), ids=FOUND.keys())
@pytest.mark.parametrize("engine", [automaton.HyperscanScanner, automaton.SimpleScanner])
def test_what_a_word_finds(word, text, place, engine, monkeypatch):
    monkeypatch.setattr("pipelines.rules.matcher.scanner", engine)
    folded = fold(text)

    found = Finder([word]).find(folded)

    assert ([] if place is None else [0]) == list(found)
    if place is not None:
        ((start, end),) = folded.originals(found[0])
        assert (place or text) == text[start:end]


@pytest.mark.parametrize(("between", "found"), [(0, True), (5, True), (6, False), (9, False)])
def test_near_is_within_six_words(between, found):
    text = " ".join(["bits", *["x"] * between, "weights"])

    assert found == bool(Finder(["bits near weights"]).find(fold(text)))
    assert found == bool(Finder(["weights near bits"]).find(fold(text)))


# The oracle: the language again, written the slow and obvious way.
LETTERS = "abAB1"


def slowly(word, text):
    """Whether a word stands in folded text, tried token by token."""
    if " near " in word:
        one, other = word.split(" near ")
        return any(
            0 <= max(a, c) - min(b, d) and len(text[min(b, d) : max(a, c)].split()) <= 5
            for a, b in _places(one, text)
            for c, d in _places(other, text)
        )
    return bool(_places(word, text))


def _places(word, text):
    tokens = [match.span() for match in re.finditer(r"[^ ]+", text)]
    parts = word.replace("-", " ").split()
    found = []
    for at in range(len(tokens) - len(parts) + 1):
        here = tokens[at : at + len(parts)]
        if all(
            _same(part, text[start:end], last=part_at == len(parts) - 1)
            for part_at, (part, (start, end)) in enumerate(zip(parts, here, strict=True))
        ):
            found.append((here[0][0], here[-1][1]))
    return found


def _same(part, token, *, last):
    letters = part.rstrip("*")
    if not (letters.isupper() and any(sign.isalpha() for sign in letters)):
        letters, token = letters.lower(), token.lower()
    if part.endswith("*"):
        return token.startswith(letters)
    plurals = {letters + "s", letters + "S"} if last and letters[-1].isalpha() else set()
    return token in {letters, *plurals}


part = st.builds(
    lambda letters, star: letters + star,
    st.text(LETTERS, min_size=2, max_size=3),
    st.sampled_from(["", "", "*"]),
)
phrase = st.lists(part, min_size=1, max_size=2).map("-".join)
generated_word = st.one_of(phrase, st.tuples(phrase, phrase).map(" near ".join))
generated_text = st.lists(st.text(LETTERS + "s", min_size=1, max_size=4), max_size=12).map(" ".join)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(st.lists(generated_word, min_size=1, max_size=6, unique=True), generated_text)
def test_the_engine_agrees_with_a_slow_reading(written, text):
    finder = Finder(written)

    found = {finder.words[number].text for number in finder.find(fold(text))}

    assert {word for word in written if slowly(word, text)} == found


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text("ab(+)*?[]{}|.^\\", min_size=2, max_size=8), min_size=1, max_size=5),
    st.text("ab(+)*?[]{}|.^\\ ", max_size=40),
)
def test_no_word_is_ever_a_pattern(written, text):
    """Any signs compile, in RE2 as in re, and both find the same."""
    finder, folded = Finder(written), fold(text)

    one_by_one = {n: word.spans(folded.text) for n, word in enumerate(finder.words)}

    assert {n: spans for n, spans in one_by_one.items() if spans} == finder.find(folded)


def _made(engine, words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.rules.matcher.scanner", engine)
        return Finder(words)


NASTY_WORDS = ["KV cache", "low-bit", "quant*", "LLM", "a-a", "a near LLM", "2:4", "a", "B", "C++"]
NASTY_WORDS += ["non-auto*", "nonauto quant", "self cache", "co-LLM", "a-nonbits near pre-bit"]
NASTY_WORDS += ["vector-quant* a", "quantiz*", "Q&A", "quant* near low-bit", "\u00e9a", "\\em"]
AT_ONCE, ONE_BY_ONE = (
    _made(automaton.HyperscanScanner, NASTY_WORDS),
    _made(automaton.SimpleScanner, NASTY_WORDS),
)
PIECES = ["KV", "kv", "cache", "caches", "low", "bit", "Bits", "quant", "izing", "LLM", "llm"]
PIECES += ["non", "auto", "self", "co", "pre", "non-auto", "nonauto", "prebit"]
PIECES += ["2:4", "12:4", "vector", "Q&amp;A", "Q&A", "C++", "\\em ", ". ", "<b>"]
PIECES += [*"aABsS   -_/$(\u00e9\u2011\u00ad\u0301"]


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_both_engines_find_the_words_and_places_of_a_slow_reading(text):
    folded = fold(text)
    slow = {n: word.spans(folded.text) for n, word in enumerate(AT_ONCE.words)}

    assert {number: spans for number, spans in slow.items() if spans} == AT_ONCE.find(folded)
    assert ONE_BY_ONE.find(folded) == AT_ONCE.find(folded)


def test_an_automaton_is_compiled_for_more_than_a_few_titles(monkeypatch):
    """What is found stays the same; a short command waits for no automaton."""
    compiled = []
    engine = automaton.HyperscanScanner
    monkeypatch.setattr(
        automaton, "HyperscanScanner", lambda sought: compiled.append(sought) or engine(sought)
    )
    finder, title = Finder(["low-bit", "quant*"]), fold("Quantizing a low bit LLM, and a quant")
    few = finder.find(title)
    assert not compiled

    many = [finder.find(title) for _ in range(100)][-1]

    assert 1 == len(compiled)
    assert {**few} == {**many}
    assert finder.find(fold("lowest bit")) == {}


def test_a_long_text_is_not_read_before_the_automaton_is_there(monkeypatch):
    monkeypatch.setattr(automaton.SimpleScanner, "__call__", None)

    assert Finder(["low-bit"]).find(fold("a low bit " * 100))


SPELLED = ("Nonautoregressive", "non-autoregressive", "Non autoregressive")


@pytest.mark.parametrize("text", SPELLED)
@pytest.mark.parametrize("word", ["nonautoregressive", "non-autoregressive", "non autoregressiv*"])
def test_a_prefix_may_be_glued_apart_or_hyphened_in_the_word_and_in_the_text(word, text):
    assert {0: [(8, 8 + len(text))]} == Finder([word]).find(fold(f"Fast by {text} models"))


PREFIXED = [
    ("self-attention layer", "selfattention layers", True),
    ("coattention", "co-attention", True),
    ("anti-backdoor near LLM", "an LLM and its antibackdoor", True),
    ("pretrain*", "pre-trained", True),
    ("code", "co de", False),
    ("overhead", "over head", False),
    ("low-bit", "lowbit", False),
    ("co-LLM", "coLLM", False),
    ("autoregressive", "nonautoregressive", False),
]


@pytest.mark.parametrize(("word", "text", "found"), PREFIXED)
def test_only_prefixes_are_glued_and_only_to_words(word, text, found):
    assert found is bool(Finder([word]).find(fold(text)))


def test_a_word_for_titles_is_not_looked_for_in_an_abstract():
    text = fold("A cache of keys")
    finder = Finder(["cache", "key", "cache near key"], titles={"cache", "cache near key"})

    assert {0, 1, 2} == finder.find(text, "title").keys()
    assert {1} == finder.find(text, "abstract").keys()


def test_words_that_fold_alike_are_all_found():
    finder = Finder(["KV-cache", "KV cache", "quantiz*"])

    assert {0: [(0, 9)], 1: [(0, 9)]} == finder.find(fold("KV caches"))


def test_threads_read_at_once():
    """The automaton keeps what it has read in a place of each thread's own."""
    texts = [fold(f"{'plain text ' * 3000}quantized LLM number {n}") for n in range(40)]

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(AT_ONCE.find, texts))

    assert [AT_ONCE.find(text) for text in texts] == found


def test_time_does_not_grow_with_the_words():
    """Two thousand words, some of them meant badly, on 2,000 papers: it ends, and is right."""
    many = [f"word{n} of{n}*" for n in range(1900)] + ["(a+)+$", "(a|a)*b", "a near aa"] * 3
    finder = Finder(many)
    texts = [fold(f"{'a' * 40} word{n} of{n}ten " + "some plain text " * 60) for n in range(2000)]

    found = [finder.find(text) for text in texts]

    assert [1] == list(found[1])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We quantize. Language models follow", []),
        ("We quantize (see 1.5) language models", ["quantize near language models"]),
        ("We quantize, e.g. language models", ["quantize near language models"]),
    ],
    ids=["two-sentences", "one-sentence", "an-abbreviation"],
)
def test_near_ends_with_the_sentence(text, found):
    """What the next sentence speaks of is not near."""
    finder = Finder(["quantize near language models"])

    assert found == [finder.words[number].text for number in finder.find(fold(text))]


def test_a_title_alone_compiles_no_words_for_abstracts():
    """Examples are titles: `rules check` need not compile the words a second time for them."""
    finder = Finder(["pruning", "sparse", "quantiz*"], titles=["sparse"])

    of_nothing = finder.find(fold(""), "abstract")

    assert {} == dict(of_nothing)
    assert "_in_abstracts" not in vars(finder)
    assert {0} == set(finder.find(fold("Sparse pruning"), "abstract"))
    assert "_in_abstracts" in vars(finder)
