"""What a curator should mend in a list is found, said with what to do, and mended where it can."""

import os
from pathlib import Path

import pytest

from catalog.errors import ListConflict, UsageTrouble
from catalog.markdown.checks import FIXABLE, examine, mend
from catalog.markdown.contents import add_section, anchored, slug
from catalog.markdown.listfile import parse

ROOT = Path(__file__).resolve().parents[2]
SEED = (ROOT / "lists" / "efficient-llm.md").read_bytes()
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
REAL = SHARED / "lists" / "roundtrip"
HEAD = "# L\n\n## S\n\n"
PAPER = (
    "- **A Title**, `arXiv, 2411.04965`, [arxiv](http://arxiv.org/abs/2411.04965v1), "
    "[pdf](http://arxiv.org/pdf/2411.04965v1.pdf), cication: [**-1**](None) \n\n\t *A B*\n"
)
BADGE = "![Star](https://img.shields.io/github/stars/{}.svg?style=social&label=Star)"


def found(text, **known):
    """Line, level and name of each finding."""
    return [
        (one.line, "error" if one.error else "note", one.name)
        for one in examine(parse(text.encode()), **known)
    ]


def test_the_seed_has_nothing_to_mend():
    assert [] == examine(parse(SEED))


def test_the_same_twice_is_an_error_in_a_section_and_a_note_elsewhere():
    twice = HEAD + PAPER + PAPER + "\n## Other\n\n" + PAPER

    assert [(8, "error", "duplicate"), (14, "note", "duplicate-elsewhere")] == found(twice)


def test_nested_sections_of_one_name_are_two():
    text = "# L\n## A\n### P\n- [x](https://x.org)\n## B\n### P\n- [x](https://x.org)\n"

    assert [(7, "note", "duplicate-elsewhere")] == found(text)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("- [a](https://a.org/b.)", "link-end"),
        ("- [a](https://arxiv.org/abs/2411.4965)", "arxiv-id"),
        ("- [a](https://huggingface.co/papers/2413.04965)", "arxiv-id"),
        ("- [a](https://a.org/b,)  🤗", "link-end"),
        ("- ", "empty-item"),
        (PAPER.replace("-1", "7").strip(), "count-without-page"),
        (f"- [**r**](https://github.com/o/r) - o {BADGE.format('o/other')}", "badge"),
        (f"- [**r**](https://github.com/o/r) - o {BADGE.format('o/r?tab=readme')}", "badge"),
        (f"- [{BADGE.format('o/r')}](https://github.com/o/q)", "badge"),
    ],
)
def test_one_line_one_finding(line, name):
    assert [name] == [one[2] for one in found(HEAD + line + "\n")]


@pytest.mark.parametrize(
    "line",
    [
        "- [a](https://a.org/b)",
        f"- [**r**](https://github.com/O/r.git) - O {BADGE.format('o/R')}",
        f"- [r](https://github.com/o/r/tree/main) {BADGE.format('o/r')}",
        f"- [{BADGE.format('o/r')}](https://github.com/o/r)",
        PAPER.strip(),
    ],
)
def test_nothing_is_wrong_with_these(line):
    assert [] == found(HEAD + line + "\n")


def test_http_beside_https_is_one_note_a_host():
    text = HEAD + "- [a](https://a.org/1)\n- [b](http://a.org/2)\n- [c](https://www.a.org/3)\n"

    assert [(6, "note", "http-and-https")] == found(text + PAPER)


def test_titles_of_arxiv_and_sections_of_the_rules():
    titles = {"2411.04965": "A  Newer Title"}

    assert [(5, "note", "title"), (5, "note", "section")] == found(
        HEAD + PAPER, titles=titles, better=lambda entry: "Other"
    )
    assert [] == found(HEAD + PAPER, titles={"2411.04965": "A\n Title"}, better=lambda _: None)


# The table of contents


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Small Language Models", "small-language-models"),
        ("Q & A: what's new?", "q--a-whats-new"),
        ("`code` and *stars*", "code-and-stars"),
        ("[Linked](https://a.org) text", "linked-text"),
        ("Über 大模型 snake_case", "über-大模型-snake_case"),
        ("🌟 Star", "-star"),
        ("Part Ⅳ and x²", "part-ⅳ-and-x"),
        ("Ⓜ and 🅰 and ①", "ⓜ-and-🅰-and-"),
        ("<a name='x'></a>Named", "named"),
        ("Papers [![Badge](https://a.org/b.svg)](https://a.org)", "papers-"),
        ("![Logo](logo.png) Papers", "-papers"),
        ("**Bold** _it_ and __both__", "bold-it-and-both"),
        ("_init_py and `_code_` and \\_kept\\_", "_init_py-and-_code_-and-_kept_"),
        ("Q &amp; A &#8212; &nope; &copy", "q--a--nope-copy"),
    ],
)
def test_anchors_are_those_of_github(heading, anchor):
    assert anchor == slug(heading)


