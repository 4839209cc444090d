"""
In a list of any form: an entry that was put in comes out without a trace, and no other changes.

``LISTKEEPER_EXAMPLES`` says how many inputs are tried.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from catalog.errors import ListConflict
from catalog.forms.inserter import NewEntry, insert_entries, remove_entry
from catalog.markdown.listfile import parse
from config.form import PLACES, Form
from tests.catalog.test_other_forms import PIECES

NEW = "https://arxiv.org/abs/2412.31234"
LINES = st.sampled_from(
    [
        "# L\n", "## P\n", "### 2023\n", "### 2024\n", "## Q\n\n", "\n", "\n\n", "text\n", "```\n",
        "- [One Paper of Many](https://arxiv.org/abs/2305.14314)\n", "   text below\n", "---\n",
        "- [Two Paper of Many](https://arxiv.org/abs/2106.09685)\n  - note\n", "<!-- c -->\n",
        "1. [Three](https://arxiv.org/abs/2001.04451)\n", "|T|P|\n|--|--|\n", "**Bold line**\n",
        "2. [Four of Us](https://arxiv.org/abs/2001.04452)\n", "<details>\n", "</details>\n",
        "|Title|[p](https://arxiv.org/abs/1901.04451)|\n", "- [Ref Title of Many][1]\n", "\t- x\n",
        "|1|[p](https://arxiv.org/abs/1901.04452)|\n", "[1]: https://arxiv.org/abs/1701.04453\n",
        "**[A Title in Bold of Five](https://arxiv.org/abs/1801.04451)** \\\n*A. Poe* \\\n\n",
        '<li><a href="https://arxiv.org/abs/1801.04452">Some Title</a></li>\n',
        "<tr><td>1</td><td>[x](https://arxiv.org/abs/1801.04453)</td></tr>\n",
        "### [Heading Title of Four](https://arxiv.org/abs/1701.04454)\n",
        "  - [ ] [Nested Title of Five](https://arxiv.org/abs/1701.04455)\n",
        "+ a [p](https://arxiv.org/abs/1701.04456)",
        "(arXiv:1901.04457) A Title of Six - [[Paper]](https://arxiv.org/abs/1901.04457)\n\n",
        "Poe, A., & Roe, B. (2019). A Title of Six. https://arxiv.org/abs/1901.04458\n\n",
    ]
)  # fmt: skip
TEXTS = [
    f"- [New Paper of Ours]({NEW})",
    f"1. **New Paper of Ours** [p]({NEW})",
    f"|New|[p]({NEW})|",
    f"* New Paper of Ours [p]({NEW})\n  - Code",
    f"**New Paper of Ours**, *A. Poe* \\\n[p]({NEW})",
    f"<tr><td>3</td><td>[x]({NEW})</td></tr>",
    f"### [New Paper of Ours]({NEW})\n\nA. Poe",
    f"(arXiv:2412.31234) New Paper of Ours - [[Paper]]({NEW})",
    f"Poe, A., & Roe, B. (2024). New Paper of Ours. {NEW}",
    f"<details>\n<summary>New Paper of Ours</summary>\n\n[x]({NEW})\n\n</details>",
]

lists = st.lists(LINES | PIECES | st.text(max_size=5), max_size=25).map("".join)


@st.composite
def edits(draw):
    """A list with a section in it, one of its sections, an entry, and where entries go."""
    data = draw(lists).encode("utf-8", "surrogatepass")
    if draw(st.booleans()):
        data = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    data = data if parse(data).sections else b"## P\n" + data
    sections = parse(data).sections
    # Half a Windows line end at the very end becomes a whole one when a line follows.
    assume(sections and not data.endswith(b"\r"))
    section = " > ".join(draw(st.sampled_from(sections)).path)
    form = Form(
        entry="- {{ title }} {{ abs }}",
        place=draw(st.sampled_from(PLACES)),
        own={},
        year_headings=draw(st.booleans()),
    )
    return data, NewEntry(section, draw(st.sampled_from(TEXTS)), "2412.31234"), form


def raws(data):
    return Counter(item.raw.strip(b"0123456789 \r\n\t") for item in parse(data).items)


def headings(data):
    """How many headings there are, and how many of them have works below them."""
    lines = data.replace(b"\r", b"\n").split(b"\n")
    return sum(line.lstrip()[:1] == b"#" for line in lines), len(parse(data).sections)


@settings(
    max_examples=int(os.environ.get("LISTKEEPER_EXAMPLES", "60")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(edits())
def test_an_entry_comes_out_of_any_list_as_it_went_in(edit):
    data, entry, form = edit
    assert bytes(parse(data)) == data
    try:
        new = insert_entries(data, [entry], form, name="l.md")
    except ListConflict:
        return

    added = [i for i in parse(new).items if any("2412.31234" in key for key in i.keys)]
    assert len(added) == 1
    assert not raws(data) - raws(new)
    # A new heading for a year, and the head of a new table, stay.
    if headings(new) == headings(data) and new.count(b"--|") == data.count(b"--|"):
        assert remove_entry(new, added[0].raw, name="l.md") == data
