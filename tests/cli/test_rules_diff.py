"""``listkeeper rules diff`` and ``rules eval`` as a person who changes a word sees them."""

import json
import os
import subprocess
from datetime import UTC, datetime

import pytest
from markdown_it import MarkdownIt

from catalog.facts import Decision
from catalog.paper import Paper
from catalog.rows.digests import KeptDigest
from catalog.sightings import Found, Sighting
from catalog.store import Store
from output.reports.rules_diff import figures_line
from pipelines.tuning.metrics import Figures
from tests.workspace import Workspace

RULES = """\
list: Efficient LLM
file: lists/efficient-llm.md
sections:
  - name: Quantization
    says: [quantiz*]
    examples: [Quantized models]
  - name: Inference
    says: [decoding]
"""
LABELLED = [
    {"arxiv_id": "2401.00001", "title": "Quantized models", "section": "Quantization"},
    {"arxiv_id": "2401.00002", "title": "A cache of keys", "section": "Inference"},
    {"arxiv_id": "2401.00003", "title": "A cache of [bread](x) | @all", "section": None},
    {"arxiv_id": "2401.00004", "title": "Quantized decoding", "section": "Inference"},
]


@pytest.fixture
def workspace(tmp_path):
    made = Workspace(tmp_path / "it")
    made.listed.write_text("# L\n")
    lists = made.root / "config" / "lists"
    (lists / "efficient-llm.yaml").write_text(RULES)
    rows = "".join(f"{json.dumps(row)}\n" for row in LABELLED)
    (lists / "efficient-llm.labelled.jsonl").write_text(rows)
    return made


def git(folder, *arguments):
    who = {f"GIT_{role}_{key}": "nobody@example.org" for role in ("AUTHOR", "COMMITTER")
           for key in ("NAME", "EMAIL")}  # fmt: skip
    line = ["git", "-C", str(folder), *arguments]
    subprocess.run(line, check=True, capture_output=True, env=os.environ | who)


@pytest.fixture
def kept(workspace):
    """The workspace in git, with one commit and a branch."""
    git(workspace.root, "init", "-q", "-b", "main")
    git(workspace.root, "add", ".")
    git(workspace.root, "commit", "-q", "-m", "first")
    return workspace


def test_diff_tells_papers_words_labels_and_figures(kept, rules):
    rules.write_text(RULES.replace("[decoding]", "[decoding, cache]\n    over: [Quantization]"))

    ended = kept.run("rules", "diff", "main")

    assert 0 == ended.code, ended.err
    assert ended.out.startswith(
        "Efficient LLM: config/lists/efficient-llm.yaml against main\n"
        "  + Inference › says: cache\n"
        "  + Inference › over: Quantization\n"
        "gained 2, lost 0, moved 1 of 4 labelled papers\n"
        "precision 1.00→.75, recall .67→1.00, f1 .80→.86, section accuracy .50→1.00,"
    )
    assert (
        "  2401.00003 Inference: A cache of [bread](x) | @all\n"
        "      wrong: it does not belong in the list; + Inference › says: cache\n"
        "  2401.00002 Inference: A cache of keys\n"
        "      right; + Inference › says: cache\n"
        "moved\n"
        "  2401.00004 Quantization → Inference: Quantized decoding\n"
        "      right; + Inference › over: Quantization\n"
    ) in ended.out + "\n"


def test_diff_in_json(kept, rules):
    rules.write_text(RULES.replace("[decoding]", "[decoding, cache]"))

    (one,) = kept.run("rules", "diff", "--json").report["lists"]

    assert "HEAD" == one["against"]
    assert [{"sign": "+", "section": "Inference", "key": "says", "word": "cache"}] == one["edits"]
    assert ["wrong", "right"] == [change["opinion"] for change in one["labelled"]["gained"]]
    assert 0.6667 == one["figures"]["before"]["in_list"]["recall"]
    assert 1.0 == one["figures"]["after"]["in_list"]["recall"]


def test_an_example_that_breaks_ends_with_1(kept, rules):
    rules.write_text(RULES.replace("[quantiz*]", "[quantization]"))

    ended = kept.run("rules", "diff")

    assert 1 == ended.code
    assert (
        "broken: config/lists/efficient-llm.yaml:6: Quantization › examples:"
        ' "Quantized models" is not let in'
    ) in ended.out


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (RULES, "no difference: the rules are the same (fingerprint "),
        (
            RULES.replace("[decoding]", "[decoding, bread-maker]"),
            "none of 4 papers has a changed word",
        ),
        (
            RULES.replace("[decoding]", "[decoding, models]"),
            "1 of 4 papers has a changed word, but",
        ),
    ],
    ids=["same-rules", "no-paper-has-it", "same-verdicts"],
)
def test_no_difference_says_why(kept, rules, now, why):
    rules.write_text(now)

    ended = kept.run("rules", "diff")

    assert 0 == ended.code
    assert why in ended.out


