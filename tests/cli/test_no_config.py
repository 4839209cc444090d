"""Commands in a folder that holds no list: one sentence, exit code 2, and nothing is made."""

import shutil

import click
import pytest

from cli.main import cli, code_of
from tests.workspace import LIST, REPOSITORY, Workspace

# These read nothing but the files they are given, or bring what they need.
NEED_NO_CONFIG = {"demo", "init", "rules schema", "list render"}
FILE = "README.md"
SENTENCE = (
    "listkeeper: no config/ here; in your list's folder: listkeeper init README.md;"
    " to look around: listkeeper demo\n"
)
GIVEN = {"import": [FILE]}
OPTIONS = {"backfill": ["--since", "2024-01-01"], "list move": ["--to", "Quantization"]}


def names(group: click.Group, before: str = "") -> list[str]:
    """Every command, with its group: "list section add"."""
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        path = f"{before} {name}".strip()
        found += names(command, path) if isinstance(command, click.Group) else [path]
    return found


def arguments(path: str) -> list[str]:
    """What a command must be given, so that its line is right."""
    command = cli
    for name in path.split():
        command = command.get_command(click.Context(command), name)
    needed = [p for p in command.params if isinstance(p, click.Argument) and p.required]
    given = [p.type.choices[0] if isinstance(p.type, click.Choice) else "x" for p in needed]
    return [*GIVEN.get(path, given), *OPTIONS.get(path, [])]


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LISTKEEPER_CONFIG", raising=False)
    shutil.copy(REPOSITORY / LIST, FILE)
    return tmp_path


@pytest.mark.parametrize("command", [name for name in names(cli) if name not in NEED_NO_CONFIG])
def test_a_command_without_a_list_says_what_to_do(empty, capfd, command):
    """It takes nobody into the program's own files, and makes no store."""
    code = code_of([*command.split(), *arguments(command)])

    told = capfd.readouterr()
    assert 2 == code
    assert "" == told.out
    assert SENTENCE == told.err
    assert ["README.md"] == [path.name for path in empty.iterdir()]


@pytest.mark.parametrize(
    "command", ["list check", "list cat", "list entries", "list doctor", "list form"]
)
def test_a_file_can_be_read_without_a_configuration(empty, capfd, command):
    """It's named on the command line, and nothing is written."""
    code = code_of([*command.split(), "README.md"])

    assert code in (0, 1)
    assert "" == capfd.readouterr().err
    assert ["README.md"] == [path.name for path in empty.iterdir()]


def test_the_name_alone_says_what_to_do(empty, capfd):
    """In one sentence: the table of commands comes with --help."""
    code = code_of([])

    assert 2 == code
    assert ("", SENTENCE) == tuple(capfd.readouterr())


def test_the_name_alone_prints_the_help_where_a_list_is(empty, capfd, monkeypatch):
    monkeypatch.chdir(Workspace(empty / "mine").root)

    assert 2 == code_of([])
    assert "Commands:" in capfd.readouterr().err


def test_a_folder_that_is_named_must_hold_a_configuration(empty, capfd):
    """Whatever stands in it: the store would be made beside it."""
    (empty / "sub" / "other").mkdir(parents=True)

    code = code_of(["status", "--config", "sub/other"])

    assert 2 == code
    assert f"{empty}/sub/other: has no services.yaml and no list" in capfd.readouterr().err
    assert ["other"] == [path.name for path in (empty / "sub").iterdir()]


@pytest.mark.parametrize("line", ["", "status", "list check", "init x.md", "run", "schedule cron"])
def test_a_current_folder_that_was_removed_is_no_bug(tmp_path, capfd, monkeypatch, line):
    """Somebody cleans up while a terminal, or a scheduled job, stands in the folder."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert 2 == code_of(line.split())
    told = "listkeeper: current folder: was removed; go to a folder that exists\n"
    assert told == capfd.readouterr().err


def test_in_the_folder_of_a_list_nothing_has_to_be_named(empty, capfd, monkeypatch):
    """The first one looked at is ./config."""
    workspace = Workspace(empty / "mine")
    monkeypatch.chdir(workspace.root)

    assert 0 == code_of(["schedule", "show"])
    assert "06:47 UTC" in capfd.readouterr().out
