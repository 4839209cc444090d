"""The guide to GitHub: its commands run, in its order, and its settings are ones."""

import shutil
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest
import yaml

from config.publish import channels
from tests.guides import blocks, words
from tests.publish.hosted import MONDAY, commit, git
from tests.publish.killed import restored
from tests.workspace import REPOSITORY, run_in


@pytest.mark.long
def test_every_command_of_the_guide_runs(prepared, tmp_path):
    """The demo, a list's set-up and other forges in a clone; the rest where a list has a week."""
    demo, setup, daily, elsewhere = blocks("github", language="sh")
    (settings,) = blocks("github", language="yaml")
    clone = a_clone(tmp_path / "clone")

    assert 0 == run_in(tmp_path, *words(demo.text)).code
    ended = run_in(clone, *words(setup.text), "--no-look")
    assert 0 == ended.code, ended.err
    written = (clone / "config" / "publish.yaml").read_text()
    wanted, given = (yaml.safe_load(text) for text in (settings.text, written))
    assert wanted == {key: given[key] for key in wanted}
    assert channels(clone / "config")
    shell = elsewhere.text
    for line in shell.splitlines():
        command, _, target = line.partition(" > ")
        if command.startswith("listkeeper "):
            (clone / target).write_text(run_in(clone, *words(command)).out)
        else:
            subprocess.run(command.split(), cwd=clone, check=True)
        assert (clone / (target or command.split()[-1])).exists()

    folder = restored(prepared, "fresh").clone()
    with chdir(folder.root):
        codes = {
            line: folder.run(*words(line), as_of=MONDAY).code for line in daily.text.splitlines()
        }
    assert set(codes.values()) == {0}, codes


def a_clone(folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(REPOSITORY / "lists" / "efficient-llm.md", folder / "README.md")
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "A list")
    return folder
