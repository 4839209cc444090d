"""An entry is shown as it reads, and nothing in it becomes more than words, links and emphasis."""

import re

import pytest

from output.review.preview import MAX_LETTERS, is_web, preview

LINK = '<a href="{}" rel="noopener noreferrer" target="_blank">{}</a>'
ENTRIES = {
    "an entry of our own form": (
        "- **A `4-bit` Title**, [pdf](https://x.org/a.pdf), cites: [**7**](None) \n\n\t *A. Poe*",
        "<strong>A</strong> <strong><code>4-bit</code></strong> <strong>Title</strong>, "
        + LINK.format("https://x.org/a.pdf", "pdf")
        + ", cites: <strong>7</strong><br><em>A. Poe</em>",
    ),
    "emphasis inside a link": (
        "* [**A** *b*](https://x.org)",
        LINK.format("https://x.org", "<strong>A</strong> <em>b</em>"),
    ),
    "brackets around a link": (
        "- [[code](https://x.org)]",
        f"[{LINK.format('https://x.org', 'code')}]",
    ),
    "a bare address": ("- T https://x.org.", f"T {LINK.format('https://x.org', 'https://x.org')}."),
    "a picture is named": ("- ![Stars](https://x.org/s.svg)", '<span class="kind">Stars</span>'),
    "a row": ("| **T** | 2024 |", "<strong>T</strong>  | 2024"),
    "signs that mean themselves": ("- \\*x\\* &lt;b&gt; R&D", "*x* &lt;b&gt; R&amp;D"),
    "a folded line": ("- One\n  line", "One line"),
}  # fmt: skip


@pytest.mark.parametrize(("entry", "html"), ENTRIES.values(), ids=ENTRIES)
def test_an_entry_reads_as_its_list_will_show_it(entry, html):
    assert html == preview(entry)


TAGS = re.compile(
    r'</?(?:a|strong|em|code|br|span)>|<span class="kind">|'
    r'<a href="https?://[^"<>]+" rel="noopener noreferrer" target="_blank">'
)


@pytest.mark.parametrize(
    "entry",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1)) [y](data:text/html,<b>) [z](//x.org) [w](file:///etc/passwd)",
        "[q](https://x.org/\"onmouseover=alert(1)) [r](https://x.org/'><svg/onload=x>)",
        '<a href="javascript:alert(1)">x</a> <a href="https://x.org" onclick="x">y</a>',
        "![<svg onload=x>](https://x.org/a.png) ![a](javascript:x)",
        "`<b>` **<i>** *<u>* &lt;script&gt; &#60;img&#62;",
        "\\<b\\> \\&lt;img src=x\\&gt;",
        "<" * 300 + "[" * 300 + "](" * 300,
        "<b <i <script x='[a](https://x.org)'>",
        "[a\u202e](https://x.org/\u202eb) \u0000",
    ],
)
def test_no_text_becomes_markup(entry):
    """Without the few tags that the preview makes, nothing is left that a browser reads as one."""
    shown = str(preview(f"- {entry}"))

    rest = TAGS.sub("", shown)
    assert not set('<>"') & set(rest)
    assert "\u202e" not in shown


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.org", True),
        ("HTTP://x.org/a?b#c", True),
        ("javascript:alert(1)", False),
        ("//x.org", False),
        ("https:x.org", False),
        ("http://[x", False),
        ("https://x.org/\u202e", False),
        ("None", False),
    ],
)
def test_only_addresses_of_the_web_are_links(address, expected):
    assert expected is is_web(address)


def test_a_very_long_entry_is_cut():
    assert len(preview("a" * 10 * MAX_LETTERS)) == MAX_LETTERS
