"""Lists in other forms than Efficient LLM's are read: every entry, its title, its other parts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.markdown.checks import examine
from catalog.markdown.listfile import listed_keys, parse
from tests.catalog.two_papers import CODE, FOUR, LORA, QLORA, A, B

# One entry in many forms: its text, its authors, its date or None, its venue or None.
FORMS = {
    "title-first": (
        f"- {QLORA} <br> NeurIPS 2023 [[Paper]]({A}) [[Code]]({CODE})",
        (),
        "NeurIPS 2023",
    ),
    "venue-first": (f"- [[NeurIPS]({A})] {QLORA} [[code]({CODE})]", (), "NeurIPS"),
    "venue-before-a-comma": (f"- ICML 2023 oral, {QLORA}, [abs]({A})", (), "ICML 2023 oral"),
    "month-before-a-comma": (f"- arXiv 2023.05, {QLORA}, [abs]({A})", (), "arXiv 2023.05"),
    "venue-with-two-digits": (f"- **{QLORA}**. ICML23. [abs]({A})", (), "ICML23"),
    "venue-in-brackets": (f"- [NeurIPS 2023] **{QLORA}** [[Paper]({A})]", (), "NeurIPS 2023"),
    "venue-as-code": (f"- `NeurIPS 2023` {QLORA} [`[paper]`]({A})", (), "NeurIPS 2023"),
    "names-after-a-stop": (
        f"- {QLORA}. {FOUR[0]}, {FOUR[1]}, {FOUR[2]} and {FOUR[3]}. NeurIPS 2023. [[pdf]]({A})",
        FOUR,
        "NeurIPS 2023",
    ),
    "names-after-a-comma": (
        f"- {QLORA}, {', '.join(FOUR)}, NeurIPS 2023 [[paper]]({A})",
        FOUR,
        "NeurIPS 2023",
    ),
    "names-after-a-bar": (
        f"- **[{QLORA}]({A})** | {FOUR[0]}, {FOUR[1]} & {FOUR[3]} | ICML",
        (FOUR[0], FOUR[1], FOUR[3]),
        "ICML",
    ),
    "names-with-by": (
        f"- [{QLORA}]({A}) by {FOUR[0]}, {FOUR[1]}, et al. (ICML 2023)",
        FOUR[:2],
        "ICML 2023",
    ),
    "names-first": (f"- {', '.join(FOUR[:3])}, and {FOUR[3]}. 2023. {QLORA}. {A}", FOUR, None),
    "first-author-in-the-link": (f"- [Dettmers et al., 2023, {QLORA}]({A})", ("Dettmers",), None),
    "two-authors-in-the-link": (
        f"- [Dettmers & Pagnoni, 2023, {QLORA}]({A})",
        ("Dettmers", "Pagnoni"),
        None,
    ),
    "quoted": (
        f'- J. Poe et al. "{QLORA}". In NeurIPS, 2023. [paper]({A})',
        ("J. Poe",),
        "In NeurIPS, 2023",
    ),
    "one-name-after-a-comma": (
        f"- (2023.05) {QLORA}, Dettmers et al. [arXiv]({A})",
        ("Dettmers",),
        None,
    ),
    "one-name-between-dashes": (
        f"- {QLORA} - Tim Dettmers - NeurIPS 2023 - [Paper]({A})",
        ("Tim Dettmers",),
        "NeurIPS 2023",
    ),
    "folded": (
        f"<details>\n<summary><b>{QLORA}</b> (ICML 2023)</summary>\n\n"  # noqa: ISC004
        f"- Authors: {', '.join(FOUR)}\n- Paper: [arXiv]({A})\n\n</details>",
        FOUR,
        "ICML 2023",
    ),
    "italic-names-below": (
        f"1. **[{QLORA}.]({A})** [[code]({CODE})]\n\n    *{', '.join(FOUR)}.* Preprint'23",
        FOUR,
        "Preprint'23",
    ),
    "nested-parts": (
        f"- **{QLORA}**\n  - {', '.join(FOUR)}\n  - NeurIPS 2023\n  - [[Paper]({A})] [[Code]({CODE})]",  # noqa: E501
        FOUR,
        "NeurIPS 2023",
    ),
    "angle-brackets": (f"- <{A}> {QLORA}", (), None),
    "tooltip": (f'+ [{QLORA}](<{A}> "of arXiv") (ICML 2023)', (), "ICML 2023"),
    "reference": (f"* [{QLORA}][q] (ICML 2023)\n\n[q]: {A}", (), "ICML 2023"),
    "task": (f"- [x] [{QLORA}]({A}), *ICML, 2023*.", (), "ICML, 2023"),
    "html": (f'<li><a href="{A}">{QLORA}</a>, ICML 2023</li>', (), "ICML 2023"),
    "bold-number": (
        f"**1. {QLORA}** [[Paper]({A})]\n\n**Venue:** ICML 2023\n\n**Authors:** {', '.join(FOUR)}.",
        FOUR,
        "ICML 2023",
    ),
    "name-before-a-colon": (
        f"- **QLoRA**: Efficient Finetuning of Quantized LLMs [paper]({A})",
        (),
        None,
    ),
    "no-address": (
        f"* Dettmers, T., & Poe, A. (2023). {QLORA}. *arXiv preprint arXiv:2305.14314*.",
        ("T. Dettmers", "A. Poe"),
        "arXiv preprint arXiv:2305.14314",
    ),
    "an-id-alone": (f"* {QLORA}, Tim Dettmers, 2023 *2305.14314*", ("Tim Dettmers",), None),
    "names-and-an-id": (
        f"- [x] {QLORA} — Dettmers et al., 2023 (arXiv:2305.14314)",
        ("Dettmers",),
        None,
    ),
    "a-name-that-is-a-word": (
        f"1. Ada Poe, Or Roe, Bo Noe, et al. {QLORA}. In: ICML, 2023. arXiv:2305.14314",
        ("Ada Poe", "Or Roe", "Bo Noe"),
        "In: ICML",
    ),
    "one-letter-label": (f"- {QLORA} [p]({A}) [c]({CODE})", (), None),
    "japanese-row": (
        f"| 論文 | 年月 | リンク |\n|---|---|---|\n| {QLORA} | 2023年5月 | [論文]({A}) |",
        (),
        None,
    ),
    "row": (
        f"|Date|Title|Venue|Paper|\n|--|--|--|--|\n|2023.05|🔥[QLoRA] {QLORA}(@UW)|ICML 2023|[[pdf]]({A})|",  # noqa: E501
        (),
        "ICML 2023",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_entry_of_any_form_has_its_title_and_parts(form):
    text, names, venue = FORMS[form]

    (item,) = [item for item in parse(f"# L\n\n## Papers\n\n{text}\n".encode()).items if item.keys]

    split = item.split
    assert ("arxiv:2305.14314", QLORA) == (item.keys[0], split.title.value)
    assert (names, venue) == (split.names, split.venue and split.venue.value)
    assert (QLORA, "2305.14314", "Papers") == (
        item.entry.title,
        item.entry.arxiv_id,
        item.entry.section,
    )


@pytest.mark.parametrize(
    ("title", "rest"),
    [
        ("Compress, Gather, and Recompute: Models", ", Ada Poe, Bo Roe and Cy Noe"),
        ('"What Is Said Here": A Study of Quotes', ". Ada Poe and Bo Roe. ICML 2023."),
        ('Learning Inspired by "The Blind Men and the Elephant"', " (ICML 2023)"),
        ("Questions for Scientific Q&A", ". Ada Poe and Bo Roe."),
        ("Tracking by Contrastive Random Walks", ". Ada Poe and Bo Roe."),
        ("CODE: Confident Ordinary Differential Editing", " - Ada Poe and Bo Roe"),
        ("Machine Memory: Synthesis and Opportunities", ", Poe et al."),
    ],
)
def test_a_title_with_marks_of_its_own_stays_whole(title, rest):
    (item,) = [
        i for i in parse(f"# L\n\n## P\n\n- {title}{rest} [pdf]({A})\n".encode()).items if i.keys
    ]

    assert item.split.title.value == title


@pytest.mark.parametrize(
    ("shown", "title", "nickname"),
    [
        ("NaUp: Narrow Updates of Models (NaUp)", "NaUp: Narrow Updates of Models", "NaUp"),
        ("(NaUp) Narrow Updates of Wide Models", "Narrow Updates of Wide Models", "NaUp"),
        ("What to Ask Large Language Models (LLMs)", None, None),
        ("Updates of Wide Models (NaUp)", None, None),
        ("(Almost) Free Updates of Wide Models", None, None),
    ],
)
def test_a_name_in_brackets_that_a_list_puts_beside_a_title_is_none_of_it(shown, title, nickname):
    (item,) = [
        i for i in parse(f"# L\n\n## P\n\n- **{shown}** [pdf]({A})\n".encode()).items if i.keys
    ]

    assert item.split.title.value == (title or shown)
    assert (item.split.nickname.value if item.split.nickname else None) == nickname


@pytest.mark.parametrize("venue", [" ICML23. ", " arXiv "])
def test_a_bold_title_with_links_in_html_below_is_an_entry_with_its_quotation(venue):
    pages = f'<a href="{{}}"><img alt="p" src="https://x.org/p.svg"/></a> <a href="{CODE}">Code</a>'
    works = [(QLORA, venue, A), (LORA, " ICLR22", B)]
    text = "".join(
        f"**{title}**.{said}\n\n{pages.format(page)}\n\n> Said of it.\n\n<br>\n\n"
        for title, said, page in works
    )

    items = [item for item in parse(f"# L\n\n## P\n\n{text}".encode()).items if item.keys]

    assert [title for title, *_ in works] == [item.split.title.value for item in items]
    assert all(item.text.rstrip().endswith("> Said of it.") for item in items)


def test_parts_say_where_they_stand():
    """A template is learned from the places; the text between them is literal."""
    row = f"| 2023.05 | 🔥[**QLoRA**] {QLORA}(@UW) | [[pdf]]({A}) | ⚠️ |\n".encode()
    table = b"# L\n\n## P\n\n|Date|Title|Paper|Code|\n|:-:|:-|:-|:-|\n" + row

    (item,) = [item for item in parse(table).items if item.keys]
    parts = item.split

    assert "row" == item.kind
    assert ("Date", "Title", "Paper", "Code") == item.form.columns
    shown = [item.text[part.start : part.end] for part in (parts.date, parts.nickname, parts.title)]
    assert ["2023.05", "QLoRA", QLORA] == shown
    assert ("2023-05", "UW", A) == (
        parts.date.value,
        parts.affiliation.value,
        parts.links[0].url.value,
    )


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (
            f"- [Small Caches for Large Models (Published in Findings of EMNLP 2024)]({A})",
            "Small Caches for Large Models",
        ),
        (
            (
                f"- [2023/07] **An Agent with Planning, Long Context Understanding, and Program "
                f"Synthesis.** *Ada Poe (ACME) et al. arXiv.* [[paper]({A})]"
            ),
            "An Agent with Planning, Long Context Understanding, and Program Synthesis",
        ),
        (
            (
                f"- [2023/06] **Traces: Few-Shot Examples for\nComputer Control.** *Ada Poe et al. "
                f"arXiv.* [[paper]({A})]"
            ),
            "Traces: Few-Shot Examples for Computer Control",
        ),
    ],
)
def test_a_title_is_whole_and_without_where_it_appeared(line, title):
    (entry,) = parse(f"# L\n\n## P\n\n{line}\n".encode()).entries

    assert title == entry.title


PIECES = st.sampled_from(
    [
        "- ", "+ ", "1. ", "2) ", "  - ", "\t", "|", "|--|--|\n", "| a | b |\n", "\n", "\n\n", "# ",
        "### 2023\n", "<h2>", "</h2>\n", "<li>", "</li>", "<tr>", "<br>", "**", "*", "_", "[", "]",
        "](", ")", f"[x]({A})", f"<{B}>", f"[[p]({A})]", "![i](https://i.org)", "`", "<!--", "-->",
        "```\n", "et al.", ", ", "NeurIPS 2023", "2023.05", "(@UW)", "A. Poe", QLORA, "[q]: ", A,
        "<details>", "\\", "é", "\r\n", "===\n", "---\n", '"', "<a href='",
    ]
)  # fmt: skip


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=40).map("".join) | st.binary(max_size=200))
def test_any_text_is_read_without_loss(data):
    """Every part lies in its entry, says what stands there, and the file stays the same."""
    raw = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    parsed = parse(raw)

    assert raw == bytes(parsed)
    listed_keys(parsed), examine(parsed)
    for item in parsed.items:
        assert raw[item.start : item.end] == item.raw
        assert item.end <= item.tree_end <= len(raw)
        assert item.raw == item.text.encode("utf-8", "surrogateescape")
        split = item.split
        for part in (
            split.title,
            split.authors,
            split.date,
            split.venue,
            split.nickname,
            split.remark,
        ):
            assert part is None or item.body <= part.start <= part.end <= len(item.text)


@pytest.mark.parametrize(
    "url",
    [
        "https://ojs.aaai.org/index.php/AAAI/article/view/34743",
        "https://www.mdpi.com/2079-9292/14/1/47",
        "https://proceedings.mlr.press/v70/jin17a.html",
    ],
)
def test_a_publisher_is_known_in_paragraphs_and_nested_items_too(url):
    """One list of publishers says what a paper's page is, whatever form the list has."""
    blocks = "".join(
        f"**{title}**  \n2023, [Paper]({url}{n})\n\n" for n, title in enumerate((QLORA, LORA))
    )
    nested = f"- [Group](https://acme.example/)\n  - [{QLORA}]({url}1)\n  - [{LORA}]({url}2)\n"

    for text in (blocks, nested):
        titles = [entry.title for entry in parse(f"# L\n\n## P\n\n{text}".encode()).entries]
        assert [QLORA, LORA] == titles[-2:]
