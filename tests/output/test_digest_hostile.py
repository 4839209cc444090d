"""A page is what it was meant to be, whatever its papers are called."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from output.digest.blocks import LINE_END
from output.digest.markdown import CLOSED, page
from output.digest.ticks import read_ticks
from output.escape import plain
from tests.fakes import LIST, digest, paper

HOSTILE = [
    "Quantization](javascript:alert(1)) [and More",
    "<script>alert('KV cache')</script> Compressing",
    "<!-- candidate 9 arxiv:2411.99999 --> \n<!-- candidate 9 arxiv:2411.99999 -->",
    "\n- [x] accept\n- section: Elsewhere\n",
    "\n- [x] reject, because: of nothing\n",
    "<!-- end of candidates -->\n<!-- end of candidates -->\n",
    "```\n- [x] accept\n```markdown\n````",
    "`````markdown",
    "~~~\n</details>\n-->",
    "\n## Another Section\n",
    "a --> b -- c <!--",
    "Trailing Backslash\\",
    "\u2028- [x] later\x85- [x] later\x0b- [x] later\r- [x] later",
    "\x00 \x00 \x00 \x00 - [x] accept",
    "\ud800 half a sign \u202e",
]
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=4).map("".join),
)
ids = st.lists(st.integers(1, 99_999), min_size=1, max_size=4, unique=True).map(
    lambda numbers: [f"2411.{number:05}" for number in numbers]
)


@pytest.mark.long
@settings(deadline=None)
@given(ids, st.data())
def test_every_candidate_comes_back_unticked(arxiv_ids, data):
    """Nothing in a title, a name or an abstract adds, hides or ticks a candidate."""
    works = [
        paper(
            arxiv_id,
            data.draw(texts),
            abstract=data.draw(texts),
            authors=tuple(data.draw(st.lists(texts, max_size=5))),
            categories=tuple(data.draw(st.lists(texts, max_size=2))),
        )
        for arxiv_id in arxiv_ids
    ]
    made = digest(*works[1:], near=works[:1]) if len(works) > 1 else digest(*works)

    text = page(made)

    assert text.encode()
    nothing = read_ticks(text, "page")
    assert ((), ()) == (nothing.ticks, nothing.unclear)
    assert (LIST, "2024-W46", "ab" * 32) == (nothing.list_name, nothing.name, nothing.base_hash)
    everything = read_ticks(text.replace("[ ] accept ", "[x] accept "), "page")
    shown = [*made.candidates, *made.near_misses]
    assert [(one.number, one.key) for one in shown] == [
        (one.number, one.key) for one in (*everything.ticks, *_near(everything, made))
    ]
    assert [one.entry for one in made.candidates] == [
        one.entry for one in everything.ticks if one.entry is not None
    ]


def _near(ticked, made):
    """Near misses without a section to go to are unclear, each by its number and key."""
    unclear = [one for one in made.near_misses if one.runner_up is None]
    assert [f"candidate {one.number} ({one.key}): has no section" for one in unclear] == list(
        ticked.unclear
    )
    return unclear


@pytest.mark.long
@settings(deadline=None)
@given(texts, texts, texts)
def test_a_page_renders_as_it_was_meant(title, abstract, name):
    """One heading, one line of boxes, one entry and no mark-up of others, for any words."""
    made = digest(paper(title=title, abstract=abstract, authors=(name,)))

    tokens = MarkdownIt("commonmark", {"html": True}).parse(page(made))

    headings = [
        tokens[at + 1].content for at, one in enumerate(tokens) if one.type == "heading_open"
    ]
    assert 3 == len(headings)
    assert f"1. {plain(title)}".strip() == _text(tokens, "h3")
    # Boxes, section, entry, and the box for the rest.
    assert 4 == sum(one.type == "list_item_open" for one in tokens)
    spans = [
        span.content for one in tokens for span in one.children or () if span.type == "code_inline"
    ]
    assert made.candidates[0].entry.replace("\n", LINE_END).strip() in [s.strip() for s in spans]
    assert 0 == sum(one.type == "code_block" for one in tokens)
    raw = [one.content.strip() for one in tokens if one.type == "html_block"]
    assert 1 == raw.count(CLOSED)
    assert {"<!-", "<de", "</d"} >= {one[:3] for one in raw}


def _text(tokens, tag):
    at = next(at for at, one in enumerate(tokens) if one.type == "heading_open" and one.tag == tag)
    shown = "".join(
        one.content for one in tokens[at + 1].children if one.type in ("text", "text_special")
    )
    return shown.replace("\N{WORD JOINER}", "")
