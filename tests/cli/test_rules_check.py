"""``listkeeper rules check``: what it counts, and which mistakes it names."""

import json
import subprocess

import pytest

from tests.workspace import Workspace


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def test_check_says_what_it_counted(workspace):
    ended = workspace.run("rules", "check")

    assert 0 == ended.code, ended.err
    assert ended.out.startswith("Efficient LLM: 14 sections, ")
    assert "all pass" in ended.out


def test_check_names_every_example_and_lookalike_that_fails(workspace, rules):
    """An example that is not let in, and a lookalike that is: both, with their lines."""
    rules.write_text(
        "list: Efficient LLM\n"
        "file: lists/efficient-llm.md\n"
        "sections:\n"
        "  - name: Quantization\n"
        "    says: [quantiz*]\n"
        "    examples: [Pruning of LLMs]\n"
        "    lookalikes: [Quantized images]\n"
    )

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert f'{rules}:6: Quantization › examples: "Pruning of LLMs" is not let in' in ended.err
    assert f"{rules}:7: Quantization › lookalikes: " in ended.err
    assert 'is put in Quantization, because of "quantiz*"' in ended.err


def test_a_section_without_a_heading_in_the_list_is_named(workspace, rules):
    """What is accepted for it could not be written, and that is known before anybody ticks."""
    lines = rules.read_text().splitlines(keepends=True)
    at = lines.index("  - name: Misc\n")
    rules.write_text("".join([*lines[:at], "  - name: Miscc\n", *lines[at + 1 :]]))

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert (
        f'efficient-llm.yaml:{at + 1}: the list lists/efficient-llm.md has no heading "Miscc"; '
        "did you mean Misc?"
    ) in ended.err


def test_rules_without_one_word_are_an_error(workspace, rules):
    """Every paper would stay out, and each run would look like a quiet day."""
    rules.write_text(
        "list: Efficient LLM\nfile: lists/efficient-llm.md\n"
        "sections:\n  - name: Pruning\n  - name: Quantization\n    unless: [image]\n"
    )

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert "efficient-llm.yaml:3: none of the 2 sections has a word" in ended.err


def test_check_names_all_mistakes_of_the_file(workspace, rules):
    rules.write_text(
        "list: L\nfile: lists/efficient-llm.md\n"
        "sections:\n  - name: A\n    say: [x]\n    hints: ab\n"
    )

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert f'{rules}:5: A › say: unknown key "say"; did you mean says?' in ended.err
    assert f'{rules}:6: A › hints: must be a list, got the word "ab"' in ended.err


def test_check_looks_for_the_list_file(workspace):
    workspace.listed.unlink()

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert "names no file: there is none at" in ended.err


def test_check_in_json(workspace):
    ended = workspace.run("rules", "check", "--json")

    assert ended.report["ok"] is True
    assert 14 == ended.report["lists"][0]["sections"]


def committed(folder):
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    for line in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "first")):
        subprocess.run(["git", "-C", str(folder), *line], check=True, capture_output=True)


def written(folder, name, rows):
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


LITTLE = (
    "list: Efficient LLM\nfile: lists/efficient-llm.md\nsections:\n"
    "  - name: Quantization\n    says: [quantiz*, quantization]\n    in_title: [calibration]\n"
)


def test_check_names_words_that_do_nothing(workspace, rules):
    """They are said with their line and end nothing; what needs papers is said to need them."""
    rules.write_text(LITTLE)

    ended = workspace.run("rules", "check")

    assert 0 == ended.code, ended.err
    assert f'{rules}:5: Quantization › says: "quantization" is never needed' in ended.out
    assert f'{rules}:6: Quantization › in_title: "calibration" rests on no listed' in ended.out
    assert "2 hints" in ended.out
    assert "not checked: words that match too much or nothing" in ended.out
    assert "not checked: words outside titles that rest on one paper" in ended.out
    assert 2 == ended.out.count("nothing to do now")
    assert not (workspace.root / ".listkeeper").exists()


MANY = LITTLE.replace(
    "quantization]", "quantization, quantized, quantizes, quantizer, quantizers, quantizing]"
)


def test_check_folds_many_old_notes_and_shows_what_is_new(workspace, rules):
    """A file with a history frightens nobody; what the last change brought is said in full."""
    rules.write_text(MANY + "  - name: Pruning\n    says: [pruning, sparsi*]\n")
    committed(workspace.root)

    calm = workspace.run("rules", "check")
    rules.write_text(rules.read_text().replace("sparsi*", "sparsi*, prun*"))
    new, whole = workspace.run("rules", "check"), workspace.run("rules", "check", "--all")

    assert calm.out.splitlines()[1:4] == [
        (
            "7 hints; no action needed: 6 words made redundant by others;"
            " 1 word resting on one listed paper or none"
        ),
        '  resting on one listed paper or none: "calibration"',
        "to see each with its line: listkeeper rules check --all",
    ]
    assert f'{rules}:8: Pruning › says: "pruning" is never needed: says has "prun*"' in new.out
    assert "1 new hint since the last commit; no action needed" in new.out
    assert "7 older hints" in new.out
    assert ":5:" not in new.out
    assert 7 == whole.out.count("is never needed")
    doubts = workspace.json("rules", "check").report["doubts"]
    assert [False] * 7 + [True] == [one["new"] for one in doubts]


