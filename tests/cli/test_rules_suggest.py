"""``listkeeper rules suggest``: a patch that applies, and the rules that come out."""

import json
import shutil
import subprocess

import pytest

from tests.workspace import Workspace

MISSED = [
    {"arxiv_id": "2401.00001", "title": "Trellis codes of LLMs", "section": "Quantization"},
    {"arxiv_id": "2401.00002", "title": "LLMs in trellis form", "section": "Quantization"},
]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path)
    (tmp_path / "config" / "lists" / "efficient-llm.labelled.jsonl").unlink()
    return made


def named(folder, rows, others=()):
    """The options that name files with these rows."""
    for name, some in (("in.jsonl", rows), ("out.jsonl", others)):
        (folder / name).write_text("".join(f"{json.dumps(row)}\n" for row in some))
    return ("--positives", str(folder / "in.jsonl"), "--negatives", str(folder / "out.jsonl"))


@pytest.mark.parametrize("program", ["git apply", "patch -p1"])
def test_the_patch_applies_and_the_rules_find_what_was_missed(workspace, tmp_path, program):
    """Comments and all else stay; what is piped on needs no hand."""
    if not shutil.which(program.split()[0]):
        pytest.skip(f"there is no {program}")
    ended = workspace.run("rules", "suggest", *named(tmp_path, MISSED))

    subprocess.run(program.split(), input=ended.out.encode(), cwd=tmp_path, check=True)

    assert 0 == ended.code, ended.err
    assert "# 1. add `trellis" in ended.out
    assert "#    finds listed papers: 2\n#      2401.00001 Trellis codes of LLMs\n" in ended.out
    assert 0 == workspace.run("rules", "check").code
    assert (
        "Quantization" == workspace.json("rules", "explain", MISSED[0]["title"]).report["section"]
    )


def test_in_json(workspace, tmp_path):
    report = workspace.json("rules", "suggest", *named(tmp_path, MISSED), "--most", "1").report

    (one,) = report["suggestions"]
    assert ("add", 4.0, 0.0) == (one["act"], one["gain"], one["cost"])
    assert ["2401.00001", "2401.00002"] == [paper["arxiv_id"] for paper in one["found"]]
    assert (0, 2) == (report["before"]["found"], report["after"]["found"])
    assert report["patch"].startswith("--- a/config/lists/efficient-llm.yaml\n")


def test_nothing_to_suggest_has_its_reason(workspace, tmp_path):
    rows = [{"title": "Quantization of LLMs", "section": "Quantization"}]

    ended = workspace.run("rules", "suggest", *named(tmp_path, rows))

    assert 0 == ended.code
    assert "no suggestions, because all 1 labelled papers are judged correctly" in ended.out


def test_an_unknown_section_is_named(workspace, tmp_path):
    ended = workspace.run("rules", "suggest", "--section", "Quantisation")

    assert 2 == ended.code
    assert "there is no section 'Quantisation'" in ended.err
