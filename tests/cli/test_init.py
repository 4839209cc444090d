"""``listkeeper init``: from a list that is there to a configuration that works."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.markdown.listfile import parse
from catalog.markdown.outline import outline
from cli.init import _next
from cli.main import code_of
from config.rules import load_list
from config.strict import plain
from output.init import first_rules
from pipelines.tuning.bootstrap import as_rules, learn
from pipelines.tuning.lint.hints import lint_words
from tests.workspace import REPOSITORY, Workspace

GUIDE = REPOSITORY / "docs" / "init.md"
PAPERS = """\
# Small Models

- [Small Models](#small-models)
  - [Compression](#compression)

## Table of Contents

- [Compression](#compression)

## Compression
### Quantization
- [SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models](https://arxiv.org/abs/2211.10438)
- [GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers](https://arxiv.org/abs/2210.17323)
- [AWQ: Activation-aware Weight Quantization for LLM Compression and Acceleration](https://arxiv.org/abs/2306.00978)
- [LLM-QAT: Data-Free Quantization Aware Training for Large Language Models](https://arxiv.org/abs/2305.17888)
- [A course](https://example.org/course)
### Pruning
- [SparseGPT: Massive Language Models Can Be Accurately Pruned in One-Shot](https://arxiv.org/abs/2301.00774)
- [A Simple and Effective Pruning Approach for Large Language Models](https://arxiv.org/abs/2306.11695)
- [LLM-Pruner: On the Structural Pruning of Large Language Models](https://arxiv.org/abs/2305.11627)
- a line that is neither
### Papers

# More
## Papers
- [Efficient Large Language Models: A Survey](https://arxiv.org/abs/2312.03863)

## Licence

Words only.
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A newcomer's folder: the list, and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LISTKEEPER_CONFIG", raising=False)
    (tmp_path / "README.md").write_text(PAPERS)
    return tmp_path


def run(*arguments):
    from cli.main import code_of

    # The form is learned from shapes alone: arXiv is out of reach here.
    offline = ["--no-look"] if arguments[0] == "init" else []
    return code_of([*arguments, *offline, "--quiet"])


def test_init_says_what_it_is_at(folder, capsys):
    """A list of a thousand entries takes a minute on a busy machine."""
    from cli.main import code_of

    assert 0 == code_of(["init", "--no-look", "README.md"])

    steps = ["README.md ...", "its papers", "the words of its sections", "the form of its entries"]
    assert steps == [line.strip() for line in capsys.readouterr().err.splitlines()]


def test_a_list_gets_a_configuration_that_the_check_accepts(folder, capsys):
    """Beside it everything a run needs; the list itself is not touched."""
    assert 0 == run("init", "README.md")
    told = capsys.readouterr().out
    assert f"```text\n{told.replace(f'{folder}/', '')}```\n" in GUIDE.read_text()
    assert 0 == run("rules", "check")

    rules = load_list(folder / "config" / "lists" / "small-models.yaml")
    names = ["Quantization", "Pruning", "Compression > Papers", "More > Papers"]
    assert ("Small Models", "README.md") == (rules.list, rules.file)
    assert names == [section.name for section in rules.sections]
    assert "quantiz*" in rules.sections[0].in_title or "quantization" in rules.sections[0].in_title
    assert "prun*" in rules.sections[1].in_title
    assert ("language model", "quantization") == rules.about
    assert PAPERS == (folder / "README.md").read_text()
    assert "9 entries: 8 papers, 1 link; 4 sections" in told
    assert 'line 6 "Table of Contents" holds the contents' in told
    assert 'line 10 "Compression" holds other sections only' in told
    assert 'line 28 "Licence" holds a text and no entries' in told
    assert "line 21: neither a paper nor a link" in told
    assert "too few papers to learn words from: Compression > Papers (0)" in told
    assert "tried on 9 entries: 9 come out in this form" in told
    assert "9 match but for facts that no service has (0% of what they show)" in told
    assert ", 9 match byte for byte\n" in told
    note = rules.path.read_text().partition("# Listkeeper's own note; you may delete it.")[2]
    assert "\n# Four letters of each: " in note
    assert (folder / "config" / "services.yaml").is_file()


def test_what_comes_next_can_be_pasted():
    lines = [*_next([Path("a.yaml")], "my-list.md", on_github=True)]

    assert lines[-1].startswith("or      listkeeper init my-list.md --publish OWNER/NAME: ")


def test_twice_is_once_and_what_people_changed_is_theirs(folder, capsys):
    run("init", "README.md")
    target = folder / "config" / "lists" / "small-models.yaml"
    first = target.read_bytes()
    capsys.readouterr()

    assert 0 == run("init", "README.md")
    assert "nothing new; no file written" in capsys.readouterr().out
    target.write_bytes(first + b"# mine\n")
    assert 2 == run("init", "README.md")
    assert first + b"# mine\n" == target.read_bytes()
    assert "--force replaces it" in capsys.readouterr().err
    assert 0 == run("init", "README.md", "--force")
    assert first == target.read_bytes()


def test_several_lists_and_as_json(folder, capsys):
    """One configuration each, all of them or none."""
    (folder / "b.md").write_text("# B\n## S\n- [x](https://x.org)\n")
    (folder / "empty.md").write_text("\n")

    assert 2 == run("init", "README.md", "b.md", "empty.md")
    assert not (folder / "config").exists()
    capsys.readouterr()
    assert 0 == run("init", "README.md", "b.md", "--json")

    said = json.loads(capsys.readouterr().out)
    assert [(8, 1), (0, 1)] == [(one["papers"], one["links"]) for one in said["lists"]]
    assert 6 == len(said["written"])
    assert ["b.yaml", "small-models.yaml"] == sorted(
        path.name for path in (folder / "config" / "lists").iterdir()
    )


@pytest.mark.parametrize(
    ("name", "text", "matter"),
    [
        ("list.txt", "# L\n## S\n", "is not a Markdown file"),
        ("empty.md", " \n", "is empty"),
        ("plain.md", "- [x](https://x.org)\n", "has no sections"),
        ("title.md", "# Only a title\n", "has no sections"),
        ("merge.md", "# L\n<<<<<<< a\n", "has merge marks"),
        ("../outside.md", "# L\n## S\n", "is outside"),
        ("gone.md", None, "cannot be read"),
    ],
    ids=["no-markdown", "empty", "no-headings", "title-only", "unmerged", "outside", "gone"],
)
def test_what_is_no_list_is_refused(folder, capsys, name, text, matter):
    if text is not None:
        (folder / name).write_text(text)

    assert run("init", name) in (1, 2)
    assert matter in capsys.readouterr().err
    assert not (folder / "config").exists()


@pytest.mark.long
def test_beside_other_lists(tmp_path, monkeypatch, capsys):
    """No second list of one name; a list that is kept already keeps its own YAML file."""
    workspace = Workspace(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = (tmp_path / "config" / "lists" / "efficient-llm.yaml").read_bytes()
    (tmp_path / "b.md").write_text("# Efficient LLM\n## S\n- [x](https://x.org)\n")

    assert "already configured in" in workspace.run("init", "b.md").err
    assert "--force" in workspace.run("init", "lists/efficient-llm.md").err
    assert 0 == workspace.run("init", "b.md", "--name", "B: the #2").code
    assert before == (tmp_path / "config" / "lists" / "efficient-llm.yaml").read_bytes()
    assert "B: the #2" == load_list(tmp_path / "config" / "lists" / "b-the-2.yaml").list
    checked = workspace.run("rules", "check")
    assert 2 == checked.code, "so short a list teaches no words"
    assert "b-the-2.yaml" in checked.err
    assert checked.err.endswith("1 error to fix\n")


def row(base, category, abstract):
    """A line of what arXiv says of a paper."""
    return json.dumps({"arxiv_id": base, "title": "T", "categories": [category],
                       "abstract": abstract})  # fmt: skip


QUANTIZED = ("2211.10438", "2210.17323", "2306.00978", "2305.17888")
PRUNED = ("2301.00774", "2306.11695", "2305.11627")


def test_a_word_of_every_field_in_a_sections_name_lets_nothing_in_beside_better_ones():
    """*Vision Model* is about vision: with "model" a third of arXiv would come in."""
    first = learn(
        {
            "Vision Model": [f"A Vision Model of {what}" for what in ("Cats", "Dogs", "Birds")],
            "LLM Speech": [f"Speech for an LLM in {what}" for what in ("Rome", "Oslo", "Lima")],
            "Model Zoo": ["A Model Zoo"],
        }
    )

    words = {part.name: [phrase.word for phrase in part.words] for part in first.sections}

    assert ["vision"] == [word.lower() for word in words["Vision Model"]]
    assert ["speech"] == [word.lower() for word in words["LLM Speech"]]
    assert "model" not in map(str.lower, words["Model Zoo"])


def test_no_word_holds_a_shorter_one_that_was_chosen_after_it():
    """*gist compression* tells the sections apart best, *gist* finds more: one of them is idle."""
    ends = ("at once", "as art", "of code", "for all", "on top")
    others = ("one", "two", "six", "ten", "won", "far", "near")
    first = learn(
        {
            "Prompts": [
                *(f"Gist compression {end}" for end in ends),
                "Gist art",
                "The gist",
                "Gist",
            ],
            "Caches": [
                *(f"Cache compression {end}" for end in others),
                *(f"Caches have a gist {end}" for end in ends),
            ],
        }
    )

    assert not [*lint_words(as_rules(first, "L", "l.md"))]
    assert ["gist"] == [phrase.word for phrase in first.sections[0].words]


def test_words_of_abstracts_alone_are_hints_and_init_says_what_it_chose(folder, capsys):
    """Words that no title has, with counts; categories of the list's own papers; rules use both."""
    texts = ("Outliers hurt.", "We smooth the outliers.", "An outlier moves.", "No more outliers.")
    papers = [row(*one) for one in zip(QUANTIZED, ["cs.LG"] * 4, texts, strict=True)]
    texts = ("Masks need calibration.", "Calibration of few masks.", "The mask: a calibration.")
    papers += [row(*one) for one in zip(PRUNED, ["cs.CL"] * 3, texts, strict=True)]
    papers += [row("2401.00001", "math.AG", "A paper of another list has outliers.")]
    (folder / "rows.jsonl").write_text("\n".join(papers))

    assert 0 == run("init", "README.md", "--papers", "rows.jsonl")
    told = capsys.readouterr().out
    target = folder / "config" / "lists" / "small-models.yaml"
    quantization, pruning, *others = load_list(target).sections

    assert ("outlier",) == quantization.hints
    assert ("calibration",) == pruning.hints
    assert all(not section.hints for section in others)
    assert "learned from the 8 paper titles of the list and 7 abstracts of them." in (
        target.read_text()
    )
    assert re.search(r"- calibration +# 3 here, 0 elsewhere", target.read_text())
    assert re.search(
        r"Pruning: 1 word of 3 titles: .*; 1 hint of 3 abstracts: calibration \(3\)", told
    )
    assert "of its 7 newest papers (at least 5% of them): cs.LG (4), cs.CL (3)" in told
    assert "- cs.LG+cs.CL\n" in (folder / "config" / "sources.yaml").read_text()
    assert 0 == run("rules", "check")


def test_without_abstracts_there_are_no_hints(folder, capsys):
    """Titles teach in_title alone, as many as before."""
    assert 0 == run("init", "README.md", "--json")
    said = json.loads(capsys.readouterr().out)["lists"][0]

    assert [[]] * 4 == [section["hints"] for section in said["sections"]]
    assert {"categories": [], "papers": 0, "counts": {}} == {
        key: said["arxiv"][key] for key in ("categories", "papers", "counts")
    }


NAMES = ["- : #", "*", "2:4", "NO", "null", "'", '"', "\\", "🌟 Stars", "a: b", "# x", "[x](#y)",
         "A > B", "A", "a", "B", "@", "%", "&a", "!t", "{" * 15, "[" * 15, "x" * 300, "\x07",
         "\x85", "\u2028", "é", "注意", "- - -", "|", ">", "? k", "---", "...", "near", "a near b",
         "<b>", "`", "1.58", "~", "\ufeff", "A ", "Papers", ""]  # fmt: skip
TITLES = ["Pruning LLMs", 'Sparse "x": #1', "O'Neil's {x} [y]", "*", "\\alpha: 2:4", "\x07 bell",
          "[" * 30, "🌟 sparse", "Pruning of LLMs"]  # fmt: skip


@pytest.mark.long
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 4),
            st.one_of(st.sampled_from(NAMES), st.text(max_size=100)),
            st.lists(st.one_of(st.sampled_from(TITLES), st.text(max_size=60)), max_size=4),
        ),
        max_size=12,
    ),
    st.one_of(st.sampled_from(NAMES), st.text(max_size=90)),
)
def test_whatever_the_list_is_called_the_yaml_says_the_same(tmp_path_factory, sections, name):
    """Names and titles that YAML would take for something else, at any depth, twice or more."""
    lines = ["# L", *(
        line for level, heading, titles in sections
        for line in ("#" * level + f" {heading}",
                     *(f"- [{title}](https://arxiv.org/abs/2401.{n:05})"
                       for n, title in enumerate(titles)))
    )]  # fmt: skip
    found = outline(parse("\n".join(lines).encode("utf-8", "replace")))
    if not found.parts:
        return
    first = learn({part.name: part.titles for part in found.parts})
    name = name[:80].replace("\0", "").encode("utf-8", "replace").decode() or "L"
    path = tmp_path_factory.mktemp("yaml") / "l.yaml"
    path.write_text(first_rules(first, name, "lists/l.md"), encoding="utf-8")

    assert plain(as_rules(first, name, "lists/l.md")) == plain(load_list(path))


OTHER_FORM = """# Small Models

## Quantization

1. [BitNet a4.8: 4-bit Activations for 1-bit LLMs](https://arxiv.org/abs/2411.04965) (2024)
2. ["Give Me BF16 or Give Me Death"?](https://arxiv.org/abs/2411.02355) (2024)

## Pruning

3. [Sparsing Law](https://arxiv.org/abs/2411.02335) (2024)
"""


def test_a_folder_that_holds_nothing_but_a_list_of_another_form_is_enough(tmp_path, monkeypatch):
    """arXiv is asked about its papers with the settings that are about to be written."""
    from sandbox.process import running

    (tmp_path / "README.md").write_text(OTHER_FORM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LISTKEEPER_CONFIG", raising=False)
    with running(now=datetime(2024, 11, 12, 6, 47, tzinfo=UTC)) as outside:
        for name, value in (outside.environment() | {"LISTKEEPER_PACE": "0"}).items():
            monkeypatch.setenv(name, value)
        code = code_of(["init", "README.md", "--quiet"])
        asked = [one["path"] for one in outside.seen() if one["path"].startswith("/api/query")]

    assert 0 == code
    assert asked
    assert (tmp_path / "config" / "services.yaml").is_file()
    assert 2 == code_of(["rules", "check", "--quiet"]), "so short a list teaches no words"


@pytest.mark.parametrize(
    ("title", "file", "called"),
    [
        ("# Notes 👇👇", "Awesome-Caches.md", "Awesome-Caches"),
        ("# 📒 Table of Contents", "README.md", "few-bits"),
        ("# Notes on Caches", "README.md", "Notes on Caches"),
    ],
)
def test_a_heading_that_any_list_may_have_is_not_its_name(
    tmp_path, monkeypatch, title, file, called
):
    folder = tmp_path / "few-bits"
    folder.mkdir()
    monkeypatch.chdir(folder)
    papers = [f"- [A Paper on Caches {n}](https://arxiv.org/abs/2411.0000{n})" for n in range(1, 6)]
    (folder / file).write_text("\n".join([title, "", "## Caches", *papers, ""]))

    assert 0 == run("init", file)

    (rules,) = (folder / "config" / "lists").glob("*.yaml")
    assert called == load_list(rules).list
