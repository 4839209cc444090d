"""Commands in comments: what is understood, and what is asked about."""

from datetime import timedelta

import pytest

from catalog.facts import Decision
from catalog.rows.digests import KeptDigest
from output.publish.commands import Command, UnclearCommand, read_commands
from output.publish.forge import Comment
from output.publish.sync import Words, read_feedback
from tests.fakes import NOW

SECTIONS = ("Quantization", "Network Pruning / Sparsity", "In Context")
MINUTE = timedelta(minutes=1)
ITEM = {"number": 1, "key": "arxiv:2411.00001", "section": "Quantization", "entry": ""}
WHOLE = ITEM | {
    "entry": "- **A Small Model**, `arXiv, 2411.00001`, [arxiv](http://arxiv.org/abs/2411.00001v1),"
    " [pdf](http://arxiv.org/pdf/2411.00001v1.pdf), cication: [**-1**](None) ",
}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/listkeeper accept 3", Command("accept", (3,))),
        ("/Listkeeper Accept #3, 7", Command("accept", (3, 7))),
        (
            "/listkeeper accept 3 in quantization with star",
            Command("accept", (3,), "Quantization", starred=True),
        ),
        (
            "/listkeeper accept 3 in Network Pruning / Sparsity with a 🌟",
            Command("accept", (3,), "Network Pruning / Sparsity", starred=True),
        ),
        ("/listkeeper accept 3 in in context", Command("accept", (3,), "In Context")),
        (
            "/listkeeper reject 4 7 application papers",
            Command("reject", (4, 7), reason="application papers"),
        ),
        ("/listkeeper reject 4 because: 3D only", Command("reject", (4,), reason="3D only")),
        ("/listkeeper reject 4: 8-bit only", Command("reject", (4,), reason="8-bit only")),
        ("/listkeeper reject 4 8-bit only", Command("reject", (4,), reason="8-bit only")),
        ("/listkeeper reject 4 1.58 bits", Command("reject", (4,), reason="1.58 bits")),
        ("/listkeeper reject 4, 3D only", Command("reject", (4,), reason="3D only")),
        ("/listkeeper reject 4 and 7 off topic", Command("reject", (4, 7), reason="off topic")),
        (
            "/listkeeper reject 4-6, #9 off topic",
            Command("reject", (4, 5, 6, 9), reason="off topic"),
        ),
        ("/listkeeper reject 4. Off topic", Command("reject", (4,), reason="Off topic")),
        ("/listkeeper later 5 – 6", Command("later", (5, 6))),
        ("/listkeeper later 5", Command("later", (5,))),
        ("/listkeeper reject 4：不相关", Command("reject", (4,), reason="不相关")),
        (
            "/listkeeper　reject 4、5，7 与主题无关",
            Command("reject", (4, 5, 7), reason="与主题无关"),
        ),
        ("/listkeeper reject ４～６。重复", Command("reject", (4, 5, 6), reason="重复")),
        ("/listkeeper accept 7。", Command("accept", (7,))),
        ("/listkeeper reject 4، ٥ خارج", Command("reject", (4, 5), reason="خارج")),
        ("/listkeeper reopen 5", Command("reopen", (5,))),
        ("/listkeeper apply", Command("apply")),
        ("/listkeeper", Command("help")),
        ("Thanks!\r\n/listkeeper help\r\n", Command("help")),
    ],
)
def test_understood(text, command):
    assert [command] == list(read_commands(text, SECTIONS))


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("/listkeeper merge 3", "'merge' is no command"),
        ("/listkeeper accept", "numbers of the candidates are missing"),
        ("/listkeeper accept all", "numbers of the candidates are missing"),
        ("/listkeeper reject 7-4", "numbers of the candidates are missing"),
        ("/listkeeper reject 1-2000", "more than 1000 candidates"),
        (f"/listkeeper reject {'9' * 5000}", "numbers of the candidates are missing"),
        ("/listkeeper accept 3 8-bit", "neither `in SECTION` nor `with star`"),
        ("/listkeeper accept 3 in Prunning", "no section 'Prunning'; known: Quantization"),
        ("/listkeeper accept 3 please", "neither `in SECTION` nor `with star`"),
    ],
)
def test_asked_about(text, trouble):
    (question,) = read_commands(text, SECTIONS)

    assert isinstance(question, UnclearCommand)
    assert trouble in question.trouble


@pytest.mark.parametrize(
    "text",
    [
        "Please say /listkeeper accept 3",
        "> /listkeeper accept 3",
        "    /listkeeper accept 3",
        "```\n/listkeeper accept 3\n```",
        "~~~\n/listkeeper accept 3",
        "```\n~~~\n/listkeeper accept 3\n```",
        "/listkeepers accept 3",
    ],
)
def test_quoted_and_mentioned_commands_are_none(text):
    assert [] == list(read_commands(text, SECTIONS))


