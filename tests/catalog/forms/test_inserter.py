"""A new entry goes where the list has its own, and comes out again without a trace."""

import re

import pytest

from catalog.errors import ListConflict
from catalog.forms.inserter import NewEntry, insert_entries, remove_entry
from catalog.forms.listed import listed_in
from catalog.forms.places import place_of
from catalog.markdown.listfile import parse
from catalog.markdown.outline import outline
from config.form import Form
from output.forms import inserted


def form(place="bottom", **more):
    return Form(entry="- {{ title }} {{ abs }}", place=place, own={}, **more)


def link(month: int, text: str = "A title") -> str:
    return f"[{text}](https://arxiv.org/abs/24{month:02d}.01234)"


def put(data: str, text: str, form, section="Papers", arxiv_id="2405.01234") -> str:
    return insert_entries(
        data.encode(), [NewEntry(section, text, arxiv_id)], form, name="l.md"
    ).decode()


NEW = "https://arxiv.org/abs/2501.00001"
NUMBERED = f"# L\n\n## Papers\n\n1. {link(2)}\n- a remark\n2. {link(6)}\n\n## Tools\n\n- a tool\n"
TABLE = (
    f"# L\n\n## Papers\n\n|Date|Paper|\n|---|---|\n|24.02|{link(2)}|\n|24.06|{link(6)}|\n\nText.\n"
)
LOOSE = f"# L\n\n## Papers\n\n- {link(6)} <br> A\n\n- {link(2)} <br> B\n\n## More\n"
OLD = "https://arxiv.org/abs/2301.01234"
YEARS = f"# L\n\n## Papers\n\n### 2024\n\n1. {link(2)}\n\n### 2023\n\n1. [Old]({OLD})\n"


def test_a_number_goes_on_at_the_end():
    assert f"2. {link(6)}\n3. {link(5)}\n\n## Tools" in put(NUMBERED, f"1. {link(5)}", form())


def test_an_entry_in_between_moves_the_numbers_and_never_parts_a_remark():
    new = put(NUMBERED, f"1. {link(5)}", form("newest-last"))

    assert f"1. {link(2)}\n- a remark\n2. {link(5)}\n3. {link(6)}\n" in new


def test_where_every_number_is_one_it_stays_so():
    data = NUMBERED.replace("2. ", "1. ")

    assert f"1. {link(5)}\n" in put(data, f"7. {link(5)}", form())


@pytest.mark.parametrize("place", ["newest-last", "bottom", "alphabetical"])
@pytest.mark.parametrize("remark", ["+ A remark", " - A remark", "* A remark"])
def test_an_item_with_another_bullet_or_margin_stays_below_its_entry(place, remark):
    """A remark has no month and no title: it says nothing of where new entries go."""
    data = f"# L\n\n## Papers\n\n- {link(2)}\n{remark}\n- {link(4)}\n{remark}\n"

    made = put(data, f"- {link(5, 'B title')}", form(place))

    assert made == f"{data}- {link(5, 'B title')}\n"


@pytest.mark.parametrize(("place", "line"), [("newest-last", 8), ("top", 7), ("bottom", 9)])
def test_a_row_stands_in_its_table(place, line):
    new = put(TABLE, f"|24.05|{link(5)}|", form(place)).splitlines()

    assert new[line - 1] == f"|24.05|{link(5)}|"


def test_a_single_number_is_repeated_where_other_sections_repeat_theirs():
    """Markdown counts by itself: a maintainer who writes 1. everywhere never writes 2."""
    repeated = f"## More\n\n1. {link(3)}\n1. {link(4)}\n"
    data = f"# L\n\n## Papers\n\n1. {link(2)}\n\n{repeated}"

    assert f"1. {link(5)}\n1. {link(2)}\n\n## More" in put(data, f"1. {link(5)}", form("top"))


PARTS = (
    f"# L\n\n## Papers\n\n- **Year 2024**\n  - **CVPR**\n    - {link(2)}\n    - {link(3)}\n"
    f"  - **arXiv**\n    - {link(1)}\n    - {link(6)}\n\n- **Year 2023**\n  - **ICML**\n"
    f"    - [Old]({OLD})\n"
)


