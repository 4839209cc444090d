"""Headings that are the titles of papers are entries, and no sections."""

import pytest

from catalog.forms.inserter import NewEntry, insert_entries, remove_entry
from catalog.markdown.listfile import parse
from config.form import Form
from output.forms.templated import in_form

LINKED = """# L

## Methods

### [A First Paper on Caches](https://arxiv.org/abs/2401.00001)

**Authors**: Ada Poe, Bo Roe

### [A Second Paper on Bits](https://arxiv.org/abs/2401.00002)

**Authors**: Cy Loe, Di Moe

---

## Tools

- [A tool](https://acme.example/tool)
"""
NAMES = ("First", "Second", "Third", "Fourth", "Fifth")
PLAIN = "# L\n\n## Methods\n\n" + "\n".join(
    f"#### A {name} Paper on Caches\n- **Authors**: Ada Poe, Bo Roe\n"
    f"- **Link**: [[arXiv]](https://arxiv.org/abs/2401.0000{number})\n"
    for number, name in enumerate(NAMES, 1)
)

NICKNAMES = ("AlphaKV", "BetaKV", "Gamma-KV", "DeltaKV", "EpsilonKV")
NAMED = "# L\n\n## Caches\n\n" + "\n".join(
    f"### **{name}**\n"
    f"**Paper:** [{name}: Caches of Few Bits](https://arxiv.org/abs/2401.1000{n})  \n"
    f"**Submitted:** 2024.01  \n**Remark:** bits {n}\n"
    for n, name in enumerate(NICKNAMES, 1)
)


def titles(text: str) -> list[str]:
    return [entry.title for entry in parse(text.encode()).entries if entry.kind == "paper"]


def test_a_heading_that_links_a_paper_is_an_entry():
    parsed = parse(LINKED.encode())

    assert titles(LINKED) == ["A First Paper on Caches", "A Second Paper on Bits"]
    assert [section.name for section in parsed.sections] == ["Methods", "Tools"]
    assert parsed.items[0].raw.endswith(b"Ada Poe, Bo Roe\n")
    assert bytes(parsed) == LINKED.encode()


def test_a_short_title_among_headings_that_link_papers_is_an_entry():
    text = LINKED.replace("[A Second Paper on Bits]", "[Few Bits]")
    text = text.replace(
        "---\n", "### [A Third Paper on Bits](https://arxiv.org/abs/2401.00003)\n\n---\n"
    )

    assert titles(text) == ["A First Paper on Caches", "Few Bits", "A Third Paper on Bits"]


def test_a_heading_with_one_paper_below_it_is_an_entry_where_most_are():
    assert titles(PLAIN) == [f"A {name} Paper on Caches" for name in NAMES]


def test_a_heading_that_is_the_nickname_of_the_paper_below_it_is_no_section():
    parsed = parse(NAMED.encode())

    assert titles(NAMED) == [f"{name}: Caches of Few Bits" for name in NICKNAMES]
    assert [section.name for section in parsed.sections] == ["Caches"]
    assert bytes(parsed) == NAMED.encode()


def test_a_section_of_one_paper_whose_title_does_not_say_its_name_is_a_section():
    text = NAMED.replace("### **AlphaKV**", "### Caches A").replace("### **BetaKV**", "### Topic B")
    text = text.replace("### **Gamma-KV**", "### Topic C")

    assert len(parse(text.encode()).sections) == 6


@pytest.mark.parametrize(
    "text",
    [
        LINKED.replace("### [A Second", "#### [A Second"),
        PLAIN.partition("#### A Fifth")[0],
        PLAIN.replace("- **Link**: [[arXiv]]", "- [A Paper With A Title Of Its Own]"),
        PLAIN.replace("#### A ", "#### ").replace(" Paper on Caches", ""),
    ],
    ids=["one of a level", "four", "items with titles", "names of sections"],
)
def test_other_headings_are_sections(text):
    parsed = parse(text.encode())

    assert len(parsed.sections) > 2
    assert bytes(parsed) == text.encode()


def test_such_an_entry_is_put_in_and_taken_out_without_a_trace():
    text = "### [A New Paper on Heads](https://arxiv.org/abs/2402.00003)\n\n**Authors**: Ada Poe"
    form = Form(entry="### [{{ title }}]({{ abs }})", place="top", own={})
    data = LINKED.encode()

    assert in_form(text, "arxiv:2402.00003", star=False) == text
    new = insert_entries(data, [NewEntry("Methods", text, "2402.00003")], form, name="l.md")

    assert titles(new.decode())[0] == "A New Paper on Heads"
    assert remove_entry(new, text.encode(), name="l.md") == data
