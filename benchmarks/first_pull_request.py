"""
From a repository with a list and nothing else to the first pull request: three commands, timed.

    python -m benchmarks.first_pull_request [--list FILE]

``init``, a push, and the workflow's own steps under bash, with the program itself in place of uvx,
against the sandbox's forge. Then somebody ticks, and the job of the click runs. Two more workflows
run the same way: the plain one in a folder with signs that shells, YAML and git give a meaning, and
the one for rules. Last, the demo's story of a week with two who tick and a third who merges.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import yaml

from sandbox.process import running
from tests.publish.hosted import MONDAY, NAME, PEOPLE, TOKEN, git
from tests.workspace import LIST, REPOSITORY

THURSDAY = MONDAY + timedelta(days=3)
MOST_SECONDS = 60
# Each sign means something to a shell, to YAML or to git.
FOLDER = "a b%n$HOME'\"x"
PROGRAM = f"""\
#!/bin/sh
# Stands in for uvx: the program of this checkout, whatever version the workflow pins.
test "$1 $3" = "--from listkeeper" || exit 9
shift 3
exec '{sys.executable}' -P -m cli "$@" --as-of "$NOW"
"""
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
STARTED = "github.event.schedule || github.event.inputs.job"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--list", type=Path, default=REPOSITORY / LIST)
    given = parser.parse_args()
    for story in (first_week, plain, rules):
        with (
            tempfile.TemporaryDirectory() as name,
            running(now=THURSDAY, profile={"invented": False}) as sandbox,
        ):
            print(story(Machine(Path(name), sandbox, given.list)), flush=True)
    print(demo(), flush=True)


class Machine:
    """A runner, and a repository on the forge that holds one list."""

    def __init__(self, root, sandbox, listed):
        self.root, self.sandbox, source = root, sandbox, root / "source"
        source.mkdir()
        git(source, "init", "-q", "-b", "main")
        shutil.copy(listed, source / "README.md")
        git(source, "add", "--all")
        git(source, "commit", "-q", "-m", "A list")
        sandbox.set_forge(
            repository=NAME,
            git=str(root / "bare.git"),
            source=str(source),
            roles=PEOPLE,
            tokens={TOKEN: "github-actions[bot]"},
        )
        self.folder = root / FOLDER
        git(root, "clone", "-q", str(root / "bare.git"), str(self.folder))
        tools = root / "tools"
        tools.mkdir()
        (tools / "uvx").write_text(PROGRAM)
        (tools / "uvx").chmod(0o755)
        self.environment = {
            **os.environ,
            **sandbox.environment(),
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "LISTKEEPER_PACE": "0",
            "NOW": THURSDAY.isoformat(),
            "GITHUB_REPOSITORY": NAME,
            "GITHUB_STEP_SUMMARY": str(root / "summary.md"),
        }

    def do(self, *line, **more):
        ended = subprocess.run(
            line, cwd=self.folder, env=self.environment | more, capture_output=True, text=True
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def listkeeper(self, *arguments):
        return self.do(sys.executable, "-P", "-m", "cli", *arguments)

    def push(self, subject):
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "-q", "-m", subject)
        git(self.folder, "push", "-q", "origin", "HEAD")

    def run_job(self, text, job, **context):
        """Run the steps of a workflow's job in a fresh clone, by the runner's own command line."""
        shutil.rmtree(self.folder)
        git(self.root, "clone", "-q", f"{self.sandbox.url}/git/{NAME}.git", str(self.folder))
        made = yaml.load(text, yaml.BaseLoader)
        # A secret that nobody set is empty.
        secrets = {name: "" for name in EXPRESSION.findall(text) if name.startswith("secrets.")}
        values = {"github.token": TOKEN, **secrets, **context}
        for step in made["jobs"][job]["steps"]:
            if "run" in step:
                own = {**made.get("env", {}), **step.get("env", {})}
                told = {k: EXPRESSION.sub(lambda m: values[m[1]], v) for k, v in own.items()}
                self.do("bash", "-e", "-c", step["run"], **told)


def first_week(machine):
    start = time.monotonic()
    machine.listkeeper("init", "README.md", "--publish", NAME, "--no-look")
    machine.push("Listkeeper")
    text = (machine.folder / ".github" / "workflows" / "listkeeper.yml").read_text()
    machine.run_job(text, "keep", **{STARTED: "daily"})
    took = time.monotonic() - start
    (thread,) = machine.sandbox.forge()["threads"]
    assert (thread["state"], thread["head"]["ref"]) == ("open", "listkeeper/2024-W46")
    machine.sandbox.act("comment", "ann", number=1, body="/listkeeper accept 1")
    event = machine.sandbox.act("tick", "ann", number=1, marker="apply")
    path = machine.root / "event.json"
    path.write_text(json.dumps(event))
    machine.environment["GITHUB_EVENT_PATH"] = str(path)
    # A comment of the present second waits for the next run.
    machine.environment["NOW"] = (THURSDAY + timedelta(hours=1)).isoformat()
    machine.run_job(text, "people")
    (status,) = machine.sandbox.forge()["threads"][0]["said"][-1:]
    assert "1 accepted" in status["body"], status
    verdict = "" if took < MOST_SECONDS else f": MORE than {MOST_SECONDS} s"
    return f"3 commands and {took:.0f} s to {thread['title']!r}{verdict}; a click: 1 accepted"


def plain(machine):
    (machine.folder / FOLDER).mkdir()
    config = ["--config", FOLDER]
    machine.listkeeper("init", "README.md", "--no-look", *config)
    text = machine.listkeeper("schedule", "github-actions", *config)
    machine.push("Listkeeper")
    machine.run_job(text, "keep", **{STARTED: "47 6 * * MON,TUE,WED,THU,FRI,SAT"})
    files = git(machine.root / "bare.git", "ls-tree", "-r", "--name-only", "main").splitlines()
    assert "digests/2024-W46.md" in files
    assert machine.sandbox.forge()["threads"] == []
    return f"the plain workflow committed digests/2024-W46.md with its settings in {FOLDER!r}"


def rules(machine):
    machine.listkeeper("init", "README.md", "--no-look")
    text = machine.listkeeper("schedule", "github-actions", "--rules")
    machine.push("Listkeeper")
    (path,) = (machine.folder / "config" / "lists").glob("*.yaml")
    path.write_text(path.read_text().replace("about:", "about:\n  - kernel", 1))
    machine.push("A word")
    machine.run_job(text, "diff")
    assert "<!-- listkeeper rules diff -->" in (machine.root / "summary.md").read_text()
    return "the workflow for rules wrote its table"


def demo():
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        line = [sys.executable, "-P", "-m", "cli", "demo", "--publish", "--dir", f"{name}/demo"]
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
        ended = subprocess.run(line, cwd=name, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for words in ("3 accepted, 1 rejected", "merged by cleo: 3 accepted", '2024-W47" is open'):
        assert words in ended.stdout, (words, ended.stdout)
    return f"the demo told a week on a forge in {time.monotonic() - start:.0f} s"


if __name__ == "__main__":
    main()