def test_a_preprint_stands_among_the_nested_preprints_of_its_year():
    new = put(PARTS, f"    - {link(5)}", form())

    assert f"    - {link(6)}\n    - {link(5)}\n\n- **Year 2023**" in new
    added = f"    - {link(5)}\n".encode()
    assert remove_entry(new.encode(), added, name="l.md") == PARTS.encode()


@pytest.mark.parametrize(
    ("arxiv_id", "matter"),
    [
        ("2605.01234", "Papers has no part for 2026"),
        ("2405.01234", r"Papers has parts \(CVPR, ICML\), none for preprints"),
    ],
)
def test_a_section_of_parts_says_that_a_person_must_choose(arxiv_id, matter):
    data = PARTS.replace("arXiv**", "ICML**")

    with pytest.raises(ListConflict, match=matter):
        put(data, f"    - {link(5)}", form(), arxiv_id=arxiv_id)


def test_a_row_of_other_columns_is_refused():
    with pytest.raises(ListConflict, match="the new row has 3 cells, the table of Papers has 2"):
        put(TABLE, f"|24.05|{link(5)}|x|", form())


def test_a_row_has_the_cells_of_the_head_where_others_have_a_comment_behind_them():
    head = "# L\n\n## Papers\n\n|Title|Link|\n|--|--|\n"
    data = f"{head}|{link(2)}|-|[//]: #05/29\n|{link(3)}|-|[//]: #05/30\n"

    assert f"\n|{link(5)}|-|\n" in put(data, f"|{link(5)}|-|", form())


def test_a_rule_that_touches_the_last_entry_stays_below_the_new_one():
    """The rule ends the section, and belongs to no entry."""
    new = put(LOOSE.replace("B\n\n## More", "B\n---\n\n## More"), f"- {link(5)} <br> C", form())

    assert f"- {link(2)} <br> B\n\n- {link(5)} <br> C\n---\n\n## More" in new


def test_blank_lines_between_entries_are_kept():
    new = put(LOOSE, f"- {link(5)} <br> C", form("newest-first"))

    assert f"<br> A\n\n- {link(5)} <br> C\n\n- {link(2)} <br> B\n\n## More" in new


def test_a_paper_stands_under_the_heading_of_its_year():
    dated = form("top", year_headings=True)

    assert f"### 2024\n\n1. {link(5)}\n" in put(YEARS, f"1. {link(5)}", dated).replace("2. ", "1. ")
    new = put(YEARS, "1. [New](https://arxiv.org/abs/2501.01234)", dated, arxiv_id="2501.01234")
    assert "## Papers\n\n### 2025\n\n1. [New](https://arxiv.org/abs/2501.01234)\n\n### 2024" in new


def months(*names: str) -> str:
    heads = (f"### {name}\n\n- {link(n)}\n" for n, name in zip((6, 2), names, strict=True))
    return "# L\n\n## Papers\n\n" + "\n".join(heads)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (("2024.6", "2024.2"), "2024.5"),
        (("2024-06", "2024-02"), "2024-05"),
        (("📅 June 2024", "📅 February 2024"), "📅 May 2024"),
        (("2024年6月", "2024年2月"), "2024年5月"),
        (("2024 Jun", "2024 Feb"), "2024 May"),
    ],
    ids=["a dot", "a dash", "a word", "Chinese", "a word behind"],
)
def test_a_paper_stands_under_the_heading_of_its_month(given, made):
    data, dated = months(*given), form("top", year_headings=True)

    new = put(data, f"- {link(5, 'New')}", dated)
    assert f"{link(6)}\n\n### {made}\n\n- {link(5, 'New')}\n\n### {given[1]}" in new
    text = f"- {link(2, 'New')}"
    assert f"### {given[1]}\n\n{text}\n- {link(2)}" in put(data, text, dated, arxiv_id="2402.01234")


