"""A list of another form: set up, added to, edited and undone in its own form."""

import re
from datetime import UTC, datetime

import pytest

from sandbox.process import running
from tests.catalog.forms.kinds import FORMS, ROWS, list_of
from tests.workspace import Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
NEW, TITLE = "2411.04330", "Scaling Laws for Precision"
AT = f"https://arxiv.org/abs/{NEW}"


@pytest.fixture(scope="module")
def outside():
    with running(now=TUESDAY) as sandbox:
        yield sandbox


@pytest.fixture
def here(outside, tmp_path, monkeypatch):
    outside.forget_seen()
    workspace = Workspace(tmp_path, outside.environment())
    (tmp_path / "config" / "lists" / "efficient-llm.yaml").unlink()
    monkeypatch.chdir(tmp_path)
    return workspace


def set_up(here, kind, **changes) -> bytes:
    data = list_of(FORMS[kind][0])
    for old, new in changes.items():
        data = data.replace(old.encode(), new.encode())
    (here.root / "other.md").write_bytes(data)
    ended = here.run("init", "other.md", "--papers", str(ROWS))
    assert ended.code == 0, ended.err
    return data


def added(here, data: bytes) -> str:
    """The lines that were added to the list."""
    new = (here.root / "other.md").read_bytes().splitlines()
    return b"\n".join(line for line in new if line not in data.splitlines()).decode()


