"""What the words of a list mean: each sentence of docs/rules.md has its test here."""

from dataclasses import replace

from config.rules import ListRules
from config.strict import validate
from pipelines.rules.ruleset import compile_rules


def rules(*sections, **more):
    return validate(ListRules, {"list": "L", "file": "l.md", "sections": list(sections), **more})


def judge(title, abstract=None, *sections, **more):
    return compile_rules([rules(*sections, **more)]).judge("L", title, abstract)


def section(name="Quantization", **keys):
    return {"name": name, **keys}


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