def test_where_no_labelled_paper_speaks_of_it_others_and_examples_do(kept, rules, tmp_path):
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"title": "Eviction of keys"}\n')
    changed = RULES.replace("[decoding]", "[decoding, evict*]\n    examples: [Eviction, Bread]")
    rules.write_text(changed.replace("[Quantized models]", "[Quantized models, Quantized]"))

    alone, beside = kept.run("rules", "diff"), kept.run("rules", "diff", "--pool", str(pool))

    assert "no paper moves: the words differ, but none of 4 papers has a changed word" in alone.out
    assert "for more papers: listkeeper rules diff --pool FILE.jsonl" in alone.out
    path = "config/lists/efficient-llm.yaml"
    assert alone.out.endswith(
        f'new example, and fails: {path}:9: Inference › examples: "Bread" is not let in:'
        " no word of any section\n"
        f"new example, failed before, passes now: {path}:9: Inference › examples:"
        ' "Eviction" (not in the list → Inference)\n'
        f"new example, passed before too: {path}:6: Quantization › examples:"
        ' "Quantized" (Quantization)\n'
    )
    assert "moved 0 of 4 labelled papers\n  no labelled paper has a changed word\n" in beside.out
    assert "gained 1, lost 0, moved 0 of 1 others" in beside.out
    assert "for more papers" not in beside.out
    page = kept.run("rules", "diff", "--markdown").out
    assert "**No paper moves**: the words differ, but none of 4" in page
    assert "- **new example, failed before, passes now**:" in page


def test_a_paper_of_the_list_that_is_labelled_too_counts_once(kept):
    address = "http://arxiv.org/abs/2401.00001v1"
    entry = f"- **Quantized models**, `arXiv, 2401.00001`, [arxiv]({address})"
    kept.listed.write_text(f"# L\n\n## Quantization\n\n{entry}\n")

    ended = kept.run("rules", "diff")

    assert (
        "labelled: 1 of the list, 4 of efficient-llm.labelled.jsonl; 1 counted twice, so 4 papers"
    ) in ended.out


def test_the_page_for_a_pull_request_is_a_table_whatever_a_title_says(kept, rules):
    rules.write_text(RULES.replace("[decoding]", "[decoding, cache]"))

    ended = kept.run("rules", "diff", "--markdown")

    made = MarkdownIt("commonmark").enable("table").render(ended.out)
    assert ended.out.startswith("<!-- listkeeper rules diff -->\n")
    assert (
        '<a href="https://arxiv.org/abs/2401.00003">2401.00003</a> A cache of [bread](x) |' in made
    )
    assert 1 == made.count("A cache of keys")
    assert "@all" not in made
    assert {6} == {
        row.count("<td>") for row in made.split("<tr>") if "gained" in row and "<td>" in row
    }


def test_a_long_page_is_cut_where_github_would_refuse_it(kept, rules):
    rows = [{"title": f"{n} {'cache ' * 70}", "section": None} for n in range(60)]
    more = "".join(f"{json.dumps(row)}\n" for row in rows)
    rules.with_suffix(".labelled.jsonl").write_text(more)
    rules.write_text(RULES.replace("[decoding]", "[decoding, cache]"))

    ended = kept.run("rules", "diff", "--markdown")

    assert len(ended.out) < 65_536
    assert "and 20 more" in ended.out


def test_decisions_and_works_of_the_store_count(kept, rules):
    """What was rejected does not belong; what is new is looked at beside it."""
    now = datetime(2024, 11, 12, tzinfo=UTC)
    store = Store(kept.root / ".listkeeper" / "listkeeper.db")
    for number in ("2411.00001", "2411.00002"):
        seen = Sighting("arxiv", f"arxiv:{number}", now, "new", 1, now.date(), "")
        store.works.save([Found(Paper(number, 1, "Cache", "Of decoding."), seen)])
    store.decisions.add([Decision("Efficient LLM", "arxiv:2411.00001", "reject", "me", now)])
    store.close()
    rules.write_text(RULES.replace("[decoding]", "[cache]"))

    ended = kept.run("rules", "diff", "--json", as_of=now)

    (one,) = ended.report["lists"]
    assert "1 decided, 4 of efficient-llm.labelled.jsonl" == one["labelled"]["source"]
    assert (5, 1) == (one["labelled"]["n"], one["pool"]["n"])


