"""
Writes ``docs/commands.md``: every command, with its example and what that prints.

    python -m tests.commands_page        writes the page anew; a test compares it

The examples are those of ``--help``. They run in one folder, in the order of the page, on the
Friday of the demo's week.
"""

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from cli.main import EXAMPLES, cli
from pipelines.workspace import program_path
from sandbox.process import Sandbox, running
from tests.workspace import REPOSITORY, Ended, Workspace

PAGE = REPOSITORY / "docs" / "commands.md"
MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
# Longer output is cut, in lines and characters.
MAX_LINES, MAX_CHARS = 12, 118
# These serve until they are stopped, or need a repository on a forge: the guide shows them.
ELSEWHERE = {
    "review": "review.md",
    "demo": "../README.md",
    "schedule run": "running.md",
    "schedule start": "running.md",
    "ci": "github.md",
    "init": "init.md",
    "rank eval": "order.md",
    "rank train": "order.md",
    "sync": "github.md",
    "state pull": "github.md",
    "state push": "github.md",
    "state show": "github.md",
}
HEAD = """\
# All commands

Each with the example of its `--help` and what that prints, in the week of the demo. Long output is
cut (`…`). What every command takes: `--config DIR`, `--state DIR`, `--list NAME`, `--as-of TIME`,
`--json`, `--quiet`, `-v`. Exit codes are in [running.md](running.md).

The model here is learned from the labelled papers, and the rules have one more word (`2-bit`), so
that `rules diff` has something to show. So figures differ a little from those of a checkout.
"""


def page() -> str:
    """The page, from a week that is run for it."""
    # The week of the demo, so without the sandbox's invented papers.
    world = running(now=MONDAY, profile={"invented": False})
    with TemporaryDirectory() as folder, chdir(folder), world as outside:
        workspace = _week(Path(folder), outside)
        return "\n".join([HEAD, *(_part(workspace, *named) for named in commands(cli, ()))])


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command by its whole name, in the order of ``--help``."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def example_of(name: str) -> str:
    """The line under the command's help."""
    lines = EXAMPLES.read_text().splitlines()
    return next(line for line in lines if f"{line} ".startswith(f"listkeeper {name} "))


def _week(root: Path, outside: Sandbox) -> Workspace:
    """A list with a week behind it, a tick, and the files that the examples name."""
    workspace = Workspace(root, outside.environment())
    shutil.copy(root / "lists" / "efficient-llm.md", root / "README.md")
    (root / "config" / "publish.yaml").write_text(
        "mail: { host: mail.example.org, from: keeper@example.org, to: [list@example.org] }\n"
    )
    for day in range(5):
        outside.set_clock(MONDAY + timedelta(days=day))
        workspace.run("run", as_of=MONDAY + timedelta(days=day))
    workspace.tick(1)
    papers = workspace.run("list", "entries", "README.md", "--json").out.splitlines(keepends=True)
    Path("papers.jsonl").write_text("".join(row for row in papers if '"kind":"paper"' in row))
    _train(workspace)
    _commit()
    rules = Path("config", "lists", "efficient-llm.yaml")
    rules.write_text(rules.read_text().replace("4-bit, 1-bit, FP8", "4-bit, 1-bit, 2-bit, FP8", 1))
    return workspace


def _train(workspace: Workspace) -> None:
    """The short list of the demo is too little to learn from; the labelled papers aren't."""
    rows = (REPOSITORY / "config/lists/efficient-llm.labelled.jsonl").read_text().splitlines(True)
    listed = [row for row in rows if '"section": "' in row]
    files = {"positives": listed, "negatives": [row for row in rows if row not in listed]}
    for name, part in files.items():
        Path(f"{name}.jsonl").write_text("".join(part))
    options = [word for name in files for word in (f"--{name}", f"{name}.jsonl")]
    workspace.run("rank", "train", *options, as_of=FRIDAY)


def _commit() -> None:
    """The folder as it is becomes the branch main."""
    git = ["git", "-c", "user.name=maintainer", "-c", "user.email=maintainer@example.org"]
    at = {"GIT_COMMITTER_DATE": str(FRIDAY), "GIT_AUTHOR_DATE": str(FRIDAY)}
    for line in (["init", "-qb", "main"], ["add", "config", "lists"], ["commit", "-qm", "Week 46"]):
        subprocess.run([*git, *line], check=True, env=os.environ | at)


def _part(workspace: Workspace, name: str, command: click.Command) -> str:
    example = example_of(name)
    about = " ".join((command.help or "").split("\n\n")[0].split())
    lines = [f"## {name}", "", about, ""]
    if name in ELSEWHERE:
        return "\n".join([*lines, f"`{example}`: see [{ELSEWHERE[name]}]({ELSEWHERE[name]}).", ""])
    if name == "undo":
        workspace.run("apply", as_of=FRIDAY)
    ended = workspace.run(*shlex.split(example)[1:], as_of=FRIDAY)
    return "\n".join([*lines, "```text", f"$ {example}", *_output(workspace, ended), "```", ""])


def _output(workspace: Workspace, ended: Ended) -> Iterator[str]:
    text = _steady(ended.out + ended.err, workspace.root)
    lines = [
        f"{line[:MAX_CHARS]}…" if len(line) > MAX_CHARS else line for line in text.splitlines()
    ]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield "…"
    if ended.code:
        yield f"(exit code {ended.code})"


def _steady(text: str, root: Path) -> str:
    """The output without what differs from run to run."""
    text = text.replace(program_path(), "listkeeper")
    text = text.replace(str(root.resolve()), "~/mylist").replace(str(root), "~/mylist")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", text)
    return re.sub(r"\b\d+(\.\d+)? (ms|s|MB|kB)\b", r"… \2", text)


if __name__ == "__main__":
    PAGE.write_text(page())
