"""A list file is read without losing a byte, and changed on its own lines only."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import catalog.markdown.spans as cutting
from catalog.errors import ListConflict
from catalog.markdown.edits import (
    insert,
    insert_all,
    move,
    remove,
    replace_citation,
    replace_citations,
    star,
)
from catalog.markdown.entry import Citation, entry_for
from catalog.markdown.entry_writer import render
from catalog.markdown.findings import check
from catalog.markdown.listfile import listed_ids, listed_keys, listed_links, parse
from catalog.markdown.spans import spans_of
from catalog.paper import Paper
from config.plain_files import MAX_READ_BYTES

ROOT = Path(__file__).resolve().parents[2]
SEED = (ROOT / "lists" / "efficient-llm.md").read_bytes()
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
REAL_FILES = sorted((SHARED / "lists" / "roundtrip").glob("*.md"))

NEW = render(
    entry_for(Paper("2501.01234", 2, "A New Way to Quantize", authors=("A B", "C D", "E F", "G H")))
)
OLD_STYLE = b"""\
# Awesome efficient llm

- [Awesome efficient llm](#awesome-efficient-llm)
\t- [Quantization](#quantization)
\t\t- [Papers](#papers)

## Quantization
### Papers
- **A Survey of Low-bit Large Language Models: Basics, Systems, and
  Algorithms**, `arXiv, 2409.16694`, [arxiv](http://arxiv.org/abs/2409.16694v2), \
[pdf](http://arxiv.org/pdf/2409.16694v2.pdf), cication: [**-1**](None)

\t *Ruihao Gong, Yifu Ding*
-
- [**hqq**](https://github.com/mobiusml/hqq) - mobiusml \
![Star](https://img.shields.io/github/stars/mobiusml/hqq.svg?style=social&label=Star)
### Other
- [A Visual Guide](https://example.org/guide)
## Inference
### Other
---
**Serving**
- [Text Generation](https://example.org/tgi)
"""

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


# Adding


def test_a_new_entry_goes_to_the_top_of_its_section():
    after = insert(SEED, "Survey", NEW)

    assert SEED.replace(b"## Survey\n\n", b"## Survey\n\n" + NEW.encode() + b"\n") == after


def test_an_empty_section_gets_a_blank_line_on_both_sides():
    after = insert(SEED, "Projects", NEW)

    assert b"## Projects\n\n" + NEW.encode() + b"\n\n## Products\n\n\n" in after


def test_the_name_means_the_section_not_the_title():
    after = insert(SEED, "Efficient LLM", NEW)

    assert b"## Efficient LLM\n\n" + NEW.encode() + b"\n\n## Finetune\n" in after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"# T\n## A", b"# T\n## A\n\n- [x](http://y.org)"),
        (b"# T\n## A\n", b"# T\n## A\n\n- [x](http://y.org)\n"),
        (b"# T\n## A\n\n", b"# T\n## A\n\n- [x](http://y.org)\n\n"),
        (b"# T\n## A\n\n\n", b"# T\n## A\n\n- [x](http://y.org)\n\n\n"),
        (b"# T\n## A\nWords.\n## B\n", b"# T\n## A\nWords.\n\n- [x](http://y.org)\n## B\n"),
        (b"# T\n## A\n## B\n", b"# T\n## A\n\n- [x](http://y.org)\n\n## B\n"),
        (b"# T\n## A\n\n## B\n", b"# T\n## A\n\n- [x](http://y.org)\n\n## B\n"),
        (b"# T\n## A\n\n\n## B\n", b"# T\n## A\n\n- [x](http://y.org)\n\n## B\n"),
        (b"# T\n## A\n\nWords.\n\n## B\n", b"# T\n## A\n\nWords.\n\n- [x](http://y.org)\n\n## B\n"),
        (b"# T\n## A\nWords.", b"# T\n## A\nWords.\n\n- [x](http://y.org)"),
        (b"# T\n## A\n- [o](http://o.org)", b"# T\n## A\n- [x](http://y.org)\n- [o](http://o.org)"),
        (
            b"# T\r\n## A\r\n\r\n\r\n## B\r\n",
            b"# T\r\n## A\r\n\r\n- [x](http://y.org)\r\n\r\n## B\r\n",
        ),
    ],
)
def test_where_an_entry_goes(before, after):
    assert after == insert(before, "A", "- [x](http://y.org)\n")


@pytest.mark.parametrize(
    "items",
    [
        b"1. [a](http://a.org)\n2. [b](http://b.org)\n- A remark.\n3. [c](http://c.org)\n",
        b"1) [a](http://a.org)\n- A remark.\n",
        b"1. [a](http://a.org)\n\n- A remark.\n2. [c](http://c.org)\n",
    ],
)
def test_nothing_is_put_between_a_numbered_item_and_its_remark(items):
    with pytest.raises(ListConflict, match="the items of A are numbered"):
        insert(b"# T\n\n## A\n\n" + items, "A", "- [x](http://y.org)\n")


def test_numbered_words_above_the_items_are_no_items():
    before = b"# T\n\n## A\n\n1. Read.\n2. Sort.\n\n- [o](http://o.org)\n"

    assert b"Sort.\n\n- [x](http://y.org)\n- [o]" in insert(before, "A", "- [x](http://y.org)\n")


def test_old_files_have_no_blank_line_below_a_heading():
    after = insert(OLD_STYLE, "Quantization", "- [x](http://y.org)")

    assert b"## Quantization\n- [x](http://y.org)\n\n### Papers\n" in after


def test_several_entries_keep_their_order():
    first, second = "- [1](http://a.org) ", "- [2](http://b.org) "

    after = insert_all(SEED, [("Survey", first), ("Misc", first), ("Survey", second)])

    assert b"## Survey\n\n- [1](http://a.org) \n- [2](http://b.org) \n- **A Compre" in after
    assert b"## Misc\n\n- [1](http://a.org) \n- :clapper:" in after


def test_nothing_to_add_changes_nothing():
    assert SEED == insert_all(SEED, [])


def test_a_missing_section_is_named_and_a_near_one_proposed():
    with pytest.raises(
        ListConflict, match=r'no section "Quantisation".*did you mean "Quantization"'
    ):
        insert(SEED, "Quantisation", NEW)


def test_capitals_do_not_hide_what_was_meant():
    with pytest.raises(ListConflict, match='did you mean "Small Language Models"'):
        insert(SEED, "SMALL LANGUAGE MODEL", NEW)


def test_of_two_sections_of_a_name_none_is_guessed():
    with pytest.raises(ListConflict, match=r"2 sections.*Quantization > Other.*Inference > Other"):
        insert(OLD_STYLE, "Other", NEW)

    assert b"### Other\n- [x](http://y.org)\n- [A Vis" in insert(
        OLD_STYLE, "Quantization > Other", "- [x](http://y.org)"
    )


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"# T\n## A\n<<<<<<< HEAD\n- [a](b)\n", "the list:3: has merge marks"),
        (b"# T\r## A\r- [a](b)\r", "the list: ends its lines with CR alone"),
        (b"# T\n## A\n\n\xff\xfe", "the list:4: is not UTF-8"),
        (b"# T\n## A\n" + b" " * MAX_READ_BYTES, "12,000,009 bytes"),
    ],
    ids=["merge", "old mac", "latin", "large"],
)
def test_a_damaged_file_is_not_edited(data, says):
    with pytest.raises(ListConflict, match=says):
        insert(data, "A", NEW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "## New heading",
        "words",
        "- [a](http://a.org)\n## B",
        "- [a](http://a.org)\n- [b](c)",
        "-",
    ],
)
def test_what_is_not_one_entry_is_not_added(text):
    with pytest.raises(ListConflict, match="one entry"):
        insert(SEED, "Survey", text)


def test_the_title_before_a_path_tells_the_outer_from_the_nested():
    data = b"# L\n## P\n\n\n## Q\n### P\n\n\n### P / R\n\n\n"

    assert b"## P\n\n- [x](http://y.org)\n\n## Q" in insert(data, "L > P", "- [x](http://y.org)")
    assert b"### P\n\n- [x](http://y.org)\n\n###" in insert(data, "Q > P", "- [x](http://y.org)")
    assert b"### P / R\n\n- [x](http://y" in insert(data, "Q > P / R", "- [x](http://y.org)")
    with pytest.raises(ListConflict, match=r"line 2 \(L > P\), line 6 \(L > Q > P\)"):
        insert(data, "P", "- [x](http://y.org)")


@pytest.mark.parametrize("open_end", [b"<!-- off\n", b"```\n", b"<script>\n"])
def test_nothing_is_put_where_nobody_sees_it(open_end):
    """A comment or code block that does not end takes in what follows."""
    with pytest.raises(ListConflict, match="open code block"):
        insert(b"# L\n## A\n\n" + open_end, "A", NEW)


# Taking out, starring, moving

sections = st.sampled_from([one.name for one in parse(SEED).sections])


parts = [span.raw for span in parse(SEED).spans]


@pytest.mark.long
@given(st.integers(15, len(parts)), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_added_and_taken_out_again_is_as_before(place, ending, filled):
    """With a section put anywhere into the list, empty or not, and with Windows line ends."""
    section = b"\n## Here\n\n\n" if not filled else b"\n## Here\n- [a](http://a.org)\n\n"
    data = b"".join([*parts[:place], section, *(parts[place:] if filled else [b"## Next\n"])])
    data = data.replace(b"\n", ending)

    added = insert(data, "Here", NEW)
    entry = next(one for one in parse(added).entries if one.arxiv_id == "2501.01234")

    assert data == remove(added, entry, base=data)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["unix", "windows"])
@pytest.mark.parametrize("blank", [0, 1, 2, 3])
@pytest.mark.parametrize("body", [b"", b"Words.\n", b"\nWords.\n\nMore.\n"])
@pytest.mark.parametrize("rest", [b"## C\n## D\n", b"## C\n", b"", b"- [o](http://o.org)\n"])
def test_blank_lines_come_back(body, blank, rest, ending):
    """A section in any shape, knowing the file as it was; with a text also without."""
    data = (b"# L\n## B\n" + body + b"\n" * blank + rest).replace(b"\n", ending)

    added = insert(data, "B", NEW)
    entry = next(one for one in parse(added).entries if one.arxiv_id == "2501.01234")

    assert data == remove(added, entry, base=data)
    if body or not rest.startswith(b"##"):
        assert data == remove(added, entry)


@pytest.mark.parametrize("blank", [b"", b"\n", b"\n\n"])
def test_an_empty_section_looks_as_the_others_do(blank):
    data = b"# L\n" + b"".join(b"## %s\n" % name + blank for name in (b"A", b"B", b"C")) + b"## D\n"

    added = insert(data, "B", "- [x](http://y.org)")

    assert data == remove(added, parse(added).entries[0])


@given(sections)
def test_taking_out_of_any_section_of_the_seed(section):
    added = insert(SEED, section, NEW)
    entry = next(one for one in parse(added).entries if one.arxiv_id == "2501.01234")

    assert SEED == remove(added, entry)


def test_the_last_entry_of_a_file_without_last_newline():
    last = parse(SEED).entries[-1]

    after = remove(SEED, last)

    assert SEED.startswith(after)
    assert after.endswith(b"gBMO1JZav44) ")


def test_a_star_is_set_once():
    entry = parse(SEED).entries[1]

    starred = star(SEED, entry)

    assert SEED.replace(b"- **A Survey of Small", "- 🌟 **A Survey of Small".encode()) == starred
    assert starred == star(starred, parse(starred).entries[1])


def test_an_entry_moves_as_it_stands():
    entry = parse(SEED).entries[1]

    after = move(SEED, entry, "Pruning")

    assert after.count(entry.raw.encode()) == 1
    assert ["2410.20011"] == [e.arxiv_id for e in parse(after).entries if e.section == "Pruning"][
        :1
    ]


def test_an_entry_that_somebody_changed_is_not_touched():
    entry = parse(SEED).entries[1]
    theirs = SEED.replace(b"A Survey of Small Language", b"A Review of Small Language")

    with pytest.raises(ListConflict, match="has changed or is gone"):
        remove(theirs, entry)


# Citations


def test_only_the_pair_changes():
    after = replace_citation(SEED, "2411.04965", 7, "https://www.semanticscholar.org/paper/ab")

    old = b"[pdf](http://arxiv.org/pdf/2411.04965v1.pdf), cication: [**-1**](None) "
    new = b"[pdf](http://arxiv.org/pdf/2411.04965v1.pdf), cication: "
    new += b"[**7**](https://www.semanticscholar.org/paper/ab) "
    assert SEED.replace(old, new) == after


def test_a_count_that_is_not_known_or_0_is_shown_as_unknown():
    for count in (None, 0, -1):
        after = replace_citation(SEED, "2406.11235", count, "https://x.org")
        assert b"2406.11235v3.pdf), cication: [**-1**](None) " in after


def test_many_at_once_and_the_unknown_are_left_alone():
    pairs = {"2411.04965": Citation(1, "https://a.org"), "9999.99999": Citation(2, "https://b.org")}

    after = replace_citations(SEED, pairs)

    assert b"[**1**](https://a.org) " in after
    assert b"https://b.org" not in after


def test_of_two_papers_run_together_each_keeps_its_own():
    """A line was pasted twice: both stand in one item."""
    one = (
        "- **{0}**, `arXiv, {0}`, [arxiv](http://arxiv.org/abs/{0}v1), "
        "[pdf](http://arxiv.org/pdf/{0}v1.pdf), cication: [**-1**](None)"
    )
    data = f"## A\n\n{one.format('2401.00001')}{one.format('2401.00002')}\n".encode()

    after = replace_citation(data, "2401.00002", 5, "https://x.org")

    assert frozenset({"2401.00001", "2401.00002"}) == listed_ids(parse(data))
    assert data.replace(b"[**-1**](None)\n", b"[**5**](https://x.org)\n") == after


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
