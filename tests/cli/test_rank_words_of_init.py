"""Words that `init` found do not decide alone beside a model."""

import json
import random

from pipelines.rules.untouched import NOTE, with_note
from tests.cli.test_rank import LIST, applied, order, row, train, trained
from tests.workspace import Workspace

__all__ = ["order", "trained"]


def words_of_init(workspace):
    """The list's rules as ``init`` leaves them: one broad word a section, with its note."""
    path = workspace.root / "config" / "lists" / "efficient-llm.yaml"
    sections = "".join(
        f"  - name: {name}\n    says: [{word}]\n"
        for name, word in (("Pruning", "model*"), ("Survey", "learning"))
    )
    text = f"list: {LIST}\nfile: lists/efficient-llm.md\nsections:\n{sections}"
    path.write_text(with_note(text, path))
    return path


def test_the_share_of_the_rules_is_chosen_on_labels_younger_than_the_words(tmp_path):
    """The words let in what was rejected since they changed: the model orders alone."""
    workspace, chance = Workspace(tmp_path), random.Random(5)
    kinds = {
        "good": (["gizmos", "gadgets", "widgets"], range(90)),
        "bad": (["LLM quantization", "LLM pruning", "LoRA for LLMs"], range(200, 380)),
    }
    files = []
    for name, (subjects, numbers) in kinds.items():
        rows = [
            row(n, subjects, chance) | {"first_added": f"2030-{1 + n % 9:02}-10"} for n in numbers
        ]
        files.append(workspace.root / f"{name}.jsonl")
        files[-1].write_text("\n".join(map(json.dumps, rows)))

    ended = workspace.run(
        "rank", "train", "--positives", str(files[0]), "--negatives", str(files[1])
    )
    share = workspace.json("rank", "show").report["share"]

    assert 0 == ended.code, ended.err
    assert 0.0 == share["rules"]
    assert share["why"].startswith("best on 180 labels younger than the words")


def test_words_of_init_do_not_decide_alone_beside_a_model(order):
    """
    Without fresh labels a line from the list's own entries decides, also beside an edited word.

    A paper that the words let in, and that is unlike every entry, is no candidate; one that is like
    them is one without any word. Whoever deletes the note takes all words for their own.
    """
    path = words_of_init(order)
    trained = train(order).report[0]
    rows = [
        {"arxiv_id": "2501.00001", "title": "Models of rivers and birds and poetry"},
        {"arxiv_id": "2501.00002", "title": "Pruning and quantization and caches"},
        {"arxiv_id": "2501.00003", "title": "Learning quantization and pruning of caches"},
    ]

    by_init = [json.loads(line)["by"] for line in applied(order, *rows).out.splitlines()]
    shown = order.run("rank", "show").out
    explained = order.json("rank", "explain", rows[1]["title"]).report
    path.write_text(path.read_text().replace("[learning]", "[learning, learned]"))
    edited = [json.loads(line)["by"] for line in applied(order, *rows).out.splitlines()]
    path.write_text(path.read_text().partition(NOTE)[0])
    by_a_person = [json.loads(line)["by"] for line in applied(order, *rows).out.splitlines()]

    assert trained["line"] is None
    assert 60 == trained["own_line"]["listed"]
    assert [None, "likeness", "both"] == by_init == edited
    assert "while words of init remain" in shown
    assert round(trained["own_line"]["chance"], 3) == explained["line"]
    assert ["words", None, "words"] == by_a_person


def test_a_short_list_is_learned_from_while_words_of_init_remain(order):
    """Words counted out of fourteen titles know less than a model of them; a person's know more."""
    good = order.root / "good.jsonl"
    good.write_text("\n".join(good.read_text().splitlines()[:14]))
    path = words_of_init(order)
    line = (
        "rank",
        "train",
        "--positives",
        str(good),
        "--background",
        str(order.root / "rest.jsonl"),
    )

    path.write_text(path.read_text().replace("[learning]", "[learning, learned]"))
    learned = order.run(*line)
    path.write_text(path.read_text().partition(NOTE)[0])
    refused = order.run(*line)

    assert 0 == learned.code, learned.err
    assert "learned from 14 listed papers only: it knows their subjects" in learned.out
    assert 1 == refused.code
    assert "too little to learn from: 14 listed papers, 20 are needed" in refused.err
