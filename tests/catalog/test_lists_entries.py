"""What of a list in another form is an entry, and to which section it belongs."""

import pytest

from catalog.markdown.checks import examine
from catalog.markdown.findings import damage
from catalog.markdown.listfile import parse
from tests.catalog.two_papers import CODE, FOUR, LORA, QLORA, A, B


def test_quotations_are_entries_and_the_head_of_a_table_is_none():
    """Blocks of quoted lines; rows of HTML below one that names the columns."""
    quoted = f"> **{QLORA}** (ICML 2023)\n> {', '.join(FOUR)}\n> [paper]({A})\n"
    other = quoted.replace(QLORA, LORA).replace(A, B)
    head = "<table>\n<tr>\n<th>#</th>\n<th>Paper</th>\n</tr>\n"
    row = f'<tr>\n<td>1</td>\n<td><a href="{A}">{QLORA}</a></td>\n</tr>\n'

    quotes = parse(f"# L\n\n## Papers\n\n{quoted}\n{other}\nThe end.\n".encode())
    table = parse(f"# L\n\n## Papers\n\n{head}{row}</table>\n".encode())

    assert [(QLORA, FOUR), (LORA, FOUR)] == [(one.title, one.authors) for one in quotes.entries]
    assert [QLORA] == [item.entry.title for item in table.items]
    assert not [*damage(quotes), *damage(table)]


def test_what_folds_open_and_holds_entries_is_none_itself():
    for summary, inside in (
        ("Click to see the papers", f"- [{QLORA}]({A})\n"),
        ("Papers of the year", f"- [{QLORA}]({A})\n- [{LORA}]({B})\n"),
    ):
        text = f"# L\n\n## P\n\n<details>\n<summary>{summary}</summary>\n\n{inside}\n</details>\n"

        assert QLORA == parse(text.encode()).entries[0].title


def test_a_paragraph_is_an_entry_where_there_are_several():
    block = "**{}** \\\n*A. Poe, B. Roe* \\\nICML 2023. [[Paper]({})] \\\n23 May 2023\n\n"
    several = "# L\n\n## P\n\n" + block.format(QLORA, A) + block.format(LORA, B)
    single = "# L\n\n## P\n\n" + block.format(QLORA, A)

    assert [(QLORA, "2023-05-23"), (LORA, "2023-05-23")] == [
        (item.split.title.value, item.split.date.value) for item in parse(several.encode()).items
    ]
    assert () == parse(single.encode()).entries


@pytest.mark.parametrize("lead", ["[2024] ", "(2024-05) ", "[ICML 2024]: "])
def test_a_year_or_venue_in_brackets_may_stand_before_the_title_of_a_paragraph(lead):
    data = "# L\n\n## Papers\n\n" + "\n\n".join(
        f"{lead}[A title of several words](https://arxiv.org/abs/2405.0123{n})" for n in range(4)
    )

    parsed = parse(data.encode())

    assert [item.keys for item in parsed.items] == [(f"arxiv:2405.0123{n}",) for n in range(4)]
    assert {item.split.title.value for item in parsed.items} == {"A title of several words"}


def test_a_single_paragraph_is_an_entry_where_other_sections_have_several():
    """A section with one paper is no introduction in a list that writes its papers so."""
    block = "**{}**  \n2023-5-23, [Paper]({})\n\n"
    several = "".join(
        f"## {name}\n" + block.format(QLORA, A) + block.format(LORA, B) for name in "PQ"
    )
    text = f"# L\n\n{several}## R\n" + block.format(QLORA, A)

    assert 5 == len(parse(text.encode()).entries)


def test_nested_items_are_entries_where_the_item_above_names_no_work():
    week = f"# L\n\n## Week\n\n- **[2023.05]**\n    - Paper: [{QLORA}]({A})\n    - Paper: [{LORA}]({B})\n"  # noqa: E501

    dated, first, second = parse(week.encode()).items

    assert [None, QLORA, LORA] == [
        item.entry and item.entry.title for item in (dated, first, second)
    ]
    assert dated.tree_end == second.end


