"""The ready files for containers, pre-commit and Actions: each step is what it should be."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from catalog.store.postgres import DatabaseAddress
from cli.main import code_of
from config.secret import Secret
from output.schedule.workflows import SETUP_UV
from tests.guides import blocks
from tests.workspace import REPOSITORY, Workspace

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())


def steps() -> list[tuple[str, str]]:
    text = (REPOSITORY / "Containerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def of(word: str) -> list[str]:
    return [rest for name, rest in steps() if name == word]


def test_the_image_holds_what_the_package_needs(tmp_path):
    """What COPY brings is enough to build the very wheel that the checkout builds."""
    for line in of("COPY"):
        *sources, target = shlex.split(line)
        folder = tmp_path / target.strip("/").removeprefix("build").strip("/")
        for source in sources:
            path = REPOSITORY / source
            if path.is_dir():
                shutil.copytree(path, folder, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, tmp_path)
    line = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(line, cwd=tmp_path, check=True, capture_output=True)

    assert list((tmp_path / "dist").glob("listkeeper-*.whl"))
    packed = set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])
    assert packed <= {path.name for path in tmp_path.iterdir()}
    allowed = (REPOSITORY / ".dockerignore").read_text()
    for line in of("COPY"):
        for source in shlex.split(line)[:-1]:
            assert f"!{source}\n" in allowed


def test_the_image_runs_as_nobody_in_particular_in_the_volume():
    (user,), (folder,), (volume,) = of("USER"), of("WORKDIR"), of("VOLUME")

    assert user not in ("root", "0")
    (made,) = [line for line in of("RUN") if "useradd" in line]
    number = re.search(r"--uid (\d+)", made)[1]
    guide = (REPOSITORY / "docs" / "server.md").read_text()
    assert {number} == set(re.findall(r"(?:uid=|gid=|number |chown -R )(\d+)", guide))
    assert ["/list", "/list"] == [folder, volume]
    names = [name for name, _ in steps()]
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")
    for line in of("RUN"):
        assert 0 == subprocess.run(["sh", "-n", "-c", line]).returncode
    (program,) = map(json.loads, of("ENTRYPOINT"))
    assert program[0] in PROJECT["project"]["scripts"]


def test_the_image_s_commands_end_well_in_the_folder_of_a_list(tmp_path, monkeypatch, capsys):
    """The health check; and the daemon's command is one."""
    monkeypatch.chdir(Workspace(tmp_path).root)
    (check,) = of("HEALTHCHECK")
    command = json.loads(check.partition("CMD ")[2])
    (start,) = map(json.loads, of("CMD"))

    assert "listkeeper" == command[0]
    assert 0 == code_of(command[1:])
    assert 0 == code_of([*start, "--help"])
    assert "Usage: listkeeper schedule run" in capsys.readouterr().out


def test_the_compose_file_has_the_database_that_its_guide_names():
    """Both begin together or the daemon alone; the address names that server, user and database."""
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    told = services["database"]["environment"]
    (block,) = blocks("several", language="ini")
    variables = dict(line.split("=", 1) for line in block.text.splitlines())
    address = variables.pop("LISTKEEPER_DATABASE_URL")

    assert ["team"] == services["database"]["profiles"]
    assert "profiles" not in services["listkeeper"]
    assert "LISTKEEPER_DATABASE_URL" in services["listkeeper"]["environment"]
    assert variables.keys() == {name for name in told if f"${{{name}:-}}" in told.values()}
    url = DatabaseAddress.parse(Secret(address)).url
    assert ("database", told["POSTGRES_USER"]) == (url.host, url.username)
    assert told["POSTGRES_DB"] == url.database
    assert "\npsycopg[binary]==" in (REPOSITORY / "requirements.txt").read_text()


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "schema"), [("compose.yaml", "compose-spec"), ("action.yml", "github-actions")]
)
def test_a_ready_file_fits_the_schema_of_who_reads_it(file, schema):
    line = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file]

    ended = subprocess.run(line, cwd=REPOSITORY, capture_output=True, text=True)

    assert 0 == ended.returncode, ended.stdout


def test_the_compose_file_starts_that_image():
    composed = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
    service = composed["services"]["listkeeper"]

    assert {"in_pod": False} == composed["x-podman"]
    assert "Containerfile" == service["build"]["dockerfile"]
    assert ["${LIST:-.}:/list"] == service["volumes"]
    (check,) = of("HEALTHCHECK")
    asked = service["healthcheck"]
    times = f"--interval={asked['interval']} --timeout={asked['timeout']}"
    assert ["CMD", *json.loads(check.removeprefix(f"{times} CMD "))] == asked["test"]
    told = (REPOSITORY / "docs" / "running.md").read_text()
    assert [] == [name for name in service["environment"] if name not in told]


