"""What one item of a list means, and how it is written."""

import os
from pathlib import Path

import orjson
import pytest

from catalog.errors import UsageTrouble
from catalog.markdown.entry import Citation, Entry, Extra, entry_for, entry_from_json, entry_json
from catalog.markdown.entry_reader import read_entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import parse
from catalog.markdown.text import (
    fold,
    tex_columns,
)
from catalog.paper import Paper

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("LISTKEEPER_SHARED", ROOT.parent / "shared"))
FILES = [
    ROOT / "lists" / "efficient-llm.md",
    *sorted((SHARED / "lists" / "roundtrip").glob("*.md")),
]

LINKS = (
    "[arxiv](http://arxiv.org/abs/2411.04965v1), [pdf](http://arxiv.org/pdf/2411.04965v1.pdf), "
    "cication: [**-1**](None)"
)
STAR = "![Star](https://img.shields.io/github/stars/{0}.svg?style=social&label=Star)"


def paper(title="BitNet a4.8", authors=(), version=1):
    return Paper("2411.04965", version, title, authors=tuple(authors))


def settled(entry):
    first, *rest = entry.raw.rstrip("\n").split("\n")
    line = next((line for line in [first, *rest] if "cication" in line), first)
    return first.endswith(" ") and line.endswith(" ")


# Reading


def test_a_paper_and_all_its_parts():
    raw = (
        "- 🌟 **QTIP: Quantization with Trellises and Incoherence Processing and a Long \n"
        "  Name**, `arXiv, 2406.11235`, [arxiv](http://arxiv.org/abs/2406.11235v3), "
        "[pdf](http://arxiv.org/pdf/2406.11235v3.pdf), "
        "cication: [**1**](https://scholar.google.com/scholar?cites=1&as_sdt=2005) \n\n"
        "\t *Albert Tseng, Qingyao Sun, David Hou, ..., Christopher De Sa* · "
        "([qtip](https://github.com/Cornell-RelaxML/qtip) - Cornell-RelaxML) "
        + STAR.format("Cornell-RelaxML/qtip")
        + " · ([t](https://t.co/GSxwHHJ7EW))\n"
    )

    entry = read_entry(raw, "Quantization", 48)

    assert entry == Entry(
        kind="paper",
        section="Quantization",
        title="QTIP: Quantization with Trellises and Incoherence Processing and a Long Name",
        arxiv_id="2406.11235",
        version=3,
        authors=("Albert Tseng", "Qingyao Sun", "David Hou", "Christopher De Sa"),
        elided=True,
        venue="arXiv",
        citation=Citation(1, "https://scholar.google.com/scholar?cites=1&as_sdt=2005"),
        starred=True,
        prefix="🌟 ",
        url="http://arxiv.org/abs/2406.11235v3",
        extras=(
            Extra("repo", "qtip", "https://github.com/Cornell-RelaxML/qtip", "Cornell-RelaxML"),
            Extra("link", "t", "https://t.co/GSxwHHJ7EW"),
        ),
        line=48,
        raw=raw,
    )


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        (f'- **From Q* to Q*: $L_2$ \\beta "x" <1 [y]**, `arXiv, 2411.04965`, {LINKS}', None),
        (f"- **Q*: A **, and B**, `arXiv, 2411.04965`, {LINKS}", "Q*: A **, and B"),
        (f"- **A\n  B**, `arXiv,  2411.04965`, {LINKS} ", "A B"),
        (f"- **A**, arXiv, 2411.04965, {LINKS}", "A"),
        (f"- :star2: 🤗 **A**, `NeurIPS, 2024`, {LINKS}", "A"),
        (f"- **A**, `a, b, 2024\u00a0…`, {LINKS}", "A"),
        (f"- **A `B` C**, `arXiv, 2411.04965`, {LINKS}", "A `B` C"),
        (f"- **A**, `arXiv, 2411.04965`, {LINKS}- **B**, `arXiv, 2411.04966`, {LINKS}", "A"),
        (f"- **A**, `arXiv, 2411.04965`, {LINKS}\r\n\r\n\t *B*\r\n", "A"),
    ],
    ids=["marks", "stars", "wrap", "2023", "venue", "commas", "ticks", "glued", "windows"],
)
def test_papers_of_every_kind(raw, title):
    entry = read_entry(raw)

    assert entry is not None
    assert ("paper", "2411.04965", 1) == (entry.kind, entry.arxiv_id, entry.version)
    assert (title or raw.split("**")[1]) == entry.title


