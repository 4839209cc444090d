"""A word goes into the rules, or comes out, and nothing else in the file changes."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigTrouble
from config.rules import load_list
from config.rules_editor import WordChange, changed, edit, quoted
from config.strict import plain
from config.yaml_reader import load

PATH = Path("list.yaml")
HEAD = "# Rules.\nlist: X\nfile: x.md\nsections:\n  # the first\n  - name: A\n"
TAIL = "    examples: [An example]   # stays\n\n  # the second\n  - name: B\n    says: [bb]\n"

ADDED = {
    "a list on one line": ("    says: [ab, cd]  # why\n", "    says: [ab, cd, new]  # why\n"),
    "a trailing comma": ("    says: [ab, cd, ]\n", "    says: [ab, cd, new, ]\n"),
    "a list over lines": (
        "    says:\n      [\n        ab, # first\n        cd\n      ]\n",
        "    says:\n      [\n        ab, # first\n        cd, new\n      ]\n",
    ),
    "a full line": (
        f"    says:\n      [\n        ab, {'c' * 83} dd\n      ]\n",
        f"    says:\n      [\n        ab, {'c' * 83} dd,\n        new\n      ]\n",
    ),
    "a word over two lines": (
        "    says: [ab, 'cd\n      ef']\n",
        "    says: [ab, 'cd\n      ef', new]\n",
    ),
    "quotes": ("    says: [ab, 'c''d']\n", "    says: [ab, 'c''d', new]\n"),
    "one below the other": (
        "    says:\n      - ab\n      - cd # why\n",
        "    says:\n      - ab\n      - cd # why\n      - new\n",
    ),
    "dashes under the key": (
        "    says:\n    - ab\n    # last\n    - cd\n",
        "    says:\n    - ab\n    # last\n    - cd\n    - new\n",
    ),
    "no such key": ("    hints: [ab] # grey\n", "    says: [new]\n    hints: [ab] # grey\n"),
    "no key at all": ("", "    says: [new]\n"),
}


@pytest.mark.parametrize(("before", "after"), ADDED.values(), ids=ADDED.keys())
def test_a_word_is_put_where_a_person_would_put_it(before, after):
    made = edit(PATH, (HEAD + before + TAIL).encode(), [WordChange("A", "says", "new")])

    assert (HEAD + after + TAIL) == made.decode()


REMOVED = {
    "the first": ("    says: [new, cd] # why\n", "    says: [cd] # why\n"),
    "one between": ("    says: [ab, new, cd]\n", "    says: [ab, cd]\n"),
    "the last": ("    says: [ab, new]\n", "    says: [ab]\n"),
    "the last with a comma": ("    says: [ab, new,]\n", "    says: [ab, ]\n"),
    "a line of its own": (
        "    says: [\n      ab,\n      new,\n      cd]\n",
        "    says: [\n      ab,\n      cd]\n",
    ),
    "the last of a line": (
        "    says: [\n      ab, new,\n      cd]\n",
        "    says: [\n      ab,\n      cd]\n",
    ),
    "beside comments": (
        "    says: [\n      ab, # first\n      new # last\n    ]\n",
        "    says: [\n      ab # first\n       # last\n    ]\n",
    ),
    "one below the other": ("    says:\n      - ab\n      - new # no\n", "    says:\n      - ab\n"),
    "the only one": ("    says: [new]\n", ""),
    "the only one, below": ("    says:\n      - new\n", ""),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED.keys())
def test_a_word_is_taken_out_with_its_comma_or_line(before, after):
    made = edit(PATH, (HEAD + before + TAIL).encode(), [WordChange("A", "says", "new", add=False)])

    assert (HEAD + after + TAIL) == made.decode()


def test_words_of_the_whole_list():
    body = b"list: X\nfile: x.md\nsections:\n  - {name: A, says: [ab]}\n"

    made = edit(PATH, body, [WordChange(None, "helps", "LLM"), WordChange("A", "unless", "no: no")])

    assert (
        "list: X\nfile: x.md\nhelps: [LLM]\nsections:\n"
        '  - {name: A, says: [ab], unless: ["no: no"]}\n'
    ) == made.decode()


@pytest.mark.parametrize(
    ("change", "matter"),
    [
        (WordChange("Z", "says", "ab"), 'no section is called "Z"'),
        (WordChange("B", "says", "zz", add=False), 'says has no word "zz"'),
        (WordChange("B", "hints", "zz", add=False), 'hints has no word "zz"'),
    ],
)
def test_what_is_not_there_is_named(change, matter):
    with pytest.raises(ConfigTrouble, match=matter):
        edit(PATH, (HEAD + TAIL).encode(), [change])


words = st.one_of(
    st.sampled_from(["2:4", "a: b", "x # y", "NO", "- a", 'say "so"', "c\\d", "[ab]", "*ab", "'q"]),
    st.text("abZ2.*:#'\"\\[]{},&!%@`|>-?", min_size=2, max_size=12),
)


@st.composite
def files(draw):
    """A rules file in one of the forms that people write, and the words under its key."""
    said = draw(st.lists(words, max_size=5, unique=True))
    form = draw(st.sampled_from(["line", "lines", "block", "flush", "flow", "comments"]))
    items = [
        quoted(word) if draw(st.booleans()) else f"'{word.replace(chr(39), chr(39) * 2)}'"
        for word in said
    ]
    shapes = {
        "line": f"    says: [{', '.join(items)}]\n",
        "lines": "    says:\n      [\n        " + ",\n        ".join(items) + ",\n      ]\n",
        "block": "    says:\n" + "".join(f"      - {item}\n" for item in items),
        "flush": "    says:\n" + "".join(f"    - {item} # why\n" for item in items),
        "comments": "    says: [\n" + " # not it,\n  ,".join(f"       {i}" for i in items) + " ]\n",
    }
    if form == "flow":
        inside = f", says: [{', '.join(items)}]" if items else ""
        body = HEAD.replace("- name: A\n", f"- {{name: A{inside}}}\n") + "  - name: B\n"
    else:
        body = HEAD + (shapes[form] if items else "") + draw(st.sampled_from([TAIL, ""]))
    if draw(st.booleans()):
        body = body.rstrip("\n")
    if draw(st.booleans()):
        body = body.replace("\n", "\r\n")
    return (draw(st.sampled_from(["", "\ufeff"])) + body).encode(), said


def says(body):
    return load(PATH, body).value["sections"][0].get("says", [])


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(files(), st.lists(words, min_size=1, max_size=3, unique=True))
def test_adding_only_inserts(file, new):
    """What was there is there, byte for byte; the words come after the others."""
    body, said = file
    new = [word for word in new if word not in said]

    made = edit(PATH, body, [WordChange("A", "says", word) for word in new])

    assert [*said, *new] == says(made)
    same = next((n for n, (a, b) in enumerate(zip(body, made, strict=False)) if a != b), len(body))
    rest = len(body) - same
    assert made.endswith(body[same:])
    assert len(made) >= same + rest


@pytest.mark.long
@settings(max_examples=150, deadline=None)
@given(files().filter(lambda file: file[1]), st.data())
def test_removing_takes_the_word_and_no_other(file, data):
    body, said = file
    word = data.draw(st.sampled_from(said))

    made = edit(PATH, body, [WordChange("A", "says", word, add=False)])

    assert [one for one in said if one != word] == says(made)
    assert made.count(b"#") >= body.count(b"#") - word.count("#") - 1


@settings(max_examples=60, deadline=None)
@given(files(), words)
def test_added_and_removed_is_as_before_to_a_reader(file, word):
    body, said = file
    if word in said:
        return

    made = edit(PATH, body, [WordChange("A", "says", word)])
    again = edit(PATH, made, [WordChange("A", "says", word, add=False)])

    assert load(PATH, body).value == load(PATH, again).value


def test_the_rules_change_as_the_file_does(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text(HEAD + "    says: [ab, cd]\n" + TAIL)
    changes = [WordChange("A", "says", "ab", add=False), WordChange(None, "about", "LLM")]

    made = changed(load_list(path), changes)
    path.write_bytes(edit(path, path.read_bytes(), changes))

    assert plain(made) == plain(load_list(path))
