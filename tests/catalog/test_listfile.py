"""A list file is read without losing a byte; test_edits changes it."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catalog.markdown.spans as cutting
from catalog.markdown.edits import insert
from catalog.markdown.findings import check
from catalog.markdown.listfile import listed_ids, listed_keys, listed_links, parse
from catalog.markdown.spans import spans_of
from tests.catalog.seed import OLD_STYLE, SEED

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
REAL_FILES = sorted((SHARED / "lists" / "roundtrip").glob("*.md"))

pieces = st.lists(
    st.sampled_from(SEED.splitlines(keepends=True))
    | st.sampled_from([b"## A\n", b"# \n", b"- ", b"\r\n", b"\n\n", b"```\n", b"<!--\n", b"-->\n"])
    | st.sampled_from([b"\xff\xfe", b"\0", b"\xef\xbb\xbf", b"<<<<<<< HEAD\n", b"\t *x*", b"---\n"])
    | st.binary(max_size=20)
).map(b"".join)


def spans(data, kind):
    return [span.raw for span in parse(data).spans if span.kind == kind]


# Reading


@given(st.binary() | pieces)
def test_whatever_comes_in_goes_out(data):
    """Not a byte is lost or made up, and lines are counted right."""
    parsed = parse(data)

    assert data == bytes(parsed)
    for span in parsed.spans:
        assert data[span.start : span.end] == span.raw
        assert data.count(b"\n", 0, span.start) + 1 == span.line
    check(parsed), listed_ids(parsed), listed_links(parsed)


def test_the_seed_is_understood():
    parsed = parse(SEED)

    assert "Efficient LLM" == parsed.title
    assert 14 == len(parsed.sections)
    assert "Survey" == parsed.sections[0].name
    assert 15 == len([entry for entry in parsed.entries if entry.kind == "paper"])
    assert 12 == len([entry for entry in parsed.entries if entry.kind == "link"])
    assert 15 == len(spans(SEED, "toc"))
    assert [] == check(parsed)


def test_the_title_is_no_section():
    """The seed has "Efficient LLM" as its title and as a section."""
    named = [one for one in parse(SEED).sections if one.name == "Efficient LLM"]

    assert [2] == [one.level for one in named]


def test_an_old_file_nests_its_sections():
    parsed = parse(OLD_STYLE)

    assert [
        ("Quantization",),
        ("Quantization", "Papers"),
        ("Quantization", "Other"),
        ("Inference",),
        ("Inference", "Other"),
    ] == [one.path for one in parsed.sections]
    assert ["Papers", "Papers", "Other", "Other"] == [entry.section for entry in parsed.entries]


def test_several_first_level_headings_are_sections_but_the_first():
    parsed = parse(b"# List\n\n# One\n\n- [a](http://a.org)\n\n# Two\n\n## Three\n")

    assert "List" == parsed.title
    assert [("One",), ("Two",), ("Two", "Three")] == [one.path for one in parsed.sections]


def test_headings_in_code_and_comments_are_none():
    data = b"# T\n\n```\n## In code\n- [a](b)\n```\n<!-- off:\n## In a comment\n-->\n## Real\n"

    parsed = parse(data)

    assert ["Real"] == [one.name for one in parsed.sections]
    assert () == parsed.entries
    assert 2 == len(spans(data, "fence"))


def test_a_code_block_that_never_ends_takes_the_rest():
    assert () == parse(b"~~~\n## A\n- [a](http://b.org)\n").sections


def test_an_entry_ends_where_something_else_begins():
    rest = b"---\n", b"**Bold line**\n", b"## Heading\n", b"```\n", b"<!-- x -->\n", b"- [b](c)\n"

    for line in rest:
        first = spans(b"- [a](http://a.org)\n\n\t *tagline*\n" + line, "entry")[0]
        assert b"- [a](http://a.org)\n\n\t *tagline*\n" == first


def test_a_byte_order_mark_hides_no_heading():
    assert "List" == parse(b"\xef\xbb\xbf# List\r\n\r\n## A\r\n").title


@pytest.mark.skipif(not REAL_FILES, reason="the real files are not here")
@pytest.mark.parametrize("path", REAL_FILES, ids=lambda path: path.stem)
def test_real_files(path):
    """Every line that names a citation is an entry's; every byte comes back."""
    data = path.read_bytes()
    parsed = parse(data)

    papers = [entry for entry in parsed.entries if entry.kind == "paper"]
    assert data == bytes(parsed)
    assert data.count(b"cication") == len(papers)
    assert {entry.arxiv_id for entry in papers} <= listed_ids(parsed)


