"""The import contracts of pyproject.toml catch what they are there for."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.workspace import REPOSITORY

CONFIG = "pyproject.toml"
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The packages and the configuration, without anything that was built from them."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copy(REPOSITORY / CONFIG, folder)
    settings = tomllib.loads((folder / CONFIG).read_text())
    for package in settings["tool"]["importlinter"]["root_packages"]:
        shutil.copytree(
            REPOSITORY / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder


def lint(folder):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(LINT)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_contracts_hold(checkout):
    ended = lint(checkout)

    assert 0 == ended.returncode, ended.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("output/escape.py", "import click", "output.escape -> click"),
        ("config/errors.py", "import config.yaml_reader", "No cycles are allowed in config."),
        ("output/escape.py", "import scrapy", "output.escape -> scrapy"),
        ("pipelines/enrich/ask.py", "import httpx", "pipelines.enrich.ask -> httpx"),
        ("cli/status.py", "import sqlalchemy", "cli.status -> sqlalchemy"),
        ("pipelines/classify.py", "import jinja2", "pipelines.classify -> jinja2"),
    ],
    ids=["click", "circle", "scrapy", "httpx", "sqlalchemy", "jinja2"],
)
def test_breach_is_reported(checkout, module, line, broken):
    """A forbidden library or an import circle fails the check, and its output names the import."""
    path = checkout / module
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    try:
        ended = lint(checkout)
    finally:
        path.write_text(before)

    assert 0 != ended.returncode
    assert broken in ended.stdout


def test_circle_in_any_package_is_reported(checkout):
    """Packages inside packages too, each with the import that closes its circle."""
    circles = {
        "catalog/forms/cutting/atoms.py": "catalog.forms.alignment",
        "output/forms/proof.py": "output.forms.setup",
        "output/publish/place.py": "output.publish.weekly",
        "output/reports/rank.py": "output.reports.rank_eval",
        "output/reports/rank_eval.py": "output.reports.rank",
        "sandbox/forge/threads.py": "sandbox.forge.people",
    }
    before = {module: (checkout / module).read_text() for module in circles}
    for module, imported in circles.items():
        (checkout / module).write_text(f"{before[module]}\nimport {imported}\n")
    try:
        ended = lint(checkout)
    finally:
        for module, text in before.items():
            (checkout / module).write_text(text)

    assert 0 != ended.returncode
    for module, imported in circles.items():
        package = imported.rpartition(".")[0]
        assert f"No cycles are allowed in {package}." in ended.stdout, module
