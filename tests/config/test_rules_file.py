"""A list's rules: what is refused, with the line, both values, and what to write."""

from textwrap import dedent

import pytest

from config.errors import ConfigTrouble
from config.rules import load_list, load_lists, resolve_list_file

GOOD = """
list: Efficient LLM
file: lists/list.md
about: [LLM, language model*]
sections:
  - name: Quantization
    says: [quantiz*, 2:4, 1.58-bit, NO]
    hints: ["bits near weights"]
    over: [Pruning]
  - name: Pruning
    says: [prun*]
"""


@pytest.fixture
def written(tmp_path):
    def write(text, name="list.yaml"):
        folder = tmp_path / "config" / "lists"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_text(dedent(text).lstrip())
        return path

    return write


def test_a_good_file_is_read_in_order(written):
    rules = load_list(written(GOOD))

    assert ["Quantization", "Pruning"] == [section.name for section in rules.sections]
    assert ("quantiz*", "2:4", "1.58-bit", "NO") == rules.sections[0].says
    assert 8 == rules.count
    assert 6 == rules.line("sections", 0, "says", 1)


def head(*lines):
    return "list: X\nfile: x.md\nsections:\n  - name: Quantization\n" + "".join(
        f"    {line}\n" for line in lines
    )


MISTAKES = {
    "typo in a key": (head("say: [quantiz*]"), 5, 'unknown key "say"', "did you mean says?"),
    "unknown key": (head("weight: [ab]"), 5, 'unknown key "weight"', "known: name, says"),
    "word for a list": (
        head("says: quantiz*"),
        5,
        'Quantization › says: must be a list, got the word "quantiz*"',
        "write:  says: [quantiz*]",
    ),
    "nothing for a list": (head("says:"), 5, "must be a list, got nothing", "write:  says: ["),
    "keys for a list": (head("says: {a: b}"), 5, "got keys (a)", "write:  says: ["),
    "empty list": (head("says: []"), 5, "is an empty list", "remove the key"),
    "list for a word": (head("says: [[ab, cd]]"), 5, "must be text, got a list of 2", "same line"),
    "bare star": (head('says: ["*"]'), 5, 'got "*"', "quantiz*"),
    "star in front": (head('says: ["*quant"]'), 5, 'got "*quant"', "write letters, then *"),
    "star inside": (head("says: [de*quant]"), 5, 'got "de*quant"', "write letters, then *"),
    "one letter": (head("says: [ab, x]"), 5, 'got "x"', "write a longer word"),
    "one letter and star": (head("says: [x*]"), 5, 'got "x*"', "write a longer word"),
    "white space": (head('says: ["  "]'), 5, "two letters or digits", "write a longer word"),
    "only signs": (head('says: ["--"]'), 5, 'got "--"', "write a longer word"),
    "5,000 letters": (
        head("says:", f"  - {'x' * 4000}"),
        6,
        "has 4,000 characters, more than 100",
        "shorten the word",
    ),
    "Greek": (head("says: [αβγ]"), 5, '"α" is not a Latin letter, got "αβγ"', "Latin letters"),
    "near three": (head("says: [ab near cd near ef]"), 5, "joins two words", "a near b, b near c"),
    "word twice": (head("says: [ab]", "hints: [ab]"), 6, '"ab" is in hints and', "keep one"),
    "no name": ("list: X\nfile: x.md\nsections:\n  - says: [ab]\n", 4, "is missing", "name: ..."),
    "no sections": ("list: X\nfile: x.md\nsections: []\n", 3, "is an empty list", "sections: ["),
    "section is a word": (
        "list: X\nfile: x.md\nsections:\n  - Quantization\n",
        4,
        'must be keys with values, got the word "Quantization"',
        "write:  name: ...",
    ),
    "no list name": ("file: x.md\nsections: [{name: A}]\n", 1, "list: is missing", "list: ..."),
    "section twice": (
        head("says: [ab]") + "  - name: quantization\n",
        6,
        'a second section "quantization"',
        "join the two",
    ),
    "over nobody": (
        head("over: [Prunning]") + "  - name: Pruning\n",
        5,
        'no other section is called "Prunning"',
        "did you mean Pruning?",
    ),
    "over itself": (head("over: [Quantization]"), 5, "no other section", "known"),
    "over in a circle": (
        head("over: [Pruning]") + "  - name: Pruning\n    over: [Quantization]\n",
        5,
        "Quantization has priority over itself, through Pruning",
        "remove one of them",
    ),
    "too many words": (
        head("says:") + "".join(f"      - word{n}\n" for n in range(2001)),
        1,
        "has 2,001 words, more than 2,000",
        "use * for endings",
    ),
    "path out": (
        "list: X\nfile: ../../.bashrc\nsections: [{name: A}]\n",
        2,
        'must be a path inside the folder that holds config/, got "../../.bashrc"',
        "lists/my-list.md",
    ),
    "absolute path": ("list: X\nfile: /etc/x.md\nsections: [{name: A}]\n", 2, "/etc/x.md", "write"),
}


