"""What `list check` finds in lists of other forms."""

import pytest

from catalog.markdown.checks import examine
from catalog.markdown.listfile import parse
from tests.catalog.two_papers import LORA, QLORA, A, B


def found(text):
    return [(one.name, one.error) for one in examine(parse(f"# L\n\n## P\n\n{text}\n".encode()))]


def test_another_form_is_no_error():
    table = f"|Title|Paper|\n|--|--|\n|{QLORA}|[[pdf]]({A})|\n|{LORA}|[[pdf]]({B})|\n"

    assert [("unread", False)] == found(table + "\n- A remark without an address.")


def test_an_address_without_its_scheme_names_the_paper_all_the_same():
    """A video beside it was taken for the work."""
    line = f"1. [{QLORA}]({A[8:]}) [video](https://youtube.com/watch?v=rBThLSpNpVU)"
    (item,) = parse(f"# L\n\n## P\n\n{line}\n".encode()).items

    assert item.keys[0] == "arxiv:2305.14314"


def test_papers_outside_entries_are_counted():
    text = f"Our survey: {B}.\n\n1. [{QLORA}]({A})\n2. [Third Paper of the List](https://arxiv.org/abs/2001.04451)"

    (finding,) = examine(parse(f"# L\n\n## P\n\n{text}\n".encode()))

    assert (5, False) == (finding.line, finding.error)
    assert "3 arXiv ids, 1 of them outside any entry" in finding.what


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (f"1. [{QLORA}]()\n2. [{LORA}]({B})", [("empty-link", True)]),
        (f"1. [{QLORA}]({A[8:]})\n2. [{LORA}]({B})", [("relative-link", True)]),
        (f"1. [{QLORA}]({A})\n\n###\n\n1. [{LORA}]({B})\n\n###\n", []),
        (f"1. [Poe, 2023, {B}]({A})\n2. [{LORA}]({B})", [("other-address", True)]),
        (f"1. [{QLORA}]({A})\n2. {LORA} [pdf]({A})", [("duplicate", True)]),
        (f"1. {QLORA} [x](https://a.org)\n2. {LORA} [x](https://a.org)\n3. [{LORA}]({B})", []),
    ],
    ids=[
        "no-address",
        "no-scheme",
        "rules-of-headings",
        "other-address",
        "one-id-twice",
        "one-page-of-two-works",
    ],
)
def test_true_faults_of_other_forms_are_found(text, findings):
    kept = [one for one in found(text) if one[0] != "duplicate-extra"]

    assert findings == kept
