"""What the words of a list mean: each sentence of docs/rules.md has its test here."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.rules import ListRules
from config.strict import validate
from pipelines.rules import automaton
from pipelines.rules.fold import fold
from pipelines.rules.matcher import Finder
from pipelines.rules.ruleset import compile_rules


def rules(*sections, **more):
    return validate(ListRules, {"list": "L", "file": "l.md", "sections": list(sections), **more})


def judge(title, abstract=None, *sections, **more):
    return compile_rules([rules(*sections, **more)]).judge("L", title, abstract)


def section(name="Quantization", **keys):
    return {"name": name, **keys}


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


def test_one_of_says_is_enough_anywhere():
    says = section(says=["quantiz*"])

    assert "Quantization" == judge("Quantized models", None, says).section
    assert "Quantization" == judge("A study", "We quantize once.", says).section
    assert judge("A study", "Of something else", says).section is None


def test_title_weighs_over_abstract_over_a_single_mention():
    says = section(says=["quantiz*"])

    title = judge("Quantized", "Nothing", says).score
    twice = judge("Nothing", "We quantize, and quantize again", says).score
    once = judge("Nothing", "We quantize", says).score

    assert title > twice > once > 0.5


def test_the_section_in_the_title_gets_the_paper():
    both = (section("A", says=["pruning"]), section("B", says=["quantiz*"]))

    verdict = judge("Quantization", "With some pruning", *both)

    assert ("B", "A") == (verdict.section, verdict.runner_up)
    assert f"fits too, but {verdict.section} scores higher" == verdict.lacked


def test_when_sections_fit_alike_the_first_of_the_list_gets_it():
    both = (section("A", says=["pruning"]), section("B", says=["quantiz*"]))

    assert "A" == judge("Quantization and pruning", None, *both).section


def test_over_wins_when_both_fit():
    both = (section("A", says=["serving"]), section("B", says=["quantiz*"], over=["A"]))

    verdict = judge("Serving LLMs: serving", "quantized", *both)

    assert ("B", "A") == (verdict.section, verdict.runner_up)
    assert "B has priority over A" == verdict.lacked
    assert "A" == judge("Serving", "nothing else", *both).section


def test_unless_beats_says():
    veto = section(says=["quantiz*"], unless=["vector-quantiz* image*"])

    verdict = judge("Vector-quantized image modeling by quantization", None, veto)

    assert verdict.section is None
    assert '"vector-quantiz* image*" keeps it out of Quantization' == verdict.lacked


def test_not_in_title_looks_at_the_title_only():
    veto = section(says=["quantiz*"], not_in_title=["image"])

    assert judge("Quantized images", None, veto).section is None
    assert "Quantization" == judge("Quantized models", "and images", veto).section


def test_unless_of_the_list_keeps_everything_out():
    verdict = judge("Quantum quantization", None, section(says=["quantiz*"]), unless=["quantum"])

    assert verdict.section is None
    assert '"quantum" keeps it out of the list' == verdict.lacked


LONG = "We compare many fields. " * 20


def test_unless_of_the_list_only_weighs_where_an_abstract_mentions_it():
    """The title speaks of the section by itself, so one mention keeps nothing out."""
    says = section(says=["quantiz*"], in_title=["bits", "weights"])
    mention = f"{LONG} As in quantum physics."

    plain = judge("Quantization", LONG, says, unless=["quantum"])
    mentioned = judge("Quantization", mention, says, unless=["quantum"])
    two_words = judge("Bits of weights", mention, says, unless=["quantum"])
    one_word = judge("Fewer bits", mention, says, unless=["quantum"])
    passing = judge("Fewer", f"{mention} Quantization.", says, unless=["quantum"])

    assert "Quantization" == plain.section == mentioned.section == two_words.section
    assert mentioned.score < plain.score
    assert (None, None) == (one_word.section, passing.section)
    assert 'in the title: "bits" is not enough next to "quantum" of `unless` in the abstract' in (
        one_word.lacked
    )
    assert '"quantiz*" is not enough next to "quantum" of `unless`' in passing.lacked


def test_unless_counts_in_full_in_a_description_and_for_a_section():
    """One line about a repository mentions nothing in passing; a section knows what it means."""
    says = section(says=["quantiz*"])
    veto = section(says=["quantiz*"], unless=["quantum"])

    brief = judge("Quantization", "For quantum computers.", says, unless=["quantum"])
    of_section = judge("Quantization", f"{LONG} quantum", veto)

    assert '"quantum" keeps it out of the list' == brief.lacked
    assert '"quantum" keeps it out of Quantization' == of_section.lacked


def test_a_paper_must_say_what_the_list_is_about():
    says = section(says=["quantiz*"])

    refused = judge("Quantized radio", "signals", says, about=["LLM"])
    taken = judge("Quantized", "for LLMs", says, about=["LLM"])

    assert (None, "no word of `about`") == (refused.section, refused.lacked)
    assert "Quantization" == taken.section


def test_hints_count_only_together():
    hints = section(hints=["calibration", "outlier"])

    alone = judge("Calibration", "calibration, calibration", hints)
    together = judge("Calibration", "of outliers", hints)

    assert alone.section is None
    assert 'lacked another word of Quantization: "calibration" is not enough alone' == alone.lacked
    assert "Quantization" == together.section


def test_in_title_is_enough_in_the_title_and_a_hint_elsewhere():
    weak = section("Inference", in_title=["serving"], hints=["latency"])

    assert "Inference" == judge("Serving models", None, weak).section
    assert judge("Models", "serving", weak).section is None
    assert "Inference" == judge("Models", "serving at low latency", weak).section


def test_weak_words_count_only_beside_others():
    survey = section("Survey", in_title=["survey"], beside=["compress*"])

    refused = judge("A survey of agents", None, survey)

    assert refused.section is None
    assert 'lacked a word of Survey › beside: "survey" does not count without one' == refused.lacked
    assert "Survey" == judge("A survey", "of compression", survey).section


def test_a_missing_abstract_is_judged_on_the_title():
    says = section(says=["quantiz*"])

    assert judge("Quantized", None, says) == judge("Quantized", "", says)


def test_words_for_titles_are_not_enough_in_the_abstract_however_many():
    """They back a hint; the reason names all of them, and none is "alone"."""
    pruning = section(in_title=["prun*", "sparsity"], hints=["channel"])

    several = judge("A method", "We prune for sparsity.", pruning)
    backed = judge("A method", "We prune channel by channel.", pruning)

    where = "lacked a word of Quantization in the title, or one of its `hints`"
    assert f'{where}: "prun*", "sparsity" are only in the abstract' == several.lacked
    assert "Quantization" == backed.section


def test_no_word_at_all_says_so():
    verdict = judge("Nothing", None, section(says=["quantiz*"]))

    assert (None, 0.0, None) == (verdict.section, verdict.score, verdict.runner_up)
    assert "no word of any section" == verdict.lacked


def test_evidence_points_into_the_original_text():
    title, abstract = "Quant\u00adization", "low\u2014bit LLMs, low bit"

    verdict = judge(title, abstract, section(says=["quantiz*", "low-bit"]))

    texts = {"title": title, "abstract": abstract}
    shown = [
        (one.field, one.word, texts[one.field][one.start : one.end]) for one in verdict.evidence
    ]
    assert [
        ("title", "quantiz*", "Quant\u00adization"),
        ("abstract", "low-bit", "low\u2014bit"),
        ("abstract", "low-bit", "low bit"),
    ] == shown


def test_near_misses_score_below_what_is_let_in():
    hints = section(hints=["calibration", "outlier"])

    assert 0 < judge("Calibration", None, hints).score < 0.5
    assert judge("Calibration of outliers", None, hints).score >= 0.5


def test_the_fingerprint_is_of_the_words():
    one = compile_rules([rules(section(says=["ab"]))]).fingerprint("L")

    assert one == compile_rules([rules(section(says=["ab"], examples=["T"]))]).fingerprint("L")
    assert one != compile_rules([rules(section(says=["ab", "cd"]))]).fingerprint("L")
    assert one != compile_rules([rules(section(hints=["ab"]))]).fingerprint("L")


def test_several_lists_are_judged_from_one_reading():
    other = replace(rules(section("Agents", says=["agent"])), list="M")
    ruleset = compile_rules([rules(section(says=["quantiz*"])), other])

    verdicts = ruleset.judge_for_lists(["L", "M"], "Quantized agents", None)

    assert {"L": "Quantization", "M": "Agents"} == {
        name: verdict.section for name, verdict in verdicts.items()
    }
    assert ["Agents"] == [one.section for one in ruleset.judge_all("M", [("Agents", None)])]


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


def test_helps_let_nothing_in_and_move_a_paper_up():
    """A word of helps orders; it is no word of a section."""
    prune = section("Pruning", says=["prun*"])

    alone = judge("Efficient models", None, prune, helps=["efficien*"])
    plain = judge("Pruning models", None, prune, helps=["efficien*"])
    helped = judge("Efficient pruning of models", None, prune, helps=["efficien*"])

    assert alone.section is None
    assert "Pruning" == plain.section == helped.section
    assert plain.score < helped.score


def test_a_word_in_passing_needs_a_title_of_the_field():
    """With helps, an abstract that mentions a word lets in only what the title speaks of."""
    keys = {"helps": ["efficien*"]}
    prune = section("Pruning", says=["prun*"], in_title=["sparsity"])
    abstract = "We compare with pruning. " + "It is a longer story. " * 20

    passing = judge("A chat model", abstract, prune, **keys)

    assert passing.section is None
    assert (
        'lacked a word of Pruning or of `helps` in the title: "prun*" is mentioned only in passing'
        == (passing.lacked)
    )
    assert "Pruning" == judge("An efficient chat model", abstract, prune, **keys).section
    assert "Pruning" == judge("Sparsity", abstract, prune, **keys).section
    assert "Pruning" == judge("A chat model", abstract, prune).section
    assert "Pruning" == judge("owner/name", "Pruning for all", prune, **keys).section


def test_neighbours_ask_for_a_second_word_in_the_title():
    """One grey word is not enough beside a neighbour's; two are, and so is one of says."""
    keys = {"neighbours": ["agent*"]}
    infer = section("Inference", says=["speculative decoding"], in_title=["latency", "cache"])

    one = judge("Latency of agents", "Its latency, speculative decoding.", infer, **keys)
    two = judge("Cache and latency of agents", None, infer, **keys)

    assert one.section is None
    assert one.lacked.startswith("lacked another word of Inference in the title")
    assert "Inference" == two.section
    assert "Inference" == judge("Speculative decoding for agents", None, infer, **keys).section
    assert two.score < judge("Cache and latency", None, infer, **keys).score
    assert "Inference" == judge("Latency", "For agents.", infer, **keys).section


def test_a_title_alone_compiles_no_words_for_abstracts():
    """Examples are titles: `rules check` need not compile the words a second time for them."""
    finder = Finder(["pruning", "sparse", "quantiz*"], titles=["sparse"])

    of_nothing = finder.find(fold(""), "abstract")

    assert {} == dict(of_nothing)
    assert "_in_abstracts" not in vars(finder)
    assert {0} == set(finder.find(fold("Sparse pruning"), "abstract"))
    assert "_in_abstracts" in vars(finder)
