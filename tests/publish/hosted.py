"""A list's repository on the sandbox's forge, and jobs that run in fresh clones of it."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.process import Sandbox
from tests.workspace import LIST, Ended, Workspace

NAME = "octo/efficient-llm"
TOKEN = "T0ken-of-the-job"
PEOPLE = {"ann": "write", "ben": "maintain", "tess": "triage", "reader": "read"}
PUBLISH = f"repository: {NAME}\n"


@dataclass
class Hosted:
    """The repository; ``root`` is a folder of its own."""

    root: Path
    sandbox: Sandbox
    settings: str = PUBLISH
    jobs: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        first = Workspace(self.root / "first")
        (first.root / "config" / "publish.yaml").write_text(self.settings)
        (first.root / ".gitignore").write_text(".listkeeper/\n")
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
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": NAME,
        }

    def clone(self) -> Workspace:
        """A fresh clone of the default branch, as a job has it."""
        self.jobs += 1
        folder = self.root / f"job-{self.jobs}"
        git(self.root, "clone", "-q", self.address, str(folder))
        return Workspace(folder, self.environment)

    def job(self, *commands: tuple[str, ...], at: datetime) -> list[Ended]:
        """Run commands in a fresh clone, which is thrown away afterwards."""
        self.sandbox.set_clock(at)
        workspace = self.clone()
        ended = [workspace.run(*command, as_of=at) for command in commands]
        shutil.rmtree(workspace.root)
        return ended

    @property
    def threads(self) -> list[dict]:
        return self.sandbox.forge()["threads"]

    def list_on(self, branch: str) -> bytes:
        return self.file(branch, LIST)

    def file(self, branch: str, path: str) -> bytes:
        bare = str(self.root / "bare.git")
        line = ["git", "-C", bare, "cat-file", "blob", f"refs/heads/{branch}:{path}"]
        return subprocess.run(line, check=True, capture_output=True).stdout

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
