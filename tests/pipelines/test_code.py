"""A paper's repository is found in its own words; nobody is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.address import repository
from catalog.facts import Fact
from pipelines.enrich.code import code_of
from tests.fakes import KEY, NOW, paper

BITNET = "microsoft/BitNet"


@pytest.mark.parametrize(
    "text",
    [
        "Code: https://github.com/microsoft/BitNet",
        "Code is at https://github.com/microsoft/BitNet.",
        "(see https://github.com/microsoft/BitNet)",
        "github.com/microsoft/BitNet, 12 pages",
        "http://www.github.com/microsoft/BitNet/tree/main/gpu?tab=readme",
        "\\url{https://github.com/microsoft/BitNet}",
        "[code](https://github.com/microsoft/BitNet.git)",
        "See https://github.com/features/actions, then https://github.com/microsoft/BitNet",
    ],
    ids=["plain", "full-stop", "brackets", "bare", "deeper", "tex", "git", "own-pages-first"],
)
def test_the_repository_that_a_text_names(text):
    """However it is written, the address is built from owner and name."""
    expected = Fact(KEY, "code", BITNET, "arxiv", f"https://github.com/{BITNET}", NOW)

    assert expected == code_of(paper(comments=text), NOW)
    assert expected == code_of(paper(abstract=text), NOW)


def test_the_comments_speak_before_the_abstract():
    both = paper(
        comments="Code: https://github.com/microsoft/BitNet",
        abstract="We compare with https://github.com/other/thing and others.",
    )

    assert BITNET == code_of(both, NOW).value


def test_the_first_of_several_is_taken():
    text = "https://github.com/microsoft/BitNet and https://github.com/other/thing"

    assert BITNET == code_of(paper(abstract=text), NOW).value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Our code will be on GitHub.",
        "https://github.com/microsoft",
        "https://gitlab.com/microsoft/BitNet",
        "https://notgithub.com/microsoft/BitNet",
        "https://github.com.evil.example/microsoft/BitNet",
        "https://github.com@evil.example/microsoft/BitNet",
        "https://microsoft.github.io/BitNet",
        "https://github.com/features/actions",
    ],
    ids=[
        *("nothing", "a-promise", "an-owner", "another-site", "a-longer-name", "a-longer-host"),
        *("a-user-name", "a-page", "own-pages"),
    ],
)
def test_what_names_no_repository(text):
    assert code_of(paper(comments=None, abstract=text), NOW) is None


@given(st.text() | st.from_regex(r"(https://)?github\.com/[^ ]*/[^ ]*( .*)?", fullmatch=True))
def test_any_text_gives_a_repository_or_nothing(text):
    """And what is given is an address of that very repository."""
    code = code_of(paper(abstract=text), NOW)

    assert code is None or tuple(code.value.split("/")) == repository(code.url)
