"""A list's repository on the sandbox's forge, and jobs that run in fresh clones of it."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from sandbox.process import Sandbox
from tests.workspace import LIST, Ended, Workspace

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
DAILY = (("ci", "daily"),)
SYNC = (("sync",),)
# A Monday's job without the crawl: the digest is made of what is stored.
PUBLISH = (("state", "pull"), ("sync",), ("classify",), ("digest",), ("publish",))
NAME = "octo/efficient-llm"
TOKEN = "T0ken-of-the-job"
PEOPLE = {
    "ann": "write",
    "ben": "maintain",
    "tess": "triage",
    "reader": "read",
    # An organisation's own role that may write.
    "edith": "editor",
}
SETTINGS = f"repository: {NAME}\n"


@dataclass
class Hosted:
    """
    The repository; ``root`` is a folder of its own, ``files`` are more than a list has.

    ``stored`` is a state folder that each clone gets a copy of.
    """

    root: Path
    sandbox: Sandbox
    settings: str = SETTINGS
    files: Mapping[str, str] = field(default_factory=dict)
    jobs: int = field(default=0, init=False)
    token: str = field(default=TOKEN, init=False)
    stored: Path | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        first = Workspace(self.root / "first")
        (first.root / "config" / "publish.yaml").write_text(self.settings)
        (first.root / ".gitignore").write_text(".listkeeper/\n")
        for path, text in self.files.items():
            (first.root / path).write_text(text)
        git(first.root, "init", "-q", "-b", "main")
        commit(first.root, "A list")
        self.sandbox.set_forge(
            repository=NAME,
            git=str(self.root / "bare.git"),
            source=str(first.root),
            roles=PEOPLE,
            tokens={TOKEN: "github-actions[bot]"},
        )

    @property
    def address(self) -> str:
        return f"{self.sandbox.url}/git/{NAME}.git"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.sandbox.environment(),
            "GITHUB_TOKEN": self.token,
            "GITHUB_REPOSITORY": NAME,
        }

    def remove(self, path: str) -> None:
        """Take a file out of the default branch, as a person would."""
        folder = self.root / "person"
        git(self.root, "clone", "-q", str(self.root / "bare.git"), str(folder))
        git(folder, "rm", "-q", path)
        git(folder, "commit", "-q", "-m", f"Remove {path}")
        git(folder, "push", "-q", "origin", "HEAD")
        shutil.rmtree(folder)

    def clone(self) -> Workspace:
        """A fresh clone of the default branch, as a job has it."""
        self.jobs += 1
        folder = self.root / f"job-{self.jobs}"
        # Not over HTTP: what counts is what the job itself asks.
        git(self.root, "clone", "-q", str(self.root / "bare.git"), str(folder))
        git(folder, "remote", "set-url", "origin", self.address)
        if self.stored:
            shutil.copytree(self.stored, folder / ".listkeeper")
        return Workspace(folder, self.environment)

    def job(self, *commands: tuple[str, ...], at: datetime) -> list[Ended]:
        """Run commands in a fresh clone, which is thrown away afterwards."""
        self.sandbox.set_clock(at)
        workspace = self.clone()
        ended = [workspace.run(*command, as_of=at) for command in commands]
        shutil.rmtree(workspace.root)
        return ended

    def tick(self, number: int, by: str, act: str = "accept", thread: int = 1) -> dict:
        """Tick a candidate's box in a thread's body."""
        body = self.threads[thread - 1]["body"]
        (line,) = [row for row in body.split("\n") if f"<!-- {act} {number} " in row]
        marker = line.split("<!-- ")[1].split(" -->")[0]
        return self.sandbox.act("tick", by, number=thread, marker=marker)

    def untick(self, number: int, by: str) -> dict:
        """Take an accept tick out of the first thread's body; returns the event."""
        marker = f"accept {number} arxiv:{self.key(number)}"
        return self.sandbox.act("untick", by, number=1, marker=marker)

    def event_job(self, event: dict, at: datetime) -> Ended:
        """The job that an event starts."""
        path = self.root / "event.json"
        path.write_text(json.dumps(event))
        (ended,) = self.job(("sync", "--event", str(path)), at=at)
        return ended

    def key(self, number: int, thread: int = 1) -> str:
        """The arXiv id of a candidate in a thread's body."""
        body = self.threads[thread - 1]["body"]
        (line,) = [row for row in body.split("\n") if f"<!-- accept {number} " in row]
        return line.split("arxiv:")[1].split(" ")[0]

    @property
    def threads(self) -> list[dict]:
        return self.sandbox.forge()["threads"]

    def list_on(self, branch: str) -> bytes:
        return self.file(branch, LIST)

    def file(self, branch: str, path: str) -> bytes:
        bare = str(self.root / "bare.git")
        line = ["git", "-C", bare, "cat-file", "blob", f"refs/heads/{branch}:{path}"]
        return subprocess.run(line, check=True, capture_output=True).stdout

    def paths(self, branch: str) -> set[str]:
        """The files of a branch."""
        if branch not in self.branches():
            return set()
        return set(git(self.root / "bare.git", "ls-tree", "-r", "--name-only", branch).split())

    def refs(self) -> dict[str, str]:
        """The commit of each branch."""
        shown = git(self.root / "bare.git", "for-each-ref", "--format=%(refname) %(objectname)")
        return dict(line.split(" ") for line in shown.splitlines())

    def requests(self) -> list[str]:
        """What was asked of the forge's API since the log was cleared."""
        return [
            f"{seen['method']} {seen['path']}"
            for seen in self.sandbox.seen()
            if seen["path"].startswith(f"/repos/{NAME}")
        ]

    def git_requests(self) -> list[str]:
        """What git asked since the log was cleared."""
        return [seen["path"] for seen in self.sandbox.seen() if seen["path"].startswith("/git/")]

    def standing(self) -> str:
        """All that stands on the forge, threads and files, without when it came there."""
        trees = "--format=%(refname) %(tree)"
        moments = re.compile(r'"\w+_at": "[^"]*"')
        threads = moments.sub("", json.dumps(self.threads, sort_keys=True))
        return threads + git(self.root / "bare.git", "for-each-ref", trees)

    def writes(self) -> list[str]:
        return [asked for asked in self.requests() if not asked.startswith("GET")]

    def branches(self) -> set[str]:
        shown = git(self.root / "bare.git", "for-each-ref", "--format=%(refname:short)")
        return set(shown.split())


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@list.example"]
    line = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout


def commit(folder: Path, subject: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", subject)