def test_the_second_of_a_name_gets_a_number_and_the_title_counts():
    parsed = parse(b"# A\n## A\n## B\n### A\n```\n# A\n```\n")

    assert ["a", "a-1", "b", "a-2"] == [one.anchor for one in anchored(parsed)]


def test_a_line_that_leads_nowhere_is_an_error():
    text = "# L\n\n- [L](#l)\n  - [Benchmarks](#benchmarks)\n  - [S](#s)\n  - [Top](#top)\n\n## S\n"

    (finding,) = examine(parse(text.encode()))

    assert (4, True, "anchor") == (finding.line, finding.error, finding.name)
    assert "#benchmarks leads nowhere" == finding.what


def test_a_line_may_use_capitals_and_percent_codes():
    """GitHub finds these; "did you mean" would break a link that works."""
    text = (
        "# My List ![Badge](b.svg)\n\n- [My List](#my-list-)\n  - [Model Size](#Model-Size)\n"
        "  - [Übersicht](#%C3%9Cbersicht)\n\n## Model Size\n\n## Übersicht\n"
    )

    assert [] == examine(parse(text.encode()))


def test_a_line_may_use_the_prefix_that_github_gives_anchors():
    text = "# L\n\n- [A](#user-content-a)\n\n## A\n"

    assert [] == examine(parse(text.encode()))


def test_of_two_headings_with_one_anchor_a_line_leads_to_the_first():
    text = "# L\n\n- [A](#a)\n- [A](#a-1)\n\n## A\n\n## A\n\n## A-1\n"

    assert not [finding for finding in examine(parse(text.encode())) if "leads to" in finding.what]


def test_an_anchor_in_capitals_gets_its_new_number_too():
    old = b"# L\n- [A](#a)\n- [B](#b)\n\t- [P](#P)\n\n## A\n### X\n## B\n### P\n"

    new = add_section(old, "P", after="A > X")

    assert b"- [A](#a)\n\t- [P](#p)\n- [B](#b)\n\t- [P](#p-1)\n" in new


def test_a_place_of_its_own_is_a_place():
    text = '# L\n\n- [S](#s)\n- [X](#here)\n\n## S\n\n<a id="here"></a>\n'

    assert [] == found(text)


def test_contents_that_differ_are_notes():
    text = "# L\n\n- [B](#b)\n- [A](#a)\n- [Other name](#c)\n\n## A\n\n\n## B\n\n\n## C\n\n\n## D\n"

    assert [
        (4, "note", "contents"),
        (5, "note", "contents"),
        (16, "note", "contents"),
    ] == found(text)


def test_a_line_that_leads_to_another_section_of_that_name():
    text = "# L\n- [A](#a)\n\t- [P](#p)\n- [B](#b)\n\t- [P](#p)\n## A\n### P\n## B\n### P\n"

    first = examine(parse(text.encode()))[0]

    assert '"B > P" leads to "A > P" (line 7)' == first.what
    assert "write #p-1" == first.do


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"- " + b"[a](http://a.org.) " * 20_000, marks=pytest.mark.long),
        b"- "
        + b"[a](https://github.com/a/b) ![S](https://img.shields.io/github/stars/a/c) " * 4_000,
        b"- [x](#y)\n## " + b"<!--" * 80_000,
        b"- [x](#y)\n## " + b"[a](" * 80_000,
        pytest.param(b"- [x](#y)\n" + b"## A\n" * 30_000, marks=pytest.mark.long),
        b"- [x](#y)\n" + b"<a id=" * 50_000,
    ],
    ids=["links", "badges", "comments", "brackets", "headings", "anchors"],
)
def test_no_file_takes_time_that_grows_with_its_square(data):
    """A third of a megabyte: what is quadratic would be stopped as never ending."""
    examine(parse(b"# T\n" + data))


# Repairs


def test_a_dot_goes_from_the_address_and_the_words_that_repeat_it():
    line = f"([GPassK.](https://github.com/o/GPassK.) - o) {BADGE.format('o/GPassK.')}"
    data = f"{HEAD}{PAPER.rstrip()} · {line}\n{PAPER}".encode()

    without, mended = mend(data, "link-end")
    whole, _ = mend(without, "badge")

    assert 1 == len(mended)
    assert (
        data.replace(
            b"[GPassK.](https://github.com/o/GPassK.)", b"[GPassK](https://github.com/o/GPassK)"
        )
        == without
    )
    assert without.replace(b"stars/o/GPassK..svg", b"stars/o/GPassK.svg") == whole


