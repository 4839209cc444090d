"""What changed about a listed work is put into its item, and nothing else is touched."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.markdown.entry_reader import read_entry
from catalog.markdown.repairs import retitled, venue_shown, with_venue, without_extra

LINKS = (
    "`arXiv, 2406.11235`, [arxiv](http://arxiv.org/abs/2406.11235v1), "
    "[pdf](http://arxiv.org/pdf/2406.11235v1.pdf), cication: [**7**](https://x.example/a) \n"
)
HEAD = f"- **Low Bits**, {LINKS}"
NAMES = "\n\t *A One, B Two*"
REPO = (
    " · ([code](https://github.com/one/code) - one) "
    "![Star](https://img.shields.io/github/stars/one/code.svg?style=social&label=Star)"
)
POST = " · ([site](https://site.example/a(b)))"
ONE = "A Title of So Many Words That arXiv Would Have to Break It Somewhere"
TWO = "after This One"


def test_a_longer_title_is_folded_as_the_item_is_written():
    """Its first line ends in a blank where the item's first line did."""
    settled = retitled(f"{HEAD}{NAMES}\n".encode(), f"{ONE} {TWO}").decode()
    bare = retitled(f"{HEAD}{NAMES}\n".replace(" \n", "\n", 1).encode(), f"{ONE} {TWO}").decode()

    assert f"- **{ONE} \n  {TWO}**, {LINKS}{NAMES}\n" == settled
    assert f"- **{ONE}\n  {TWO}**, `arXiv" in bare
    assert f"{HEAD}{NAMES}\n" == retitled(settled.encode(), "Low Bits").decode()


@given(st.text(max_size=120) | st.from_regex(r"[\]\[()*`$\\<,A ]{1,30}", fullmatch=True))
def test_any_title_is_that_title_and_all_else_as_it_was(title):
    """Or the item stays as it is, whatever the title says."""
    raw = f"{HEAD}{NAMES}{REPO}\n".encode()

    new = retitled(raw, title)

    before, after = read_entry(raw.decode()), read_entry(new.decode())
    assert replace(before, title="", raw="") == replace(after, title="", raw="")
    assert new == raw or after.title == " ".join(after.title.split())


@pytest.mark.parametrize(
    ("venue", "shown"),
    [
        ("ICLR 2025", "ICLR, 2025"),
        ("NeurIPS 2024 Workshop", "NeurIPS Workshop, 2024"),
        ("Journal of Things", "Journal of Things"),
        ("TMLR", "TMLR"),
        ("a `b` 2024\n", "a 'b', 2024"),
    ],
)
def test_a_venue_as_lists_show_it(venue, shown):
    """The year behind a comma; no comma where there is no year."""
    new = with_venue(HEAD.encode(), venue).decode()

    assert shown == venue_shown(venue)
    assert HEAD.replace("arXiv, 2406.11235", shown, 1) == new
    assert "2406.11235" == read_entry(new).arxiv_id


OTHER = " · ([x](https://x.example/))"


@pytest.mark.parametrize(
    ("below", "after"),
    [
        ("{0}\n", "\n"),
        ("{0}" + OTHER + "\n", OTHER + "\n"),
        (OTHER + "{0}\n", OTHER + "\n"),
        ("\n\n\t{0}\n", "\n"),
        ("\n\n\t{0}" + OTHER + "\n", "\n\n\t" + OTHER + "\n"),
        ("\n\n\t{0}\n\n\t" + OTHER + "\n", "\n\n\t" + OTHER + "\n"),
        ("\n\n\t" + OTHER + "\n\n\t{0}", "\n\n\t" + OTHER),
    ],
    ids=["alone", "first", "last", "own paragraph", "paragraph", "above another", "at the end"],
)
@pytest.mark.parametrize("extra", [REPO, POST], ids=["repository", "page"])
def test_a_link_that_is_gone_goes_and_leaves_no_trace(below, after, extra):
    """With its label, owner and badge, and with its paragraph where it was all there was in it."""
    url = read_entry(f"{HEAD}{NAMES}{extra}").extras[0].url

    new = without_extra(f"{HEAD}{NAMES}{below.format(extra)}".encode(), url)

    assert f"{HEAD}{NAMES}{after}" == new.decode()
    assert new == without_extra(new, url)


def test_a_link_in_a_note_is_left_to_a_person():
    """Its sentence would make no sense without it."""
    raw = f"{HEAD}{NAMES}\n\t- `see [code](https://github.com/one/code)`\n".encode()

    assert raw == without_extra(raw, "https://github.com/one/code")
