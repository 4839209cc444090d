"""``listkeeper list form``: the form of a list, and its proof."""

import json
import re
from pathlib import Path

import pytest

from output.forms.proof import apart
from tests.catalog.forms.kinds import FORMS, PAPERS, ROWS, list_of
from tests.workspace import LIST, REPOSITORY, Workspace


@pytest.fixture
def here(tmp_path):
    return Workspace(tmp_path)


def test_the_form_and_its_proof_as_json(here):
    path = here.root / "other.md"
    path.write_bytes(list_of(FORMS["table"][0]))

    ended = here.run("list", "form", str(path), "--papers", str(ROWS), "--json")

    found = json.loads(ended.out)
    assert ended.code == 0
    assert found["form"]["entry"] == FORMS["table"][1]
    assert found["sections"] == [
        {"name": "Papers", "template": FORMS["table"][1], "place": "newest-first"}
    ]
    assert (found["tried"], found["same"], found["same_form"]) == (len(PAPERS),) * 3
    assert (found["different"], found["kept"]) == ([], True)


@pytest.mark.long
def test_a_list_in_no_form_is_told_why_it_is_read_only_and_what_to_do(here):
    """Each entry is written in another way than the one before it."""
    kinds = [write for write, _ in list(FORMS.values())[:4]]
    (here.root / "mixed.md").write_bytes(list_of(lambda p, n: kinds[n % 4](p, n)))

    ended = here.run("init", str(here.root / "mixed.md"), "--papers", str(ROWS))

    assert re.search(
        r"read-only: the form fits \d of \d+ entries, less than 70%; candidates are "
        r"proposed; to have it written, write its form in lists/l\.yaml \(docs/forms.md\)\n",
        ended.out,
    )


def test_the_form_in_words(here):
    path = here.root / "other.md"
    path.write_bytes(list_of(FORMS["months"][0]))

    said = here.run("list", "form", str(path), "--papers", str(ROWS)).out

    assert f"| {FORMS['months'][1]}\n" in said
    assert f"tried on {len(PAPERS)} entries: {len(PAPERS)} come out in this form" in said


@pytest.mark.long
def test_the_built_in_form_is_known_by_name(here):
    ended = here.run("list", "form", str(REPOSITORY / LIST), "--papers", str(ROWS), "--json")

    assert json.loads(ended.out)["form"] == "plaza"


@pytest.mark.long
def test_no_learned_template_is_asked_for_the_built_in_form(here):
    """The program writes it by itself; what a template makes of papers among links is no matter."""
    entries = here.run("list", "entries", str(REPOSITORY / LIST), "--json").out.splitlines(True)
    rows = here.root / "rows.jsonl"
    rows.write_text("".join(row for row in entries if '"kind":"paper"' in row))

    ended = here.run("list", "form", str(REPOSITORY / LIST), "--papers", str(rows), "--json")

    found = json.loads(ended.out)
    assert (found["form"], found["tried"]) == ("plaza", 15)
    assert found["same_form"] >= 12


def test_rows_that_are_none_are_named_with_their_line(here):
    rows = here.root / "rows.jsonl"
    rows.write_text(Path(ROWS).read_text() + '{"title": "no id"}\n')

    ended = here.run("list", "form", LIST, "--papers", str(rows))

    assert ended.code == 2
    assert f"{rows}:{len(PAPERS) + 1}: has no arxiv_id and title" in ended.err


def test_the_blanks_that_begin_a_line_of_the_form_are_shown(here):
    path = here.root / "other.md"
    path.write_bytes(
        list_of(lambda p, n: f"- {p.title}\n    [p](https://arxiv.org/abs/{p.arxiv_id})")
    )

    said = here.run("list", "form", str(path), "--papers", str(ROWS)).out

    assert "| - {{ title }}\n|     [p]({{ abs }})\n" in said


@pytest.mark.parametrize(("one", "other", "shown"), [
    ("2024.11", "2025-02", ("2024.11", "2025-02")),
    (f"{'a' * 80} one", f"{'a' * 80} other", (f"…{'a' * 23} one", f"…{'a' * 23} other")),
    ("two\n  lines", "two lines", ("two↵  lines", "two lines")),
    ("b" * 80, "c", (f"{'b' * 69}…", "c")),
], ids=["short", "alike at first", "only line ends", "long"])  # fmt: skip
def test_a_difference_is_shown_where_it_begins(one, other, shown):
    """Two entries whose first seventy letters are the same looked the same."""
    assert shown == apart(one, other)