@pytest.mark.parametrize(
    "remark",
    [
        f"  - [[Code]({CODE})]\n",
        f"  - Summary: makes [LoRA]({B}) smaller.\n",
        f"  - Code: {CODE}\n",
        "\n  A paragraph that belongs to it.\n",
    ],
)
def test_what_stands_below_an_item_belongs_to_it(remark):
    text = f"# L\n\n## P\n\n- [{QLORA}]({A})\n{remark}- [{LORA}]({B})\n"

    assert [(QLORA, remark.encode() in item.raw) for item in parse(text.encode()).items[:1]] == [
        (QLORA, True)
    ]


def test_an_address_alone_in_an_item_belongs_to_the_title_above():
    text = f"# L\n\n## P\n\n- {QLORA}\n  - NeurIPS 2023\n  - {A}\n- {LORA}\n  - {B}\n"

    assert [True, True] == [
        title.encode() in item.raw and address.encode() in item.raw
        for item, title, address in zip(
            parse(text.encode()).items, (QLORA, LORA), (A, B), strict=True
        )
    ]


def test_a_bullet_below_a_number_belongs_to_it():
    text = f"# L\n\n## P\n\n1. [{QLORA}]({A})\n- The group explains. [[Code]({CODE})]\n2. [{LORA}]({B})\n"  # noqa: E501

    first, second = parse(text.encode()).items

    assert b"explains" in first.raw
    assert ("number", "2. ") == (second.kind, second.form.marker)


def test_contents_news_and_advice_are_no_entries():
    text = (
        f"# L\n\n## Contents\n\n- 📖[Papers](#papers)🔥\n- [Data](#data)\n\n## 📢 News\n\n"
        f"- 2023: our survey [{QLORA}]({A}) is out\n\n### Week Papers\n\n- [{LORA}]({B})\n\n"
        f"## Contributing\n\n- Write to [us](https://example.org)\n\n## Papers\n\n1. [{QLORA}]({A})\n"  # noqa: E501
    )

    assert [LORA, QLORA] == [entry.title for entry in parse(text.encode()).entries]


def test_headings_in_html_are_sections_and_a_year_belongs_to_its_section():
    text = (
        '<h1 align="center">Reading</h1>\n\n<h2 id="survey">Survey</h2>\n\n<h3>Long</h3>\n\n'
        f"### 2023\n\n1. [{QLORA}]({A})\n\n<h3>Short</h3>\n\n### 2023\n\n1. [{LORA}]({B})\n"
    )

    parsed = parse(text.encode())

    assert "Reading" == parsed.title
    assert [("Survey", "Long"), ("Survey", "Short")] == [
        item.section.subject for item in parsed.items
    ]
    assert ["Long", "Short"] == [entry.section for entry in parsed.entries]
    assert [2023, 2023] == [item.section.year for item in parsed.items]
    assert [] == examine(parsed)


def test_a_list_whose_papers_stand_below_its_title_has_one_section():
    """The title is their only heading; badges and addresses are no part of its name."""
    badge = "[![Awesome](https://awesome.example/a/very/long/way/to/a/badge.svg)](https://awesome.example)"
    rows = f"| Title | Year |\n|---|---|\n| [{QLORA}]({A}) | 2023 |\n| [{LORA}]({B}) | 2021 |\n"
    head = f"# [Lists of Caches](https://acme.example/caches/) {badge}\n\n"

    parsed = parse(f"{head}{rows}\n## Contributing\n\nSend more.\n".encode())
    other = parse(f"{head}{rows}\n## More\n\n- [{QLORA}]({A})\n".encode())

    assert ["Lists of Caches", "Contributing"] == [section.name for section in parsed.sections]
    assert ["More"] == [section.name for section in other.sections]


def test_a_numbered_title_that_leads_to_no_paper_is_no_section_among_those_that_do():
    """What stands below it would be lost to its section otherwise."""

    def block(number, url):
        return f"### {number}. A title of several words\n- **Link**: {url}\n\n"

    papers = "".join(block(n, f"https://arxiv.org/abs/2405.0123{n}") for n in range(1, 6))
    post = block(6, "https://social.example/posts/1")
    text = f"# L\n\n## A\n\n{papers}## B\n\n{post}{block(7, 'https://arxiv.org/abs/2405.01237')}"

    parsed = parse(text.encode())

    assert [section.path for section in parsed.sections if section.body] == [("A",), ("B",)]
    assert [item.section.name for item in parsed.items if item.keys][-1] == "B"
