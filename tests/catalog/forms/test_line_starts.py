"""What begins a block of Markdown begins none where a form puts it at a line's start."""

from itertools import product

import pytest
from markdown_it import MarkdownIt

from catalog.forms.values import FormWork, values_of
from catalog.forms.writer import write_entry
from config.template import parse_template

FORMS = {
    "title first": "- {{ title }} [paper]({{ abs }})",
    "title behind a number": "1. {{ title }} [paper]({{ abs }})",
    "title of a task": "- [ ] {{ title }} [paper]({{ abs }})",
    "authors in a line of their own": "- [A Title]({{ abs }})\n  {{ authors }}",
    "title below the link": "- [paper]({{ abs }})\n\n  {{ title }}\n  {{ authors }}",
}
STARTS = (
    *("## Pruning", "###### Six", "# ", "- A dash", "+ Plus", "* Star", "1. First", "12) Twelfth"),
    *("> Quoted", ">Quoted", "---", "- - -", "***", "___", "===", "=", "--", "[x]: https://a.io/b"),
    *("```", "~~~", "<!-- hidden", "<div>", "[ ] todo"),
)
MARKDOWN = MarkdownIt("commonmark", {"html": True})


def blocks_of(text):
    """The blocks of a page, without what stands in them."""
    page = f"# List\n\n## A\n\n{text}\n- [Old](https://arxiv.org/abs/2401.00001)\n"
    return [(token.type, token.tag, token.level) for token in MARKDOWN.parse(page)]


def written(form, title, author):
    work = FormWork(title, (author, "Bo Roe"), "2411.04965")
    return write_entry(parse_template(FORMS[form]), values_of(work, ()), unknown={})


@pytest.mark.parametrize(("form", "start"), list(product(FORMS, STARTS)))
def test_a_title_or_a_name_begins_no_block(form, start):
    harmless = blocks_of(written(form, "Words", "Ada Poe"))

    assert harmless == blocks_of(written(form, start, "Ada Poe"))
    assert harmless == blocks_of(written(form, "Words", start))


@pytest.mark.parametrize("title", ["1-bit LLMs", "#SAT Solving", "-1 is Enough", "2.5D Parts"])
def test_what_begins_no_block_stays_as_it_is(title):
    assert written("title first", title, "Ada Poe").startswith(f"- {title} [paper]")
