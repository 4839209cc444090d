"""Reads a file as it was at a git revision, and when it changed. Never changes the repository."""

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from catalog.errors import UsageTrouble

# Seconds; reading one file takes a few milliseconds.
HISTORY_TIMEOUT_S = 20
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


# A line of ``git log`` that begins a commit; no line of a diff does.
COMMIT_LINE = "\x1e"
# Older commits are not looked at: a list that changes daily has these in a year and a half.
MAX_COMMITS = 500


class Commit(NamedTuple):
    """A commit that changed a file, and the moment when it was made (UTC)."""

    id: str
    at: datetime


def at_revision(path: Path, revision: str) -> bytes | None:
    """
    The bytes of a file at a branch, tag or commit; None if it didn't exist.

    The revision is user input: it can't be an option or name another file.
    """
    if revision.startswith("-") or ":" in revision or not revision.isprintable():
        raise _unknown(revision)
    folder = path.resolve().parent
    _refuse_no_repository(folder)
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        raise _unknown(revision)
    # Not `git show`: it would run what a repository's attributes ask for.
    return _git(folder, "cat-file", "blob", f"{commit.decode().strip()}:./{path.name}")


def commits(path: Path) -> Iterator[Commit]:
    """
    The commits that changed a file, newest first; none if it was never committed.

    UsageTrouble without git or a repository.
    """
    for line in _log(path, "--format=%H %ct").decode().splitlines():
        commit, _, seconds = line.partition(" ")
        yield Commit(commit, datetime.fromtimestamp(int(seconds), UTC))


def added_lines(path: Path) -> Iterator[tuple[datetime, str]]:
    """Every line that a commit added to a file, with the moment of the commit, newest first."""
    # Attributes of the repository may name programs for a diff; none of them is run.
    plain = ("--no-ext-diff", "--no-textconv", "--no-color", "--follow", "-p", "-U0")
    at = datetime.now(UTC)
    for line in (
        _log(path, f"--format={COMMIT_LINE}%ct", *plain).decode(errors="replace").split("\n")
    ):
        if line.startswith(COMMIT_LINE):
            at = datetime.fromtimestamp(int(line[1:]), UTC)
        elif line.startswith("+") and not line.startswith("+++ "):
            yield at, line[1:]


def _log(path: Path, *options: str) -> bytes:
    folder = path.resolve().parent
    _refuse_no_repository(folder)
    name = path.resolve().name
    return _git(folder, "log", f"-n{MAX_COMMITS}", *options, "--", f":(literal){name}") or b""


def _refuse_no_repository(folder: Path) -> None:
    if _git(folder, "rev-parse", "--git-dir") is None:
        raise UsageTrouble(
            str(folder), "is not in a git repository", "name a file:  rules diff OLD.yaml"
        )


def _git(folder: Path, *arguments: str) -> bytes | None:
    """The output of git; None if it fails."""
    line = ["git", "-C", str(folder), *arguments]
    try:
        ended = subprocess.run(  # noqa: S603
            line,
            capture_output=True,
            check=False,
            timeout=HISTORY_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env=os.environ | QUIET,
        )
    except FileNotFoundError:
        raise UsageTrouble("git", "is not installed", "name a file:  rules diff OLD.yaml") from None
    except subprocess.TimeoutExpired:
        raise UsageTrouble("git", f"did not answer in {HISTORY_TIMEOUT_S} s") from None
    return ended.stdout if ended.returncode == 0 else None


def _unknown(revision: str) -> UsageTrouble:
    return UsageTrouble(
        repr(revision),
        "is neither a revision nor a file",
        "name a branch, tag, commit or YAML file",
    )
