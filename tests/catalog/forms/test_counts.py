"""The counts of citations that entries show, by the form of their list."""

import pytest

from catalog.forms.counts import counts_in, shows_counts
from catalog.markdown.listfile import parse
from config.form import Form

A, B = "2305.14314", "2106.09685"


def link(base):
    return f"https://arxiv.org/abs/{base}"


TABLE = (
    "# L\n\n## Papers\n\n|Title|Cited|Paper|\n|--|--|--|\n"
    f"|Ünicode 2024|1,234|[pdf]({link(A)})|\n|A Title of 12 Words|-|[pdf]({link(B)})|\n"
)
TEXT = f"# L\n\n## P\n\n- [Some 99 Title]({link(A)}) (cited by 7)\n- [Other Title]({link(B)})\n"
BADGE = (
    f"# L\n\n## P\n\n- A Title ![c](https://img.shields.io/badge/cited-12-blue) [p]({link(A)})\n"
)

BADGE_FORM = (
    "- {{ title }} ![c](https://img.shields.io/badge/cited-{{ citations }}-blue) [p]({{ abs }})"
)


@pytest.mark.parametrize(
    ("data", "entry", "found"),
    [
        (
            TABLE,
            "|{{ title }}|{{ citations }}|[pdf]({{ abs }})|",
            [(A, 1234, "1,234"), (B, None, "-")],
        ),
        (TEXT, "- [{{ title }}]({{ abs }}) (cited by {{ citations }})", [(A, 7, "7")]),
        (
            BADGE,
            BADGE_FORM,
            [(A, 12, "12")],
        ),
        (TEXT, "- [{{ title }}]({{ abs }})", []),
    ],
    ids=["a column", "words", "a badge", "none"],
)
def test_counts_are_found_where_the_form_has_them(data, entry, found):
    raw, form = data.encode(), Form(entry=entry, unknown="-", own={})

    shown = list(counts_in(parse(raw), form))

    assert [(one.arxiv_id, one.count, raw[one.start : one.end].decode()) for one in shown] == found
    assert shows_counts(form) == bool(found)
