"""A digest puts before a person what is needed to decide, whatever its papers are called."""

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from catalog.facts import Evidence, Fact
from catalog.markdown.listfile import parse
from config.rules import ListRules
from config.strict import validate
from output.digest.blocks import LINE_END
from output.digest.candidates import KnownFacts, Likely, candidate
from output.digest.html import html_page
from output.digest.markdown import page
from output.digest.model import SourceLine
from output.digest.quotes import matched_words
from output.digest.reasons import WORDS_ALONE, why_not
from output.digest.ticks import read_ticks
from output.entries import entry_of
from output.publish.body import write_body
from pipelines.likeness import Likeness
from pipelines.rank.samples import MIN_LISTED, MIN_UNLISTED
from pipelines.rules.ruleset import compile_rules
from tests.fakes import KEY, LIST, NOW, citations, digest, paper, tick, verdict

CODE = Fact(KEY, "code", "microsoft/BitNet", "arxiv", "https://github.com/microsoft/BitNet", NOW)


def lines(text):
    return text.split("\n")


# What a person sees


def test_a_page_from_head_to_foot():
    """The word of the run, each source, how long it takes, and how to answer."""
    text = page(
        digest(
            paper(),
            paper("2411.03350", "A Second One"),
            word="STALE",
            sources=(
                SourceLine("arxiv_rss/cs.CL", "STALE", "yesterday's batch again"),
                SourceLine("semanticscholar", "OK", "2 of 2 papers known"),
            ),
            kept_out=(("2411.00009 <b>Old</b>", "withdrawn: error in Section 3"),),
            waiting=("arxiv:2411.00001", "arxiv:2411.00002"),
        )
    )

    assert text.startswith(f"# {LIST}: candidates for 2024-W46\n")
    assert "\n**STALE**, written on Monday, 11 November 2024.\n" in text
    assert "\n- **STALE** arxiv_rss/cs.CL: yesterday's batch again\n- Others: 1 OK.\n" in text
    assert "\n2 candidates, about 1 min; 2 more by title below.\n" in text
    assert "`listkeeper apply digests/2024-W46.md`" in text
    assert 1 == text.count("\n## Quantization\n")
    assert "\n- 2411.00009 &lt;b&gt;Old&lt;/b&gt;: withdrawn: error in Section 3\n" in text
    assert "https://www.semanticscholar.org/?utm_source=api" in text
    assert "Thank you to arXiv for use of its open access interoperability." in text
    assert text.endswith("\n")


def test_a_candidate_with_all_that_is_known():
    """People, place, reasons, counts with their date, code, and the entry to the byte."""
    work = paper(abstract="We use 4-bit weights.", authors=("A", "B", "C", "D", "E"))
    said = verdict(
        evidence=(Evidence("title", "4-bit", 13, 18), Evidence("abstract", "4-bit", 7, 12)),
        runner_up="Pruning",
        lacked="says no word of pruning",
    )
    shown = candidate(1, work, said, KnownFacts(citation=citations(7), code=CODE))

    text = page(digest(shown))

    assert f"\n### 1. {work.title}\n" in text
    assert (
        "\n*new* · A, …, E · [arXiv:2411.04965](https://arxiv.org/abs/2411.04965) "
        "(cs.CL) · 7 citations · [code](https://github.com/microsoft/BitNet)  \n"
    ) in text
    assert "\nSays “4-bit” · not under Pruning: says no word of pruning\n" in text
    assert "</summary>We use <b>4-bit</b> weights.\n" in text
    assert f"\n- entry: `` {shown.entry.replace(chr(10), LINE_END)} ``\n" in text
    assert "(https://www.semanticscholar.org/?utm_source=api)" in text


def test_the_day_is_said_of_a_paper_that_came_before_the_week():
    """The days of the week say nothing; an older paper is shown with its day."""
    week = date(2024, 11, 5), date(2024, 11, 4)

    new, older = (page(digest(candidate(1, paper(announced=day), verdict()))) for day in week)

    assert "(cs.CL)" in new
    assert "(cs.CL, 4 Nov)" in older


def test_upvotes_are_named_and_their_service_stands_at_the_end():
    """Nothing that is the same for all candidates stands beside each of them."""
    shown = replace(candidate(1, paper(), verdict()), upvotes=2)

    text = page(digest(shown))

    assert " · 2 upvotes  \n" in text
    assert text.endswith("upvotes from [Hugging Face](https://huggingface.co/papers).\n")


