"""The order through the command line: learned from files or the list, tried, shown, and kept."""

import json
import random
from datetime import UTC, datetime

import pytest

from catalog.paper import Paper
from catalog.sightings import Found, Sighting
from catalog.store import Store
from tests.guides import blocks, words
from tests.workspace import Workspace

NOW = datetime(2024, 11, 15, 6, 47, tzinfo=UTC)
MODEL = ".listkeeper/order/efficient-llm.json"
LIST = "Efficient LLM"


def row(number, topic, chance):
    noise = [f"word{n}" for n in range(30)]
    title = " ".join(chance.choices(topic, k=2) + chance.choices(noise, k=3))
    return {"arxiv_id": f"2401.{number:05}", "title": title, "abstract": None}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder whose order was learned from files of rows."""
    workspace = Workspace(tmp_path_factory.mktemp("order"))
    chance = random.Random(1)
    good = [row(n, ["quantization", "pruning", "caches"], chance) for n in range(60)]
    rest = [row(n, ["poetry", "rivers", "birds"], chance) for n in range(100, 650)]
    for name, rows in (("good", good), ("rest", rest)):
        (workspace.root / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ended = train(workspace)
    assert 0 == ended.code, ended.err
    return workspace


def train(workspace):
    return workspace.json("rank", "train", *samples_of(workspace), as_of=NOW)


def samples_of(workspace):
    files = ("--positives", "good.jsonl", "--background", "rest.jsonl")
    return [str(workspace.root / part) if part.endswith("jsonl") else part for part in files]


@pytest.fixture
def order(trained, tmp_path):
    return trained.copy(tmp_path / "order")


def applied(workspace, *rows):
    path = workspace.root / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    return workspace.run("rank", "apply", str(path))


def test_rows_get_scores_in_their_order(order):
    ended = applied(
        order,
        {"arxiv_id": "2501.00002", "title": "Birds and rivers"},
        {"arxiv_id": "2501.00001", "title": "Quantization and pruning of caches", "abstract": "x"},
    )

    assert (0, "") == (ended.code, ended.err)
    first, second = map(json.loads, ended.out.splitlines())
    assert ["2501.00002", "2501.00001"] == [first["arxiv_id"], second["arxiv_id"]]
    assert first["score"] < second["score"]
    assert {"candidate", "by", "section", "rules", "learned", "likeness"} <= first.keys()


def test_without_a_model_the_rules_score_and_it_is_said(tmp_path):
    ended = applied(Workspace(tmp_path), {"arxiv_id": "2501.00001", "title": "GPTQ"})

    assert 0 == ended.code
    assert "scored by the rules only: nothing was learned yet" in ended.err
    said = json.loads(ended.out)
    assert said["score"] > 0
    assert (True, "words", "Quantization") == (said["candidate"], said["by"], said["section"])


def test_other_words_leave_the_model_in_use(order):
    """The model knows no rule, so other words don't make it old; they count half until measured."""
    rules = order.root / "config" / "lists" / "efficient-llm.yaml"
    rules.write_text(rules.read_text().replace("unless:\n  [\n", "unless:\n  [\n    poetry,\n", 1))

    ended = applied(order, {"arxiv_id": "2501.00001", "title": "GPTQ"})

    assert json.loads(ended.out)["learned"] is not None
    share = order.json("rank", "show").report["share"]
    assert (0.5, "the words changed since the model was learned") == (share["rules"], share["why"])


def test_show_says_what_was_learned_and_the_arithmetic_of_a_work(order):
    shown = order.json("rank", "show").report
    work = order.json("rank", "show", "Quantization of caches").report

    assert (60, 550, "files") == (shown["listed"], shown["background"], shown["source"])
    assert "quantization" in dict(shown["words"]["for"])
    assert work["points"] == pytest.approx(sum(part["adds"] for part in work["parts"]), abs=0.05)
    text = order.run("rank", "explain", "Quantization of caches").out
    assert f"rules {work['rules']:.3f}, learned {work['learned']:.3f}" in text
    assert "quantization" in " ".join(work["telling"])


def test_eval_in_folds_measures_the_model(order):
    files = ("--positives", str(order.root / "good.jsonl"))
    files += ("--background", str(order.root / "rest.jsonl"), "--folds", "2")

    said = order.json("rank", "eval", *files).report

    assert said["model"]["average_precision"] > 0.9
    assert 610 == sum(one["papers"] for one in said["calibration"])


