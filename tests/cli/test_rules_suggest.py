"""``listkeeper rules suggest``: a patch that applies, and the rules that come out."""

import json
import shutil
import subprocess

import pytest

from tests.workspace import Workspace

MISSED = [
    {"arxiv_id": "2401.00001", "title": "Trellis codes of LLMs", "section": "Quantization"},
    {"arxiv_id": "2401.00002", "title": "LLMs in trellis form", "section": "Quantization"},
    {"arxiv_id": "2405.00003", "title": "A trellis for LLMs", "section": "Quantization"},
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
    assert "#    finds listed papers: 3\n#      2401.00001 Trellis codes of LLMs\n" in ended.out
    assert 0 == workspace.run("rules", "check").code
    assert (
        "Quantization" == workspace.json("rules", "explain", MISSED[0]["title"]).report["section"]
    )


def test_in_json(workspace, tmp_path):
    report = workspace.json("rules", "suggest", *named(tmp_path, MISSED), "--most", "1").report

    (one,) = report["suggestions"]
    assert ("add", 6.0, 0.0) == (one["act"], one["gain"], one["cost"])
    assert ["2401.00001", "2401.00002", "2405.00003"] == [
        paper["arxiv_id"] for paper in one["found"]
    ]
    assert (0, 3) == (report["before"]["found"], report["after"]["found"])
    assert report["patch"].startswith("--- a/config/lists/efficient-llm.yaml\n")


def test_it_says_what_it_was_learned_from_and_what_younger_papers_say(workspace, tmp_path):
    rows = MISSED + [
        {"arxiv_id": f"2410.{n:05}", "title": f"Trellis of LLMs {n}", "section": "Quantization"}
        for n in (1, 2)
    ]
    listed = [
        {
            "arxiv_id": f"24{5 + n // 9:02}.1{n:04}",
            "title": "LLM quantization",
            "section": "Quantization",
        }
        for n in range(18)
    ]
    files = named(tmp_path, rows + listed)

    out = workspace.run("rules", "suggest", *files, "--most", "1").out
    report = workspace.json("rules", "suggest", *files, "--most", "1").report

    assert "#    on younger papers: 2 right, 0 wrong\n" in out
    assert f"# learned from labels before {report['cut']}; on " in out
    assert (2, 0) == (
        report["suggestions"][0]["fresh_right"],
        report["suggestions"][0]["fresh_wrong"],
    )
    before, after = report["fresh"]["before"]["found"], report["fresh"]["after"]["found"]
    assert (2, report["fresh"]["papers"]) == (after - before, after)


def test_nothing_to_suggest_has_its_reason(workspace, tmp_path):
    rows = [{"title": "Quantization of LLMs", "section": "Quantization"}]

    ended = workspace.run("rules", "suggest", *named(tmp_path, rows))

    assert 0 == ended.code
    assert "no suggestions, because all 1 labelled papers are judged correctly" in ended.out


def test_an_unknown_section_is_named(workspace, tmp_path):
    ended = workspace.run("rules", "suggest", "--section", "Quantisation")

    assert 2 == ended.code
    assert "there is no section 'Quantisation'" in ended.err
