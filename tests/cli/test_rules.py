"""``listkeeper rules explain`` and ``rules apply``; check, eval, diff have modules of their own."""

import gzip
import io
import json
import sys

import pytest

from tests.workspace import Workspace

TITLE = "QTIP: Quantization with Trellises and Incoherence Processing for LLMs"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def typed(monkeypatch):
    def type_in(text):
        stdin = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", stdin)

    return type_in


def test_explain_marks_the_words(workspace):
    ended = workspace.run("rules", "explain", TITLE)

    assert 0 == ended.code, ended.err
    assert ended.out.startswith("Efficient LLM: Quantization (score ")
    assert "title: QTIP: »Quantization« with" in ended.out


def test_explain_says_why_not(workspace):
    ended = workspace.run("rules", "explain", "A Cookbook of Bread")

    assert "Efficient LLM: not in the list" in ended.out
    assert "why not: no word of any section" in ended.out


def test_explain_reads_title_and_abstract_from_the_input(workspace, typed):
    typed("A study\nWe apply post-training quantization to LLMs.\n")

    ended = workspace.run("rules", "explain", "-", "--json")

    assert "Quantization" == ended.report["section"]
    assert {"abstract"} == {place["field"] for place in ended.report["evidence"]}


def test_explain_of_an_unknown_id_says_what_to_do(workspace):
    ended = workspace.run("rules", "explain", "2401.99999")

    assert 2 == ended.code
    assert "is in neither the store nor the list, nor in a file of labels" in ended.err


def written(folder, name, rows):
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_apply_answers_row_by_row_in_order(workspace, tmp_path):
    rows = written(
        tmp_path,
        "rows.jsonl",
        [
            {"arxiv_id": "2406.11235", "title": TITLE},
            {"arxiv_id": "2401.00001", "title": "Bread", "abstract": None, "categories": "cs.CL"},
        ],
    )

    ended = workspace.run("rules", "apply", str(rows))

    first, second = map(json.loads, ended.out.splitlines())
    assert ("2406.11235", "Quantization") == (first["arxiv_id"], first["section"])
    assert {"field": "title", "word": "quantiz*", "start": 6, "end": 18} in first["evidence"]
    assert {
        "arxiv_id": "2401.00001",
        "section": None,
        "score": 0.0,
        "evidence": [],
        "runner_up": None,
    } == second


@pytest.mark.parametrize(
    ("line", "matter"),
    [("{", "is not JSON"), ("[1]", "is not an object"), ('{"title": 1}', "title must be text")],
)
def test_apply_names_the_line_that_is_no_row(workspace, tmp_path, line, matter):
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"title": "x"}}\n{line}\n')

    ended = workspace.run("rules", "apply", str(path))

    assert 2 == ended.code
    assert f"{path}:2: {matter}" in ended.err


def test_schema_is_printed(workspace):
    assert "array" == workspace.run("rules", "schema").report["properties"]["about"]["type"]


def test_explain_says_what_would_change_it(workspace):
    title = "Quantum Quantization of LLMs"

    ended = workspace.run("rules", "explain", title)
    report = workspace.json("rules", "explain", title).report

    assert "without `unless: quantum` it would be proposed for Quantization" in ended.out
    assert [("Quantization", "quantum")] == [
        (flip["section"], flip["changes"][0]["word"]) for flip in report["flips"]
    ]


def test_explain_of_a_paper_of_the_list_needs_no_store(workspace):
    """The title as the list has it."""
    ended = workspace.json("rules", "explain", "2411.03350")

    assert 0 == ended.code, ended.err
    assert "Small Language Models" in ended.report["title"]
    assert not (workspace.root / ".listkeeper").exists()


@pytest.mark.long
def test_apply_shares_a_file_between_processes(workspace, tmp_path, monkeypatch):
    """The same verdicts in the same order, of a packed file too; a wrong line is named."""
    monkeypatch.setattr("pipelines.bulk.files.PART_BYTES", 500)
    rows = [{"arxiv_id": f"2411.{n:05}", "title": f"{TITLE} {n}"} for n in range(1, 31)]
    path, packed = tmp_path / "papers.jsonl", tmp_path / "papers.jsonl.gz"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    packed.write_bytes(gzip.compress(path.read_bytes()))
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(path.read_text() + "[]\n")

    alone = workspace.run("rules", "apply", str(path))
    shared = workspace.run("rules", "apply", str(path), "--workers", "2")
    of_packed = workspace.run("rules", "apply", str(packed), "--workers", "1")
    named = workspace.run("rules", "apply", str(wrong), "--workers", "2")

    assert 30 == len(alone.out.splitlines())
    assert alone.out == shared.out == of_packed.out
    assert (2, True) == (named.code, f"{wrong}:31: is not an object" in named.err)
