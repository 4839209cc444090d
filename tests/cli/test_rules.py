"""``listkeeper rules``: what a person who writes rules sees."""

import gzip
import io
import json
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from itertools import cycle

import pytest

from catalog.facts import Decision
from catalog.markdown.listfile import parse
from catalog.paper import Paper
from catalog.sightings import Found, Sighting
from catalog.store import Store
from tests.workspace import Workspace

TITLE = "QTIP: Quantization with Trellises and Incoherence Processing for LLMs"


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


@pytest.fixture
def rules(workspace):
    return workspace.root / "config" / "lists" / "efficient-llm.yaml"


@pytest.fixture
def typed(monkeypatch):
    def type_in(text):
        stdin = io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8")
        monkeypatch.setattr(sys, "stdin", stdin)

    return type_in


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
    assert "there is no file" in ended.err


def test_check_in_json(workspace):
    ended = workspace.run("rules", "check", "--json")

    assert ended.report["ok"] is True
    assert 14 == ended.report["lists"][0]["sections"]


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


def committed(folder):
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    for line in (("init", "-q"), ("add", "."), (*who, "commit", "-q", "-m", "first")):
        subprocess.run(["git", "-C", str(folder), *line], check=True, capture_output=True)


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


def test_eval_measures(workspace, tmp_path):
    """Two of three found, one of two others let in; one in the wrong section."""
    positives = written(
        tmp_path,
        "in.jsonl",
        [
            {"arxiv_id": "1", "title": TITLE, "section": "Quantization"},
            {"arxiv_id": "2", "title": "A study", "section": "Pruning"},
            {"arxiv_id": "3", "title": "A cookbook", "section": "Pruning"},
        ],
    )
    negatives = written(
        tmp_path, "out.jsonl", [{"arxiv_id": "4", "title": TITLE}, {"arxiv_id": "5", "title": "x"}]
    )
    abstracts = written(
        tmp_path,
        "abstracts.jsonl",
        [{"arxiv_id": "2", "title": "", "abstract": "Post-training quantization of LLMs."}],
    )

    ended = workspace.run(
        *("rules", "eval", "--json", "--positives", str(positives)),
        *("--negatives", str(negatives), "--abstracts", str(abstracts)),
    )

    inside, section = ended.report["in_list"], ended.report["section"]
    assert {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "n_pos": 3, "n_neg": 2} == inside
    assert (0.5, 2) == (section["accuracy"], section["n"])
    assert {
        "Pruning": {"(none)": 1, "Quantization": 1},
        "Quantization": {"Quantization": 1},
    } == section["confusion"]
    assert 16 == len(ended.report["fingerprint"])


def test_eval_prints_tables(workspace, tmp_path):
    rows = written(tmp_path, "rows.jsonl", [{"title": TITLE, "section": "Quantization"}])

    ended = workspace.run("rules", "eval", "--positives", str(rows), "--negatives", str(rows))

    assert "in the list: precision 0.500, recall 1.000" in ended.out
    assert "labels (rows) and verdicts (columns)" in ended.out


def dated(folder, labels):
    """A file of rows, labelled on a day of 2030, and the same without one."""
    rows = [{"arxiv_id": str(n), "title": title, **more} for n, (title, more) in enumerate(labels)]
    return written(folder, f"rows-{len(labels)}.jsonl", rows)


def test_eval_tells_fresh_labels_from_seen_ones_and_never_adds_them_up(workspace, tmp_path):
    """The words are as old as their file; a label without a date is seen."""
    young = {"section": "Quantization", "first_added": "2030-05-01"}
    old = {"section": "Quantization", "first_added": "2020-05-01"}
    positives = dated(tmp_path, [(TITLE, young), ("A cookbook", young), (TITLE, old), (TITLE, {})])
    negatives = dated(tmp_path, [(TITLE, {"first_added": "2030-05-02"}), ("Bread", {})])
    files = ("--positives", str(positives), "--negatives", str(negatives))

    report = workspace.json("rules", "eval", *files).report
    out = workspace.run("rules", "eval", *files).out

    fresh, seen = report["fresh"], report["seen"]
    assert (3, 3) == (fresh["n"], seen["n"])
    assert (0.5, 0.5) == (fresh["in_list"]["precision"], fresh["in_list"]["recall"])
    assert (1.0, 1.0) == (seen["in_list"]["precision"], seen["in_list"]["recall"])
    assert [0.0945, 0.9055] == fresh["intervals"]["recall"]
    assert [0.3424, 1.0] == seen["intervals"]["recall"]
    assert ("seen", seen["in_list"]) == (report["labels"], report["in_list"])
    assert report["words"]["source"].startswith("by the date of the file, as its ")
    assert out.index("fresh: 3 labels") < out.index("precision 0.500") < out.index("seen: 3 labels")
    assert out.index("seen: 3 labels") < out.index("precision 1.000")


