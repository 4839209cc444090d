"""What --help says: a command's own options first, those of all commands last, and an example."""

import os
import shlex
import subprocess
import sys

import click
import pytest

from cli.main import EXAMPLES, _path, cli, code_of
from tests.cli.test_no_config import names
from tests.workspace import REPOSITORY

COMMON = ["--config", "--state", "--list", "--as-of", "--json", "--quiet", "--verbose"]
LINES = {tuple(_path(line.split()[1:])): line for line in EXAMPLES.read_text().splitlines()}

# What reads configuration, the store or the network takes a second to load, and no help needs it.
SLOW = {
    *(
        "sqlalchemy",
        "alembic",
        "pydantic",
        "yaml",
        "httpx",
        "scrapy",
        "twisted",
        "jinja2",
        "starlette",
    ),
    *(
        "pandas",
        "numpy",
        "sklearn",
        "matplotlib",
        "rapidfuzz",
        "feedparser",
        "apscheduler",
        "apprise",
    ),
    *(
        "asyncio",
        "email",
        "ssl",
        "http",
        "rich",
        "multiprocessing",
        "concurrent",
        "importlib.metadata",
    ),
    *("catalog.store", "config.settings", "config.rules", "catalog.markdown.listfile", "crawler"),
}
SHOW_MODULES = """
import sys
from cli.main import code_of
for line in sys.stdin.read().splitlines():
    before = {*sys.modules}
    code_of([*line.split(), "--help"])
    print(line, *sorted({*sys.modules} - before), sep="|", file=sys.stderr)
"""


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


def test_what_a_newcomer_needs_stands_first(capfd):
    """Look around, set up, run, decide: before what only a schedule or an expert calls."""
    assert 0 == code_of(["--help"])

    listed = capfd.readouterr().out.partition("\nCommands:\n")[2].splitlines()
    first = ["demo", "init", "run", "review", "apply"]
    assert first == [line.split()[0] for line in listed[: len(first)]]
    assert "--publish" == command_of(["init"]).params[1].opts[0]


def test_the_help_of_a_command_ends_with_its_example(capfd):
    assert 0 == code_of(["list", "move", "--help"])

    told = capfd.readouterr().out
    assert told.endswith("\nExample:\n  listkeeper list move 2411.04965 --to Pruning --dry-run\n")
    assert told.index("--to ") < told.index("--config ")


def test_no_help_loads_what_only_running_needs():
    """Whoever asks for help waits for a tenth of a second, at every command and group."""
    groups = {path[:length] for path in LINES for length in range(len(path))}
    lines = [" ".join(path) for path in sorted({*LINES, *groups})]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", SHOW_MODULES],
        input="\n".join(lines),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = {
        line: slow
        for line, *modules in (told.split("|") for told in ended.stderr.splitlines())
        if (slow := [name for name in modules if any(_is_in(name, one) for one in SLOW)])
    }
    assert {} == loaded
    assert len(lines) == ended.stderr.count("\n") > len(LINES)


def _is_in(module, package):
    return module == package or module.startswith(f"{package}.")


def test_the_help_of_a_group_has_none(capfd):
    assert 0 == code_of(["rules", "--help"])
    assert "Example" not in capfd.readouterr().out
