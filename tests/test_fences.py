"""Whatever a page shows in a block is run, read or compared by a test; a new kind needs one."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from config.form import Form
from config.rules import load_list
from config.strict import validate
from sandbox.process import running
from tests.guides import INDENTED, TYPED, blocks, blocks_in
from tests.workspace import REPOSITORY, Workspace

TUESDAY = datetime(2024, 11, 12, 6, 47, tzinfo=UTC)
STAND_INS = Path(__file__).with_name("stand_ins.py")
HERE = "tests.test_fences:"
README = "tests.test_readme:"
READY = "tests.test_ready_files:"
CADDY = "tests.review.test_guides_caddy:"
PUBLISH = "tests.publish."
CLI = "tests.cli."
# Who runs all blocks of a language on a page. Each takes them by `blocks` or by the language, so
# that one more is run, too, or stops the test.
RUN_BY = {
    ("README", "sh"): f"{HERE}test_a_script_of_a_page_runs",
    ("README", "console"): f"{README}test_every_command_of_the_first_pages_runs",
    ("README", INDENTED): f"{HERE}test_what_the_readme_makes_is_there",
    ("channels", "yaml"): f"{PUBLISH}test_channels:test_every_command_of_the_guide_runs",
    ("channels", "console"): f"{PUBLISH}test_channels:test_every_command_of_the_guide_runs",
    ("citations", "console"): f"{README}test_every_command_of_the_guide_to_citations_runs",
    ("citations", "crontab"): f"{HERE}test_a_line_for_cron_is_the_one_that_is_printed",
    ("commands", "text"): "tests.test_commands_page:test_the_page_shows_what_the_commands_print",
    ("forms", "yaml"): f"{HERE}test_a_form_of_the_guide_is_one",
    ("github", "sh"): f"{PUBLISH}test_guide:test_every_command_of_the_guide_runs",
    ("github", "yaml"): f"{PUBLISH}test_guide:test_every_command_of_the_guide_runs",
    ("init", "console"): f"{README}test_every_command_of_the_first_pages_runs",
    ("init", "text"): f"{CLI}test_init:test_a_list_gets_a_configuration_that_the_check_accepts",
    ("order", "console"): f"{CLI}test_rank:test_every_command_of_the_guide_runs",
    ("review", "sh"): f"{HERE}test_a_script_of_a_page_runs",
    ("review", "caddyfile"): f"{CADDY}test_the_caddyfile_of_the_guide_signs_people_in",
    ("review", "toml"): f"{CADDY}test_the_caddyfile_of_the_guide_signs_people_in",
    ("rules", "console"): f"{README}test_every_command_of_the_guide_to_rules_runs",
    ("rules", "json"): f"{HERE}test_rows_of_the_guide_to_rules_are_json",
    ("rules", "sh"): f"{README}test_every_command_of_the_guide_to_rules_runs",
    ("rules", "yaml"): f"{HERE}test_rules_of_the_guide_are_rules",
    ("running", "console"): f"{README}test_every_command_of_a_guide_runs",
    ("running", "yaml"): f"{HERE}test_the_hooks_of_the_guide_are_ours",
    ("scrapy", "sh"): f"{HERE}test_a_script_of_a_page_runs",
    ("server", "console"): f"{README}test_every_command_of_a_guide_runs",
    ("server", "sh"): f"{HERE}test_a_script_of_a_page_runs",
    ("several", "console"): f"{README}test_every_command_of_a_guide_runs",
    ("several", "ini"): f"{READY}test_the_compose_file_has_the_database_that_its_guide_names",
    ("several", "sh"): f"{HERE}test_a_script_of_a_page_runs",
    ("several", "yaml"): f"{CLI}test_several_lists:test_lists_in_two_repositories_share_one_crawl",
    ("sources", "python"): f"{CLI}test_new_source:test_the_worked_example_is_a_source",
    ("sources", "yaml"): f"{CLI}test_new_source:test_the_feeds_of_the_guide_are_read",
    ("watch", "console"): f"{CLI}test_watch:test_every_command_of_the_guide_runs",
    ("watch", "crontab"): f"{HERE}test_a_line_for_cron_is_the_one_that_is_printed",
    ("week", "console"): f"{README}test_every_command_of_a_guide_runs",
    ("week", "sh"): f"{HERE}test_the_week_offline_runs",
}  # fmt: skip
# What is only to be looked at: nothing in them may be a line to type.
LOOKED_AT = {"text", "markdown", INDENTED}


def test_every_block_of_every_page_has_a_test():
    """A block in another language, or on another page, needs a test of its own first."""
    there = {(block.page, block.language) for block in blocks()}
    to_look_at = {kind for kind in there - RUN_BY.keys() if kind[1] in LOOKED_AT}

    assert [] == sorted(there - RUN_BY.keys() - to_look_at), "no test runs these"
    assert [] == sorted(RUN_BY.keys() - there), "no page has these any more"


@pytest.mark.parametrize("test", sorted(set(RUN_BY.values())))
def test_every_test_that_is_named_is_one(test):
    module, _, name = test.partition(":")

    assert callable(getattr(importlib.import_module(module), name))


def lines_to_type(block):
    return [line for line in block.text.splitlines() if TYPED.match(line)]


def test_no_line_to_type_hides_in_a_block_to_look_at():
    looked_at = [one for one in blocks() if (one.page, one.language) not in RUN_BY]

    assert [] == [(str(one), line) for one in looked_at for line in lines_to_type(one)]


NEW = [
    ("```\nlistkeeper run\n```\n", ""),
    ("```bash\nlistkeeper run\n```\n", "bash"),
    ("1. Step:\n\n   ```zsh\n   make x\n   ```\n", "zsh"),
]


@pytest.mark.parametrize(("text", "language"), NEW)
def test_a_new_kind_of_block_would_be_noticed(text, language):
    (block,) = blocks_in(text, "week")

    assert language == block.language
    assert ("week", language) not in RUN_BY
    assert language not in LOOKED_AT


@pytest.mark.parametrize(
    "text", ["Text\n\n    listkeeper run\n", "```text\n$ ls\n```\n", "```text\nscrapy list\n```\n"]
)
def test_a_command_in_a_block_to_look_at_would_be_noticed(text):
    (block,) = blocks_in(text, "week")

    assert lines_to_type(block)


# Scripts


@pytest.fixture
def bash(tmp_path, monkeypatch):
    """
    Runs a page's script as it stands, in a folder of its own.

    ``listkeeper`` and ``scrapy`` are the real ones; ``pipx``, ``uvx`` and ``podman``, which would
    ask a registry, are stand-ins that look at their arguments. Nothing else is in the path but
    what every system has.
    """
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("listkeeper", "pip", "pipx", "uvx", "podman"):
        (tools / name).write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -P "{STAND_INS}" {name} "$@"\n'
        )
        (tools / name).chmod(0o755)
    for name in ("scrapy", "python"):
        (tools / name).symlink_to(Path(sys.executable).with_name(name))
    folder = tmp_path / "mylist"
    folder.mkdir()
    shutil.copy(REPOSITORY / "lists" / "efficient-llm.md", folder / "README.md")

    def run(script, outside, **more):
        environment = {
            "HOME": str(tmp_path), "PATH": f"{tools}:{os.defpath}", "PYTHONPATH": str(REPOSITORY),
            "LISTKEEPER_PACE": "0", "AS_OF": TUESDAY.isoformat(), "REPOSITORY": str(REPOSITORY),
            **outside.environment(), **more,
        }  # fmt: skip
        line = ["bash", "-euo", "pipefail", "-c", script]
        return subprocess.run(
            line, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=300,
        )  # fmt: skip

    run.folder = folder
    return run


SCRIPTS = ("README", "review", "scrapy", "server", "several")


@pytest.mark.long
@pytest.mark.parametrize("page", SCRIPTS)
def test_a_script_of_a_page_runs(bash, page, request):
    """All scripts of a page, in its order, in one shell and folder; each line ends with 0."""
    script = "".join(block.text for block in blocks(page, language="sh"))
    more = {}
    if page == "several":
        # The guide's server is this machine's; its other list is there as well.
        more["SERVER"] = request.getfixturevalue("postgres_database")
        (bash.folder / "papers").mkdir()
        text = (bash.folder / "README.md").read_text().replace("Efficient LLM", "Robots")
        (bash.folder / "papers" / "robots.md").write_text(text)
    where = {
        "/srv/list": str(bash.folder),
        "'postgresql://listkeeper:PASSWORD@db.example.org/listkeeper'": '"$SERVER"',
        "8080": "0",
    }
    with running(now=TUESDAY) as outside:
        where["https://rss.arxiv.org/rss"] = f"{outside.url}/rss"
        if page == "scrapy":
            for name in ("scrapy.cfg", "config"):
                (bash.folder / name).symlink_to(REPOSITORY / name)
        elif page == "review":
            Workspace(bash.folder)
        for told, here in where.items():
            script = script.replace(told, here)
        ended = bash(script, outside, **more)

    assert 0 == ended.returncode, f"{script}\n{ended.stdout}\n{ended.stderr}"


@pytest.mark.long
def test_the_week_offline_runs(bash):
    """The sandbox by hand in one shell, and a run that asks it in the other."""
    serve, use = (block.text for block in blocks("week", language="sh"))
    Workspace(bash.folder)
    with running(now=TUESDAY) as outside:
        port = outside.url.rpartition(":")[2]
        # With the sandbox that is there already; its start by hand is tried below.
        use = use.replace("8765", port)
        ended = bash(use, outside)
    started = subprocess.Popen(
        ["bash", "-c", f"exec {serve.replace('8765', '0').replace('python', sys.executable, 1)}"],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    with started:
        first = started.stdout.readline()
        started.terminate()

    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert (bash.folder / "digests" / "2024-W46.md").is_file()
    assert "http://127.0.0.1:" in first


def test_what_the_readme_makes_is_there():
    """The blocks that are only indented show `make` alone."""
    lines = [line.split("#")[0].split() for one in blocks("README", language=INDENTED)
             for line in one.text.splitlines()]  # fmt: skip

    assert [["make", "demo"], ["make", "test"]] == lines
    for line in lines:
        subprocess.run([*line, "--dry-run"], cwd=REPOSITORY, check=True, capture_output=True)


# Configuration


@pytest.mark.parametrize("block", blocks("forms", language="yaml"), ids=str)
def test_a_form_of_the_guide_is_one(block):
    """Read as strictly as in a list's own file."""
    (key, form), *others = yaml.load(block.text, yaml.BaseLoader).items()

    assert ("form", []) == (key, others)
    assert validate(Form, form)


