"""What a person writes where no answer is read becomes a question, and nothing of ours does."""

import re
from datetime import UTC, datetime

import pytest

from catalog.facts import Decision
from catalog.rows.digests import KeptDigest
from output.digest.asides import asides, with_asides
from output.digest.blocks import prints_of
from output.digest.book import with_answers
from output.digest.markdown import BOXES, NOT_FOR_US, page
from output.digest.model import as_json, from_json
from output.digest.ticks import read_ticks
from tests.fakes import KEY, LIST, candidate, digest, paper, tick, verdict

HEADING = "### 1. BitNet a4.8: 4-bit Activations for 1-bit LLMs"
MARKER = f"<!-- candidate 1 {KEY} -->"
NO = BOXES.replace("[ ] no:", "[x] no:")
SECTION = "- section: Quantization"
REST = NOT_FOR_US
NEAR = f"   {BOXES}"
# By name, what stands on the page and what a person made of it.
SLIPS = {
    "reason above the boxes": (BOXES, f"off topic\n{NO}"),
    "reason above open boxes": (BOXES, f"- off topic\n{BOXES}"),
    "quoted reason above": (BOXES, f"> too incremental\n{NO}"),
    "remark above an accepted one": (BOXES, f"love it\n{BOXES.replace('[ ] a', '[x] a')}"),
    "reason below the heading": (MARKER, f"off topic, drop it\n{MARKER}"),
    "reason in the line of words": ("*no matching word*", "*no matching word* NO off topic"),
    "reason in the heading": (HEADING, f"{HEADING} - NO"),
    "box in the heading": (HEADING, HEADING.replace("### 1.", "### [x] 1.")),
    "heading struck out": (HEADING, HEADING.replace("### ", "### ~~") + "~~"),
    "words for boxes": (BOXES, "off topic"),
    "thumb for boxes": (BOXES, "👍"),
    "thumb down as an item": (BOXES, "- 👎"),
    "boxes deleted": (BOXES, ""),
    "reason in a comment": (BOXES, f"<!-- no: off topic -->\n{BOXES}"),
    "reason in the abstract": ("We quantize activations", "NOT FOR US. We quantize activations"),
    "suggestion of a forge": (BOXES, f"```suggestion\n{NO}\n```"),
    "section without a tick": (SECTION, "- section: Pruning"),
    "entry without a tick": ("1-bit LLMs**", "1-bit LLMs (v2)**"),
    "reason for the rest": (REST, f"{REST}, all off topic"),
    "marker in another spelling": (MARKER, MARKER.replace("<!--", "&lt;!--")),
    "near miss with words": (NEAR, f"   off topic\n{NEAR}"),
}


@pytest.fixture
def written():
    near = candidate(3, paper("2411.00003", "Near"), verdict(None, runner_up="Pruning"))
    return page(digest(paper(), paper("2411.03350", "A Second One"), near=[near]))


def asked(text, written, decided=()):
    ticked = read_ticks(text, "2024-W46.md")
    return (*ticked.unclear, *asides(text, written, ticked, decided))


@pytest.mark.parametrize(("ours", "theirs"), SLIPS.values(), ids=SLIPS)
def test_what_stands_outside_of_boxes_is_asked_about(written, ours, theirs):
    text = written.replace(ours, theirs, 1)

    assert text != written
    assert asked(text, written)


def test_a_question_names_the_line(written):
    text = written.replace(BOXES, f"off topic\n{NO}", 1)
    at = text.split("\n").index("off topic") + 1

    assert asked(text, written) == (
        f"candidate 1 ({KEY}): line {at}: 'off topic' is not read; write a reason behind `no:`",
    )


def test_a_block_that_is_gone_is_asked_about_until_it_is_decided(written):
    text = re.sub(r"### 1\. .*?(?=### 2\. )", "", written, flags=re.DOTALL)

    (question,) = asked(text, written)
    assert question.startswith(f"candidate 1 ({KEY}): is no longer on the page and stays open; ")
    assert not asked(text, written, decided={KEY})


def test_a_line_is_asked_about_once(written):
    text = written.replace(BOXES, "- accept", 1)

    assert sum("'- accept'" in question for question in asked(text, written)) == 1


