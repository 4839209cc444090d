"""What --help says: a command's own options first, those of all commands last, and an example."""

import shlex

import click
import pytest

from cli.main import EXAMPLES, _path, cli, code_of
from tests.cli.test_no_config import names

COMMON = ["--config", "--state", "--list", "--as-of", "--json", "--quiet", "--verbose"]
LINES = {tuple(_path(line.split()[1:])): line for line in EXAMPLES.read_text().splitlines()}


def command_of(path):
    command = cli
    for name in path:
        command = command.get_command(click.Context(command), name)
    return command


def test_each_command_has_one_example():
    every = [tuple(name.split()) for name in names(cli)]

    assert sorted(every) == sorted(LINES)
    assert len(EXAMPLES.read_text().splitlines()) == len(LINES)


@pytest.mark.parametrize("path", LINES, ids=" ".join)
def test_an_example_is_a_line_that_the_command_takes(path, tmp_path, monkeypatch):
    """With its files in place: nothing in it is misspelt."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(LINES[path])[1 + len(path) :]
    for word in words:
        if word.endswith((".md", ".jsonl")):
            (tmp_path / word).touch()
    command_of(path).make_context(" ".join(path), words, parent=click.Context(cli))


@pytest.mark.parametrize("path", LINES, ids=" ".join)
def test_the_options_of_all_commands_come_last(path):
    """Under what is special about this one; demo and schema have no workspace."""
    own = [
        option.opts[-1] for option in command_of(path).params if isinstance(option, click.Option)
    ]
    common = [name for name in own if name in COMMON]

    assert own[len(own) - len(common) :] == common
    assert common in (COMMON, ["--verbose"])


def test_the_help_of_a_command_ends_with_its_example(capfd):
    assert 0 == code_of(["list", "move", "--help"])

    told = capfd.readouterr().out
    assert told.endswith("\nExample:\n  listkeeper list move 2411.04965 --to Pruning --dry-run\n")
    assert told.index("--to ") < told.index("--config ")


def test_the_help_of_a_group_has_none(capfd):
    assert 0 == code_of(["rules", "--help"])
    assert "Example" not in capfd.readouterr().out
