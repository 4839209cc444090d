"""A title reads as it was written, wherever it goes, and is never more than text there."""

import csv
import io
import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from output.escape import cell, markdown, markdown_with_code, markup, plain, terminal

ENGINES = {
    "commonmark": MarkdownIt("commonmark", {"html": True}),
    "gfm": MarkdownIt("gfm-like", {"linkify": False, "html": True}),
}
JOINER = "\N{WORD JOINER}"
UNSEEN = {"Cc", "Cf", "Cs", "Co"}

# Titles that would be something else than a title (faults T1 to T4).
HOSTILE = {
    "bar": "Pruning | Heads | of Transformers",
    "table": "a | b\n|---|---|\n| c | d |",
    "two lines": "A Title of\n  Two Lines:\r\n  Sparse Attention",
    "line separator": "One\u2028Two\u2029Three\x85Four\x0bFive",
    "backtick": "`rm -rf` and ``LoRA``: Fine-tuning with Backticks`",
    "trailing backslash": "Distillation with a Trailing Backslash\\",
    "escaped already": "\\[not\\] \\*this\\* \\\\ \\",
    "link": "Quantization](javascript:alert(1)) [and More](https://evil.example)",
    "link by reference": "[x][y] [z]\n\n[y]: https://evil.example",
    "definition": "[//]: # (This is a comment)",
    "image": "![x](https://evil.example/x.png)",
    "footnote": "A note[^1]\n\n[^1]: here",
    "angle link": "<https://evil.example> <me@evil.example>",
    "comment": "<!-- hidden --> shown --> <!--",
    "declaration": "<!DOCTYPE html> <?php ?> <![CDATA[x]]>",
    "script": "<script>alert('KV cache')</script> Compressing the <b>Bold</b>",
    "image tag": '<img src=x onerror="alert(1)">',
    "details": "</details></summary><details open>",
    "attribute": "\" onmouseover='alert(1)' x=\"",
    "escaped tag": "&lt;b&gt;bold&lt;/b&gt;",
    "escaped twice": "&amp;amp; &amp;lt;",
    "entity": "&copy; &#65; &#x42; &nbsp; & &;",
    "heading": "# Heading",
    "closing heading": "Heading #",
    "underlined heading": "Heading\n=======",
    "list": "- a list",
    "plus list": "+ a list",
    "star list": "* a list",
    "numbered": "1. Introduction",
    "numbered otherwise": "12) Introduction",
    "task": "- [ ] accept",
    "ticked": "- [x] accept",
    "quote": "> quoted",
    "rule": "---",
    "number alone": "1.",
    "dash alone": "-",
    "word with a dash": "4-bit, -bit and +1",
    "number with a dot": "2411.04965",
    "star rule": "* * *",
    "fence": "~~~ not code",
    "backtick fence": "``` not code",
    "code block": "    not code",
    "code block of nothing": "\x00 \x00 \x00 \x00 not code",
    "tab": "\tnot code",
    "emphasis": "*a* **b** _c_ __d__ ~~e~~ ~f~",
    "half emphasis": "**unbalanced _emphasis",
    "two blanks at the end": "a line  ",
    "address": "See https://evil.example/x or http://evil.example",
    "loud address": "HTTPS://EVIL.EXAMPLE WWW.EVIL.EXAMPLE",
    "address behind a sign": "_https://evil.example 1http://evil.example (www.evil.example)",
    "address without scheme": "www.evil.example and _www.evil.example",
    "mail": "mailto:me@evil.example me@evil.example a@-b.c",
    "mention": "@everyone and @org/team",
    "issue": "#12 org/repo#12",
    "issue by letters": "Fixes GH-12, gh-7",
    "words for commits": "[skip ci] skip-checks: true",
    "math": "$O(n^2)$ and $$x<y$$",
    "half math": "It costs $5 for \\$10",
    "tex": "\\textbf{FLOP}s are not $\\mathcal{O}(n^2)$: \\`a la Caf\\'e, Schr\\\"odinger",
    "math and tag": "when $a<b$ and c>d",
    "bidi": "Small \u202eesrever ni\u202c Models\u2066!\u2069",
    "zero width": "Spec\u200bula\u200dtive Deco\u2060ding with\ufeff Signs",
    "soft hyphen": "Quant\u00adization",
    "tags block": "Models\U000e0041\U000e0042",
    "control": "a\x00b\x07c\x1b[31mred\x1b[0m\x9b32m",
    "half a sign": "broken \ud800 sign",
    "private": "a \ue000 sign",
    "emoji": "Models 🌟 go 🚀",
    "only signs": "#*_[]()`<>&!|\\~$-+",
}
titles = pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
engines = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
texts = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.text("#*_[]()`<>&!|\\~$-+=.:/@ \t\n\x00\u2028ab1wh"),
    st.lists(st.sampled_from(list(HOSTILE.values())), max_size=3).map(" ".join),
)