def test_empty_items_go_and_nothing_else():
    data = (HEAD + "- [a](https://a.org)\n- \n-\t\n- [b](https://b.org)\n-").encode()

    new, mended = mend(data, "empty-item")

    assert 3 == len(mended)
    assert (HEAD + "- [a](https://a.org)\n- [b](https://b.org)\n").encode() == new


def test_a_damaged_file_is_not_mended():
    with pytest.raises(ListConflict, match="merge marks"):
        mend(b"# L\n<<<<<<< HEAD\n- \n", "empty-item")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not here")
def test_what_stands_in_the_real_lists():
    """Trailing dots, badges with a query, an anchor without its section: each by its line."""
    counts, anchors = {}, []
    for path in sorted(REAL.glob("*.md")):
        for one in examine(parse(path.read_bytes())):
            counts[one.name] = counts.get(one.name, 0) + 1
            anchors += [one.what] if one.name == "anchor" else []

    assert ["#benchmarks leads nowhere"] == anchors
    assert (2, 5, 1) == tuple(counts[kind] for kind in FIXABLE)
    assert 27 == counts["duplicate"]


# New sections


def test_a_new_section_at_the_end_of_the_seed():
    new = add_section(SEED, "New: Thing")

    line = b"  - [Misc](#misc)\n"
    expected = SEED.replace(line, line + b"  - [New: Thing](#new-thing)\n")
    assert expected + b"\n\n## New: Thing" == new


def test_a_new_section_after_another_one():
    new = add_section(SEED, "Merging", after="Survey")

    line, heading = b"  - [Survey](#survey)\n", b"## Efficient LLM\n"
    expected = SEED.replace(line, line + b"  - [Merging](#merging)\n")
    assert expected.replace(heading, b"## Merging\n\n\n" + heading) == new


def test_a_nested_section_stands_below_its_neighbour():
    old = b"# L\n- [A](#a)\n\t- [P](#p)\n- [B](#b)\n\t- [Q](#q)\n\n## A\n### P\n## B\n### Q\n## C\n"

    new = add_section(old, "R", after="B > Q")

    assert b"\t- [Q](#q)\n\t- [R](#r)\n\n## A" in new
    assert b"### Q\n### R\n## C\n" in new


def test_a_heading_before_its_namesake_takes_its_anchor():
    old = b"# L\n- [A](#a)\n- [B](#b)\n\t- [P](#p)\n\n## A\n### X\n## B\n### P\n"

    new = add_section(old, "P", after="A > X")

    assert b"- [A](#a)\n\t- [P](#p)\n- [B](#b)\n\t- [P](#p-1)\n" in new
    assert b"### X\n### P\n## B\n" in new


@pytest.mark.parametrize("above", ["# Contents", "# Reading", "## Contents"])
def test_a_heading_that_the_contents_leave_out_is_no_depth(above):
    """Such as that of the contents itself, above everything, below a title in HTML."""
    lines = b"- [\xf0\x9f\x93\x91 A](#a)\n  - [P](#p)\n- [B](#b)\n"
    old = b"<h1>L</h1>\n\n" + above.encode() + b"\n\n" + lines + b"\n## A\n### P\n### Z\n## B\n"

    new = add_section(old, "R", after="A > P")

    assert lines.replace(b"(#p)\n", b"(#p)\n  - [R](#r)\n") in new


def test_a_file_without_contents_gets_none():
    assert b"# L\r\n## A\r\n\r\n\r\n## B\r\n" == add_section(b"# L\r\n## A\r\n", "B")
    assert b"## A\n" == add_section(b"", "A")


@pytest.mark.parametrize("title", ["survey", "Survey"])
def test_a_section_that_is_there_is_not_added(title):
    with pytest.raises(ListConflict, match="already"):
        add_section(SEED, title)


@pytest.mark.parametrize("title", ["", " ", "#", "A\n## B", "a](b", "<b>", "...", "A #"])
def test_what_cannot_be_a_heading(title):
    with pytest.raises(UsageTrouble, match="cannot be a heading"):
        add_section(SEED, title)


def test_a_comment_that_does_not_end_hides_no_section():
    with pytest.raises(ListConflict, match="open code block"):
        add_section(b"# L\n## A\n\n<!-- open\n", "B")
