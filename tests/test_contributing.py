"""CONTRIBUTING.md names files and folders that exist."""

import re

import pytest

from tests.workspace import REPOSITORY

TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT)))
ROWS = re.findall(r"^\| (.+?) \| (.+?) \|$", TEXT.partition("## I want to")[2], re.MULTILINE)


@pytest.mark.parametrize("path", PATHS)
def test_path_exists(path):
    assert (REPOSITORY / path).exists()


def test_every_folder_of_the_tree_exists():
    tree = TEXT.partition("## The tree")[2].partition("\n\nImports")[0]
    folders = re.findall(r"^ {4}(\w+)/", tree, re.MULTILINE)

    assert len(folders) == 10
    assert [] == [name for name in folders if not (REPOSITORY / name).is_dir()]


def test_every_task_names_a_file():
    """The table "I want to" answers with a path that is checked above."""
    tasks = [row for row in ROWS if not row[0].startswith(("-", "I want", "word"))]
    table = tasks[: next(n for n, row in enumerate(tasks) if row[0] == "list")]

    assert len(table) >= 15
    assert [] == [
        task for task, answer in table if not any(f"`{path}`" in answer for path in PATHS)
    ]


def test_names_in_the_table_exist():
    """A name in capitals stands in the file beside it."""
    for name, path in re.findall(r"`([A-Z_]+)` in `([\w./-]+)`", TEXT):
        assert re.search(rf"^{name}\b", (REPOSITORY / path).read_text(), re.MULTILINE), name
