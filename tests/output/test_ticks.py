"""What a person ticked, moved and rewrote is read as it was meant, or asked about."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import ListConflict
from output.digest.candidates import candidate
from output.digest.markdown import BOXES, CLOSED, page
from output.digest.ticks import Tick, read_ticks
from tests.fakes import KEY, LIST, digest, paper, tick, verdict

SECOND = "arxiv:2411.03350"
CASES = Path(__file__).parents[1] / "cases" / "digests"


@pytest.fixture
def made():
    near = candidate(3, paper("2411.00003", "Near"), verdict(None, runner_up="Pruning"))
    return digest(paper(), paper("2411.03350", "A Second One"), near=[near])


@pytest.fixture
def text(made):
    return page(made)


def read(text):
    return read_ticks(text, "digests/2024-W46.md")


def acts(text):
    return {said.key: said.act for said in read(text).ticks}


def test_whose_page_it_is(text):
    """List, name and the list's hash are in its head; nothing is ticked yet."""
    said = read(text)

    assert (LIST, "2024-W46", "ab" * 32) == (said.list_name, said.name, said.base_hash)
    assert ((), ()) == (said.ticks, said.unclear)


@pytest.mark.parametrize(
    ("box", "then", "act", "starred", "reason"),
    [
        pytest.param("accept", "", "accept", False, "", id="accept"),
        pytest.param("accept with 🌟", "", "accept", True, "", id="star"),
        pytest.param("later", "", "later", False, "", id="later"),
        pytest.param("reject, because:", "", "reject", False, "", id="reject"),
        pytest.param(
            "reject, because:", " about vision: not text ", "reject", False,
            "about vision: not text", id="reject with a reason",
        ),
    ],
)  # fmt: skip
def test_one_box(made, text, box, then, act, starred, reason):
    """Each box is one word of a person, on its own candidate only."""
    said = read(tick(text, 2, box, then))

    entry = made.candidates[1].entry
    assert (Tick(2, SECOND, act, starred, reason, "Quantization", entry),) == said.ticks
    assert () == said.unclear


HANDS = {
    "capital": "- [X] accept",
    "blanks": "- [ x ] accept",
    "star": "* [x] accept",
    "indented": "  - [x]  accept",
    "mark": "- [✓]accept",
    "heavy mark": "- [✔] accept",
    "capital word": "- [x] Accept",
    "no item": "[x] accept",
}
NO_TICKS = {
    "closed": "- [] accept",
    "gone": "",
}


@pytest.mark.parametrize("written", HANDS.values(), ids=HANDS)
def test_a_tick_in_anybodys_hand(text, written):
    assert {KEY: "accept"} == acts(text.replace(BOXES, written, 1))


@pytest.mark.parametrize("written", NO_TICKS.values(), ids=NO_TICKS)
def test_what_is_no_tick(text, written):
    assert {} == acts(text.replace(BOXES, written, 1))


LOST = (
    "a box is ticked under candidate 2, whose line `<!-- candidate … -->` is not there;"
    " put it back below the heading (line {})"
)


def line_of(text, number):
    """The line of a candidate's boxes, counted from 1."""
    lines = text.split("\n")
    begun = next(n for n, line in enumerate(lines) if line.startswith(f"### {number}. "))
    return next(n for n, line in enumerate(lines, 1) if n > begun and "accept" in line)


def test_a_lost_comment_gives_no_tick_to_the_candidate_above(text):
    """Its box would be taken for the one above; what cannot be told is asked."""
    lost = re.sub(r"<!-- candidate 2 .*\n", "", tick(text, 2, "accept"))

    said = read(lost)

    assert () == said.ticks
    assert (LOST.format(line_of(lost, 2)),) == said.unclear


def test_the_candidate_above_keeps_its_own_tick(text):
    both = tick(tick(text, 1, "accept"), 2, "later")

    lost = re.sub(r"<!-- candidate 2 .*\n", "", both)

    said = read(lost)

    assert {KEY: "accept"} == {one.key: one.act for one in said.ticks}
    assert (LOST.format(line_of(lost, 2)),) == said.unclear


def test_all_comments_lost_are_no_silence(text):
    lost = re.sub(r"<!-- candidate .*\n", "", tick(text, 2, "accept"))

    said = read(lost)

    assert () == said.ticks
    assert (LOST.format(line_of(lost, 2)),) == said.unclear


