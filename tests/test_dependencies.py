"""What the program imports is what pyproject.toml declares: no package by luck of another's."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.workspace import REPOSITORY

PACKAGES = ("config", "catalog", "crawler", "pipelines", "output", "cli", "sandbox")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# Read by others: pandas writes Parquet with it, starlette reads forms, zoneinfo finds zones.
UNIMPORTED = {"python-multipart", "tzdata"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", name)[0]).lower()


DECLARED = {plain(line) for line in PROJECT["dependencies"]}
# Imported only by the commands that need them.
EXTRAS = {
    name: {plain(line) for line in lines}
    for name, lines in PROJECT["optional-dependencies"].items()
    if name not in ("build", "dev")
}
OPTIONAL = set().union(*EXTRAS.values())


def imported() -> dict[str, str]:
    """The top-level names that the packages import, each with a file that does."""
    found = {}
    for package in PACKAGES:
        for path in (REPOSITORY / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                else:
                    continue
                found |= {name.partition(".")[0]: str(path) for name in names}
    ours = {*PACKAGES, "lists", "tests"}
    return {
        name: path for name, path in found.items() if name not in sys.stdlib_module_names | ours
    }


@pytest.mark.long
def test_each_import_is_declared():
    distributions = packages_distributions()
    missing = {
        name: path
        for name, path in imported().items()
        if not {plain(one) for one in distributions.get(name, [name])} & (DECLARED | OPTIONAL)
    }

    assert {} == missing


@pytest.mark.long
def test_each_declared_package_is_used():
    distributions = packages_distributions()
    used = {plain(one) for name in imported() for one in distributions.get(name, [name])}

    assert set() == DECLARED - used - UNIMPORTED


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_each_declared_package_is_in_the_lock(lock):
    locked = {
        plain(line)
        for line in (REPOSITORY / lock).read_text().splitlines()
        if re.match(r"[\w.\[\]-]+==", line)
    }

    assert set() == DECLARED - locked