def test_where_headings_name_days_a_new_one_is_made_by_hand():
    data, dated = months("2024-06-14", "2024-02-01"), form("top", year_headings=True)

    text = f"- {link(6, 'New')}"
    assert f"### 2024-06-14\n\n{text}" in put(data, text, dated, arxiv_id="2406.01234")
    with pytest.raises(ListConflict, match="2024-06-14 is a day"):
        put(data, f"- {link(5)}", dated)


@pytest.mark.parametrize("data", [NUMBERED, TABLE, LOOSE], ids=["numbered", "table", "loose"])
@pytest.mark.parametrize("place", ["top", "bottom", "newest-first", "newest-last"])
def test_what_was_put_in_comes_out_without_a_trace(data, place):
    text = f"|24.05|{link(5, 'New')}|" if data is TABLE else f"- {link(5, 'New')} <br> C"
    text = f"9. {link(5, 'New')}" if data is NUMBERED else text

    new = put(data, text, form(place))

    assert remove_entry(new.encode(), text.encode(), name="l.md") == data.encode()


def test_a_list_that_counts_is_added_to_at_its_end_and_is_not_sorted_by_its_numbers():
    data = b"# L\n\n## S\n\n" + b"".join(
        b"%d. [%s](https://arxiv.org/abs/24%02d.%05d)\n" % (n, title, n, n)
        for n, title in enumerate(b"Pruning Attention Quantum Bits Zero Caches Old Data".split(), 1)
    )

    assert place_of(list(listed_in(parse(data)))) == "bottom"


def test_a_dash_among_numbers_has_no_number_and_moves_none():
    new = put(f"# L\n\n## Papers\n\n1. {link(2)}\n", f"- {link(5, 'New')}", form("top"))

    assert f"\n- {link(5, 'New')}\n1. {link(2)}\n" in new


@pytest.mark.parametrize(
    "data",
    [
        f"# L\n\n## Papers\n\n- {link(2)}",
        f"# L\r\n\r\n## Papers\r\n\r\n- {link(2)}",
        f"# L\n\n## Papers\n\n- {link(2)}\n  - a remark\n---",
        f"# L\n\n## Papers\n\n- {link(2)}\n  - a remark\n---\n\n## More\n",
    ],
    ids=["no line end", "no CRLF at the end", "a rule at the end", "a rule"],
)
def test_an_entry_at_the_end_comes_out_without_a_trace(data):
    text = f"- {link(5, 'New')}"

    new = put(data, text, form("bottom"))

    assert remove_entry(new.encode(), text.encode(), name="l.md") == data.encode()


LABELS = (
    f"# L\n\n## Papers\n\n- [Old][1] (2024)\n- [Older][2] (2023)\n\n## Tools\n\n- [T](https://t.org)\n\n"
    f"[1]: https://arxiv.org/abs/2406.01234\n[2]: {OLD}\n"
)


@pytest.mark.parametrize("end", ["\n", ""], ids=["a line end", "no line end"])
@pytest.mark.parametrize("place", ["top", "bottom", "newest-first"])
def test_a_reference_link_gets_a_label_and_its_definition(place, end):
    data = LABELS.removesuffix("\n") + end
    text = f"- {link(7, 'New')} (2024)"

    new = put(data, text, form(place), arxiv_id="2407.01234")

    assert "- [New][3] (2024)\n" in new
    assert f"\n[2]: {OLD}\n[3]: https://arxiv.org/abs/2407.01234" in new
    (added,) = [raw for raw in new.splitlines() if "New" in raw]
    assert remove_entry(new.encode(), added.encode(), name="l.md") == data.encode()


def test_definitions_above_the_entries_stay_above_a_new_one():
    """A definition right below an entry would become a part of it."""
    data = f"# L\n\n## Papers\n[1]: {OLD}\n- [A title][1]\n   text\n"

    new = put(data, f"- {link(5)}", form("top"))

    assert f"[1]: {OLD}\n[2]: https://arxiv.org/abs/2405.01234\n- [A title][2]\n\n- [A" in new
    assert remove_entry(new.encode(), b"- [A title][2]\n", name="l.md") == data.encode()


