"""From a list that is there to a repository that runs by itself: init, a push, one start."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
import yaml

from sandbox.process import running
from tests.publish.hosted import MONDAY, NAME, PEOPLE, TOKEN, git
from tests.workspace import LIST, REPOSITORY

THURSDAY = MONDAY + timedelta(days=3)
# Each sign means something to a shell, to YAML or to git.
FOLDER = "a b%n$HOME'\"x"
PROGRAM = f"""\
#!/bin/sh
# Stands in for uvx: the program of this checkout, whatever version the workflow pins.
test "$1 $3" = "--from listkeeper" || exit 9
shift 3
exec '{sys.executable}' -P -m cli "$@" --as-of "$NOW"
"""
# Stands in for GitHub's program: it answers nothing, and writes down what it was told.
GH = """\
#!/bin/sh
echo "$@" >> "$TOLD"
"""
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


@pytest.fixture
def sandbox():
    with running(now=THURSDAY, profile={"invented": False}) as outside:
        yield outside


@pytest.fixture
def fresh(tmp_path, sandbox):
    """A repository that holds one list and nothing else, on the forge and as a clone."""
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q", "-b", "main")
    (source / "README.md").write_bytes((REPOSITORY / LIST).read_bytes())
    git(source, "add", "--all")
    git(source, "commit", "-q", "-m", "A list")
    sandbox.set_forge(
        repository=NAME,
        git=str(tmp_path / "bare.git"),
        source=str(source),
        roles=PEOPLE,
        tokens={TOKEN: "github-actions[bot]"},
    )
    clone = tmp_path / FOLDER
    git(tmp_path, "clone", "-q", str(tmp_path / "bare.git"), str(clone))
    return clone


@pytest.fixture
def machine(tmp_path, sandbox):
    """The environment of a runner: uvx on the path, the job's token, the moment of the sandbox."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, text in (("uvx", PROGRAM), ("gh", GH)):
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    return {
        **os.environ,
        **sandbox.environment(),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "LISTKEEPER_PACE": "0",
        "NOW": THURSDAY.isoformat(),
        "TOLD": str(tmp_path / "told"),
        "GITHUB_REPOSITORY": NAME,
    }


def do(folder, machine, *line):
    ended = subprocess.run(line, cwd=folder, env=machine, capture_output=True, text=True)
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    return ended.stdout


def listkeeper(folder, machine, *arguments):
    return do(folder, machine, sys.executable, "-P", "-m", "cli", *arguments)


def pushed(folder, subject):
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", subject)
    git(folder, "push", "-q", "origin", "HEAD")


def run_job(folder, machine, sandbox, text, job, **context):
    """Run the steps of a workflow's job in a fresh clone, by the runner's own command line."""
    shutil.rmtree(folder, ignore_errors=True)
    git(folder.parent, "clone", "-q", f"{sandbox.url}/git/{NAME}.git", str(folder))
    workflow = yaml.load(text, yaml.BaseLoader)
    values = {"github.token": TOKEN, "secrets.LISTKEEPER_SEMANTIC_SCHOLAR_KEY": "", **context}
    for step in workflow["jobs"][job]["steps"]:
        if "run" in step:
            script = folder.parent / "step.sh"
            script.write_text(step["run"])
            own = {**workflow.get("env", {}), **step.get("env", {})}
            told = {k: EXPRESSION.sub(lambda m: values[m[1]], v) for k, v in own.items()}
            do(folder, machine | told, "bash", "-e", str(script))


STARTED = "github.event.schedule || github.event.inputs.job"


def test_from_init_to_the_first_pull_request_in_three_commands(fresh, machine, sandbox):
    said = listkeeper(fresh, machine, "init", "README.md", "--publish", NAME, "--no-look")
    pushed(fresh, "Listkeeper")
    text = (fresh / ".github" / "workflows" / "listkeeper.yml").read_text()
    run_job(fresh, machine, sandbox, text, "keep", **{STARTED: "daily"})

    (thread,) = sandbox.forge()["threads"]
    assert ("open", "listkeeper/2024-W46") == (thread["state"], thread["head"]["ref"])
    assert b".listkeeper/\n" == (fresh / ".gitignore").read_bytes()
    assert "" == git(fresh, "status", "--porcelain", "--", ".listkeeper")
    assert [f"next    {n}." for n in (1, 2, 3)] == re.findall(r"^next    \d\.", said, re.MULTILINE)
    assert f"https://github.com/{NAME}/settings/actions" in said

    # The same once more changes nothing, and a person's click is a job of its own.
    before = {path: path.read_bytes() for path in fresh.rglob("*") if path.is_file()}
    again = listkeeper(fresh, machine, "init", "README.md", "--publish", NAME, "--no-look")
    assert "nothing new" in again
    assert before.items() <= {p: p.read_bytes() for p in fresh.rglob("*") if p.is_file()}.items()
    sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    event = sandbox.act("tick", "ann", number=1, marker="apply")
    path = fresh.parent / "event.json"
    path.write_text(json.dumps(event))
    run_job(fresh, machine | {"GITHUB_EVENT_PATH": str(path)}, sandbox, text, "people")
    (status,) = sandbox.forge()["threads"][0]["said"][-1:]
    assert "1 accepted" in status["body"]


def test_the_plain_workflow_runs_with_its_folder_of_any_name(fresh, machine, sandbox):
    (fresh / FOLDER).mkdir()
    config = ["--config", FOLDER]
    listkeeper(fresh, machine, "init", "README.md", "--no-look", *config)
    text = listkeeper(fresh, machine, "schedule", "github-actions", *config)
    pushed(fresh, "Listkeeper")

    run_job(fresh, machine, sandbox, text, "keep", **{STARTED: "47 6 * * MON,TUE,WED,THU,FRI,SAT"})

    files = git(fresh.parent / "bare.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "digests/2024-W46.md" in files
    assert [] == sandbox.forge()["threads"]


def test_the_workflow_for_rules_says_what_a_change_does(fresh, machine, sandbox):
    listkeeper(fresh, machine, "init", "README.md", "--no-look")
    text = listkeeper(fresh, machine, "schedule", "github-actions", "--rules")
    pushed(fresh, "Listkeeper")
    (rules,) = (fresh / "config" / "lists").glob("*.yaml")
    rules.write_text(rules.read_text().replace("about:", "about:\n  - kernel", 1))
    pushed(fresh, "A word")
    summary = fresh.parent / "summary.md"

    run_job(fresh, machine | {"GITHUB_STEP_SUMMARY": str(summary)}, sandbox, text, "diff")

    assert "<!-- listkeeper rules diff -->" in summary.read_text()


def test_what_is_no_repository_is_refused_before_anything_is_written(fresh, machine):
    line = [sys.executable, "-P", "-m", "cli", "init", "README.md", "--publish", "octo/li st"]
    ended = subprocess.run(line, cwd=fresh, env=machine, capture_output=True, text=True)

    assert 2 == ended.returncode
    assert "'octo/li st' is no repository; write OWNER/NAME" in ended.stderr
    assert "" == git(fresh, "status", "--porcelain")