def test_a_lost_comment_matters_only_with_a_tick(text):
    said = read(re.sub(r"<!-- candidate 2 .*\n", "", text))

    assert ((), ()) == (said.ticks, said.unclear)


def test_two_boxes_are_a_question(text):
    """Accepted and rejected at once is asked about, not guessed; the others count."""
    both = tick(tick(tick(text, 1, "accept"), 1, "later"), 2, "accept")

    said = read(both)

    at = line_of(both, 1)
    what = f"line {at}: more than one box is ticked (accept and later); leave one"
    assert (f"candidate 1 ({KEY}): {what}",) == said.unclear
    assert [SECOND] == [one.key for one in said.ticks]


def test_another_section(text):
    moved = tick(text, 1, "accept").replace("- section: Quantization", "- section:  Pruning ", 1)

    assert ["Pruning"] == [said.section for said in read(moved).ticks]


def test_no_section(text):
    """Without a section there is no place to go; a rejected one needs none."""
    emptied = text.replace("- section: Quantization", "- section:", 1)

    accepted, rejected = tick(emptied, 1, "accept"), tick(emptied, 1, "reject, because:")

    assert (f"candidate 1 ({KEY}): has no section",) == read(accepted).unclear
    assert {KEY: "reject"} == acts(rejected)


def test_a_box_of_somebody_else(text):
    """What is none of our boxes is shown, not interpreted."""
    other = text.replace(BOXES, f"{BOXES}\n- [x] perhaps", 1)

    asked = f"candidate 1 ({KEY}): has an unknown box: 'perhaps' (line "
    assert [True] == [question.startswith(asked) for question in read(other).unclear]


def test_an_edited_entry(text):
    """The words on its line are the reviewer's."""
    edited = tick(text, 1, "accept").replace("**BitNet a4.8", "**BitNet a4.8 (short)", 1)

    assert "- **BitNet a4.8 (short)" == read(edited).ticks[0].entry[:23]


def test_an_entry_that_is_gone(made, text):
    """Whoever deletes the entry leaves it to us."""
    without = re.sub(r"- entry: .*\n", "", tick(text, 1, "accept"), count=1)

    assert read(without).ticks[0].entry is None


def test_an_entry_in_a_fence(text):
    """Somebody wrote the entry on lines of its own; a list of boxes in it ticks nothing."""
    mine = "```markdown\n- **Mine**\n- [x] accept\n- section: X\n```\n"
    edited = re.sub(r"- entry: .*\n", mine, text, count=1)

    assert {} == acts(edited)
    (said,) = read(tick(edited, 1, "later")).ticks
    assert ("Quantization", "- **Mine**\n- [x] accept\n- section: X") == (said.section, said.entry)


def test_line_ends_of_another_system(made, text):
    """A page saved with CRLF says the same, entry and all."""
    ticked = tick(text, 1, "accept")

    assert read(ticked) == read(ticked.replace("\n", "\r\n"))
    assert made.candidates[0].entry == read(ticked.replace("\n", "\r\n")).ticks[0].entry


def test_an_editor_strips_the_blanks(text):
    """Blanks at line ends make no difference to what is ticked."""
    ticked = tick(text, 1, "reject, because:", " no  ")
    stripped = "\n".join(line.rstrip() for line in ticked.split("\n"))

    assert ["no"] == [said.reason for said in read(stripped).ticks]


def test_blocks_in_another_order(text):
    """A block keeps its own ticks wherever it was moved to."""
    ticked = tick(tick(text, 1, "accept"), 2, "reject, because:", " no")
    first, second = (ticked.index(f"<!-- candidate {number} ") for number in (1, 2))
    end = ticked.index("<details><summary>Near misses")
    swapped = ticked[:first] + ticked[second:end] + ticked[first:second] + ticked[end:]

    assert {KEY: "accept", SECOND: "reject"} == acts(swapped)
    assert sorted(read(ticked).ticks, key=str) == sorted(read(swapped).ticks, key=str)


def test_a_block_that_was_deleted(text):
    ticked = tick(tick(text, 1, "accept"), 2, "accept")
    first, second = (ticked.index(f"<!-- candidate {number} ") for number in (1, 2))

    assert {SECOND: "accept"} == acts(ticked[:first] + ticked[second:])


def test_what_stands_below_the_candidates_counts_for_none(text):
    """A remark with a box behind the end is no tick of the last candidate."""
    assert {} == acts(text.replace(CLOSED, f"{CLOSED}\n- [x] accept"))