def test_a_candidate_by_likeness_says_its_words_once_and_what_it_is_like():
    """A telling word that is a part of a matching word is not said again."""
    said = verdict(
        evidence=(Evidence("title", "4-bit", 13, 18), Evidence("title", "activat*", 19, 30))
    )
    telling = ("activations", "4-bit", "weights")
    likeness = Likeness("", 0.5, (), telling, ("BitNet: Scaling 1-bit Transformers",))
    shown = candidate(1, paper(), said, likely=Likely("likeness", likeness, 0.1, ("Pruning",)))

    text = page(digest(shown))

    line = (
        "By likeness to listed papers: “4-bit”, “Activations”, “weights”"
        " · most like “BitNet: Scaling 1-bit Transformers”"
    )
    assert f"\n{line} · or in Pruning\n" in text


def test_beside_a_model_the_words_are_named_as_what_proposes():
    """Where only words can propose, that needn't be said of each candidate."""
    said = verdict(evidence=(Evidence("title", "4-bit", 13, 18),))
    unlike = Likely("words", Likeness("", 0.01, (), (), ()), 0.1, ())

    assert "\nBy its words: “4-bit”\n" in page(digest(candidate(1, paper(), said, likely=unlike)))
    assert "\nSays “4-bit”\n" in page(digest(candidate(1, paper(), said)))


def test_what_is_not_known_is_said():
    """No count, no abstract, no runner-up: nothing is made up and nothing is empty."""
    text = page(digest(candidate(1, paper(abstract=None), verdict())))

    assert "itation" not in text.partition("Thank you")[0]
    assert "\n*no matching word*" in text
    assert "not Pruning" not in text
    assert "Abstract" not in text


@pytest.mark.parametrize(
    ("lacked", "words"),
    [
        ("fits too, but Finetune scores higher", ""),
        ("Quantization has priority over Pruning", ""),
        ('lacked another word of Pruning: "bit" is not enough alone', "only “bit”"),
        ('lacked another word of Pruning: "bit", "cut" are not enough alone',
         "only “bit”, “cut”"),
        ("lacked a word of Pruning", "no word of it matches"),
        ('"image" keeps it out of Pruning', "it says “image”"),
        ('lacked a word of Pruning or of `helps` in the title: "cut" is mentioned only in passing',
         "“cut” only in passing"),
        ('lacked a word of Pruning in the title: "cut", "prune" are only in the abstract',
         "“cut”, “prune” only in the abstract"),
        ("no word of `about`", "it says nothing of the list's subject"),
        ('lacked another word of Pruning in the title: "cut" is not enough next to "image"',
         "“cut”, but also “image”"),
        ('lacked another word of Pruning: "cut" is not enough next to a word of `neighbours`',
         "“cut”, but also words of another field"),
        ("its words fit, but its likeness is 0.12, below 0.30",
         "its words fit, but it is unlike the listed papers"),
        ('"sparse near prun*" keeps it out of Pruning',
         "it says “sparse” near words beginning with “prun”"),
        ('"activat*" keeps it out of Pruning', "it says “Activations”"),
        ('"activat* near 4-bit" keeps it out of Pruning', "it says “4-bit Activations”"),
    ],
)  # fmt: skip
def test_why_not_is_about_the_paper(lacked, words):
    """Scores, priorities, keys and notation of the rules say nothing about what a paper is."""
    assert words == why_not(candidate(1, paper(), verdict(runner_up="Pruning", lacked=lacked)))


@pytest.mark.parametrize(
    ("word", "title", "said"),
    [
        ("quantiz*", "On Quantization", "“Quantization”"),
        ("low-bit", "Low Bit Models", "“Low Bit”"),
        ("fast near decoding", "Decoding That Is Fast", "“Fast” near “Decoding”"),
        ("fast near decoding", "Fast Text Decoding", "“Fast Text Decoding”"),
        ("fast near decoding", "Fast and Yet Quite Exact Decoding", "“Fast” near “Decoding”"),
    ],
)
def test_a_word_of_the_rules_is_said_as_the_paper_has_it(word, title, said):
    """``quantiz*`` and ``near`` are for those who edit rules; a reader sees the paper's words."""
    rules = validate(
        ListRules,
        {
            "list": LIST,
            "file": "list.md",
            "sections": [{"name": "Quantization", "says": [word]}],
        },
    )
    judged = compile_rules([rules]).judge(LIST, title, None)

    shown = candidate(1, paper(title=title), judged)

    assert [(said, "title")] == matched_words(shown)
    assert f"\nSays {said}\n" in page(digest(shown))