def test_check_names_words_in_the_notation_of_another_tool(workspace, rules):
    """They would be taken as text by a run; each is told with its line and what to write."""
    rules.write_text(LITTLE.replace("[calibration]", "[calibration, ^image$, of, null]"))

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert f'{rules}:6: Quantization › in_title: "^image$" has ^ for its beginning' in ended.err
    assert f'{rules}:6: Quantization › in_title: "of" is in nearly every text' in ended.err
    assert f'{rules}:6: Quantization › in_title: "null" is text here' in ended.err
    assert "3 errors to fix" in ended.err


def test_check_tells_which_words_came_and_went_and_which_lack_a_comma(workspace, rules):
    rules.write_text(LITTLE.replace("in_title: [", "in_title: [low-bit, GPTQ, "))
    committed(workspace.root)
    rules.write_text(rules.read_text().replace("low-bit, GPTQ", "low-bit GPTQ, AWQ"))

    ended = workspace.run("rules", "check")
    report = workspace.json("rules", "check").report

    assert 2 == ended.code
    assert f'{rules}:6: Quantization › in_title: "low-bit GPTQ" lacks a comma: "low-bit" and' in (
        ended.err
    )
    assert "write low-bit, GPTQ\n" in ended.err
    assert (
        "since the last commit 2 words came and 2 went\n  - Quantization › in_title: low-bit\n"
        in (ended.out)
    )
    (since,) = report["since_commit"]
    assert ["-", "-", "+", "+"] == [edit["sign"] for edit in since["edits"]]
    assert since["unknown"] is None


UNKNOWN = {
    "no repository": ([], "is not in a git repository"),
    "no commit": ([("init", "-q")], "the repository has no commit yet"),
    "not committed": (
        [("init", "-q"), ("commit", "-q", "--allow-empty", "-m", "first")],
        "efficient-llm.yaml is not in the last commit",
    ),
}


@pytest.mark.parametrize(("lines", "why"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_check_says_why_it_is_unknown_what_came_and_went(workspace, rules, lines, why):
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    for line in lines:
        subprocess.run(["git", "-C", str(workspace.root), *who, *line], check=True)

    ended = workspace.run("rules", "check")

    assert 0 == ended.code, ended.err
    assert f"which words came and went is unknown: {why}" in ended.out.replace(
        f"{rules.parent} ", ""
    )


def test_a_run_names_a_section_that_the_list_has_no_heading_for(workspace, rules):
    """Somebody renamed the heading: what is accepted for the section could not be written."""
    path = workspace.listed
    path.write_text(path.read_text().replace("## Quantization", "## Quantisation"))

    ended = workspace.json("classify")

    assert 1 == ended.code
    assert (
        'the list lists/efficient-llm.md has no heading "Quantization"; did you mean Quantisation?'
        in (ended.report["needs_person"][0])
    )


def test_check_gives_the_support_of_each_word(workspace):
    support = workspace.json("rules", "check").report["support"]

    word = next(one for one in support if one["word"] == "quantiz*" and one["key"] == "in_title")
    assert "Quantization" == word["section"]
    assert word["papers"] > 20
    assert word["newest"].startswith("24")


def test_check_ends_with_what_is_to_mend(workspace, rules):
    """It never says that nothing has to be done when something has."""
    rules.write_text(f"{LITTLE}    examples: [Bread]\n")

    ended = workspace.run("rules", "check")

    assert 2 == ended.code
    assert ended.err.endswith("1 error to fix\n")
    assert "2 hints\n" in ended.out
    assert "no action needed" not in ended.out


def test_check_tries_the_words_on_a_pool(workspace, rules, tmp_path):
    rules.write_text(LITTLE)
    pool = written(tmp_path, "pool.jsonl", [{"title": "Quantized"}] * 30 + [{"title": "x"}] * 200)

    report = workspace.json("rules", "check", "--pool", str(pool)).report

    assert {"papers": 230, "source": str(pool)} == report["pool"]
    assert {"shadowed", "thin", "too-much"} == {one["kind"] for one in report["doubts"]}
    nothing, thin = report["not_checked"]
    assert "words that match nothing: 2,000 are needed" == nothing
    assert thin.startswith("words outside titles that rest on one paper: the abstracts of 2")
