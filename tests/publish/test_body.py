"""The body of a week's thread: it fits, its boxes are boxes, and it comes back as it was ticked."""

import json
import random
import re
from dataclasses import replace

import pytest
from cmarkgfm import github_flavored_markdown_to_html
from cmarkgfm.cmark import Options
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from catalog.rows.digests import KeptDigest
from output.digest.candidates import candidate
from output.digest.model import as_json
from output.publish.body import MAX_BODY_UNITS, read_body, units, write_body
from output.publish.sync import Words, read_feedback
from tests.fakes import NOW, digest, paper, verdict
from tests.output.test_escape import HOSTILE
from tests.workspace import REPOSITORY

PAGE = "https://github.com/octo/list/blob/listkeeper/2024-W46/digests/2024-W46.md"
GFM = MarkdownIt("gfm-like", {"linkify": False, "html": True})
BOX = re.compile(r"- \[ \] <!-- (accept|reject) ")


def many(number, **changes):
    """A digest with so many candidates, each changed alike."""
    made = digest(*(paper(arxiv_id=f"2411.{n:05}") for n in range(1, number + 1)))
    return replace(made, candidates=tuple(replace(c, **changes) for c in made.candidates))


def test_every_candidate_has_two_boxes_and_there_is_one_to_apply():
    body = write_body(many(25), PAGE)

    assert 50 == len(BOX.findall(body))
    assert 1 == body.count("- [ ] <!-- apply -->")
    read = read_body(body)
    assert (50, frozenset(), False, ()) == (
        len(read.boxes), read.ticked, read.applied, read.unclear
    )  # fmt: skip


YES_BOX = "- [ ] <!-- accept 1 arxiv:2411.00001 --> ✅ accept"
NO_BOX = "- [ ] <!-- reject 1 arxiv:2411.00001 --> ❌ reject"


@pytest.mark.parametrize(
    ("ours", "theirs", "asked"),
    [
        (NO_BOX, f"{NO_BOX.replace('[ ]', '[x]')} off topic", "'off topic' is not read"),
        (NO_BOX, f"{NO_BOX}: off topic", "': off topic' is not read"),
        (NO_BOX, f"{NO_BOX}\n  off topic", "'off topic' is not read"),
        (YES_BOX, f"{YES_BOX.replace('[ ]', '[x]')} in Pruning", "'in Pruning' is not read"),
        (YES_BOX, "- ✅ accept", "is no box of this week: '- ✅ accept'"),
        ("- [ ] <!-- apply -->", "- [√] <!-- apply -->", "the box to apply is damaged"),
        ("- [ ] <!-- apply -->", "- <!-- apply -->", "the box to apply is damaged"),
    ],
    ids=["reason", "reason alone", "next line", "section", "no box", "mark", "no apply"],
)
def test_what_is_not_read_in_a_body_is_asked_about(ours, theirs, asked):
    body = write_body(many(2), PAGE)

    (question,) = read_body(body.replace(ours, theirs, 1)).unclear

    assert asked in question
    assert () == read_body(body.replace("[ ]", "[x]")).unclear


def test_a_near_miss_has_the_boxes_of_a_candidate():
    """They stand folded; it took a comment to accept one."""
    near = candidate(2, paper("2411.00002"), verdict(None, runner_up="Pruning"))
    made = digest(paper("2411.00001"), near=[near])
    body = write_body(made, PAGE)
    ticked = body.replace("- [ ] <!-- accept 2 ", "- [x] <!-- accept 2 ")

    assert (
        body.index("Near misses: 1")
        < body.index("<!-- accept 2 ")
        < body.index("</details>\n\n---")
    )
    html = github_flavored_markdown_to_html(body, options=Options.CMARK_OPT_UNSAFE)
    assert 5 == html.count('type="checkbox"')
    stored = KeptDigest(made.list_name, made.name, made.made_at, b"", as_json(made))
    words = Words(body=read_body(ticked.replace("[ ] <!-- apply", "[x] <!-- apply")))
    (decision,) = read_feedback(words, stored, {}, ["Pruning"], NOW).decisions
    assert ("arxiv:2411.00002", "pick", "Pruning") == (
        decision.work_key, decision.act, decision.section
    )  # fmt: skip


def test_a_candidate_by_likeness_says_what_it_is_like():
    """The reasons are those of the digest, in the same words."""
    body = write_body(
        many(1, by="likeness", why=(), telling=("weights",), nearest=("BitNet*",)), PAGE
    )

    assert "\nBy likeness to listed papers: “weights” · most like “BitNet\\*”\n" in body


@pytest.mark.long
@pytest.mark.parametrize("number", [25, 60, 200])
@pytest.mark.parametrize("abstract", ["x" * 3000, "𝕏" * 1500, "a](b) `c` @d #12 " * 150])
def test_it_fits_and_is_never_cut_inside_a_candidate(number, abstract):
    body = write_body(many(number, abstract=abstract, title="𝔗itle " * 20), PAGE)

    assert units(body) <= MAX_BODY_UNITS
    read = read_body(body)
    shown = len(read.boxes) // 2
    assert 2 * shown == len(read.boxes)
    assert body.count("<details>") == body.count("</details>")
    if shown < number:
        assert f"{number - shown} more stand in the [page]" in body
    assert body.endswith("**Apply what is ticked**\n")


