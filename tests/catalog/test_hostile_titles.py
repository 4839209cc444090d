"""Titles, names and addresses that are meant badly make one entry, with our links and no others."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from catalog.markdown.entry import Entry, entry_for
from catalog.markdown.entry_reader import read_entry
from catalog.markdown.entry_writer import render
from catalog.markdown.listfile import listed_ids, parse
from catalog.markdown.text import (
    guard,
    guard_emphasis,
    guard_link,
    unguard,
    unguard_emphasis,
    unguard_link,
)
from tests.catalog.test_entry import paper

# Nothing breaks out

HOSTILE = [
    "x](javascript:alert(1)) [y",
    "**bold** and ***more***",
    "a**, `arXiv, 2401.00001`, [arxiv](http://arxiv.org/abs/2401.00001v1)",
    "a\\**, `arXiv, 2401.00001`, [arxiv](http://arxiv.org/abs/2401.00001v1)",
    "<!-- comment",
    "<script>alert(1)</script>",
    "\\<img src=x onerror=alert(1)>",
    "![image](https://tracker.example/x.png)",
    "backslash \\",
    "backslashes \\\\\\",
    "`, `arXiv",
    "```",
    "~~~ # heading",
    "new\n\n## Heading\r\n- [x](y)",
    "line\u2028separator\u2029and \u202ebidi\u200b zero\x00width",
    "\ud800 lone surrogate",
    "",
    " \t ",
    "*",
    "**",
    "* a * b *",
    "- item " * 20,
    "# heading " * 20,
    "arXiv:2401.00001",
]


def check_alone(text, title):
    """One item, one paper, no heading, nothing left over; and it reads back as it was meant."""
    data = f"# T\n\n## A\n\n{text}\n- [next](http://next.org)\n".encode()
    parsed = parse(data)

    first, second = parsed.entries
    assert "http://next.org" == second.url
    assert ["A"] == [one.name for one in parsed.sections]
    assert ("paper", "2411.04965") == (first.kind, first.arxiv_id)
    assert frozenset({"2411.04965"}) == listed_ids(parsed)
    assert text == render(first)
    assert "<script" not in text.replace("\\<script", "")
    assert "](javascript" not in text


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_and_names(title):
    check_alone(render(entry_for(paper(title))), title)
    text = render(entry_for(paper("T", [title, "B"])))
    assert ["T"] == [e.title for e in parse(text.encode()).entries]
    assert text.count("\n") <= 2


@given(st.text(st.sampled_from("ab *`[]()<>!\\~#-\n,$") | st.characters(), max_size=200))
def test_any_title_makes_exactly_one_entry(title):
    check_alone(render(entry_for(paper(title))), title)


@given(
    st.text(st.sampled_from("ab *`[]()<>!\\~#-\n,$:/.=_&"), max_size=120),
    st.lists(st.text(st.sampled_from("ab *`[]()<>!\\~_"), max_size=12), max_size=5),
)
def test_a_page_made_of_it_has_our_links_and_no_others(title, names):
    """Read by a Markdown library, with HTML allowed: no tag, image or address gets through."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark", {"html": True})

    page = markdown.render(render(entry_for(paper(title, names))) + "\n- [next](http://next.org)\n")

    assert ["abs/2411.04965v1", "pdf/2411.04965v1.pdf"] == re.findall(
        r'"http://arxiv.org/(.*?)"', page
    )
    assert {"http", "None"} == {url[:4] for url in re.findall(r'href="(.*?)"', page)}
    assert page.count("href=") == 4
    assert not re.search(r"<(?!/?(h\d|[uo]l|li|p|strong|em|a|code|hr|br|blockquote|pre)\b)", page)


@given(st.text(st.sampled_from("ab *`[]()<>!\\~#")))
@example(r"*\\*")
@example(r"*\\**")
@example("a*\\\\*\\")
def test_guarding_is_settled_after_once(text):
    for put, take in (
        (guard, unguard),
        (guard_link, unguard_link),
        (guard_emphasis, unguard_emphasis),
    ):
        assert put(text) == put(take(put(text)))


@given(
    st.text(st.sampled_from("ab *`[]()<>!\\~#-\n|") | st.characters()),
    st.text(st.sampled_from("ab/()<>`\\ :.") | st.characters()),
)
def test_any_link_makes_exactly_one_entry(title, address):
    entry = Entry(kind="link", section=None, title=title, url=f"https://a.org/{address}")

    text = render(entry)

    first, second = parse(f"{text}\n- [next](http://next.org)\n".encode()).entries
    assert "link" == first.kind
    assert text == render(first)
    assert "http://next.org" == second.url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", " vbscript:x"]
)
def test_an_address_is_no_script(url):
    text = render(Entry(kind="link", section=None, title="T", url=url))

    assert "%3A" in text


@pytest.mark.parametrize(
    "title",
    ["Q*: A* search", "Learning with *", "x *y z", "foo* bar* baz", "* * *", "*a* b*", r"b \*"],
)
def test_a_title_with_single_stars_stays_bold(title):
    """A star that finds no partner in the title would take one of the bold."""
    markdown = pytest.importorskip("markdown_it").MarkdownIt("commonmark")

    shown = markdown.renderInline(f"**{guard(title)}**")

    assert f"<strong>{title}</strong>" == shown
    assert title == unguard(guard(title))


def test_ordinary_titles_stay_as_arxiv_prints_them():
    for title in [
        '"Give Me BF16 or Give Me Death"?',
        "$L_2$ Norm",
        "A*B and an $n * m$ grid",
        "x < 1 and [y]",
    ]:
        assert f"- **{title}**, " in render(entry_for(paper(title)))


@pytest.mark.parametrize(
    "word", ["##", "-", "+", "*", "1.", "2)", ">", ">quoted", "===", "---", "|", ":-:", "___"]
)
def test_no_line_of_a_title_begins_a_block(word):
    """A word that Markdown would take for a heading or a list stays on the line before."""
    title = f"{'A' * 71} {word} Survey of Methods"

    lines = render(entry_for(paper(title))).split("\n")

    assert lines[0].endswith(f" {word} ")
    assert lines[1].startswith("  Survey of Methods**")
    assert title == read_entry("\n".join(lines)).title


@pytest.mark.parametrize(
    ("note", "written"),
    [
        ("## Loud", r"\## Loud"),
        ("- a", r"\- a"),
        ("> a", r"\> a"),
        ("1. a", r"1\. a"),
        ("---", r"\---"),
        ("--", r"\--"),
        ("_ _ _", r"\_ _ _"),
        ("[a]: http://a.org", r"\[a]: http://a.org"),
        ("[^1]: a", r"\[^1]: a"),
        ("4-bit, #1", "4-bit, #1"),
        ("-- a [1]: b", "-- a [1]: b"),
    ],
)
def test_a_note_begins_no_block(note, written):
    entry = replace(entry_for(paper()), note=note)

    assert render(entry).endswith(f"\n\t- {written}")
    assert render(read_entry(render(entry))) == render(entry)