def test_labels_that_are_ids_stay_so_and_links_with_addresses_need_none():
    ids = LABELS.replace("[1]", "[2406.01234]").replace("[2]", "[2301.01234]")

    assert "[New][2407.01234]" in put(ids, f"- {link(7, 'New')}", form("top"))
    assert f"- {link(7, 'New')}\n" in put(LOOSE, f"- {link(7, 'New')}", form("top"))


BLOCKS = "".join(
    f"**Fewer Bits of Attention in {month} Steps**  \nAna Lee  \n[arXiv](https://arxiv.org/abs/24{month:02d}.01234)\n\n"
    for month in (2, 6)
)


def test_a_page_among_blocks_of_lines_is_refused_with_the_reason():
    """A block is an entry by its paper: nobody would find the page again."""
    page = "**A Post about Bits of Attention**  \nAna Lee  \n[arXiv](https://example.org/post)"

    with pytest.raises(
        ListConflict,
        match="a page or repository would not be recognised in Papers, whose entries are blocks",
    ):
        put(f"# L\n\n## Papers\n\n{BLOCKS}", page, form(), arxiv_id=None)


@pytest.mark.parametrize("place", ["bottom", "newest-last"])
def test_an_entry_keeps_the_block_of_code_right_below_it(place):
    code = "```bibtex\n@misc{a}\n```\n"
    data = f"# L\n\n## Papers\n\n- {link(2)}\n{code}\n## More\n"

    new = put(data, f"- {link(5)}", form(place))

    assert f"- {link(2)}\n{code}- {link(5)}\n\n## More" in new


VENUE_YEARS = (
    b"# L\n\n## Papers\n\n### ACL 2025\n\n- [One of Many](https://arxiv.org/abs/2401.00001)\n"
    b"\n### ACL 2024\n\n- [Two of Many](https://arxiv.org/abs/2301.00001)\n"
)


def test_a_preprint_goes_under_no_heading_of_a_venue():
    entry = NewEntry("Papers", f"- [New Paper]({NEW})", "2501.00001")
    dated = form("top", year_headings=True)

    with pytest.raises(ListConflict, match=r"ACL 2025, ACL 2024.*none for preprints"):
        insert_entries(VENUE_YEARS, [entry], dated, name="l.md")

    own = VENUE_YEARS.replace(b"## ACL 2025", b"## arXiv 2025")
    new = insert_entries(own, [entry], dated, name="l.md")
    assert new.index(b"arXiv 2025") < new.index(b"New Paper") < new.index(b"One of Many")


ROWS_OF_HTML = (
    b"# L\n\n## Papers\n\n<table>\n"
    + b"".join(
        b"<tr><td>%d</td><td>Paper %d</td><td><a href='https://arxiv.org/abs/2301.0000%d'>p</a></td>"
        b"</tr>\n" % (number, number, number)
        for number in (1, 2, 3)
    )
    + b"</table>\n"
)


@pytest.mark.parametrize(
    ("place", "numbers"), [("bottom", [b"1", b"2", b"3", b"4"]), ("top", [b"1", b"2", b"3", b"4"])]
)
def test_a_row_of_html_stays_in_its_table_and_has_its_number(place, numbers):
    text = f"<tr><td>1</td><td>New Paper</td><td><a href='{NEW}'>p</a></td></tr>"

    new = insert_entries(
        ROWS_OF_HTML, [NewEntry("Papers", text, "2501.00001")], form(place), name="l.md"
    )

    assert re.findall(rb"<tr><td>(\d)", new) == numbers
    assert new.endswith(b"</tr>\n</table>\n")
    assert (new.index(b"New Paper") < new.index(b"Paper 1")) is (place == "top")


def test_rows_that_count_are_numbered_anew_below_a_new_one():
    rows = "".join(f"| {n} | Paper {n} | {link(n)} |\n" for n in (1, 2, 3))
    data = f"# L\n\n## Papers\n\n| No | T | P |\n|--|--|--|\n{rows}"

    new = put(data, f"| 1 | New | {link(5)} |", form("top"))

    assert re.findall(r"\| (\d) \| (\w+)", new) == [
        ("1", "New"), ("2", "Paper"), ("3", "Paper"), ("4", "Paper"),
    ]  # fmt: skip