HOOKS = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_passes_what_is_right_and_stops_what_is_not(tmp_path, monkeypatch, capsys, hook):
    workspace = Workspace(tmp_path)
    shutil.copy(workspace.listed, tmp_path / "README.md")
    monkeypatch.chdir(tmp_path)
    files = [] if hook.get("pass_filenames") is False else ["README.md"]
    program, *arguments = shlex.split(hook["entry"])
    changed = "config/lists/efficient-llm.yaml" if not files else "README.md"

    assert "listkeeper" == program
    assert re.search(hook["files"], changed)
    assert 0 == code_of([*arguments, *files]), capsys.readouterr()
    spoiled = Path(changed)
    text = spoiled.read_text()
    spoiled.write_text(text + ("nonsense: [\n" if not files else text[text.index("## Survey") :]))
    assert code_of([*arguments, *files]) in (1, 2)


NEEDS = [text for text in HOOKS[0]["additional_dependencies"] if text[:2] != "--"]
# Runs a command line where no package can be imported but those that are named.
ONLY_THOSE = """
import importlib.abc, importlib.metadata, json, re, sys

named = set(json.loads(sys.argv[1])) | {"listkeeper"}

class Missing(importlib.abc.MetaPathFinder):
    tops = importlib.metadata.packages_distributions()

    def find_spec(self, name, path=None, target=None):
        owners = {re.sub("[-_.]+", "-", one).lower() for one in self.tops.get(name, ())}
        if owners and not owners & named:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from cli.main import code_of
sys.exit(code_of(sys.argv[2:]))
"""


@pytest.mark.long
@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_needs_no_package_that_it_does_not_name(tmp_path, hook):
    """As pinned in the lock; also in a folder that has a store."""
    lock = (REPOSITORY / "requirements.txt").read_text()
    assert hook["additional_dependencies"] == ["--no-deps", "--no-compile", *NEEDS]
    assert [] == [text for text in NEEDS if f"\n{text} \\" not in lock]
    workspace = Workspace(tmp_path)
    shutil.copy(workspace.listed, tmp_path / "README.md")
    assert 0 == workspace.run("classify").code
    names = json.dumps([text.partition("==")[0] for text in NEEDS])
    arguments = shlex.split(hook["entry"])[1:]
    files = [] if hook.get("pass_filenames") is False else ["README.md"]

    ended = subprocess.run(
        [sys.executable, "-c", ONLY_THOSE, names, *arguments, *files],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )

    assert 0 == ended.returncode, ended.stderr


def test_the_action_is_pinned_and_runs_the_job(tmp_path):
    """Its one step, in bash, with a stand-in for uvx: 75 is no failure, others are."""
    path = REPOSITORY / "action.yml"
    tools = Path(sys.executable).parent
    lines = (
        [tools / "check-jsonschema", "--builtin-schema", "vendor.github-actions", path],
        [tools / "zizmor", "--offline", "--no-progress", path],
    )
    for line in lines:
        ended = subprocess.run(line, capture_output=True, text=True)
        assert 0 == ended.returncode, ended.stdout + ended.stderr
    action = yaml.safe_load(path.read_text())
    setup, keep = action["runs"]["steps"]
    assert SETUP_UV.split()[0] == setup["uses"]
    stand_in = tmp_path / "uvx"
    stand_in.write_text('#!/bin/sh\necho "$@"\nexit "$END"\n')
    stand_in.chmod(0o755)
    for end, code in (("0", 0), ("75", 0), ("1", 1), ("2", 2)):
        environment = {
            "PATH": f"{tmp_path}:{os.defpath}", "END": end, "JOB": "daily", "SOURCE": "/action",
        }  # fmt: skip
        ended = subprocess.run(
            ["bash", "-e", "-c", keep["run"]], env=environment, capture_output=True, text=True
        )
        assert code == ended.returncode
        assert ended.stdout.endswith("listkeeper ci daily\n")
        assert "--from /action[publish]" in ended.stdout
    (lock,) = re.findall(r"--constraints /action/(\S+)", ended.stdout)
    pinned = re.findall(r"(?m)^([a-z0-9.-]+)(?:\[.+\])?==", (REPOSITORY / lock).read_text())
    project = PROJECT["project"]
    asked = project["dependencies"] + project["optional-dependencies"]["publish"]
    assert {re.match(r"[a-z0-9-]+", text)[0] for text in asked} <= set(pinned)