@pytest.mark.long
def test_folds_tell_what_the_words_do_on_labels_that_they_saw_from_what_they_do_on_others(order):
    """Fresh first, each with its number and interval; no figure of the words is of both."""
    kinds = {"good": "2030-05-01", "rest": "2030-05-01"}
    for name, day in kinds.items():
        rows = list(map(json.loads, (order.root / f"{name}.jsonl").read_text().splitlines()))
        young = [one | {"first_added": day} for one in rows[:30]]
        text = "\n".join(map(json.dumps, young + rows[30:]))
        (order.root / f"{name}-young.jsonl").write_text(text)
    files = ("--positives", str(order.root / "good-young.jsonl"))
    files += ("--negatives", str(order.root / "rest-young.jsonl"), "--folds", "2")

    said = order.json("rank", "eval", *files).report
    out = order.run("rank", "eval", *files).out

    assert (60, 30) == (said["fresh"]["n"], said["fresh"]["listed"])
    assert (550, 30) == (said["seen"]["n"], said["seen"]["listed"])
    for group in (said["fresh"], said["seen"]):
        assert ["rules", "model", "both"] == list(group["average_precision"])
        low, high = group["average_precision"]["model"]["between"]
        assert low <= group["average_precision"]["model"]["is"] <= high
    assert "orders" not in said
    assert out.index("fresh: 60 labels") < out.index("seen: 550 labels, 30 listed (the words")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A folder whose model learned from a year of labels, with their dates, so it has a line."""
    workspace = Workspace(tmp_path_factory.mktemp("judged"))
    chance = random.Random(7)
    good = [
        row(n, ["gizmos", "gadgets", "widgets"], chance)
        | {"first_added": f"2024-{1 + n % 12:02}-10", "section": ("Pruning", "Survey")[n % 2]}
        for n in range(120)
    ]
    bad = [
        row(n, ["poetry", "rivers", "birds"], chance) | {"first_added": f"2024-{1 + n % 12:02}-10"}
        for n in range(200, 440)
    ]
    for name, rows in (("good", good), ("bad", bad)):
        (workspace.root / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    files = [str(workspace.root / f"{name}.jsonl") for name in ("good", "bad")]
    options = ("--positives", files[0], "--negatives", files[1])
    ended = workspace.json("rank", "train", *options, as_of=NOW)
    assert 0 == ended.code, ended.err
    assert (60, 20) <= (ended.report[0]["line"]["labels"], ended.report[0]["line"]["listed"])
    return workspace, options


def test_likeness_and_words_make_candidates_and_say_so(judged, tmp_path):
    """A paper that no word speaks for comes by likeness, with the section of papers like it."""
    workspace = judged[0].copy(tmp_path / "judged")

    ended = applied(
        workspace,
        {"arxiv_id": "2501.00001", "title": "Gizmos and gadgets and widgets"},
        {"arxiv_id": "2501.00002", "title": "GPTQ quantization of LLMs: birds, rivers and poetry"},
        {"arxiv_id": "2501.00003", "title": "Birds and rivers"},
    )

    alike, unlike, none = map(json.loads, ended.out.splitlines())
    assert (True, "likeness") == (alike["candidate"], alike["by"])
    assert alike["section"] in ("Pruning", "Survey")
    # Its words fit, but it is too unlike the listed papers.
    assert unlike["rules"] > 0.5
    assert (False, None) == (unlike["candidate"], unlike["by"])
    assert (False, None) == (none["candidate"], none["by"])


@pytest.mark.long
def test_the_digest_explains_a_candidate_by_likeness(judged, tmp_path):
    """What only the model proposes stands in the digest, with telling words and nearest entries."""
    workspace = judged[0].copy(tmp_path / "judged")
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    work = Paper("2411.00001", 1, "Gizmos for gadgets", "Of widgets.", authors=("Ada Lovelace",))
    seen = Sighting("arxiv", work.key, NOW, "new", 1, NOW.date(), work.key)
    store.works.save([Found(work, seen)])
    store.close()
    assert 0 == workspace.run("classify", as_of=NOW).code
    files = [part for part in judged[1] if part.endswith("jsonl")]
    assert 0 == workspace.run(
        "rank", "train", "--positives", files[0], "--negatives", files[1], as_of=NOW
    ).code  # fmt: skip

    assert 0 == workspace.run("digest", as_of=NOW).code

    text = workspace.page().read_text()
    (item,) = workspace.candidates()
    assert "likeness" == item["by"]
    assert item["likeness"] >= item["line"]
    assert "\nBy likeness to listed papers: " in text
    assert " · most like “" in text
    assert "is enough" not in text
    before = workspace.snapshot()
    assert 0 == workspace.run("digest", as_of=NOW).code
    assert before == workspace.snapshot()


@pytest.mark.long
def test_eval_judges_quarter_by_quarter(judged):
    workspace, options = judged

    measured = workspace.json("rank", "eval", *options, "--since", "2024-07-01")
    said = workspace.run("rank", "eval", *options, "--since", "2024-10-01")

    assert 0 == measured.code, measured.err
    assert ["2024 Q3", "2024 Q4"] == [row["quarter"] for row in measured.report["quarters"]]
    assert "by the dates of the labels" in said.out
    assert "in or out: average precision" in said.out
    assert "section: first or second" in said.out


@pytest.mark.long
def test_every_command_of_the_guide_runs(judged, monkeypatch):
    """Where the page learns from the list, this one learns from files: its list is short."""
    workspace, options = judged
    monkeypatch.chdir(workspace.root)
    (workspace.root / "papers.jsonl").write_text(json.dumps(row(1, ["gizmos"], random.Random(2))))
    ended = []
    for block in blocks("order", language="console"):
        for command in block.commands:
            labels = options if words(command)[1] in ("train", "eval") else ()
            ended.append((workspace.run(*words(command), *labels, as_of=NOW).code, command))

    assert len(ended) >= 6
    assert [] == [one for one in ended if one[0]]


@pytest.mark.long
def test_a_plot_says_that_it_measures_otherwise(order):
    """The numbers beside it are not those of the command without it."""
    files = ("--positives", str(order.root / "good.jsonl"))
    files += ("--background", str(order.root / "rest.jsonl"))
    path = order.root / "orders.svg"

    unasked = order.run("rank", "eval", *files, "--plot", str(path))
    asked = order.run("rank", "eval", *files, "--plot", str(path), "--folds", "5")

    assert (0, 0) == (unasked.code, asked.code)
    assert path.is_file()
    assert "draws a cross-validation in 5 parts; without it: rolling quarters" in unasked.err
    assert "" == asked.err
    assert unasked.out == asked.out


def test_eval_without_dates_says_what_else_can_be_done(order):
    ended = order.run(
        "rank", "eval", "--positives", str(order.root / "good.jsonl"),
        "--background", str(order.root / "rest.jsonl"),
    )  # fmt: skip

    assert 2 == ended.code
    assert "--folds 5" in ended.err


def test_too_little_is_said_with_both_numbers(order):
    (order.root / "good.jsonl").write_text(json.dumps(row(1, ["x"], random.Random(1))))

    ended = train(order)

    assert 1 == ended.code
    assert "too little to learn from: 1 listed paper, 20 are needed" in ended.err


@pytest.mark.parametrize("options", [["--negatives"], ["--positives"]])
def test_half_of_the_files_are_refused(order, options):
    ended = order.run("rank", "train", options[0], str(order.root / "good.jsonl"))

    assert 2 == ended.code
    assert "is missing" in ended.err


def test_a_damaged_model_degrades_the_run_and_no_more(order):
    """The digest is written by the rules; the report names the file and the way out."""
    path = order.root / MODEL
    path.write_bytes(path.read_bytes()[:500])
    fill(order, 3)

    ended = order.json("digest", as_of=NOW)

    assert 0 == ended.code
    assert [None] * 3 == [item["learned"] for item in order.candidates()]
    shown = order.run("rank", "show")
    assert 1 == shown.code
    assert "is no model: it is not JSON, or cut off; delete it" in shown.err


def fill(workspace, number):
    """Works that the rules propose, seen this week, with verdicts."""
    store = Store(workspace.root / ".listkeeper" / "listkeeper.db")
    for at in range(1, number + 1):
        title = f"KV cache quantization for LLMs, part {at}"
        work = Paper(f"2411.{at:05}", 1, title, authors=("Ada Lovelace",))
        seen = Sighting("arxiv", work.key, NOW, "new", 1, NOW.date(), work.key)
        store.works.save([Found(work, seen)])
    store.close()
    assert 0 == workspace.run("classify", as_of=NOW).code