def test_fresh_labels_lead_where_there_are_enough(workspace, tmp_path):
    young = {"section": "Quantization", "first_added": "2030-05-01"}
    rows = dated(tmp_path, [(TITLE, young)] * 20 + [("A cookbook", {"section": "Quantization"})])

    report = workspace.json("rules", "eval", "--positives", str(rows)).report

    assert ("fresh", 20, 1.0) == (report["labels"], report["n"], report["in_list"]["recall"])


def test_eval_since_a_day_leaves_older_labels_and_those_without_a_date_out(workspace, tmp_path):
    rows = dated(
        tmp_path,
        [(TITLE, {"section": "Quantization", "first_added": day})
         for day in ("2029-12-31", "2030-01-01", "2030-01-02T10:00:00+02:00")]
        + [(TITLE, {"section": "Quantization"})],
    )  # fmt: skip
    line = ("rules", "eval", "--positives", str(rows), "--since")

    report = workspace.json(*line, "2030-01-01").report
    ended = workspace.run(*line, "2030-01-01")

    assert (2, 0, 1) == (report["fresh"]["n"], report["seen"]["n"], report["undated"])
    assert "labels since 2030-01-01; 1 label without a date left out" in ended.out
    assert 2 == workspace.run(*line, "yesterday").code


def test_a_date_of_a_label_that_is_none_is_named(workspace, tmp_path):
    rows = dated(tmp_path, [(TITLE, {"section": "Quantization", "first_added": "May"})])

    ended = workspace.run("rules", "eval", "--positives", str(rows))

    assert 2 == ended.code
    assert f"{rows}:1: first_added is 'May', not a date" in ended.err


TODAY = datetime(2024, 11, 12, tzinfo=UTC)
TEN = [f"2411.{number:05}" for number in range(10)]


@pytest.fixture(scope="module")
def ten_papers(tmp_path_factory):
    """A workspace with ten papers that nobody has decided on, and how its rules are measured."""
    workspace = Workspace(tmp_path_factory.mktemp("ten") / "papers")
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        for number in TEN:
            seen = Sighting("arxiv", f"arxiv:{number}", TODAY, "new", 1, TODAY.date(), "")
            store.works.save([Found(Paper(number, 1, TITLE, "Of LLMs."), seen)])
    return workspace, workspace.json("rules", "eval").report


# Each of ten papers is rejected with one of these.
OFF_TOPIC = [
    "off topic",
    "application, not method",
    "another field",
    # Offered by earlier versions of the review page.
    "not about language models",
    "",
]
ON_TOPIC = [
    "too incremental",
    "duplicate",
    "have better",
    "We have better ones of 2023.",
    "Duplicate of 2401.00001",
]


@pytest.mark.parametrize(("reasons", "counts"), [(OFF_TOPIC, True), (ON_TOPIC, False)])
def test_a_reason_that_says_nothing_of_the_topic_changes_no_figure_of_the_words(
    ten_papers, tmp_path, reasons, counts
):
    """Ten papers rejected: as off topic they speak against the words, as too incremental not."""
    workspace, before = ten_papers[0].copy(tmp_path / "mine"), ten_papers[1]
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        store.decisions.add(
            [
                Decision("Efficient LLM", f"arxiv:{number}", "reject", "ada", TODAY, reason=reason)
                for number, reason in zip(TEN, cycle(reasons), strict=False)
            ]
        )

    after = workspace.json("rules", "eval").report

    changed = {key for key in before if key != "papers" and before[key] != after[key]}
    assert counts is ("in_list" in changed)
    assert counts or not changed
    assert (10 if counts else 0) == after["in_list"]["n_neg"] - before["in_list"]["n_neg"]


def test_an_entry_without_a_commit_has_the_date_of_its_decision(workspace):
    """What was accepted yesterday is in the list today, and git knows it after a commit only."""
    # The rows beside the rules have older labels of these papers.
    (workspace.root / "config" / "lists" / "efficient-llm.labelled.jsonl").unlink()
    entry = next(one for one in parse(workspace.listed.read_bytes()).entries if one.arxiv_id)
    key, later = f"arxiv:{entry.arxiv_id}", datetime(2030, 1, 1, tzinfo=UTC)
    paper = Paper(entry.arxiv_id, 1, entry.title, "Of LLMs.")
    seen = Sighting("arxiv", key, TODAY, "new", 1, TODAY.date(), "")
    before = workspace.json("rules", "eval").report["fresh"]["n"]
    with closing(Store(workspace.root / ".listkeeper" / "listkeeper.db")) as store:
        store.works.save([Found(paper, seen)])
        store.decisions.add([Decision("Efficient LLM", key, "accept", "ada", later)])

    after = workspace.json("rules", "eval").report["fresh"]["n"]

    assert (0, 1) == (before, after)


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