def pool_of(folder, *titles):
    path = folder / "pool.jsonl"
    path.write_text("".join(f"{json.dumps({'title': title})}\n" for title in titles))
    return path


@pytest.mark.parametrize(
    ("word", "warned"),
    [("zebra", True), ("cache", False), ("bread", False)],
    ids=["nothing labelled, more of the pool", "a label is gained", "nothing at all"],
)
def test_more_of_the_pool_without_a_label_is_warned_of(kept, rules, tmp_path, word, warned):
    rules.write_text(RULES.replace("[decoding]", f"[decoding, {word}]"))
    pool = pool_of(tmp_path, "A zebra", "Zebras and a cache", "Else")

    text = kept.run("rules", "diff", "--pool", str(pool)).out
    (one,) = kept.run("rules", "diff", "--pool", str(pool), "--json").report["lists"]
    page = kept.run("rules", "diff", "--pool", str(pool), "--markdown").out

    said = "no label is gained, and 2 more papers of 3 others would be proposed"
    assert warned is (f"\nwarning: {said}\n" in text + "\n")
    assert warned is (f"Warning: {said}." in page)
    assert (said if warned else None) == one["warning"]


def test_it_says_how_many_places_move_in_the_last_four_digests(kept, rules):
    """Five weeks with three works each; the new word puts the last of each at the top."""
    titles = ("Of decoding", "Fast decoding", "A zebra of decoding")
    store = Store(kept.root / ".listkeeper" / "listkeeper.db")
    for week in range(1, 6):
        now = datetime(2024, 9, week, tzinfo=UTC)
        numbers = [f"2409.{week}{place:04}" for place in range(1, 4)]
        for number, title in zip(numbers, titles, strict=True):
            seen = Sighting("arxiv", f"arxiv:{number}", now, "new", 1, now.date(), "")
            store.works.save([Found(Paper(number, 1, title, None), seen)])
        items = [{"key": f"arxiv:{number}"} for number in numbers]
        body = {"candidates": items[:2], "near_misses": items[2:]}
        store.digests.save(KeptDigest("Efficient LLM", f"2024-W3{week}", now, b"# L", body))
    store.close()
    rules.write_text(RULES.replace("[decoding]", "[decoding, zebra]"))

    ended = kept.run("rules", "diff")
    (one,) = kept.run("rules", "diff", "--json").report["lists"]

    assert ["2024-W35", "2024-W34", "2024-W33", "2024-W32"] == [
        place["digest"] for place in one["places"]
    ]
    assert [(3, 3)] * 4 == [(place["moved"], place["works"]) for place in one["places"]]
    assert "places moved in the last 4 digests, by the rules' score: 12 of 12 (3 in 2024-W35" in (
        ended.out
    )


def test_eval_needs_no_files(workspace):
    ended = workspace.run("rules", "eval", "--json")

    assert {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "n_pos": 3, "n_neg": 1} == ended.report[
        "in_list"
    ]
    assert {"precision", "recall", "accuracy"} == set(ended.report["intervals"])
    assert 0.8333 <= ended.report["average_precision"] <= 1
    assert not (workspace.root / ".listkeeper").exists()


def test_eval_leaves_a_catch_all_aside(workspace):
    whole = workspace.run("rules", "eval", "--json").report["section"]
    ended = workspace.run("rules", "eval", "--json", "--without", "Inference").report["section"]

    assert (0.5, 2) == (whole["accuracy"], whole["n"])
    assert (1.0, 1) == (ended["accuracy"], ended["n"])
    assert 2 == workspace.run("rules", "eval", "--without", "Inferense").code


def test_eval_draws(workspace, tmp_path):
    picture = tmp_path / "rules.svg"

    assert 0 == workspace.run("rules", "eval", "--plot", str(picture)).code
    assert b"<svg" in picture.read_bytes()
    assert 2 == workspace.run("rules", "eval", "--plot", str(tmp_path / "rules.gif")).code


def test_eval_gives_the_curve_and_the_share_of_a_pool(workspace, tmp_path):
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"title": "Decoding"}\n{"title": "Bread"}\n')

    ended = workspace.run("rules", "eval", "--json", "--curve", "--pool", str(pool))

    assert {"n": 2, "proposed": 1, "share": 0.5} == ended.report["pool"]
    assert {"score", "precision", "recall", "found", "let_in"} == set(ended.report["curve"][0])