@pytest.mark.parametrize(
    ("text", "line", "matter", "do"), MISTAKES.values(), ids=list(MISTAKES.keys())
)
def test_a_mistake_is_named_with_its_line_and_what_to_write(written, text, line, matter, do):
    path = written(text)

    with pytest.raises(ConfigTrouble) as raised:
        load_list(path)

    said = str(raised.value)
    assert said.startswith(f"{path}:{line}: ")
    assert matter in said
    assert do in said
    assert 2 == raised.value.exit_code


LONG = "a" * 900


@pytest.mark.parametrize(
    "text",
    [head(f"says: {LONG}"), head(f"{LONG}: x"), head(f"{LONG}: x", f"{LONG}: y")],
    ids=["word for a list", "unknown key", "key twice"],
)
def test_an_error_line_repeats_only_the_beginning_of_a_long_word(written, text):
    with pytest.raises(ConfigTrouble) as raised:
        load_list(written(text))

    assert "aaa…" in str(raised.value)
    assert len(str(raised.value)) < 600


def test_all_mistakes_come_at_once_in_the_order_of_lines(written):
    path = written(head("say: [ab]", "hints: cd", "unless: [x]"))

    with pytest.raises(ConfigTrouble) as raised:
        load_list(path)

    troubles = [raised.value, *raised.value.others]
    assert [5, 6, 7] == [trouble.line for trouble in troubles]


def test_a_word_that_looks_like_a_pattern_is_a_word(written):
    rules = load_list(written(head('says: ["(a+)+$"]')))

    assert ("(a+)+$",) == rules.sections[0].says


def test_two_lists_cannot_keep_one_file(written, tmp_path):
    written(GOOD, "a.yaml")
    written(GOOD.replace("Efficient LLM", "Another"), "b.yaml")

    with pytest.raises(ConfigTrouble, match=r"b\.yaml:2: file: .*already used by .*a\.yaml"):
        load_lists(tmp_path / "config")


def test_a_folder_without_lists_says_so(tmp_path):
    with pytest.raises(ConfigTrouble, match="there is no list"):
        load_lists(tmp_path)


def test_the_list_is_an_existing_markdown_file(written, tmp_path):
    rules = load_list(written(GOOD))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.md").write_text("# L\n")

    assert tmp_path.resolve() / "lists" / "list.md" == resolve_list_file(tmp_path, rules)


@pytest.mark.parametrize(
    ("file", "matter"),
    [
        ("lists/none.md", 'file: "lists/none.md" names no file: there is none at /'),
        ("config/lists/list.yaml", "must be a Markdown file"),
        ("con", "must be a Markdown file"),
        ("lists", "must be a Markdown file"),
        ("lists/link.md", "leads out of"),
        ("lists/folder.md", "names no file: there is none at"),
    ],
)
def test_the_list_stays_where_it_belongs(written, tmp_path, file, matter):
    rules = load_list(written(GOOD.replace("lists/list.md", file)))
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_text("not ours")
    (tmp_path / "lists" / "folder.md").mkdir(parents=True)
    (tmp_path / "lists" / "link.md").symlink_to(outside)

    with pytest.raises(ConfigTrouble, match=matter) as raised:
        resolve_list_file(tmp_path, rules)

    assert f"{rules.path}:2: file: " in str(raised.value)


@pytest.mark.parametrize(
    ("data", "matter"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\n", "is empty"),
        (b"\0" * 4096, "holds 4,096 NUL bytes"),
        (b"# L\n\n## S\n\n- a\0\0", "holds 2 NUL bytes"),
        ("# L\n".encode("utf-16"), "NUL bytes"),
        (b"# L\r\r## S\r\r- a\r", "ends its lines with CR alone.*; save it with LF or CRLF"),
    ],
    ids=["empty", "mark", "zeros", "torn", "utf-16", "old mac"],
)
def test_a_torn_list_is_refused(written, tmp_path, data, matter):
    """All that it held would count as new, and be proposed again."""
    rules = load_list(written(GOOD))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "list.md").write_bytes(data)

    with pytest.raises(ConfigTrouble, match=matter):
        resolve_list_file(tmp_path, rules)


def test_a_list_is_read_again_only_where_its_file_has_changed(written, tmp_path, monkeypatch):
    """The review page asks for it with each decision."""
    rules, read = load_list(written(GOOD)), []
    listed = tmp_path / "lists" / "list.md"
    listed.parent.mkdir()
    listed.write_bytes(b"# L\n")
    monkeypatch.setattr("config.rules.read_file", lambda path: read.append(path) or b"# L\n")

    assert listed == resolve_list_file(tmp_path, rules) == resolve_list_file(tmp_path, rules)
    assert 1 == len(read)

    listed.write_bytes(b"# Li\n")
    assert listed == resolve_list_file(tmp_path, rules)
    assert 2 == len(read)
