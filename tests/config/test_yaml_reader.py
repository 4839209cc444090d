"""YAML is text with line numbers; what cannot be meant is refused, and quickly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigTrouble
from config.yaml_reader import Doc, load


@pytest.fixture
def written(tmp_path):
    def write(body):
        path = tmp_path / "rules.yaml"
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return path

    return write


def test_everything_stays_text(written):
    """What YAML would make numbers, booleans or nothing of is what was typed."""
    path = written("says: [2:4, 1.58, NO, on, null, =, ~, 0x10, 2024-01-01, 1e3]\n")

    value = load(path).value

    assert {
        "says": ["2:4", "1.58", "NO", "on", "null", "=", "~", "0x10", "2024-01-01", "1e3"]
    } == value


def test_every_key_and_item_has_its_line(written):
    doc = load(written("a: 1\nb:\n  - x\n  - y: z\n    w: [p,\n        q]\n"))

    assert 1 == doc.line(("a",))
    assert 2 == doc.line(("b",))
    assert 4 == doc.line(("b", 1, "y"))
    assert 6 == doc.line(("b", 1, "w", 1))
    assert 5 == doc.line(("b", 1, "w", 7, "no such part"))


@pytest.mark.parametrize("start", ["", "\ufeff"], ids=["plain", "byte order mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_files_of_other_systems_are_read(written, start, end):
    doc = load(written(f"{start}a: 1{end}b:{end}  - c{end}"))

    assert {"a": "1", "b": ["c"]} == doc.value
    assert 3 == doc.line(("b", 0))


REFUSED = {
    "empty": ("", 1, "is empty"),
    "only a comment": ("# nothing\n", 1, "is empty"),
    "two documents": ("a: 1\n---\nb: 2\n", 2, "a second document begins"),
    "control character by its name": ('a: "x\\0y"\n', 1, "a control character in"),
    "control character in a key": ('"a\\0": b\n', 1, "a control character in"),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", 3, '"a" is already on line 1'),
    "duplicate key inside": ("s:\n  - n: 1\n    n: 2\n", 3, '"n" is already on line 2'),
    "python tag": ("a: !!python/object/apply:os.system [ls]\n", 1, "!!python/object/apply"),
    "plain tag": ("a: 1\nb: !!str 1\n", 2, 'a tag "!!str"'),
    "own tag": ("a: !thing x\n", 1, 'a tag "!thing"'),
    "anchor": ("a: &x 1\n", 1, 'an anchor "&x"'),
    "alias": ("a: [*quant]\n", 1, 'an alias "*quant"'),
    "alias bomb": ("a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", 1, "an anchor"),
    "tab": ("a:\n\tb: c\n", 2, "a tab before the text"),
    "NUL": (b"a: 1\nb: \0\n", 2, "NUL"),
    "control character": ("a: 1\nb: \x07\n", 2, "control character"),
    "not UTF-8": (b"a: 1\nb: \xe9\n", 2, "not UTF-8 (byte 0xe9)"),
    "UTF-16": ("a: 1\n".encode("utf-16"), 1, ""),
    "unclosed list": ("a: [b, c\nd: e\n", 1, '"c d" is spread over two lines; end the first with'),
    "unclosed list of quotes": (
        "a: ['b'\nc: d\n",
        1,
        "is not YAML: a list lacks its ] or a comma (noticed on line 2)",
    ),
    "no comma": ("a: ['b' c]\n", 1, "a list lacks its ] or a comma; put a comma"),
    "no comma at the end of a line": ("a: [b,\n  c\n  d]\n", 2, '"c d" is spread over two lines'),
    "a dash too far right": ("a:\n- b\n - c\n", 2, '"b - c" is spread over two lines'),
    "two commas": ("a: [b,, c]\n", 1, "an extra comma"),
    "unclosed quote": (
        "a: 1\nb: ['c]\n",
        2,
        "a quote is opened and never closed (noticed on line 3)",
    ),
    "backslash in quotes": ('a: "\\q"\n', 1, "a \\ without a meaning"),
    "unclosed brace": ("a: {b: c\n", 1, "a { lacks its }"),
    "a sign before a word": ("a: [@b]\n", 1, "a word begins with @; put the word in quotes"),
    "an exclamation mark before a word": ("a: [!b]\n", 1, "a word begins with !"),
    "no colon": ("a: 1\nb [c]\n", 2, "a key lacks its colon"),
    "colon in text": ("a: b: c\n", 1, 'a ": " where no key can be'),
    "a bracket too many": ("a: [b]]\n", 1, "cannot be parsed"),
    "list as key": ("? [a, b]\n: c\n", 1, "where a key must be"),
    "directive": ("%YAML 1.1\n---\na: 1\n", 1, "a directive"),
    "a long line": (f"a: 1\nb: {'x' * 6000}\n", 2, "a line of 6,003 characters"),
    "thirteen deep": ("[" * 13 + "]" * 13, 1, "nested deeper than 12"),
    "deep with spaces": ("[ " * 13 + "] " * 13, 1, "nested deeper than 12"),
    "deep by lines": ("".join(" " * n + "a:\n" for n in range(13)) + " " * 13 + "b\n", 13, "deep"),
    "10,000 deep": ("[\n" * 10_000, 13, "nested deeper than 12"),
    "10,000 deep in a line": ("[" * 10_000, 1, "a line of 10,000"),
    "10,000 deep, spaced": ("[ " * 10_000, 1, ""),
    "10,000 keys deep": ("{a: " * 10_000, 1, ""),
    "10,000 dashes": ("- " * 10_000, 1, ""),
    "10 MB": (b"a: b\n" * 2_000_000, 1, "has 10,000,000 bytes, more than 256,000"),
    "80,000 words": ("a: [\n" + "x,\n" * 80_000 + "]", 4499, "more than 4,500 words"),
    "one huge tag": ("!" * 200_000, 1, "a line of"),
}


@pytest.mark.parametrize(("body", "line", "matter"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_meant_is_refused(written, body, line, matter):
    path = written(body)

    with pytest.raises(ConfigTrouble) as raised:
        load(path)

    assert str(raised.value).startswith(f"{path}:{line}: ")
    assert matter in str(raised.value)


def test_twelve_deep_is_enough_for_anybody(written):
    assert load(written("[" * 12 + "x" + "]" * 12)).value


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    for path, words in ((tmp_path / "none.yaml", "does not exist"), (tmp_path, "is no file")):
        with pytest.raises(ConfigTrouble, match=words):
            load(path)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text("ab:-[]{},*&!|>'\"#%\n \t", max_size=80))
def test_any_bytes_are_a_value_or_trouble(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(body if isinstance(body, bytes) else body.encode())

    try:
        assert isinstance(load(path), Doc)
    except ConfigTrouble as trouble:
        said = str(trouble)
    else:
        said = f"{path}:"

    assert said.startswith(f"{path}:")