@pytest.mark.parametrize(
    "text",
    ["", "# Efficient LLM\n", "<!-- listkeeper digest -->", "- [x] accept\n"],
    ids=["empty", "a-list", "half-a-head", "a-box"],
)
def test_a_file_that_is_no_digest(text):
    """Refused with its name and where to find one."""
    with pytest.raises(ListConflict, match=r"2024-W46\.md: is not a Listkeeper digest.*digests/"):
        read(text)


@given(st.text() | st.text("-*[]xX `\n:<!>markdownceptlr3", max_size=200))
def test_anything_in_a_block_is_read_or_asked_about(scribble):
    """Whatever is typed into a candidate, reading neither fails nor touches the next one."""
    text = tick(page(digest(paper(), paper("2411.03350"))), 2, "accept")
    at = text.index("### 2.")
    before = text.index(BOXES)

    said = read(text[:before] + scribble + "\n" + text[before:at] + text[at:])

    assert SECOND in {one.key for one in said.ticks}


def test_a_page_of_an_older_version():
    """Its boxes stood on lines of their own, its entries in fences."""
    said = read((CASES / "former.md").read_text())

    assert () == said.unclear
    assert [
        (1, "accept", True, "", "Finetune"),
        (2, "reject", False, "tuning, not inference", "Finetune"),
        (3, "later", False, "", "Quantization"),
        (25, "accept", False, "", "Inference"),
    ] == [(t.number, t.act, t.starred, t.reason, t.section) for t in said.ticks]
    assert said.ticks[0].entry.startswith("- **Energy Efficient Protein Language Models")


