"""A work that a person puts into another section is written in the form of that section."""

import re
from contextlib import closing

import pytest

from output.publish.forge import Comment
from output.publish.sync import Words, read_feedback
from output.review.session import ReviewSession
from tests.review.test_one_book import LATER, decide, number_of
from tests.review.test_session import NOW, candidates, world_of

__all__ = ["candidates"]
FORM = """\
form:
  entry: "- [{{ title }}]({{ abs }})"
  sections:
    - name: Pruning
      entry: "- {{ title }}, pruned: {{ abs }}"
"""
AT = "https://arxiv.org/abs/2411.00001"
PRUNED = f"- Four Bits for Everyone, pruned: {AT}"
PRINTED = f"- [Four Bits for Everyone]({AT})"


@pytest.fixture
def workspace(candidates, tmp_path):
    """The four candidates on a page; the list writes the entries of one section otherwise."""
    mine = candidates.copy(tmp_path / "mine")
    rules = mine.root / "config" / "lists" / "efficient-llm.yaml"
    rules.write_text(re.sub(r"(?m)^(file: .*\n)", rf"\1{FORM}", rules.read_text()))
    assert 0 == mine.run("digest", as_of=NOW).code
    return mine


def moved(workspace, section, entry=PRINTED):
    """Accept the candidate in another section on its page, perhaps with another text."""
    number, path = number_of(workspace, "Four Bits"), workspace.page()
    workspace.tick(number)
    before, mark, block = path.read_text().partition(f"<!-- candidate {number} ")
    block = re.sub(r"(?m)^(- section:) .*$", rf"\1 {section}", block, count=1)
    path.write_text(before + mark + block.replace(PRINTED, entry, 1))


def lines_of(workspace):
    return [line for line in workspace.listed.read_text().splitlines() if "2411.00001" in line]


@pytest.mark.parametrize(
    ("section", "entry", "written"),
    [
        ("Pruning", PRINTED, PRUNED),
        ("pruning", PRINTED, PRUNED),
        ("Efficient LLM > Pruning", PRINTED, PRUNED),
        ("Pruning", f"- 🌟 {PRINTED[2:]}", f"- 🌟 {PRUNED[2:]}"),
        ("Pruning", f"{PRINTED} by hand", f"{PRINTED} by hand"),
        ("Inference", PRINTED, PRINTED),
    ],
    ids=["section", "its case", "its path", "star", "own words", "same form"],
)
def test_apply_writes_the_form_of_the_section_that_was_chosen(workspace, section, entry, written):
    """What a person wrote into the entry stays as it is."""
    moved(workspace, section, entry)

    ended = workspace.run("apply", as_of=LATER)

    assert 0 == ended.code, ended.out + ended.err
    assert [written] == lines_of(workspace)
    assert 0 == workspace.run("undo", as_of=LATER).code
    assert [] == lines_of(workspace)


def test_the_page_writes_the_form_of_the_section_that_was_chosen(workspace):
    """The page posts the text that it showed: that of the section that was proposed."""
    ada = ReviewSession(world_of(workspace), "ada")

    decide(ada, "Four Bits", section="Pruning", entry=PRINTED)
    decide(ada, "Four Bits", section="Pruning", entry=PRUNED, starred=True)
    decide(ada, "Four Bits", section="Quantization", entry=f"- 🌟 {PRUNED[2:]}", starred=True)
    decide(ada, "Four Bits", section="Pruning", entry=PRINTED)
    (plan,) = ada.plans()
    ada.apply(plan.token)

    assert [PRUNED] == lines_of(workspace)


def test_a_tick_in_the_file_is_on_the_page_in_the_form_of_its_section(workspace):
    moved(workspace, "Pruning")
    ada = ReviewSession(world_of(workspace), "ada")
    ada.lines()

    (plan,) = ada.plans()

    assert f"+{PRUNED}" in plan.diff


def test_a_comment_chooses_the_form_with_the_section(workspace):
    number = number_of(workspace, "Four Bits")
    with closing(world_of(workspace).store) as store:
        (kept,) = store.digests.all()
    said = Comment(1, "ann", False, f"/listkeeper accept {number} in Pruning", LATER)

    (rules,) = world_of(workspace).lists
    words = Words(comments=(said,))

    (decision,) = read_feedback(words, kept, {}, ["Pruning"], LATER, rules.form).decisions

    assert (PRUNED, "Pruning") == (decision.entry, decision.section)