def test_explain_knows_every_id_that_diff_names(kept, rules, tmp_path):
    """From the labels beside the rules, from the files given, and pages from list and store."""
    pool = tmp_path / "pool.jsonl"
    pool.write_text('{"arxiv_id": "2402.00009v2", "title": "A cache", "abstract": "Of bread."}\n')
    kept.listed.write_text("# L\n\n- [A cache of posts](https://example.org/post) - good\n")
    rules.write_text(RULES.replace("[decoding]", "[decoding, cache]"))
    report = kept.run("rules", "diff", "--pool", str(pool), "--json").report["lists"][0]
    named = [
        changed["arxiv_id"]
        for effect in ("labelled", "pool")
        for kind in ("gained", "lost", "moved")
        for changed in report[effect][kind]
    ]

    assert {"2401.00002", "2401.00003", "2402.00009v2"} == set(named)
    for name in [*named, "https://example.org/post", "https://arxiv.org/abs/2401.00002"]:
        ended = kept.run("rules", "explain", name, "--pool", str(pool), "--json")
        assert 0 == ended.code, ended.err
        assert "cache" in ended.report["title"].lower()
    assert not (kept.root / ".listkeeper").exists()


def test_explain_of_an_id_that_nobody_has_says_where_it_looked(kept):
    ended = kept.run("rules", "explain", "2402.00009")

    assert 2 == ended.code
    assert "in neither the store nor the list, nor in a file of labels" in ended.err
    assert "--pool FILE.jsonl" in ended.err


@pytest.mark.long
def test_diff_over_all_of_arxiv_tells_years(kept, rules, monkeypatch):
    """By year and word, as judging every paper by both versions does; a first word of a key too."""
    monkeypatch.setattr("pipelines.bulk.files.PART_BYTES", 600)
    rules.write_text(RULES.replace("[decoding]", "[cache]"))
    titles = ["A cache", "Decoding", "Quantized cache", "Decoding with a cache", "Rings"]
    rows = [
        {"id": f"{year}01.{n:05}", "title": title, "abstract": "", "categories": "cs.CL"}
        for year in (23, 24)
        for n, title in enumerate(titles[: year - 20] * 3, 1)
    ]
    rows.append({"id": "2401.99999", "title": "A cache", "categories": "math.AG"})
    snapshot = kept.root / "snapshot.jsonl"
    snapshot.write_text("".join(f"{json.dumps(row)}\n" for row in rows))

    ended = kept.run("rules", "diff", "--snapshot", str(snapshot), "--workers", "1")
    told = kept.json("rules", "diff", "--snapshot", str(snapshot), "--workers", "2").report
    page = kept.run("rules", "diff", "--snapshot", str(snapshot), "--markdown").out

    (found,) = told["snapshot"]
    kinds = ("gained", "lost", "moved")
    assert (22, 21) == (found["records"], found["papers"])
    assert (6, 6, 0) == tuple(found[kind] for kind in kinds)
    assert [
        {"year": 2023, "papers": 9, "gained": 3, "lost": 3, "moved": 0},
        {"year": 2024, "papers": 12, "gained": 3, "lost": 3, "moved": 0},
    ] == found["years"]
    assert {"edit": "+ Inference › says: cache", "kind": "gained", "papers": 6} in found["words"]
    assert ["2401.00009", "2401.00005", "2401.00001"] == [
        row["arxiv_id"] for row in found["strongest"][:3]
    ]
    assert "Efficient LLM: gained 6, lost 6, moved 0 of 21 papers" in ended.out
    assert "| 2024 | 12 | 3 | 3 | 0 |" in page

    rules.write_text(RULES.replace("file:", "about: [with]\nfile:"))
    (found,) = kept.json("rules", "diff", "--snapshot", str(snapshot)).report["snapshot"]
    assert (0, 12, 0) == tuple(found[kind] for kind in kinds)

    rules.write_text(RULES)
    same = kept.run("rules", "diff", "--snapshot", str(snapshot)).out
    assert "the rules are the same, so" in same


def test_the_share_of_no_paper_is_unknown_and_not_nothing():
    nobody, somebody = Figures(0, 0, 0, 1, {}), Figures(1, 1, 0, 1, {("A", "A"): 1})

    assert "section accuracy unknown, macro f1 unknown" in figures_line(nobody, nobody)
    assert "section accuracy .00→1.00, macro f1 .00→1.00" in figures_line(nobody, somebody)