# A slip in a candidate's boxes, and what becomes of it: a decision, or a question (None).
SLIPS = {
    "no blank before the box": ("-[x] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "capital and blank": ("- [X ] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "the word yes": ("- [yes] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "the letter v": ("- [v] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "a Cyrillic letter": ("- [\N{CYRILLIC SMALL LETTER HA}] accept  [ ] ★  [ ] no:", "accept"),
    "a sign of times": ("- [\N{MULTIPLICATION SIGN}] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "an emoji": ("- [✅] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "no blank behind the box": ("- [x]accept  [ ]★  [ ]later  [ ]no:", "accept"),
    "no sign of an item": ("[x] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "another sign": ("* [x] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "accept and star": ("- [x] accept  [x] ★  [ ] later  [ ] no:", "accept"),
    "the star alone": ("- [ ] accept  [x] ★  [ ] later  [ ] no:", "accept"),
    "the other boxes deleted": ("- [x] later", "later"),
    "a reason without a tick": ("- [ ] accept  [ ] ★  [ ] later  [ ] no: vision", "reject"),
    "a reason on the next line": (
        "- [ ] accept  [ ] ★  [ ] later  [x] no:\n  about vision",
        "reject",
    ),
    "a reason on two lines": ("- [ ] accept  [ ] ★  [x] no: about\nvision", "reject"),
    "a reason below, no tick": ("- [ ] accept  [ ] ★  [ ] later  [ ] no:\nabout vision", None),
    "a reason in brackets": ("- [ ] accept  [ ] ★  [ ] later  [x] no: see [3] there", "reject"),
    "a reason and another tick": ("- [x] accept  [ ] ★  [ ] later  [ ] no: vision", None),
    "two ticks": ("- [x] accept  [ ] ★  [x] later  [ ] no:", None),
    "a bracket is missing": ("- [x accept  [ ] ★  [ ] later  [ ] no:", None),
    "an x beside the box": ("- x [ ] accept  [ ] ★  [ ] later  [ ] no:", None),
    "an x behind the word": ("- [ ] accept x  [ ] ★  [ ] later  [ ] no:", None),
    "no brackets": ("- x accept", None),
    "round brackets": ("- (x) accept  [ ] ★  [ ] later  [ ] no:", None),
    "the word alone": ("accept", None),
    "a dash in the box": ("- [-] accept  [ ] ★  [ ] later  [ ] no:", None),
    "a question mark": ("- [?] accept  [ ] ★  [ ] later  [ ] no:", None),
    "the word deleted": ("- [x]", None),
    "a section behind the word": ("- [x] accept into Pruning  [ ] ★  [ ] no:", None),
    "a misspelt word": ("- [x] acept", None),
    "a remark": ("- [x] accept  [ ] ★  [ ] later  [ ] no:\nask Ada first", None),
    "a wide letter": ("- [\N{FULLWIDTH LATIN SMALL LETTER X}] accept  [ ] ★  [ ] no:", "accept"),
    "a letter in bold": ("- [**x**] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "a sign without a width": ("- [\u200bx] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "an emoji with its variant": ("- [✔\ufe0f] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "a cry": ("- [x] accept!  [ ] ★  [ ] later  [ ] no:", "accept"),
    "no-break blanks": ("-\u00a0[\u00a0x\u00a0] accept  [\u00a0] ★  [\u00a0] no:", "accept"),
    "wrapped by an editor": ("- [ ] accept  [ ] ★\n  [x] later  [ ] no:", "later"),
    "a reason with a pipe": ("- [ ] accept  [ ] ★  [x] no: vision | audio", "reject"),
    "a reason with a box": ("- [ ] accept  [ ] ★  [x] no: vision, [x] later", "reject"),
    "a reason in a list": ("- [ ] accept  [ ] ★  [x] no:\n  - about vision", "reject"),
    "a reason that is a link": ("- [ ] accept  [x] no:\n  [vision](https://x.org)", "reject"),
    "a reason in quotes": ("- [ ] accept  [ ] ★  [x] no:\n  “vision”", "reject"),
    "wide brackets": ("- ［x］ accept  ［ ］ ★  ［ ］ later  ［ ］ no:", None),
    "brackets of Chinese": ("- 【x】 accept  【 】 ★  【 】 later  【 】 no:", None),
    "braces": ("- {x} accept  { } ★  { } later  { } no:", None),
    "escaped by an editor": (r"\- \[x\] accept  \[ \] ★  \[ \] later  \[ \] no:", None),
    "a sign that is a box": ("- ☑ accept  ☐ ★  ☐ later  ☐ no:", None),
    "a letter instead of the line": ("- x", None),
    "in a comment": ("<!-- - [x] accept  [ ] ★  [ ] later  [ ] no: -->", None),
    "behind a tag": ("<b>[x] accept</b>  [ ] ★  [ ] later  [ ] no:", None),
    "in a table": ("| [x] accept | [ ] ★ | [ ] later | [ ] no: |", None),
    "quoted": ("> - [x] accept  [ ] ★  [ ] later  [ ] no:", None),
    "a lettered list": ("a) [x] accept  [ ] ★  [ ] later  [ ] no:", None),
    "struck out": ("- [ ] accept  [ ] ★  ~~[x] later  [ ] no:~~", None),
    "a second line of boxes": (f"- [x] accept  [ ] ★  [ ] later  [ ] no:\n{BOXES}", None),
    "a merge of two": (
        "<<<<<<< ours\n- [x] accept  [ ] no:\n=======\n- [ ] accept  [x] no:\n>>>>>>> theirs",
        None,
    ),
    "a merge of the same": (f"<<<<<<< ours\n- [x] later\n=======\n{BOXES}\n>>>>>>> theirs", None),
    "a Chinese mark": ("- [√] accept  [ ] ★  [ ] later  [ ] no:", "accept"),
    "a tick behind its word": ("- [ ] accept  [ ] ★  [ ] later  [ ] no: [x]", "reject"),
    "the next line wrapped into it": (f"{BOXES} - section: Quantization", None),
    "the next line, and a tick": (
        f"{BOXES.replace('[ ] no:', '[x] no: vision')} - **section**: Quantization",
        None,
    ),
    "a tick on the section": ("- [ ] accept  [ ] ★  [ ] no:\n- [x] section: Pruning", None),
}


@pytest.mark.parametrize(("written", "act"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_taken_or_asked_about(text, written, act):
    """Never neither; the question names the candidate and the line."""
    said = read(text.replace(BOXES, written, 1))

    if act:
        assert ({KEY: act}, ()) == ({one.key: one.act for one in said.ticks}, said.unclear)
        assert (
            written.count("★  [x]") or "vision" not in written or "vision" in said.ticks[0].reason
        )
    else:
        assert () == said.ticks
        assert said.unclear[0].startswith(f"candidate 1 ({KEY}): ")
        assert KEY not in {key for _, key in said.open}


def of_first(change):
    """Something done to the ticked line of the first candidate, in the file as a whole."""
    return lambda text: change(tick(text, 1, "accept"))


def with_section(line):
    return of_first(lambda text: text.replace("- section: Quantization", line, 1))


# A slip in the file, what becomes of the first candidate, and the section that it goes to.
FILES = {
    "line ends of an old Mac": (of_first(lambda t: t.replace("\n", "\r")), "Quantization"),
    "CRLF in half of it": (
        of_first(lambda t: t[:300].replace("\n", "\r\n") + t[300:]),
        "Quantization",
    ),
    "one dash of two": (of_first(lambda t: t.replace("--", "–")), "Quantization"),
    "comments indented": (
        of_first(lambda t: t.replace("<!-- cand", "  <!-- cand")),
        "Quantization",
    ),
    "a wide colon": (with_section("- section：Pruning"), "Pruning"),
    "a section in bold": (with_section("- **section:** Pruning"), "Pruning"),
    "a section in quotes": (with_section("- section: “Pruning”"), "Pruning"),
    "a section with a comment": (with_section("- section: Pruning <!-- moved -->"), "Pruning"),
    "two sections": (with_section("- section: Quantization\n- section: Pruning"), None),
    "no colon": (with_section("- section Pruning"), None),
    "the section below": (with_section("- section:\n  Pruning"), None),
    "a tick among what is folded": (
        lambda t: t.replace("</details>", "- [x] accept\n</details>", 1),
        None,
    ),
    "boxes moved to the next": (
        lambda t: t.replace(BOXES, "", 1).replace(BOXES, f"- [x] accept  [ ] no:\n{BOXES}", 1),
        None,
    ),
    "a sign for the rest": (lambda t: t.replace("- [ ] not for us", "- ☑ not for us"), None),
    "a letter for the rest": (lambda t: t.replace("- [ ] not for us", "- x not for us"), None),
    "escaped for the rest": (lambda t: t.replace("[ ] not for us", r"\[x\] not for us"), None),
    "a merge below": (lambda t: f"{t}\n<<<<<<< ours\n=======\n>>>>>>> theirs\n", None),
}


@pytest.mark.parametrize(("change", "section"), FILES.values(), ids=FILES)
def test_a_slip_in_the_file_is_taken_or_asked_about(text, change, section):
    said = read(change(text))

    assert not said.rest
    if section:
        assert [(KEY, "accept", section)] == [(t.key, t.act, t.section) for t in said.ticks]
        assert () == said.unclear
    else:
        assert () == said.ticks
        assert "line" in said.unclear[0]


def test_a_block_that_is_unclear_once_says_nothing_elsewhere(text):
    """Copied, ticked in one copy and scribbled on in the other: that is one question."""
    start, end = text.index("### 1. "), text.index("### 2. ")
    ticked = tick(text, 1, "accept")
    copy = text[start:end].replace("- [ ] accept", "- [?] accept")

    said = read(ticked[: ticked.index("### 2. ")] + copy + text[end:])

    assert ((), 1) == (said.ticks, len(said.unclear))
    assert KEY not in {key for _, key in said.open}


@pytest.mark.parametrize("where", ["### 1. ", "*new* · ", "<details>"])
def test_a_tick_in_a_strange_place_is_asked_about(text, where):
    """In the heading, before the authors, or above the abstract: it is on no box."""
    at = text.index(where, text.index("### 1. "))
    said = read(
        text[:at]
        + ("[x]\n" if where == "<details>" else "")
        + where
        + ("" if where == "<details>" else "[x] ")
        + text[at + len(where) :]
    )

    assert () == said.ticks
    assert said.unclear


def test_every_trouble_is_told_at_once(text):
    slips = text.replace(BOXES, "- [?] accept", 1).replace(BOXES, "- [x] perhaps", 1)

    assert 2 == len(read(slips).unclear)


@pytest.mark.parametrize(
    ("written", "rest"),
    [("- [x] not for us: everything without a tick <!-- rest -->", True),
     ("-[X ] not for us", True),
     ("- [v] Not for us: everything without a tick", True),
     ("- [ ] not for us: everything without a tick <!-- rest -->", False)],
)  # fmt: skip
def test_the_box_for_the_rest(text, written, rest):
    said = read(re.sub(r"- \[ \] not for us.*", written, tick(text, 1, "accept")))

    assert (rest, ()) == (said.rest, said.unclear)
    assert [(2, SECOND), (3, "arxiv:2411.00003")] == list(said.open)