@pytest.mark.parametrize("block", blocks("rules", language="yaml"), ids=str)
def test_rules_of_the_guide_are_rules(block, tmp_path):
    """As they stand, or as sections of a list."""
    text = block.text.replace(", ...]", "]")
    if text.startswith("  - name"):
        text = f"list: Efficient LLM\nfile: list.md\nabout: [LLM]\nsections:\n{text}"
    if text.startswith("# yaml-language-server"):
        schema = re.search(r"=\.\./(\S+)", text)[1]
        assert (REPOSITORY / "config" / schema).is_file()
        return
    (tmp_path / "rules.yaml").write_text(text)

    assert load_list(tmp_path / "rules.yaml").sections


@pytest.mark.parametrize("block", blocks("rules", language="json"), ids=str)
def test_rows_of_the_guide_to_rules_are_json(block):
    assert all("title" in json.loads(line) for line in block.text.splitlines())


def test_the_hooks_of_the_guide_are_ours():
    (block,) = blocks("running", language="yaml")
    (repository,) = yaml.safe_load(block.text)["repos"]
    ours = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    version = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]

    assert [one["id"] for one in ours] == [one["id"] for one in repository["hooks"]]
    assert f"v{version}" == repository["rev"]


@pytest.mark.parametrize("block", blocks(language="crontab"), ids=str)
def test_a_line_for_cron_is_the_one_that_is_printed(block, tmp_path):
    """Time and job; the folders of a real line are longer."""
    printed = Workspace(tmp_path).run("schedule", "cron").out.splitlines()
    lines = [
        line.partition("cd ")[0] + line.rpartition("&& ")[2] for line in block.text.splitlines()
    ]

    for line in lines:
        time, _, job = line.partition("  ")
        assert any(
            one.startswith(f"{time}  cd ") and job in one.replace(sys.executable, "")
            for one in printed
        ), line