@pytest.mark.parametrize(
    "data",
    [
        b"# a" + b" " * 300_000 + b"b",
        b"- [](#" * 50_000,
        b"- " + b":+: " * 50_000,
        b"- **" + b"a " * 100_000 + b" " * 200_000 + b"b**, `x`, [arxiv](",
        b"- [a](b) " + b" " * 300_000 + b"c",
        b"- [a](" + b"http://" * 50_000,
        b"- " + b"[" * 300_000,
        b"**, `" * 100_000,
        b"\\" * 300_000,
    ],
    ids=["heading", "toc", "signs", "title", "blanks", "address", "brackets", "ends", "slashes"],
)
def test_no_line_takes_time_that_grows_with_its_square(data):
    """A third of a megabyte on one line: what is quadratic would be stopped as never ending."""
    check(parse(data)), listed_ids(parse(data))


def test_headings_may_be_closed_and_may_be_empty():
    names = [one.name for one in parse(b"# T\n## A ##\n## C#\n##\n##x\n## \n").sections]

    assert ["A", "C#", "", ""] == names


# What the list has


def test_every_id_in_the_file_is_listed():
    """Also in extras and as a link; not what a paper's title speaks of."""
    listed = listed_ids(parse(SEED))

    assert {"2411.03350", "2404.16710", "2402.14905"} <= listed
    about = b"- **On arXiv:2301.00001**, `arXiv, 2401.00002`, [arxiv](http://arxiv.org/abs/2401.00002v1)"
    assert frozenset({"2401.00002"}) == listed_ids(parse(about))


def test_links_and_extras_are_listed_in_one_spelling():
    keys = listed_keys(parse(SEED))

    assert "link:https://github.com/Cornell-RelaxML/qtip" in keys
    assert "link:https://youtube.com/watch?v=hfb_AIhDYnA" in keys
    assert "arxiv:2404.16710" in keys


# Checking


def test_what_is_not_clear_is_said_with_its_line():
    data = SEED + b"\n- \n- **Half a paper**, `arXiv, 2401.1\n" + b">>>>>>> theirs\n## Misc\n\xff"

    found = {finding.what: finding for finding in check(parse(data))}

    last = SEED.count(b"\n") + 1
    assert not found["an empty item"].error
    assert last + 1 == found["an empty item"].line
    assert any("neither a paper nor a link" in what for what in found)
    assert last + 3 == found["a merge mark"].line
    assert any('section "Misc" is already' in what for what in found)
    assert "not UTF-8" in found


def test_a_paper_twice_in_a_section_is_noted():
    twice = insert(SEED, "Survey", parse(SEED).entries[0].raw)

    assert ["arxiv:2411.03350"] == [f"arxiv:{f.what.split()[0]}" for f in check(parse(twice))]


PIECES = [b"- **Title** x", b"- \xf0\x9f\x8c\x9f **A**", b"- \xf0\x9f **", b"  ", b"\t ", b"* item",
          b"*names*", b"- n", b"1. n", b"\n", b"\n\n", b"\r\n", b"# H", b"text", b"> q", b"|a|b|",
          b"|-|-|", b"  ```", b"<details>", b"---", b"\xc2\xa0", b"\x0b", b"- **[x](#y)**", b"==",
          b"- **a\n  b**, `arXiv`", b"<tr>", b"\xef\xbb\xbf"]  # fmt: skip


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join))
def test_the_quick_way_cuts_as_the_slow_one(data):
    """Bold bullets are taken in one step; line by line the spans are the same."""
    quick = spans_of(data)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cutting, "_BOLD_ITEM", re.compile(rb"(?!)"))
        assert quick == spans_of(data)


def test_labels_in_bold_above_papers_are_no_titles():
    data = (
        b"## A\n\n**In web scenarios**\n- [DETR](https://arxiv.org/abs/2005.12872)\n"
        b"- [YOLO](https://arxiv.org/abs/1506.02640)\n\n"
        b"**A Title of Many Words**\n\n- paper: https://arxiv.org/abs/2411.04965\n"
        b"- code: https://github.com/a/b\n\n**Another Title in Bold**\n\n"
        b"- CVPR 2024 Oral\n- [Paper](https://arxiv.org/abs/2411.04966) | [Code](https://github.com/a/c)\n"
    )

    assert [item.raw.splitlines()[0] for item in parse(data).items] == [
        b"- [DETR](https://arxiv.org/abs/2005.12872)",
        b"- [YOLO](https://arxiv.org/abs/1506.02640)",
        b"**A Title of Many Words**",
        b"**Another Title in Bold**",
    ]


def test_paragraphs_that_are_set_in_by_a_few_blanks_are_entries():
    data = b"# L\n\n## A\n\n" + b"\n".join(
        b"  [A Title of Many Words %d](https://arxiv.org/abs/2411.0496%d) | ICML 2024\n" % (n, n)
        for n in range(3)
    )

    assert [item.raw[:8] for item in parse(data).items] == [b"  [A Tit"] * 3