def test_a_text_that_becomes_an_entry_beside_the_new_one_is_no_proof_of_it():
    """The comment hides an item; right below a paragraph it would hide none."""
    data = (
        f"# L\n\n## Papers\n\n- {link(1)}\n  - note\n<!--# L\n<li><a href='{NEW}'>Other</a></li>\n"
    )

    with pytest.raises(ListConflict, match="would not be recognised"):
        put(data, f"**New Paper of Ours**, *A. Poe* \\\n{link(5)}", form())


def test_nothing_goes_between_the_last_entry_and_the_folded_text_behind_it():
    folded = "\n<details>\n<summary>BibTeX</summary>\n\n```\n@misc{a}\n```\n\n</details>\n\n"
    data = f"# L\n\n## Papers\n\n- {link(2)}\n{folded}- {link(1)}\n{folded}"

    with pytest.raises(ListConflict, match="folded text behind it"):
        put(data, f"- {link(5)}", form())

    assert put(data, f"- {link(5)}", form("top")).index(link(5)) < data.index(link(2)) + 1


def test_numbered_headings_of_works_count_on_below_their_year():
    work = (
        "### {}. A Work on Splatting {}\n**Authors**: Poe\n\n[Paper](https://arxiv.org/abs/{})\n\n"
    )
    text = "# L\n\n## Avatars:\n## 2024:\n"
    text += "".join(work.format(n, n, f"2401.0000{n}") for n in range(1, 5))
    text += "## Scenes:\n## 2024:\n" + work.format(1, 7, "2402.00001") + "## 2023:\n"
    text += work.format(1, 8, "2302.00001")
    form = Form(
        entry="### {{ number }}. {{ title }}\n\n[Paper]({{ abs }})",
        place="bottom",
        year_headings=True,
    )
    new = "### 1. Splatting of Ours\n**Authors**: Roe\n\n[Paper](https://arxiv.org/abs/{})"

    def put_in(base):
        entry = NewEntry("Avatars:", new.format(base), base)
        return insert_entries(text.encode(), [entry], form, name="L")

    assert b"### 5. Splatting of Ours" in put_in("2405.00001")
    assert b"## 2025:\n### 1. Splatting of Ours" in put_in("2505.00001")


def test_headings_of_periods_below_the_title_are_one_section():
    data = f"# L\n\n## 2024.6\n\n- {link(6)}\n\n## 2024.2\n\n- {link(2)}\n\n## Tools\n\n- {NEW}\n"

    found = outline(parse(data.encode()))

    assert [(part.name, len(part.entries)) for part in found.parts] == [("2024.6", 2), ("Tools", 1)]
    assert [left.why for left in found.left_out] == ["is a part of 2024.6"]


@pytest.mark.parametrize(
    ("month", "year"), [("2023/09", "2023"), ("2024/02", "2024"), ("2019/01", "2024")]
)
def test_a_page_whose_address_names_its_year_stands_there(month, year):
    """A year that no paper has needs no heading for a page."""
    url = f"https://pages.example/blog/{month}/20/a"
    page, dated = f"1. [A page]({url})", form("newest-first", year_headings=True)

    new = inserted(YEARS.encode(), dated, [("Papers", page, f"link:{url}")], name="l.md").decode()

    assert new.partition(f"{page[3:]}\n")[0].rpartition("### ")[2][:4] == year
    assert len(re.findall("### ", new)) == 2


def test_a_page_without_a_date_stands_in_the_newest_year():
    page = "1. [A page](https://pages.example/a)"

    new = put(YEARS, page, form("newest-first", year_headings=True), arxiv_id=None)

    assert f"### 2024\n\n{page}\n2. {link(2)}\n\n### 2023\n" in new


def test_the_number_in_the_name_of_a_tag_goes_on():
    items = "".join(f'- <span id="{n}">Paper {n}</span> {link(n)}\n' for n in (1, 2, 3))
    data = f"# L\n\n## Papers\n\n{items}"

    new = put(data, f'- <span id="1">New</span> {link(5)}', form("bottom"))

    assert new == f'{data}- <span id="4">New</span> {link(5)}\n'