def test_the_quotes_of_a_candidate_have_five_words():
    """The first one has any number: it alone says why."""
    title = "Fast Decoding of Very Long Texts with Pruned Models and Caches"
    words = ("Decoding of Very Long Texts", "Pruned", "Models", "Caches")
    why = tuple(
        Evidence("title", word, title.index(word), title.index(word) + len(word)) for word in words
    )
    shown = candidate(1, paper(title=title), verdict(evidence=why))

    assert "\nSays “Decoding of Very Long Texts”\n" in page(digest(shown))
    shown = replace(shown, why=why[1:])
    assert "\nSays “Pruned”, “Models”, “Caches”\n" in page(digest(shown))


def test_the_guide_says_that_a_reason_needs_no_tick_and_how_short_a_section_is():
    text = page(replace(digest(paper()), balance=("nothing came in 60 days for A",)))

    assert "; a reason behind `no:` rejects it, also without a tick. Change its section" in text
    assert "\nSections with fewer than 3 entries: nothing came in 60 days for A.\n" in text


def test_the_guide_says_what_a_newcomer_asks():
    """What *later* does, which sections there are, what stands for a line end, what QUIET is."""
    text = page(digest(sources=(SourceLine("hf_blog", "QUIET", "unchanged"),)))

    assert "`later` shows it again next week" in text
    assert "Change its section, to any of the list's, or its entry (⏎ is a line end) if" in text
    assert "Sources: 1 QUIET (nothing new)." in text
    assert "not for us: every candidate without a tick; near misses stay open" in text


def test_words_that_stand_within_others_are_not_said_again():
    """1.58-bit says bit; RAG is not in storage."""
    title = "RAG Storage of 1.58-bit Bits"
    why = tuple(
        Evidence("title", word, title.index(word), title.index(word) + len(word))
        for word in ("bit", "1.58-bit", "Storage", "RAG")
    )

    shown = candidate(1, paper(title=title), verdict(evidence=why))

    assert ["“1.58-bit”", "“Storage”", "“RAG”"] == [said for said, _ in matched_words(shown)]


@pytest.mark.parametrize(
    ("times", "named", "changed", "words"),
    [
        (0, 0, "", "new"),
        (0, 2, "", "named before"),
        (1, 0, "", "shown before (2nd time)"),
        (2, 1, "", "shown before (3rd time)"),
        (1, 0, "it appeared at ICML", "shown before (2nd time); it appeared at ICML"),
    ],
)
def test_what_people_have_seen_of_it(times, named, changed, words):
    seen = replace(
        candidate(1, paper(), verdict()), times_shown=times, times_named=named, changed=changed
    )

    assert f"\n*{words}* · " in page(digest(seen))


def test_twelve_lines_a_candidate():
    """A week of twenty-five takes fewer than 400 lines, with all that is known of each."""
    shown = [
        candidate(n, paper(f"2411.{n:05}"), verdict(), KnownFacts(citation=citations(7), code=CODE))
        for n in range(1, 26)
    ]
    near = [
        candidate(n, paper(f"2411.{n:05}"), verdict(None, lacked="lacked a word"))
        for n in range(26, 36)
    ]

    text = page(digest(*shown, near=near))

    assert text.count("\n") < 400
    block = text[text.index("### 2.") : text.index("### 3.")]
    assert block.count("\n") <= 12


def test_a_quiet_week():
    text = page(replace(digest(), candidates=(), word="QUIET"))

    assert "\nNo new candidates.\n" in text
    assert "Tick one box" not in text
    assert () == read_ticks(text, "page").ticks


def test_a_page_of_broken_sources_says_what_comes_next():
    """A reader who only sees BROKEN would think that the week is lost."""
    text = page(replace(digest(), candidates=(), word="BROKEN"))

    assert "\nNo new candidates so far. The next `listkeeper run` asks again" in text


@pytest.mark.parametrize(("why", "line"), [
    (Evidence("title", "bit", 15, 18), "not enough for Pruning: only “bit”"),
    (Evidence("title", "activat*", 19, 30),
     "“Activations” · not enough for Pruning: only “bit”"),
], ids=["named by the reason", "another"])  # fmt: skip
def test_a_near_miss_says_a_word_once(why, line):
    lacked = 'lacked another word of Pruning: "bit" is not enough alone'
    said = verdict(None, 0.3, evidence=(why,), runner_up="Pruning")

    text = page(digest(near=[candidate(2, paper(), replace(said, lacked=lacked))]))

    (shown,) = [row for row in text.splitlines() if row.startswith("2. ")]
    assert shown.endswith(f") · {line}")


