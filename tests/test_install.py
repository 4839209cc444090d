"""The built package: it holds all it needs, and says in one sentence what is missing or foreign."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime

import pytest

from catalog.store import Store
from cli.main import EXAMPLES, EXTRAS, code_of
from pipelines.workspace import typed_command
from sandbox.process import running
from tests.test_dependencies import EXTRAS as DECLARED
from tests.workspace import REPOSITORY, Workspace

# What a person would wait for although the command needs none of it.
SLOW = {"httpx", "scrapy", "twisted", "pandas", "numpy", "sklearn", "matplotlib"}
# ... and what these two could do without as well, whether there is a store or not.
SPARED = {
    ("rules", "check"): {
        "sqlalchemy",
        "hyperscan",
        "config.settings",
        "pipelines.tuning.counterfactuals",
    },
    ("status",): {
        "sqlalchemy",
        "crawler.plans",
        "crawler.items",
        "pipelines.setup",
        "catalog.store",
    },
}
SHOW_MODULES = """
import sys
from cli.main import code_of
code = code_of(sys.argv[1:])
print(code, *sys.modules, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The wheel, unpacked as pip does it: the packages are pure Python."""
    folder = tmp_path_factory.mktemp("wheel")
    line = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(line, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("listkeeper-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


def start(site, *arguments, home, first=""):
    """Start it from / in an empty home, with this environment's libraries behind it."""
    path = os.pathsep.join(filter(None, (str(first), str(site))))
    environment = {"HOME": str(home), "PATH": os.defpath, "PYTHONPATH": path}
    line = [sys.executable, "-P", "-m", "listkeeper", *arguments]
    return subprocess.run(line, cwd="/", env=environment, capture_output=True, text=True)


def test_the_package_says_its_version_and_what_to_do(installed, tmp_path):
    """Without anything of the checkout."""
    version = start(installed, "--version", home=tmp_path)
    alone = start(installed, home=tmp_path)

    assert (0, "listkeeper, version 0.1.0\n") == (version.returncode, version.stdout)
    assert 2 == alone.returncode
    assert "to look around: listkeeper demo" in alone.stderr
    assert [] == list(tmp_path.iterdir())


def test_the_package_holds_the_configuration_and_the_list(installed):
    """What `demo` and `init` copy, what pages are made of, and every step of the schema."""
    for name in ("config", "lists", "output", "catalog", "sandbox"):
        wanted = {
            str(path.relative_to(REPOSITORY))
            for path in (REPOSITORY / name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert [] == sorted(path for path in wanted if not (installed / path).is_file())


@pytest.mark.parametrize("name", ["config", "output", "cli"])
@pytest.mark.parametrize("kind", ["package", "module", "folder"])
def test_a_foreign_package_of_the_same_name_is_refused(installed, tmp_path, name, kind):
    home, foreign = tmp_path / "home", tmp_path / "foreign"
    home.mkdir()
    (foreign / name).mkdir(parents=True)
    if kind == "package":
        (foreign / name / "__init__.py").touch()
    elif kind == "module":
        (foreign / f"{name}.py").touch()

    ended = start(installed, "--version", home=home, first=foreign)

    # A folder without __init__.py gives way to the real package: nothing is shadowed.
    assert (0 if kind == "folder" else 2) == ended.returncode
    if kind != "folder":
        assert f"{foreign}/{name}" in ended.stderr
        assert f"is not Listkeeper's package '{name}'" in ended.stderr
        assert "pipx install listkeeper" in ended.stderr
        assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("package", sorted(EXTRAS))
def test_a_missing_extra_is_one_sentence_with_the_line_to_install_it(monkeypatch, capsys, package):
    def fail(*_arguments, **_settings):
        raise ModuleNotFoundError(f"No module named '{package}'", name=f"{package}.part")

    monkeypatch.setattr("cli.main.cli.main", fail)

    assert 2 == code_of(["status"])
    told = capsys.readouterr().err
    extra = EXTRAS[package]
    assert (
        f"listkeeper: this needs {package} (the extra `{extra}`), which is not installed: " in told
    )
    assert f"pip install 'listkeeper[{extra}]', in a checkout pip install -e '.[{extra}]'" in told
    assert 1 == len(told.splitlines())
    assert EXTRAS[package] in DECLARED


# Runs command lines where no package of an extra can be imported; prints what each came to.
WITHOUT_EXTRAS = """
import importlib.abc, json, os, shlex, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in json.loads(sys.argv[1]):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Missing())
from cli.main import code_of
report, shown = os.fdopen(os.dup(1), "w"), open("shown.txt", "w+b")
os.dup2(shown.fileno(), 1), os.dup2(shown.fileno(), 2)
for line in json.loads(sys.argv[2]):
    shown.seek(0), shown.truncate()
    code = code_of(shlex.split(line))
    sys.stdout.flush(), sys.stderr.flush(), shown.seek(0)
    told = [code, line, shown.read().decode()]
    print(json.dumps(told), file=report, flush=True)
"""
# These serve, begin anew, or wait.
NOT_RUN = ("demo", "init", "review", "ci daily", "schedule start", "schedule run")
# They ask for what this folder has not: a week, a model's labels, a forge, somebody's file.
LACKING = ("apply", "rank", "publish", "sync", "state", "rules diff")


@pytest.mark.long
def test_a_plain_install_is_enough_for_every_command_but_those_of_an_extra(tmp_path):
    """The commands are those of the help's examples, without their pictures."""
    named = [line.removeprefix("listkeeper ") for line in EXAMPLES.read_text().splitlines()]
    lines = [line.partition(" --plot ")[0] for line in named if not line.startswith(NOT_RUN)]
    lines.append("rules eval --plot rules.svg")
    missing = json.dumps([*EXTRAS, "dask", "distributed"])
    with running(now=datetime(2024, 11, 12, 6, 47, tzinfo=UTC)) as outside:
        workspace = Workspace(tmp_path, outside.environment())
        shutil.copy(workspace.listed, tmp_path / "README.md")
        (tmp_path / "papers.jsonl").write_text('{"arxiv_id": "2411.04975", "title": "A Title"}\n')
        ended = subprocess.run(
            [sys.executable, "-c", WITHOUT_EXTRAS, missing, json.dumps(lines)],
            cwd=tmp_path,
            env={**os.environ, **workspace.environment, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=True,
        )

    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert lines == [line for _, line, _ in told]
    asked_for = [line for _, line, words in told if "is not installed" in words]
    assert ["rules eval --plot rules.svg"] == asked_for
    odd = [(code, line, words) for code, line, words in told[:-1] if code not in (0, 1, 75)]
    assert [] == [(code, line, words) for code, line, words in odd if not line.startswith(LACKING)]


def test_a_missing_package_is_no_bug_but_a_missing_module_of_ours_is(monkeypatch, capsys):
    for name, code in (("httpcore", 2), ("cli.nowhere", 3)):

        def fail(*_arguments, name=name, **_settings):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

        monkeypatch.setattr("cli.main.cli.main", fail)
        assert code == code_of(["status"])
        assert (code == 3) == ("this is a bug" in capsys.readouterr().err)


@pytest.mark.parametrize("in_path", [True, False])
def test_a_command_to_type_is_short_where_it_is_in_path(tmp_path, monkeypatch, in_path):
    """As pipx and uv install it: a link in PATH, into an environment of its own."""
    command = tmp_path / "venv" / "bin" / "listkeeper"
    (tmp_path / "bin").mkdir()
    command.parent.mkdir(parents=True)
    command.touch(mode=0o755)
    if in_path:
        (tmp_path / "bin" / "listkeeper").symlink_to(command)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("sys.executable", str(command.with_name("python")))

    assert typed_command() == ("listkeeper" if in_path else str(command))


@pytest.mark.long
@pytest.mark.parametrize("command", SPARED, ids=" ".join)
def test_small_commands_load_nothing_big(tmp_path, command):
    """What starts in a third of a second must not load the crawler or a table."""
    Store(tmp_path / "state" / "listkeeper.db").close()
    config = ["--config", str(REPOSITORY / "config"), "--state", str(tmp_path / "state")]
    line = [sys.executable, "-P", "-c", SHOW_MODULES, *command, *config]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=True)

    code, *modules = ended.stderr.splitlines()[-1].split()
    assert "0" == code
    assert set() == {*SLOW, *SPARED[command]} & {*modules, *(m.partition(".")[0] for m in modules)}


def test_no_plug_in_of_another_package_is_loaded(installed, tmp_path):
    """Pydantic would look for plug-ins in every package that is installed, at each start."""
    (tmp_path / "nosy-1.dist-info").mkdir()
    (tmp_path / "nosy-1.dist-info" / "METADATA").write_text("Name: nosy\nVersion: 1\n")
    (tmp_path / "nosy-1.dist-info" / "entry_points.txt").write_text("[pydantic]\nnosy = nosy:it\n")
    (tmp_path / "nosy.py").write_text("raise SystemExit(9)\n")

    ended = start(installed, "rules", "schema", home=tmp_path, first=tmp_path)

    assert 9 != ended.returncode