UNTOUCHED = {
    "as written": lambda text: text,
    "reformatted": lambda text: text.replace("*", "_").replace("  [", " [").replace("  \n", "\n"),
    "wrapped": lambda text: text.replace(" · ", " ·\n"),
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "ticked": lambda text: text.replace("[ ] accept", "[x] accept"),
    "the rest": lambda text: text.replace("- [ ] not for us", "- [x] not for us"),
    "a reason in its place": lambda text: text.replace(BOXES, f"{NO} off topic,\n  really", 1),
    "notes at the top": lambda text: text.replace("**OK**", "Seen by both of us.\n\n**OK**", 1),
}


# What programs do to a whole page.
FORMATTERS = {
    "Prettier": lambda text: (
        re.sub(r"(?<=\S)  +(?=\[)", " ", text)
        .replace("*new*", "_new_")
        .replace("<details>", "\n<details>")
    ),
    "markdownlint --fix": lambda text: (
        re.sub(r"(?m)^- ", "* ", text).replace("\n<!--", "\n\n<!--").replace("  \n", "\n")
    ),
    "Prettier, wrapping": lambda text: text.replace(" <!-- rest -->", "\n  <!-- rest -->"),
    "doctoc": lambda text: text.replace(
        "## Quantization", "<!-- START doctoc -->\n- [1. BitNet](#1-bitnet)\n\n## Quantization", 1
    ),
    "a tab for each indent": lambda text: re.sub(r"(?m)^   +(?=-)", "\t", text),
    "no indents": lambda text: re.sub(r"(?m)^ +(?=-)", "", text),
    "numbers begin at 1": lambda text: text.replace("\n3. ", "\n1. "),
    "a BOM and other line ends": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("change", FORMATTERS.values(), ids=FORMATTERS)
def test_a_formatter_changes_no_tick_and_raises_no_question(written, change):
    text = tick(tick(written, 1, "accept"), 3, "later")

    changed = change(text)

    assert changed != text
    acts = [(one.number, one.act) for one in read_ticks(changed, "page").ticks]
    assert ([(1, "accept"), (3, "later")], ()) == (acts, asked(changed, written))


@pytest.mark.parametrize("change", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_editors_and_ticks_change_is_no_question(written, change):
    assert asked(change(written), written) == ()


def test_a_page_with_decisions_of_the_review_page_is_no_question(written):
    at = datetime(2024, 11, 12, tzinfo=UTC)
    decision = Decision(LIST, KEY, "reject", "ada", at, None, "off topic")
    text = with_answers(written, {KEY: decision}, at, record="decided 12 Nov: 1 out, by ada.")

    assert "off topic" in text
    assert asked(text, written, decided={KEY}) == ()


def test_a_page_of_another_release_is_no_question():
    """Where most blocks have other words, nobody wrote them all."""
    made = digest(*(paper(f"2411.0{n:04}", f"Work {n}") for n in range(1, 6)))
    written = page(made)

    assert asked(written.replace("*no matching word*", "*nothing matched*"), written) == ()


def test_a_small_page_of_another_release_is_no_question_either():
    """Its guide has other words, so its reasons may have them too."""
    made = digest(paper())
    stored = KeptDigest(LIST, made.name, made.made_at, b"", as_json(made))
    text = page(made).replace("*no matching word*", "*nothing matched*")
    older = text.replace("Tick one box of each candidate:", "Tick one box per candidate:")

    assert with_asides(read_ticks(text, "page"), text, stored, ()).unclear
    assert () == with_asides(read_ticks(older, "page"), older, stored, ()).unclear


def test_a_stored_digest_gives_the_page_again(written):
    made = digest(paper(), paper("2411.03350", "A Second One"))

    assert page(from_json(as_json(made))) == page(made)


def test_the_words_of_the_release_that_wrote_a_page_are_not_a_persons(written):
    """An upgrade that says one thing in other words made every such line a question."""
    theirs = written.replace("*no matching word*", "*it says no word*", 1)
    text = theirs.replace(BOXES, f"off topic\n{BOXES}", 1)
    assert theirs != written
    assert 2 == len(asked(text, written))

    ticked = read_ticks(text, "2024-W46.md")
    (question,) = asides(text, written, ticked, (), prints_of(theirs).split())

    assert "'off topic' is not read" in question