def test_near_misses_can_be_accepted_too():
    """They stand folded, with what they lacked, and with the section that came nearest."""
    miss = candidate(
        2, paper("2411.03350", "Near"), verdict(None, runner_up="Pruning", lacked="one word more")
    )

    text = page(digest(paper(), near=[miss]))

    assert "<summary>Near misses: 1 just below the threshold</summary>" in text
    assert "one word more" in text
    (ticked,) = read_ticks(tick(text, 2, "accept"), "page").ticks
    assert (2, "arxiv:2411.03350", "accept", "Pruning") == (
        *(ticked.number, ticked.key, ticked.act, ticked.section),
    )


@pytest.mark.parametrize(
    ("box", "said"),
    [("later", ("later", False, "")), ("★", ("accept", True, "")),
     ("no:", ("reject", False, "off topic"))],
)  # fmt: skip
def test_near_misses_and_second_chances_have_the_boxes_of_a_candidate(box, said):
    """Later is there too, with a star and a reason, and each is read."""
    near, again = (
        candidate(number, paper(f"2411.0000{number}"), verdict(None, runner_up="Pruning"))
        for number in (2, 3)
    )
    text = page(digest(paper(), near=[near], second_chances=(again,)))

    for number in (2, 3):
        (ticked,) = read_ticks(
            tick(text, number, box, " off topic" if box == "no:" else ""), "page"
        ).ticks
        assert (number, *said) == (ticked.number, ticked.act, ticked.starred, ticked.reason)


@pytest.mark.parametrize(
    ("number", "minutes"), [(1, 1), (5, 2), (25, 10), (100, 40)], ids=["one", "few", "week", "many"]
)
def test_how_long_it_takes(number, minutes):
    """Twenty-five candidates are ten minutes."""
    works = [paper(f"2411.{n:05}") for n in range(1, number + 1)]

    assert minutes == digest(*works).minutes


# What a digest is made of


def test_a_known_zero_is_shown_but_not_listed():
    """The page says 0 with its date; the entry says unknown, as the list does."""
    shown = candidate(1, paper(), verdict(), KnownFacts(citation=citations(0)))

    assert 0 == shown.citations
    assert "cication: [**-1**](None)" in shown.entry


def test_a_count_without_a_page_is_not_listed():
    assert entry_of(paper()).citation == entry_of(paper(), citation=citations(7, url=None)).citation


def test_a_repository_stands_in_the_entry():
    entry = candidate(1, paper(), verdict(), KnownFacts(code=CODE)).entry

    (read,) = parse(entry.encode()).entries
    assert [("BitNet", "microsoft")] == [(extra.label, extra.owner) for extra in read.extras]


def test_a_trend_stands_beside_the_count_and_is_no_news():
    """Blocks between the number and its source; a digest is not written again for them alone."""
    one, other = (
        candidate(1, paper(), verdict(), KnownFacts(citation=citations(7), trend=line))
        for line in ("▁▃█", "▁▂█")
    )

    assert " · 7 citations ▁▃█  \n" in page(digest(one))
    assert digest(one).fingerprint == digest(other).fingerprint
    told = citations(4, source="openalex", url="https://openalex.org/W1")
    assert "4 citations ([OpenAlex](https://openalex.org))" in page(
        digest(candidate(1, paper(), verdict(), KnownFacts(citation=told)))
    )


def test_quotes_of_a_folded_abstract_are_read_as_they_are():
    """Nothing in the text of an element needs them as signs, and an editor would show the signs."""
    told = 'The student\'s "own" errors of 4-bit <b>weights</b> & more.'

    text = page(digest(candidate(1, paper(abstract=told), verdict())))

    assert 'student\'s "own" errors' in text
    assert "&lt;b&gt;" in text


def test_a_digest_without_a_model_says_so_everywhere():
    """On its page, in HTML and in the pull request; silence would look as if a model had agreed."""
    made = replace(digest(), has_model=False)
    numbers = re.findall(r"\d+", WORDS_ALONE)

    for text in (page(made), html_page(made), write_body(made, "https://example.org")):
        assert WORDS_ALONE in unescape(text)
    for text in (page(digest()), page(replace(made, candidates=()))):
        assert WORDS_ALONE not in text
    assert [MIN_LISTED, MIN_UNLISTED] == list(map(int, numbers))
    assert made.fingerprint == digest().fingerprint, "which is no news about the candidates"