class Read(HTMLParser):
    """A page as a reader sees it: the elements, and the text in them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.elements, self.text, self.others = [], "", []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, attrs))

    def handle_data(self, data):
        self.text += data

    def handle_comment(self, data):
        self.others.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def shows(engine, text):
    """Elements and text of a rendered page, without the letters of no width that we put."""
    read = Read(engine.render(text))
    assert [] == read.others
    return [tag for tag, _ in read.elements], read.text.replace(JOINER, "").removesuffix("\n")


# Markdown


@engines
@titles
def test_a_title_in_markdown_reads_as_written(engine, title):
    """No link, image, mark-up or comment comes of it, and no letter gets lost."""
    assert (["p"], plain(title)) == shows(engine, markdown(title))


@engines
@titles
def test_a_title_inside_a_line(engine, title):
    """In a heading, in a list and beside other text it is one piece of text too."""
    assert (["h3"], f"7. {plain(title)}") == shows(engine, f"### 7. {markdown(title)}")
    inside = shows(engine, f"- **Why:** {markdown(title)}: `x`")
    assert (["ul", "li", "strong", "code"], f"\nWhy: {plain(title)}: x\n") == inside


@engines
@given(text=texts)
@example(text="\x00 \x00 \x00 \x00 not code")
def test_any_text_is_one_paragraph(engine, text):
    """Rendered, any text is what plain() says of it; nothing is nothing."""
    expected = (["p"], plain(text)) if plain(text) else ([], "")

    assert expected == shows(engine, markdown(text))


@given(texts)
def test_nothing_is_left_that_github_links_by_itself(text):
    """Addresses, mail, mentions and issue numbers are broken where only GitHub would see them."""
    safe = markdown(text)

    assert re.search(r"(?i)(https?|ftp|mailto):|www\.", safe) is None
    assert re.search(r"(?i)\bGH-\d", safe) is None
    assert re.search(r"@[^\s\u2060]|#[\w]", safe.replace("&#58;", "").replace("&#46;", "")) is None


@titles
def test_a_title_is_one_line(title):
    assert [markdown(title)] == (markdown(title).splitlines() or [""])


# One visible line


@given(texts)
def test_plain_text_is_visible_and_folded(text):
    """No control or format character, no line break, no two blanks, none at the ends."""
    line = plain(text)

    assert not UNSEEN & {unicodedata.category(letter) for letter in line}
    assert line == " ".join(line.split())
    assert line == plain(line)
    assert set(line) <= set(text) | {" "}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Quant\u00adization", "Quantization", id="soft hyphen"),
        pytest.param("\ufeffLow-bit\u200b", "Low-bit", id="zero width"),
        pytest.param("a\u202eb\u2066c\u2069", "abc", id="bidi"),
        pytest.param("One\r\n  Two\u2028Three\tFour", "One Two Three Four", id="line breaks"),
        pytest.param("a\x00b \x1b[31mc", "ab [31mc", id="control"),
        pytest.param("a \x00 b", "a b", id="control between blanks"),
        pytest.param("\ud800x\U000e0041", "x", id="half a sign and a tag"),
        pytest.param("𝕏 naïve ｆｕｌｌ ﬁ", "𝕏 naïve ｆｕｌｌ ﬁ", id="what is visible stays"),
        pytest.param(" \n\x00 ", "", id="nothing"),
    ],
)
def test_what_is_dropped(text, expected):
    assert expected == plain(text)


@given(texts, st.booleans())
def test_a_terminal_gets_one_line_without_escapes(text, blanks):
    """A title cannot move the cursor, colour the screen or begin a line of the log."""
    line = terminal(text, blanks=blanks)

    assert not set("\r\n\x1b\x9b\x07\x08\u2028") & set(line)
    assert len(line.splitlines()) <= 1


def test_blanks_count_where_they_are_asked_for():
    assert terminal("|   a  b\x1b", blanks=True) == "|   a  b"
    assert terminal("|   a  b\x1b") == "| a b"
    assert terminal("  ::add-mask::a", blanks=True) != "  ::add-mask::a"


@pytest.mark.parametrize(
    "text",
    [
        "::set-output name=x::y",
        "  ::stop-commands::pause",
        "\x1b::add-mask::a",
        "Work ##[add-mask]a",
        "#\x00#[set-env name=PATH]/tmp",
        ":\u200b:error::x",
    ],
)
def test_a_line_of_the_log_is_no_command_to_a_ci_runner(text):
    """GitHub Actions reads `::` at the start of a line, and `##[` anywhere, as commands."""
    line = terminal(text)

    assert not line.lstrip().startswith("::")
    assert "##[" not in line


# HTML


@titles
def test_a_title_in_html_reads_as_written(title):
    """As text of an element and as a quoted value, nothing gets out."""
    page = Read(f'<p>{markup(title)}</p><a title="{markup(title)}">x</a>')

    assert [("p", []), ("a", [("title", plain(title))])] == page.elements
    assert plain(title) + "x" == page.text
    assert [] == page.others


@given(texts)
def test_any_text_in_html(text):
    page = Read(f"<a title='{markup(text)}'>{markup(text)}</a>")

    assert [("a", [("title", plain(text))])] == page.elements
    assert plain(text) == page.text


# Cells


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("=1+1", "'=1+1", id="equals"),
        pytest.param("+1", "'+1", id="plus"),
        pytest.param("-1", "'-1", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'=1", id="tab"),
        pytest.param("\r=1", "'=1", id="return"),
        pytest.param("\x00=1", "'=1", id="zero byte"),
        pytest.param(" =1", "'=1", id="blank in front"),
        pytest.param("\u200b=1", "'=1", id="no width in front"),
        pytest.param("a=1", "a=1", id="not at the start"),
        pytest.param("A\nB", "A B", id="two lines"),
        pytest.param("", "", id="nothing"),
        pytest.param(-1, -1, id="a number"),
        pytest.param(None, None, id="none"),
        pytest.param(True, True, id="yes"),
    ],
)
def test_a_cell_is_no_formula(value, expected):
    """What a spreadsheet would calculate gets a quote in front; numbers stay numbers."""
    assert expected == cell(value)


@given(st.lists(texts, min_size=1, max_size=4))
def test_any_row_of_csv_is_one_row(row):
    """As many cells come back as went in, each the plain text, and none begins a formula."""
    file = io.StringIO()
    csv.writer(file).writerow([cell(text) for text in row])

    (read,) = csv.reader(io.StringIO(file.getvalue()))

    assert len(row) == len(read)
    assert all(
        shown in (plain(text), f"'{plain(text)}") for text, shown in zip(row, read, strict=True)
    )
    assert [] == [shown for shown in read if shown.startswith(tuple("=+-@\t\r"))]


def test_code_of_ours_stays_code_and_the_rest_is_escaped():
    said = "candidate 3 (<b>@ann</b> *x*): say `/listkeeper accept 3` or `reject 3`; *now*"

    shown = markdown_with_code(said)

    assert "say `/listkeeper accept 3` or `reject 3`; " in shown
    assert "<b>" not in shown
    assert "*x*" not in shown.replace("\\*", "")
    for odd in ("one ` alone", "an empty `` pair", ""):
        assert markdown(odd) == markdown_with_code(odd)
