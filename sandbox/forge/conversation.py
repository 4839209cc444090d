"""A list's repository on the sandbox's forge, and what three people do about its first week."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sandbox.process import Sandbox

REPOSITORY = "octocat/efficient-llm"
PEOPLE = {"ada": "write", "ben": "write", "cleo": "maintain"}
TICKS = (("ada", "accept", 1), ("ada", "accept", 2), ("ben", "reject", 3))
COMMENT = "/listkeeper accept 4 with star"


def host(folder: Path, outside: Sandbox) -> dict[str, str]:
    """Commit the folder's configuration and lists to a new repository; its jobs' variables."""
    (folder / "config" / "publish.yaml").write_text(f"repository: {REPOSITORY}\n")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "config", "lists")
    git(folder, "commit", "-q", "-m", "A list and its configuration")
    outside.set_forge(
        repository=REPOSITORY,
        git=str(folder / "forge.git"),
        source=str(folder),
        roles=PEOPLE,
        tokens={"demo": "github-actions[bot]"},
    )
    return {"GITHUB_TOKEN": "demo", "GITHUB_REPOSITORY": REPOSITORY}


def clone(folder: Path, outside: Sandbox, into: Path) -> None:
    """Make a fresh clone, as a job's runner does."""
    git(folder, "clone", "-q", f"{outside.url}/git/{REPOSITORY}.git", str(into))


def first_candidate(body: str) -> Iterator[str]:
    """The lines of the first candidate in the body of a pull request, without what is folded."""
    block = re.search(r"(?ms)^\*\*1\. .*?(?=^\*\*2\. |\Z)", body)
    open_text = re.sub(r"(?s)<details>.*?</details>|<!--.*?--> ?", "", block[0] if block else "")
    yield from (line.strip() for line in open_text.splitlines() if line.strip())


def decide(outside: Sandbox) -> Iterator[str]:
    """Two people tick, comment, and tick *Apply*; a line for each, as it's done."""
    body = outside.forge()["threads"][0]["body"]
    boxes = re.findall(r"- \[ \] <!-- ((?:accept|reject) \d+ \S+) -->", body)
    for by, act, number in TICKS:
        marker = next(box for box in boxes if box.startswith(f"{act} {number} "))
        outside.act("tick", by, number=1, marker=marker)
        yield f"{by} ticks {act} for candidate {number} ({marker.split()[-1]})"
    outside.act("comment", "ada", number=1, body=COMMENT)
    yield f"ada writes: {COMMENT}"
    outside.act("tick", "ben", number=1, marker="apply")
    yield "ben ticks Apply"


def git(folder: Path, *arguments: str) -> str:
    """What a command of git's prints in a folder; CalledProcessError if it fails."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@list.example"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout
