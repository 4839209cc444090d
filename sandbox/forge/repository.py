"""The forge's repository: a real bare one, read and written by git, served by its http-backend."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.messages import Request, Response, text

SERVER_TIMEOUT_S = 60
IDENTITY = {
    "GIT_AUTHOR_NAME": "GitHub",
    "GIT_AUTHOR_EMAIL": "noreply@github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
    "GIT_CONFIG_NOSYSTEM": "1",
}
# Refuses pushes to the branches named in the file ``protected``, in the service's own words.
UPDATE_HOOK = """\
#!/bin/sh
if grep -qxF "$1" protected 2>/dev/null; then
  echo "error: GH006: Protected branch update failed for $1." >&2
  exit 1
fi
"""


@dataclass(frozen=True, slots=True)
class BareRepository:
    """A bare repository in a folder."""

    path: Path

    @classmethod
    def create(cls, path: Path, source: Path | None = None) -> "BareRepository":
        """Make an empty one, or clone ``source``; an existing one is used as it is."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            line = ["clone", "-q", "--bare", str(source)] if source else ["init", "-q", "--bare"]
            _run(["git", *line, str(path)])
        repository = cls(path)
        repository.git("config", "http.receivepack", "true")
        hook = path / "hooks" / "update"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(UPDATE_HOOK)
        hook.chmod(0o755)
        return repository

    def copy(self, path: Path) -> "BareRepository":
        """A copy in another folder, in place of what is there."""
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.path, path)
        return BareRepository(path)

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        return _run(["git", "-C", str(self.path), *arguments], stdin).decode().strip()

    @property
    def default_branch(self) -> str:
        return self.git("symbolic-ref", "--short", "HEAD")

    def sha(self, branch: str) -> str | None:
        """The commit of a branch; None if there is no such branch."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}")
        except subprocess.CalledProcessError:
            return None

    def has_news(self, base: str, head: str) -> bool:
        return self.git("rev-list", "--count", f"{base}..{head}") != "0"

    def merged_tree(self, base: str, head: str) -> str | None:
        """The tree of a merge; None where both changed the same lines."""
        try:
            return self.git("merge-tree", "--write-tree", base, head).splitlines()[0]
        except subprocess.CalledProcessError:
            return None

    def merge(
        self, base: str, head: str, tree: str, subject: str, *, how: str = "merge", by: str = ""
    ) -> str:
        """
        Put a tree on a branch: with both parents, or with ``squash`` or ``rebase`` with one.

        The forge commits it, or the login ``by``. A rebase of a branch with one commit is a commit
        like a squash.
        """
        parents = ["-p", f"refs/heads/{base}"]
        parents += ["-p", f"refs/heads/{head}"] if how == "merge" else []
        line = ["git", "-C", str(self.path), "commit-tree", tree, *parents, "-m", subject]
        sha = _run(line, extra=_author(by)).decode().strip()
        self.git("update-ref", f"refs/heads/{base}", sha)
        return sha

    def move_branch(self, branch: str, to: str = "") -> None:
        """Rename a branch; without a new name it is deleted."""
        if to:
            self.git("branch", "-m", branch, to)
        else:
            self.git("branch", "-D", branch)

    def write_file(self, branch: str, path: str, content: bytes, subject: str, by: str) -> str:
        """Commit one file to a branch, as the web editor does for the login ``by``."""
        blob = self.git("hash-object", "-w", "--stdin", stdin=content)
        index = {"GIT_INDEX_FILE": str(self.path / f"index-{os.getpid()}")}
        git = ["git", "-C", str(self.path)]
        _run([*git, "read-tree", f"refs/heads/{branch}"], extra=index)
        _run([*git, "update-index", "--add", "--cacheinfo", f"100644,{blob},{path}"], extra=index)
        tree = _run([*git, "write-tree"], extra=index).decode().strip()
        line = [*git, "commit-tree", tree, "-p", f"refs/heads/{branch}", "-m", subject]
        sha = _run(line, extra=_author(by)).decode().strip()
        self.git("update-ref", f"refs/heads/{branch}", sha)
        return sha

    def read_file(self, branch: str, path: str) -> bytes:
        line = ["git", "-C", str(self.path), "cat-file", "blob", f"refs/heads/{branch}:{path}"]
        return _run(line)

    def protect(self, branch: str) -> None:
        with (self.path / "protected").open("a") as file:
            file.write(f"refs/heads/{branch}\n")

    def serve(self, request: Request, path: str, user: str) -> Response:
        """Answer a request of git's smart protocol by ``git http-backend``."""
        environment = {
            **_clean(os.environ),
            "GIT_PROJECT_ROOT": str(self.path),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": "&".join(f"{k}={v}" for k, v in request.query.items()),
            "REQUEST_METHOD": request.method,
            "REMOTE_USER": user,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(request.body)),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        }
        ended = subprocess.run(
            ["git", "http-backend"],
            input=request.body,
            env=environment,
            capture_output=True,
            check=False,
            timeout=SERVER_TIMEOUT_S,
        )
        return _from_cgi(ended.stdout)


def _author(login: str) -> dict[str, str]:
    mail = f"{login}@users.noreply.github.com"
    return {"GIT_AUTHOR_NAME": login, "GIT_AUTHOR_EMAIL": mail} if login else {}


def _from_cgi(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    headers = dict(
        line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line
    )
    status = int(headers.pop("Status", "200").split()[0])
    if not output:
        return text(500, "git http-backend said nothing")
    return Response(status, body, {name.lower(): value for name, value in headers.items()})


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the variables by which a caller's git names its own repository."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_")}


def _run(line: list[str], stdin: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
    return subprocess.run(
        line,
        input=stdin,
        capture_output=True,
        check=True,
        timeout=SERVER_TIMEOUT_S,
        env={**_clean(os.environ), **IDENTITY, **(extra or {})},
    ).stdout
