"""``listkeeper rules eval``: how right the words are, on labels seen and fresh."""

import json
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


def written(folder, name, rows):
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


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
