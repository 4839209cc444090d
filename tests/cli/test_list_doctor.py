"""``list doctor`` and ``list section add``, as a curator calls them."""

import json

import pytest

from catalog.markdown.edits import insert
from tests.workspace import Workspace

WRONG = """\
# L

- [L](#l)
  - [S](#s)
  - [Gone](#gone)

## S

- [a](https://a.org/b.)
- [c](https://c.org)
- [c](https://c.org)
-
"""


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.md"
    path.write_text(WRONG)
    return path


def test_the_seed_is_well(workspace):
    """No finding, exit 0, and no store is made by looking."""
    ended = workspace.run("list", "doctor")

    assert (0, "") == (ended.code, ended.out)
    assert not (workspace.root / ".listkeeper").exists()


def test_findings_have_a_place_a_name_and_advice(workspace, wrong):
    """Exit 1 where there is an error; the fixable ones name their repair."""
    ended = workspace.run("list", "doctor", str(wrong))

    assert 1 == ended.code
    assert [
        f"{wrong}:5: error: anchor: #gone leads nowhere; remove the line, or add the section",
        (
            f"{wrong}:9: error: link-end: the link https://a.org/b. ends in a punctuation mark; "
            "remove it (--fix link-end)"
        ),
        (f"{wrong}:11: error: duplicate: https://c.org is already on line 10; keep one of the two"),
        f"{wrong}:12: note: empty-item: an empty item; remove it (--fix empty-item)",
    ] == ended.out.splitlines()


def test_as_json_each_finding_is_a_row(workspace, wrong):
    rows = workspace.run("list", "doctor", str(wrong), "--json").out.splitlines()

    assert {
        "file": str(wrong),
        "line": 12,
        "name": "empty-item",
        "level": "note",
        "what": "an empty item",
        "fixable": True,
    } == json.loads(rows[-1])
    assert 4 == len(rows)


def test_a_repair_changes_its_lines_only(workspace, wrong):
    """The diff is shown; other findings are still there."""
    ended = workspace.run("list", "doctor", str(wrong), "--fix", "link-end")

    assert 0 == ended.code
    assert "-- [a](https://a.org/b.)\n+- [a](https://a.org/b)\n" in ended.out
    assert WRONG.replace("/b.)", "/b)") == wrong.read_text()


def test_what_cannot_be_mended_names_what_can(workspace, wrong):
    ended = workspace.run("list", "doctor", str(wrong), "--fix", "duplicate")

    assert 2 == ended.code
    assert "link-end, badge, empty-item" in ended.err
    assert WRONG == wrong.read_text()


def test_standard_input_is_not_changed(workspace):
    assert 2 == workspace.run("list", "doctor", "-", "--fix", "badge").code


def test_a_configured_list_is_mended_by_the_protocol(workspace):
    """An intent is kept, and closed; only the item's line goes."""
    before = workspace.listed.read_bytes()
    workspace.listed.write_bytes(before.replace(b"## Misc\n\n", b"## Misc\n\n- \n"))

    ended = workspace.run("list", "doctor", "--fix", "empty-item", "--json")

    assert (0, 1) == (ended.code, json.loads(ended.out)["fixed"])
    assert before == workspace.listed.read_bytes()
    assert (workspace.root / ".listkeeper" / "listkeeper.db").is_file()


def test_the_rules_doubt_a_section(workspace):
    """A paper on quantization among the surveys: a note, for configured lists only."""
    entry = (
        "- **GPTQ: Accurate Post-Training Quantization for Generative Pre-trained \n"
        "  Transformers**, `arXiv, 2210.17323`, [arxiv](http://arxiv.org/abs/2210.17323v2), "
        "[pdf](http://arxiv.org/pdf/2210.17323v2.pdf), cication: [**-1**](None) \n"
    )
    data = insert(workspace.listed.read_bytes(), "Hardware", entry)
    workspace.listed.write_bytes(data)
    elsewhere = workspace.root / "copy.md"
    elsewhere.write_bytes(data)

    ended = workspace.run("list", "doctor")

    assert 0 == ended.code
    assert 'section: the rules would put it in "Quantization", not in "Hardware"' in ended.out
    assert "" == workspace.run("list", "doctor", str(elsewhere)).out


def test_a_new_section_of_the_configured_list(workspace):
    """Heading and contents; it says where its rules go. Once more is refused."""
    ended = workspace.run("list", "section", "add", "Merging", "--after", "Pruning")

    assert 0 == ended.code
    assert "+  - [Merging](#merging)\n" in ended.out
    assert "efficient-llm.yaml" in ended.out.splitlines()[-1]
    assert b"\n\n## Merging\n\n\n## Inference\n" in workspace.listed.read_bytes()
    assert 1 == workspace.run("list", "section", "add", "Merging").code
    assert 0 == workspace.run("list", "doctor").code


def test_a_new_section_of_any_file(workspace, wrong):
    ended = workspace.run("list", "section", "add", "New", str(wrong), "--json")

    assert "New" == json.loads(ended.out)["added"]
    assert wrong.read_text().endswith("-\n\n## New\n")
    assert str(wrong) == json.loads(ended.out)["file"]


def test_the_same_work_in_other_forms_and_files(workspace, tmp_path):
    """A link to a paper's page is the paper; its repository stands with it; another list has it."""
    one, other = tmp_path / "one.md", tmp_path / "other.md"
    one.write_text(
        "# L\n## S\n"
        "- **T**, `arXiv, 2401.00001`, [arxiv](http://arxiv.org/abs/2401.00001v1),"
        " [pdf](http://arxiv.org/pdf/2401.00001v1.pdf), cication: [**-1**](None)\n\n"
        "\t *A* · ([r](https://github.com/o/R) - o)\n"
        "- [T](https://arxiv.org/abs/2401.00001v3)\n"
        "- [**r**](https://github.com/O/r)\n"
    )
    other.write_text("# M\n## S\n- [T](https://arxiv.org/pdf/2401.00001)\n")

    rows = workspace.json("list", "doctor", str(one), str(other)).out.splitlines()

    found = {(row["file"], row["line"], row["name"]) for row in map(json.loads, rows)}
    assert {
        (str(one), 6, "duplicate"),
        (str(one), 7, "duplicate-extra"),
        (str(other), 3, "duplicate-in-list"),
    } == found
    assert f"2401.00001 is also in {one}:3" in rows[-1]