def test_a_repository():
    raw = "- 🌟 [**entropix**](https://github.com/xjdr-alt/entropix) - xjdr-alt "
    raw += STAR.format("xjdr-alt/entropix") + " \n\n\t *Entropy Based Sampling*"
    raw += " · ([arxiv](https://arxiv.org/abs/2409.06279))\n"

    entry = read_entry(raw)

    assert ("link", "entropix", True) == (entry.kind, entry.title, entry.starred)
    assert "Entropy Based Sampling" == entry.note
    assert (Extra("link", "arxiv", "https://arxiv.org/abs/2409.06279"),) == entry.extras
    assert raw == render(entry) + "\n"


@pytest.mark.parametrize(
    ("raw", "title", "url"),
    [
        ("- [a | b [c] **d**](http://e.org/f_(g)) ", "a | b [c] **d**", "http://e.org/f_(g)"),
        (
            "- [[2208.07339] LLM.int8()](https://arxiv.org/abs/2208.07339)",
            "[2208.07339] LLM.int8()",
            0,
        ),
        ("-  [two blanks](http://a.org)", "two blanks", "http://a.org"),
        ("- :clapper: [Video](https://youtu.be/abcdef)", "Video", "https://youtu.be/abcdef"),
        ("- [local](../docs/x.md)", "local", "../docs/x.md"),
        ("- [two\n  lines](http://a.org)", "two lines", "http://a.org"),
    ],
)
def test_links_of_every_kind(raw, title, url):
    entry = read_entry(raw)

    assert ("link", title) == (entry.kind, entry.title)
    assert not url or url == entry.url


def test_a_link_to_arxiv_knows_its_paper():
    entry = read_entry("- [Paper page](https://huggingface.co/papers/2411.19943) ")

    assert ("link", "2411.19943") == (entry.kind, entry.arxiv_id)


def test_extras_of_2023_and_notes():
    raw = f"- **A**, `arXiv, 2411.04965`, {LINKS}\n\n\t *B C*\n\n"
    raw += "\t · [[seed](https://github.com/x/seed) - x] "
    raw += STAR.format("x/seed") + " · [jiqizhixin](https://j.com/1)\n\t- `a note`\n\t- \n"

    entry = read_entry(raw)

    assert ("B C",) == entry.authors
    assert [("repo", "x"), ("link", None)] == [(one.kind, one.owner) for one in entry.extras]
    assert all(one.apart for one in entry.extras)
    assert "`a note`" == entry.note


@pytest.mark.parametrize(
    "raw", ["-", "- ", "- words", "- **bold**", "- [x]", "- [x] (y)", "- [ ](", ""]
)
def test_what_is_no_entry(raw):
    assert read_entry(raw) is None


# Writing


def test_a_paper_as_the_curator_types_it():
    title = "The Era of 1-bit LLMs and What Comes After It: A Long Title That Takes Two Lines"

    text = render(entry_for(paper(title, ["A B", "C D", "E F", "G H", "I J", "K L"])))

    assert text == (
        "- **The Era of 1-bit LLMs and What Comes After It: A Long Title That Takes \n"
        f"  Two Lines**, `arXiv, 2411.04965`, {LINKS} \n\n"
        "\t *A B, C D, E F, ..., I J, K L*"
    )


@pytest.mark.parametrize(
    ("authors", "shown"),
    [
        ("A", "*A*"),
        ("A B C", "*A, B, C*"),
        ("A B C D", "*A, B, C, ..., D*"),
        ("A B C D E", "*A, B, C, ..., D, E*"),
        ("A B C D E F G", "*A, B, C, ..., F, G*"),
    ],
)
def test_the_authors_shown(authors, shown):
    text = render(entry_for(paper(authors=authors.split())))

    assert text.endswith(f"\n\n\t {shown}")
    again = read_entry(text)
    assert text == render(again)


def test_a_paper_without_authors_has_no_empty_line():
    assert render(entry_for(paper())).endswith("cication: [**-1**](None) ")


