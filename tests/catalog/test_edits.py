"""A list file is changed on its own lines only: entries added, taken out, moved, counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from catalog.markdown.entry import Citation
from catalog.markdown.listfile import listed_ids, parse
from config.plain_files import MAX_READ_BYTES
from tests.catalog.seed import NEW, OLD_STYLE, SEED

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


TALK = """# A list

## Introduction

What it is for.

## Quantization of large models

- [A post](https://example.org/post)

## Pruning

### 2024

- [Another](https://example.org/another)

## Distillation

## License

MIT
"""


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Quantize", "Quantization of large models"),
        ("large", "Quantization of large models"),
        ("distill", "Distillation"),
        ("Licence", "License"),
        ("tion", ""),
        ("Agents", ""),
    ],
)
def test_a_word_of_one_sections_name_tells_which_was_meant(typed, meant):
    """And the sections that are named hold entries, or nothing yet: no licence is among them."""
    with pytest.raises(ListConflict) as told:
        insert(TALK.encode(), typed, "- x")

    guess = f'did you mean "{meant}"? ' if meant else ""
    sections = "Quantization of large models, Pruning, Distillation"
    assert f"{guess}sections are: {sections}" == told.value.do


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