@pytest.mark.parametrize(
    ("command", "later", "decided", "answer"),
    [
        ("accept 1", "pick", 0, ""),
        ("reject 1", "pick", 0, "candidate 1: ben said pick later"),
        ("reject 1", "accept", 0, "candidate 1: ben said accept later"),
        ("reopen 1", "undo", 0, ""),
        ("reject 1", None, 1, ""),
    ],
)
def test_a_comment_is_not_held_against_what_was_decided_after_it(command, later, decided, answer):
    """A killed run's comments are read once more."""
    digest = KeptDigest("Efficient LLM", "2024-W46", NOW, b"", {"candidates": [ITEM]})
    said = Comment(7, "ann", False, f"/listkeeper {command}", NOW + MINUTE)
    stored = Decision("Efficient LLM", ITEM["key"], later, "ben", NOW + 2 * MINUTE)

    feedback = read_feedback(
        Words(comments=(said,)), digest, {ITEM["key"]: stored} if later else {}, SECTIONS,
        NOW + 3 * MINUTE,
    )  # fmt: skip

    assert decided == len(feedback.decisions)
    assert [answer] == [reply.text for reply in feedback.replies]


@pytest.mark.parametrize(
    ("said", "decided", "reactions", "answer"),
    [
        ([("ann", "accept 1"), ("ann", "reject 1")], ["reject"], ["+1", "+1"],
         "candidate 1: the later `reject` counts, not `accept`"),
        ([("ann", "accept 1\n/listkeeper reject 1 off topic")], ["reject"], ["+1"],
         "candidate 1: the later `reject` counts, not `accept`"),
        ([("ann", "reject 1"), ("ann", "accept 1 in in context with star")], ["pick"], ["+1", "+1"],
         "candidate 1: the later `accept in In Context with star` counts, not `reject`"),
        ([("ann", "accept 1"), ("ann", "reopen 1")], [], ["+1", "+1"],
         "candidate 1: the later `reopen` counts, not `accept`"),
        ([("ann", "accept 1"), ("ben", "reject 1")], [], ["confused", "confused"],
         "people say `accept` and `reject`; none of it counts until somebody says again"),
        ([("ann", "accept 1 in in context"), ("ben", "accept 1 in Quantization")], [],
         ["confused", "confused"], "say `accept in In Context` and `accept in Quantization`"),
        ([("ann", "reject 1"), ("ben", "accept 1"), ("ann", "accept 1")], ["pick"],
         ["+1", "+1", "+1"], "the later `accept` counts, not `reject`"),
        ([("ann", "accept 1"), ("ben", "accept 1 in in context")], ["pick"], ["+1", "+1"], ""),
        ([("ann", "accept 1 in in context"), ("ben", "accept 1")], ["pick"], ["+1", "+1"], ""),
        ([("ann", "accept 1"), ("ann", "accept 1")], ["pick"], ["+1", "+1"], ""),
    ],
)  # fmt: skip
def test_of_several_commands_in_one_read_the_last_of_one_person_counts(
    said, decided, reactions, answer
):
    """What two people say differently is asked about, and none of it counts."""
    digest = KeptDigest("Efficient LLM", "2024-W46", NOW, b"", {"candidates": [WHOLE]})
    comments = tuple(
        Comment(at, who, False, f"/listkeeper {words}", NOW + at * MINUTE)
        for at, (who, words) in enumerate(said, 1)
    )

    feedback = read_feedback(Words(comments=comments), digest, {}, SECTIONS, NOW + 30 * MINUTE)

    assert decided == [decision.act for decision in feedback.decisions]
    assert reactions == [reply.reaction for reply in feedback.replies]
    texts = "\n".join(reply.text for reply in feedback.replies if reply.text)
    assert answer in texts
    assert bool(answer) == bool(texts)
    named = "In Context" if any("in context" in words for _, words in said) else "Quantization"
    assert {named} >= {one.section for one in feedback.decisions if one.act == "pick"}


def test_a_command_that_was_carried_out_contradicts_nothing_that_came_since():
    """A killed run's comments are read once more, with new ones among them."""
    digest = KeptDigest("Efficient LLM", "2024-W46", NOW, b"", {"candidates": [WHOLE]})
    comments = (
        Comment(1, "ann", False, "/listkeeper accept 1", NOW + MINUTE),
        Comment(2, "ben", False, "/listkeeper reject 1", NOW + 3 * MINUTE),
    )
    stored = Decision("Efficient LLM", ITEM["key"], "pick", "ann", NOW + 2 * MINUTE)

    feedback = read_feedback(
        Words(comments=comments), digest, {ITEM["key"]: stored}, SECTIONS, NOW + 4 * MINUTE
    )

    assert [("reject", "ben")] == [(one.act, one.who) for one in feedback.decisions]
