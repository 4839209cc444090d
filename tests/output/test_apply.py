"""What was ticked becomes lines of the list and decisions, and nothing else changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.facts import Decision
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import parse
from config.form import READ_ONLY
from output.apply.plan import applying
from output.digest.markdown import NOT_FOR_US, page
from output.digest.model import as_json
from output.digest.ticks import read_ticks
from output.entries import entry_of
from tests.fakes import KEY, LIST, NOW, citations, digest, in_fences, paper, tick

NAME = "lists/efficient-llm.md"
SECOND = "arxiv:2411.03350"
OLD = render(entry_of(paper("2410.00001", "An Old One")))
HEAD = "# Efficient LLM \n\nKept by  people.\t\n\n## Quantization\n\n"
LIST_TEXT = f"{HEAD}{OLD}\n\n## Pruning\n\n\n## Others\n\n- [a link](https://example.org) \n"
CURRENT = LIST_TEXT.encode()


@pytest.fixture
def made():
    return digest(paper(), paper("2411.03350", "A Second One"))


@pytest.fixture
def text(made):
    return page(made)


def plan(made, text, current=CURRENT, decided=None, **more):
    rest = [candidate.key for candidate in made.candidates]
    told = {"user": "ada", "at": NOW, "name": NAME, "rest": rest, **more}
    shown = as_json(made)
    items = [*shown["candidates"], *shown["near_misses"]]
    candidates = {item["key"]: item["entry"] for item in items}
    return applying(read_ticks(text, "page"), candidates, current, decided or {}, **told)


def decision(act, key=KEY, **more):
    return Decision(LIST, key, act, "ada", NOW, **{"digest": "2024-W46", **more})


def latest(made):
    return {said.work_key: said for said in made.decisions}


def test_nothing_ticked_changes_nothing(made, text):
    done = plan(made, text)

    assert CURRENT == done.new
    assert ((), (), (), ()) == (done.decisions, done.added, done.notes, done.unclear)


def test_an_accepted_entry_stands_at_the_top_of_its_section(made, text):
    """The entry to the byte, and every other byte of the list as it was."""
    done = plan(made, tick(text, 1, "accept"))

    assert f"{HEAD}{made.candidates[0].entry}\n{LIST_TEXT[len(HEAD) :]}".encode() == done.new
    assert ("Quantization",) == done.added
    assert (decision("accept", section="Quantization"),) == done.decisions


def test_a_star_is_put_in_front(made, text):
    done = plan(made, tick(text, 1, "accept with 🌟"))

    entry = parse(done.new).entries[0]
    assert done.new.startswith(f"{HEAD}- 🌟 **BitNet".encode())
    assert (True, "2411.04965") == (entry.starred, entry.arxiv_id)
    assert made.candidates[0].entry == entry.raw.rstrip("\n").replace("🌟 ", "")


@pytest.mark.parametrize(
    ("box", "said"),
    [
        pytest.param("later", decision("later"), id="later"),
        pytest.param(
            "reject, because:", decision("reject", reason="about vision"), id="reject"
        ),
    ],
)  # fmt: skip
def test_what_is_not_accepted_is_decided_only(made, text, box, said):
    done = plan(made, tick(text, 1, box, " about vision" if said.reason else ""))

    assert (said,) == done.decisions
    assert (CURRENT, ()) == (done.new, done.added)


def test_two_of_one_section_keep_their_order(made, text):
    done = plan(made, tick(tick(text, 1, "accept"), 2, "accept"))

    ids = [entry.arxiv_id for entry in parse(done.new).entries if entry.kind == "paper"]
    assert ["2411.04965", "2411.03350", "2410.00001"] == ids


def test_the_reviewers_section_is_taken(made, text):
    """An entry that was moved stands there, and the decision says where."""
    moved = tick(text, 1, "accept").replace("- section: Quantization", "- section: Pruning", 1)

    done = plan(made, moved)

    assert {"2411.04965": "Pruning", "2410.00001": "Quantization"} == {
        entry.arxiv_id: entry.section for entry in parse(done.new).entries if entry.arxiv_id
    }
    assert (decision("accept", section="Pruning"),) == done.decisions


def test_the_reviewers_words_are_taken(made, text):
    """A title that was shortened and a remark that was added stand in the list."""
    ours = made.candidates[0].entry
    theirs = ours.replace(": 4-bit Activations for 1-bit LLMs", "") + "\n\n\tWorth a look."

    done = plan(made, in_fences(tick(text, 1, "accept")).replace(ours, theirs))

    assert f"{HEAD}{theirs}\n{LIST_TEXT[len(HEAD) :]}".encode() == done.new
    assert ((), "BitNet a4.8") == (done.unclear, parse(done.new).entries[0].title)


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_an_editor_that_strips_blanks_still_gives_our_entry(made, text, ending):
    """Blanks at line ends are part of the list's form; an editor's habit does not lose them."""
    ticked = tick(text, 1, "accept")
    stripped = ending.join(line.rstrip() for line in ticked.split("\n"))
    assert made.candidates[0].entry not in stripped

    assert plan(made, ticked) == plan(made, stripped)


def test_the_list_keeps_its_own_line_ends(made, text):
    """New lines are written as the list writes its own."""
    current = CURRENT.replace(b"\n", b"\r\n")

    done = plan(made, tick(text, 1, "accept"), current)

    assert plan(made, tick(text, 1, "accept")).new.replace(b"\n", b"\r\n") == done.new


def test_an_entry_that_is_another_paper_now(made, text):
    """A wrong id in the entry is asked about; nothing is added or decided."""
    swapped = tick(text, 1, "accept").replace("2411.04965v1", "2411.04956v1")

    done = plan(made, swapped)

    assert (CURRENT, ()) == (done.new, done.decisions)
    (question,) = done.unclear
    assert question == f"candidate 1 ({KEY}): its entry is now of another paper (2411.04956)"


@pytest.mark.parametrize(
    "theirs",
    [
        pytest.param("", id="nothing"),
        pytest.param("Read this!", id="a sentence"),
        pytest.param("## A Heading", id="a heading"),
        pytest.param(f"{OLD}\n{OLD}", id="two entries"),
        pytest.param(f"Look:\n\n{OLD}", id="a sentence and an entry"),
        pytest.param(f"{OLD}\n\n## A Heading", id="an entry and a heading"),
    ],
)
def test_an_entry_that_is_none_any_more(made, text, theirs):
    """What would not stand as one entry of the list is asked about."""
    broken = in_fences(tick(text, 1, "accept")).replace(made.candidates[0].entry, theirs)

    done = plan(made, broken)

    assert (CURRENT, ()) == (done.new, done.decisions)
    assert 1 == len(done.unclear)
    assert f"candidate 1 ({KEY})" in done.unclear[0]


def test_a_candidate_that_is_not_of_this_digest(made, text):
    """It is named; the others are applied."""
    ticked = tick(tick(text, 1, "accept"), 2, "accept")
    foreign = ticked.replace(f"<!-- candidate 1 {KEY} -->", "<!-- candidate 1 arxiv:2411.77777 -->")

    done = plan(made, foreign)

    assert ("candidate 1 (arxiv:2411.77777): is not in this digest",) == done.unclear
    assert [SECOND] == [said.work_key for said in done.decisions]


def test_a_section_that_is_not_there(made, text):
    """It is asked about, with the sections that there are; the other ticks count."""
    moved = tick(text, 1, "accept").replace("- section: Quantization", "- section: Prunning", 1)

    done = plan(made, tick(moved, 2, "later"))

    (question,) = done.unclear
    assert question.startswith(f"candidate 1 (2411.04965) of 2024-W46, for {NAME}: ")
    assert 'no section "Prunning"; did you mean "Pruning"' in question
    assert "Quantization, Pruning, Others" in question
    assert ["later"] == [one.act for one in done.decisions]
    assert CURRENT == done.new


@pytest.mark.parametrize("written", ["pruning", "PRUNING", " Pruning  "])
def test_a_section_in_another_case(made, text, written):
    moved = tick(text, 1, "accept").replace("- section: Quantization", f"- section: {written}", 1)

    assert ("Pruning",) == plan(made, moved).added


def test_everything_without_a_tick_is_not_for_us(made, text):
    """One box rejects the rest; what has a tick, and what is unclear, is left alone."""
    ticked = tick(text, 1, "accept").replace(f"- [ ] {NOT_FOR_US}", f"- [x] {NOT_FOR_US}")

    done = plan(made, ticked)

    assert [(KEY, "accept", "")] == [(d.work_key, d.act, d.reason) for d in done.decisions[:1]]
    assert {("reject", "not for us")} == {(d.act, d.reason) for d in done.decisions[1:]}
    assert len(made.candidates) == len(done.decisions)
    unclear = plan(made, tick(ticked, 1, "later"))
    assert KEY not in {d.work_key for d in unclear.decisions}


def test_a_paper_that_somebody_added_meanwhile(made, text):
    """Theirs stays as they wrote it; it is noted, and nothing is added."""
    theirs = CURRENT.replace(
        b"[a link]", b"[BitNet](https://arxiv.org/abs/2411.04965) and [a link]"
    )

    done = plan(made, tick(text, 1, "accept"), theirs)

    assert (theirs, (), ()) == (done.new, done.added, done.decisions)
    assert ("2411.04965: already in the list; unchanged",) == done.notes


def test_what_people_changed_meanwhile_stays(made, text):
    """Lines that were added, edited and removed since the digest are kept to the byte."""
    theirs = CURRENT.replace(OLD.encode(), b"- [another](https://example.org/2)\t").replace(
        b"Kept by  people.", b"Kept by *few* people."
    )

    done = plan(made, tick(text, 1, "accept"), theirs)

    entry = f"{made.candidates[0].entry}\n".encode()
    assert theirs == done.new.replace(entry, b"")


def test_applying_twice_is_applying_once(made, text):
    """The same page again finds its entries in the list and its decisions made."""
    ticked = tick(tick(text, 1, "accept"), 2, "reject, because:", " no")
    first = plan(made, ticked)

    again = plan(
        made, ticked, first.new, latest(first), user="bob", at=NOW + timedelta(hours=1)
    )  # fmt: skip

    assert 2 == len(first.decisions)
    assert (first.new, (), ()) == (again.new, again.decisions, again.added)


def test_another_mind_is_another_decision(made, text):
    """Rejected on Monday, put off on Tuesday: the new word counts."""
    first = plan(made, tick(text, 1, "reject, because:", " no"))

    again = plan(made, tick(text, 1, "later"), decided=latest(first))

    assert (decision("later"),) == again.decisions


def test_what_was_undone_can_be_applied_again(made, text):
    first = plan(made, tick(text, 1, "accept"))
    undone = {KEY: replace(first.decisions[0], act="undo", section=None, digest=None)}

    assert first == plan(made, tick(text, 1, "accept"), decided=undone)


def test_a_block_that_is_there_twice(made, text):
    """A merge can double a block: it is applied once, and asked about when the two differ."""
    ticked = tick(text, 1, "accept")
    first, second = (ticked.index(f"<!-- candidate {number} ") for number in (1, 2))
    double = ticked[:second] + ticked[first:second] + ticked[second:]
    differ = ticked[:second] + ticked[first:second].replace("[x] accept", "[x] later") + (
        ticked[second:]
    )  # fmt: skip

    assert plan(made, ticked) == plan(made, double)
    question = plan(made, differ)
    assert (CURRENT, ()) == (question.new, question.decisions)
    assert (f"candidate 1 ({KEY}): appears twice, with different answers",) == question.unclear


def test_what_is_unclear_on_the_page_is_passed_on(made, text):
    done = plan(made, tick(tick(text, 1, "accept"), 1, "later"))

    (question,) = done.unclear
    assert question.endswith(": more than one box is ticked (accept and later); leave one")
    assert CURRENT == done.new


@pytest.mark.long
@settings(deadline=None)
@given(st.text(), st.lists(st.text(), min_size=1, max_size=5))
def test_any_title_becomes_one_entry(title, authors):
    """Accepted, any paper is one entry of its section more, and the rest is as it was."""
    made = digest(paper(title=title, authors=tuple(authors)))

    done = plan(made, tick(page(made), 1, "accept with 🌟"))

    before, after = parse(CURRENT), parse(done.new)
    assert () == done.unclear
    assert [one.heading.raw for one in before.sections] == [
        one.heading.raw for one in after.sections
    ]
    assert ["2411.04965", *[entry.arxiv_id for entry in before.entries]] == [
        entry.arxiv_id for entry in after.entries
    ]
    assert "Quantization" == after.entries[0].section
    assert CURRENT == done.new.replace(after.entries[0].raw.encode(), b"")


def test_a_counted_paper_keeps_its_count(made):
    """The pair in the entry is the one that the reviewer saw."""
    known = digest(replace(made.candidates[0], entry=render(
        entry_of(paper(), citation=citations(7))
    )))  # fmt: skip

    done = plan(known, tick(page(known), 1, "accept"))

    assert 7 == parse(done.new).entries[0].citation.count


def test_what_is_accepted_for_a_read_only_list_is_not_written_and_a_line_says_so(made, text):
    """A rejected paper is decided all the same; an accepted one waits for a form."""
    text = tick(tick(text, 1, "accept"), 2, "no:", " off topic")

    done = plan(made, text, form=READ_ONLY)

    assert CURRENT == done.new
    assert ["reject"] == [said.act for said in done.decisions]
    assert "is read-only (form: none), 1 accepted are not written" in done.notes[0]
    assert () == done.unclear