@pytest.mark.parametrize(
    ("kind", "entry"),
    [
        ("table", f"| 2024.11 | {TITLE} | [pdf](https://arxiv.org/pdf/{NEW}) | - |"),
        ("months", f"+ [{TITLE}]({AT}) (Nov., 2024)"),
        pytest.param(
            *("venue after a break", f"- {TITLE} <br> Arxiv 2024 [[Paper]]({AT})"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_what_is_added_looks_like_its_neighbours_and_can_be_undone(here, kind, entry):
    data = set_up(here, kind)

    ended = here.run("add", NEW, "--section", "Papers", as_of=TUESDAY)

    assert ended.code == 0, ended.err
    assert added(here, data) == entry
    assert here.run("undo").code == 0
    assert (here.root / "other.md").read_bytes() == data


def test_a_list_in_no_form_is_proposed_to_and_not_written(here):
    data = set_up(here, "months")
    rules = next((here.root / "config" / "lists").glob("*.yaml"))
    text = rules.read_text()
    start, end = text.index("form:"), text.index("# A paper must contain")
    rules.write_text(f"{text[:start]}form: none\n\n{text[end:]}")

    listed = re.search(rb"arxiv.org/abs/([0-9.]+)", data)[1].decode()
    for asked in (
        ("add", NEW, "--section", "Papers"),
        ("list", "move", listed, "--to", "Papers"),
        ("list", "star", listed),
        ("list", "remove", listed),
    ):
        ended = here.run(*asked, as_of=TUESDAY)

        assert ended.code == 1
        assert "is read-only: no form of its entries is known" in ended.err
        assert (here.root / "other.md").read_bytes() == data


@pytest.mark.long
def test_a_field_of_the_lists_own_is_named_and_can_be_filled_in(here):
    data = set_up(here, "months")
    rules = next((here.root / "config" / "lists").glob("*.yaml"))
    text = rules.read_text()
    place = "({{ month_word }}, {{ year }})"
    further = "{% if more_links %} {{ more_links }}{% endif %}"
    text = text.replace(place, f"{place} {{{{ affiliation }}}}{further}")
    rules.write_text(
        text.replace("  months:", "  own: {affiliation: '?', more_links: ''}\n  months:")
    )
    ask = ("add", NEW, "--section", "Papers", "--dry-run")

    blank = here.run(*ask, as_of=TUESDAY)
    filled = here.run(*ask, "--set", "affiliation=Acme", as_of=TUESDAY)
    wrong = here.run(*ask, "--set", "colour=red", as_of=TUESDAY)

    assert f"+ [{TITLE}]({AT}) (Nov., 2024) ?\n" in blank.out
    assert "to fill in: affiliation\n" in blank.out, "further links are no gap"
    assert f"+ [{TITLE}]({AT}) (Nov., 2024) Acme\n" in filled.out
    assert (wrong.code, "'colour' is no field of its own" in wrong.err) == (2, True)
    assert (here.root / "other.md").read_bytes() == data


def with_own(here) -> None:
    """A form where two sections have different fields of the list's own."""
    rules = next((here.root / "config" / "lists").glob("*.yaml"))
    text = rules.read_text()
    start, end = text.index("form:"), text.index("# A paper must contain")
    form = """\
form:
  entry: "+ [{{ title }}]({{ abs }}) ({{ month_word }} {{ year }}) {{ affiliation }}"
  own: {affiliation: "?", rating: "-"}
  sections:
    - name: Other
      entry: "+ [{{ title }}]({{ abs }}) {{ rating }}"

"""
    rules.write_text(text[:start] + form + text[end:])


@pytest.mark.parametrize(
    ("section", "own", "reason"),
    [
        ("Papers", "title=x", "'title' is filled in by the program; fields to fill in in Papers"),
        ("Papers", "venue=ICML", "'venue' is filled in by the program; "),
        ("Papers", "abs=https://example.org", "'abs' is filled in by the program; "),
        ("Papers", "rating=5", "'rating' is no field of its own; fields to fill in in Papers: aff"),
        ("L > Other", "affiliation=Acme", "fields to fill in in Other: rating"),
        (None, "title=x", "fields to fill in in this list: affiliation, rating"),
    ],
    ids=["title", "venue", "address", "elsewhere", "by-path", "no-section"],
)
def test_fields_that_a_service_knows_are_not_filled_in_by_hand(here, section, own, reason):
    """Otherwise an entry could claim another paper's title; the error names what can be set."""
    data = set_up(here, "months", **{"## Papers": "## Other\n\n## Papers"})
    with_own(here)
    where = ("--section", section) if section else ()

    ended = here.run("add", NEW, *where, "--set", own, as_of=TUESDAY)

    assert ended.code == 2
    assert reason in ended.err
    assert (here.root / "other.md").read_bytes() == data


@pytest.mark.long
def test_a_section_by_its_path_has_the_form_of_that_section(here):
    data = set_up(here, "months", **{"## Papers": "## Other\n\n## Papers"})
    with_own(here)
    ask = ("add", NEW, "--dry-run", "--section", "L > Other")

    ended = here.run(*ask, "--set", "rating=5", as_of=TUESDAY)

    assert (ended.code, f"+ [{TITLE}]({AT}) 5\n" in ended.out) == (0, True)
    assert (here.root / "other.md").read_bytes() == data


def test_move_star_and_remove_keep_the_words_of_the_list(here):
    paper = "2411.04965"
    data = set_up(here, "venue after a break", **{"## Papers": "## Other\n\n## Papers"})
    path = here.root / "other.md"
    entry = next(line for line in data.decode().splitlines() if paper in line)

    assert here.run("list", "move", paper, "--to", "Other").code == 0
    assert f"## Other\n\n{entry}\n\n## Papers" in path.read_text()
    assert here.run("list", "star", paper).code == 0
    assert f"- 🌟 {entry[2:]}\n" in path.read_text()
    assert here.run("list", "remove", paper).code == 0
    assert path.read_bytes().replace(b"\n\n\n", b"\n\n") == data.replace(f"{entry}\n".encode(), b"")


BADGE = "https://img.shields.io/badge/cited-"
COUNTED = {
    "a column": (
        "| Title | Cited | Paper |\n|---|---|---|\n",
        "| {title} | {count} | [pdf](https://arxiv.org/pdf/{base}) |\n",
        '"| {{ title }} | {{ citations }} | [pdf]({{ pdf }}) |"',
    ),
    "a badge": (
        "",
        f"- {{title}} ![c]({BADGE}{{count}}-blue) [p]({{at}})\n",
        f'"- {{{{ title }}}} ![c]({BADGE}{{{{ citations }}}}-blue) [p]({{{{ abs }}}})"',
    ),
    "none": ("", "- [{title}]({at})\n", '"- [{{ title }}]({{ abs }})"'),
}
KNOWN = {
    "2406.11235": "QTIP: Quantization with Trellises",
    "2406.15786": "What Matters in Transformers",
}


def counted_list(here, kind: str) -> str:
    """A list that shows counts in its own way, or none, with its form."""
    head, row, form = COUNTED[kind]
    rows = (
        row.format(title=title, count=n, base=base, at=f"https://arxiv.org/abs/{base}")
        for n, (base, title) in enumerate(KNOWN.items())
    )
    text = f"# L\n\n## Papers\n\n{head}{''.join(rows)}\nThe end.\n"
    (here.root / "other.md").write_text(text)
    (here.root / "config" / "lists" / "l.yaml").write_text(
        f"list: L\nfile: other.md\nform:\n  entry: {form}\n  unknown: '-'\n"
        "sections:\n  - name: Papers\n    in_title: [quantiz*, QLoRA]\n"
    )
    return text


@pytest.mark.parametrize("kind", ["a column", "a badge"])
def test_counts_that_a_list_shows_in_its_own_way_are_renewed_and_nothing_else(here, kind):
    """The second refresh changes no byte; the diff is the counts alone."""
    before = counted_list(here, kind)

    ended = here.json("citations", "refresh", "--write", as_of=TUESDAY)
    after = (here.root / "other.md").read_text()

    changed = [pair for pair in zip(before.split("\n"), after.split("\n"), strict=True)
               if pair[0] != pair[1]]  # fmt: skip
    assert ended.code == 0
    assert len(changed) == ended.report["counts"]["citations/pairs"] == 2
    for old, new in changed:
        assert re.sub(r"(?<=[ -])\d+(?=[ -])", "N", old) == re.sub(
            r"(?<=[ -])\d+(?=[ -])", "N", new
        )
    here.run("citations", "refresh", "--write", as_of=TUESDAY)
    assert (here.root / "other.md").read_text() == after


def test_counts_of_a_list_that_shows_none_are_kept_for_the_digest(here):
    """One line says so, the list is as it was, and that is no failure."""
    before = counted_list(here, "none")

    ended = here.json("citations", "refresh", "--write", as_of=TUESDAY)
    line = "other.md shows no citation counts here: they are kept for the digest"

    assert ended.code == 0
    assert [line] == [note for note in ended.report["notes"] if "shows no" in note]
    assert (here.root / "other.md").read_text() == before
    assert here.json("citations", "show", "2406.11235").code == 0
