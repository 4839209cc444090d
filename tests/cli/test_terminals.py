"""A terminal that cannot show a sign, and a report that cannot be written: the work is kept."""

import os
import subprocess
import sys

import pytest

from tests.workspace import REPOSITORY, Workspace

pytestmark = pytest.mark.long

ROCKET = "A post about a rocket 🚀 and a Käse"
URL = "https://example.org/rocket"
ENCODINGS = {
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252:strict"},
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "LANG=C": {"LANG": "C", "LC_ALL": "C"},
    "ASCII locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.fixture
def workspace(tmp_path):
    return Workspace(tmp_path)


def start(workspace, *arguments, environment=None, redirect="", text="") -> tuple[int, bytes, str]:
    """Run a command from a shell: its exit code, and what came out."""
    line = ["sh", "-c", f'"$@" {redirect}', "sh", sys.executable, "-P", "-m", "cli", *arguments]
    ended = subprocess.run(
        line,
        cwd=workspace.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **(environment or {})},
        input=text.encode(),
        capture_output=True,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr.decode()


def add(workspace, **how):
    return start(workspace, "add", URL, "--title", ROCKET, "--section", "Quantization", **how)


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_sign_that_the_terminal_lacks_changes_no_exit_code(workspace, name):
    """The list has the sign, the terminal its number; nothing is lost on the way in either."""
    code, out, err = add(workspace, environment=ENCODINGS[name])

    assert (0, "") == (code, err)
    assert ROCKET in workspace.listed.read_text("utf-8")
    assert name == "LANG=C" or rb"\U0001f680" in out
    assert "ascii" not in name.lower() or out.isascii()


def test_json_is_utf8_whatever_the_terminal_shows(workspace):
    """A backslash and a U would be no JSON."""
    code, out, _ = add(workspace, environment=ENCODINGS["ascii"])
    code, out, _ = start(workspace, "undo", "--json", environment=ENCODINGS["ascii"])

    assert 0 == code
    assert ROCKET in out.decode("utf-8")


@pytest.mark.parametrize(
    ("redirect", "expected"),
    [
        pytest.param("> /dev/full", 1, id="full"),
        pytest.param(">&-", 0, id="closed"),
        pytest.param(">&- 2>&- <&-", 0, id="all closed"),
        pytest.param("2> /dev/full", 0, id="stderr full"),
        pytest.param("| true", 0, id="no reader"),
    ],
)
def test_a_report_that_cannot_be_written_loses_no_work(workspace, redirect, expected):
    """A full disk is told in one line and makes a 0 a 1; the entry is in the list."""
    code, _, err = add(workspace, redirect=redirect)

    assert expected == code
    assert 1 == workspace.listed.read_text("utf-8").count(URL)
    assert expected == len(err.splitlines())
    assert not expected or "its changes are saved" in err


def test_the_store_never_gets_the_number_of_a_closed_output(workspace):
    """What a child process prints would be written into it."""
    add(workspace, redirect=">&- 2>&-")

    code, out, _ = start(workspace, "doctor", "--json")

    assert b'"store"' in out
    assert code in (0, 1)
    assert b"damaged" not in out


def test_endless_input_ends_with_its_reader(workspace):
    """`rules apply` and `rank apply` read rows as they come: without a reader they stop."""
    rows = 'while :; do echo \'{"arxiv_id": "2411.04330", "title": "A title"}\'; done |'
    line = f'{rows} "$@" | head -n 1'
    ended = subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, "-P", "-m", "cli", "rules", "apply"],
        cwd=workspace.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ended.stdout.startswith(b'{"arxiv_id":"2411.04330"')
    assert b"" == ended.stderr


def test_an_argument_that_is_no_text_is_refused(workspace):
    """A title in another encoding would arrive without its letters."""
    before = workspace.listed.read_bytes()

    code, _, err = start(workspace, "add", URL, "--title", b"caf\xe9", "--section", "Quantization")

    assert 2 == code
    assert "not valid UTF-8" in err
    assert before == workspace.listed.read_bytes()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (["ad"], "listkeeper: no such command 'ad'; did you mean 'add'; see"),
        (["reveiw"], "listkeeper: no such command 'reveiw'; did you mean 'review'; see"),
        (["add", URL, "--dryrun"], "listkeeper add: no such option '--dryrun'"),
        (["digest", "--size", "0"], "listkeeper digest: invalid value for '--size'"),
        (["list", "move", "x"], "listkeeper list move: missing option '--to'"),
        (["apply", "a.md", "b.md"], "listkeeper apply: got unexpected extra argument"),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_a_mistake_on_the_command_line_is_one_line(workspace, line, says):
    """Which command, what is wrong with it, and where its help is."""
    ended = workspace.run(*line)

    assert 2 == ended.code
    assert 1 == len(ended.err.splitlines())
    assert ended.err.startswith(says)
    assert "--help`" in ended.err