@pytest.mark.long
def test_every_week_of_real_papers_fits_with_all_abstracts_and_boxes():
    """54 weeks of 25 real papers each; GitHub's own Markdown finds each box."""
    lines = (REPOSITORY / "sandbox" / "data" / "catalogue.jsonl").read_text().splitlines()
    real, chance = [row for row in map(json.loads, lines) if row["abstract"]], random.Random(54)
    for _ in range(54):
        rows = chance.sample(real, 25)
        made = digest(*(paper(arxiv_id=row["id"], title=row["title"]) for row in rows))
        texts = zip(made.candidates, rows, strict=True)
        told = tuple(
            replace(c, abstract=row["abstract"], authors=tuple(row["authors"])) for c, row in texts
        )

        body = write_body(replace(made, candidates=told), PAGE)

        assert units(body) <= MAX_BODY_UNITS
        shown = github_flavored_markdown_to_html(body, options=Options.CMARK_OPT_UNSAFE)
        assert 25 == shown.count("<summary>abstract</summary>")
        assert 51 == shown.count('type="checkbox"')


def test_the_strongest_candidates_keep_their_abstracts():
    made = many(25, abstract="word " * 800)
    scored = tuple(replace(c, score=n / 25) for n, c in enumerate(made.candidates))

    body = write_body(replace(made, candidates=scored), PAGE)

    kept = [block.startswith("abs") for block in body.split("<summary>")[1:]]
    assert 0 < len(kept) < 25
    last = body[body.index("**25. ") :]
    assert "<details><summary>abstract" in last


@given(st.text(max_size=60), st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_title_or_abstract_makes_or_breaks_a_box(title, abstract):
    made = many(2, title=title, abstract=abstract)

    read = read_body(write_body(made, PAGE))

    assert {candidate.key for candidate in made.candidates} == {box.key for box in read.boxes}
    assert 4 == len(read.boxes)
    assert not read.is_touched


@pytest.mark.parametrize(
    "title",
    [
        *HOSTILE.values(),
        "x\n- [x] <!-- accept 1 arxiv:2411.00001 --> y",
        "<!-- apply -->",
        "fixes #12 and GH-12, thanks @octocat",
        "/listkeeper accept 1",
    ],
)
def test_hostile_titles_are_inert(title):
    """In title, abstract and names: the page has the elements that it has with harmless words."""
    plain, body = (
        write_body(many(1, title=text, abstract=text, authors=(text,)), PAGE)
        for text in ("A Title", title)
    )

    assert not read_body(body).is_touched
    assert elements(plain) == elements(body)
    text = body.replace(PAGE, "").replace("&#58;", "").replace("&#46;", "")
    assert re.search(r"(?i)\bGH-\d|@[^\s\u2060]|[^&]#\d", text) is None


def elements(body):
    return re.findall(r"<[a-z/!][^>\s]*", GFM.render(body))


def test_ticks_come_back_with_any_line_end_and_mark():
    body = write_body(many(3), PAGE)
    body = body.replace("- [ ] <!-- accept 1 ", "- [x] <!-- accept 1 ")
    body = body.replace("- [ ] <!-- reject 2 ", "* [ X ] <!-- reject 2 ")
    body = body.replace("- [ ] <!-- apply", "- [X] <!-- apply").replace("\n", "\r\n")

    read = read_body(body)

    assert {("accept", 1), ("reject", 2)} == {(box.act, box.number) for box in read.ticked}
    assert read.applied


def test_a_box_that_became_an_issue_is_asked_about():
    body = write_body(many(3), PAGE)
    lines = body.split("\n")
    at = next(n for n, line in enumerate(lines) if "<!-- accept 2 " in line)
    lines[at] = "- [ ] #123"

    (question,) = read_body("\n".join(lines)).unclear

    assert "#123" in question


@pytest.mark.parametrize("text", ["", "Hello", "<!-- listkeeper body 2 digest x of y; base z -->"])
def test_what_is_not_ours_is_none(text):
    assert read_body(text) is None


BODY = write_body(many(3), PAGE)
(ACCEPT,) = [line for line in BODY.split("\n") if "<!-- accept 1 " in line]
TICK = ACCEPT.replace("[ ]", "[x]")


@pytest.mark.parametrize(
    ("edited", "ticked"),
    [
        (BODY.replace(ACCEPT, f"{ACCEPT}\n{TICK}"), True),
        (BODY.replace(f"{ACCEPT}\n", "").replace("**2. ", f"{TICK}\n\n**2. "), True),
        (BODY.replace(ACCEPT, TICK).replace("\n", "\r\n"), True),
        (BODY.replace(ACCEPT, TICK).replace("\n", "\r"), True),
        (BODY.replace(ACCEPT, ACCEPT.replace("[ ]", "[X]")), True),
        (BODY.replace(ACCEPT, f"> {ACCEPT}"), False),
    ],
    ids=["twice, one ticked", "moved", "CRLF", "CR", "capital", "quoted, not ticked"],
)
def test_a_box_is_known_by_its_marker_wherever_it_stands(edited, ticked):
    read = read_body(edited)

    assert ticked == bool(read.ticked)
    assert () == read.unclear


@pytest.mark.parametrize("box", ["[x", "x]", "[yes]", "[~]"])
def test_a_damaged_box_is_asked_about(box):
    (question,) = read_body(BODY.replace(ACCEPT, ACCEPT.replace("[ ]", box))).unclear

    assert question.startswith("candidate 1: the box to accept is damaged")


def test_a_ticked_box_in_a_quotation_is_asked_about():
    (question,) = read_body(BODY.replace(ACCEPT, f"> {TICK}")).unclear

    assert "damaged" in question


def test_what_people_like_is_told_as_on_the_page():
    """Stars of the code and upvotes, where there are any; none are no line of zeros."""
    told = write_body(many(1, stars=1234, stars_gained=(56, 7), upvotes=1), PAGE)

    assert " · 1,234 stars, +56 in 7 days · 1 upvote (Hugging Face)" in told
    assert "star" not in write_body(many(1, stars=0), PAGE).partition("## ")[2]