def test_extras_and_citation():
    extras = (
        Extra("repo", "", "https://github.com/o/r.git"),
        Extra("link", "", "https://x.com/a/status/1"),
        Extra("link", "", "https://www.mp.weixin.qq.com/s"),
        Extra("link", "", "https://t.co/a", apart=True),
    )

    text = render(
        entry_for(paper(authors=["A"]), citation=Citation(3, "https://s.org/p"), extras=extras)
    )

    assert (
        "cication: [**3**](https://s.org/p) \n\n\t *A* · ([r](https://github.com/o/r.git) - o) "
        in text
    )
    assert f"- o) {STAR.format('o/r')} · ([𝕏](https://x.com/a/status/1)) · ([mp.weixin.qq](" in text
    assert text.endswith("\n\n\t · ([t](https://t.co/a))")


@pytest.mark.parametrize(
    ("url", "prefix", "end"),
    [
        ("https://huggingface.co/blog/x", "", "  🤗 "),
        ("https://huggingface.co/papers/2411.19943", "", " "),
        ("https://x.com/a/status/1", "", "  𝕏 "),
        ("https://www.youtube.com/watch?v=abcdefg", "", "  :clapper: "),
        ("https://www.youtube.com/watch?v=abcdefg", ":clapper: ", " "),
        ("https://example.org", "", " "),
    ],
)
def test_the_sign_after_a_link(url, prefix, end):
    text = render(Entry(kind="link", section=None, title="T", url=url, prefix=prefix))

    assert f"- {prefix}[T]({url}){end}" == text


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), ("é", 3), ("č", 5), ("ø", 4), ("β", 5), ("λ", 7), ("Ω", 6), ("–", 2), ("文", 1)],
)
def test_letters_are_as_long_as_in_tex(text, columns):
    """arXiv folds the TeX source, where é has three columns and β five."""
    assert columns == tex_columns(text)


def test_titles_fold_where_arxiv_folds_them():
    assert [72, 77] == [len(line) for line in fold(f"{'a ' * 35}aa {'b ' * 38}b c")[:2]]
    assert ["x" * 90, "y"] == fold(f"{'x' * 90} y")


# JSON and back


def test_the_row_has_the_promised_fields():
    entry = read_entry(f"- **A**, `arXiv, 2411.04965`, {LINKS} ", "S", 3)

    assert {
        "kind": "paper",
        "section": "S",
        "title": "A",
        "arxiv_id": "2411.04965",
        "version": 1,
        "authors": [],
        "elided": False,
        "venue": "arXiv",
        "citation": {"count": None, "url": None},
        "starred": False,
        "prefix": "",
        "url": "http://arxiv.org/abs/2411.04965v1",
        "extras": [],
        "note": None,
        "line": 3,
        "raw": entry.raw,
    } == entry_json(entry)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_settled_papers_come_back_byte_for_byte(path):
    """Through JSON, without ``raw``: what is written is what the curator wrote."""
    for entry in parse(path.read_bytes()).entries:
        row = {**orjson.loads(orjson.dumps(entry_json(entry))), "raw": "ignored"}
        if entry.kind == "paper" and settled(entry):
            assert entry.raw.rstrip("\n") == render(entry_from_json(row))


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ([], "not an object"),
        ({"kind": "paper", "title": "A"}, "not an arXiv id"),
        ({"kind": "table"}, "kind is 'table'"),
        ({"arxiv_id": 2411.04965}, "arxiv_id is 2411.04965"),
        ({"arxiv_id": "2411.04965", "version": "1"}, "version is '1'"),
        ({"arxiv_id": "2411.04965", "authors": "A B"}, "authors is not a list"),
    ],
)
def test_a_wrong_row_says_what_is_wrong(row, says):
    with pytest.raises(UsageTrouble, match=says):
        render(entry_from_json(row))


def test_a_star_in_the_row_is_a_star_in_the_list():
    row = {"arxiv_id": "2411.04965", "version": 1, "title": "A", "starred": True, "prefix": ""}

    assert render(entry_from_json(row)).startswith("- 🌟 **A**, ")
    assert render(entry_from_json({**row, "starred": False, "prefix": "🌟 "})).startswith(
        "- **A**, "
    )
