"""Reads a file as it was at a git revision. Never changes the repository."""

import os
import subprocess
from pathlib import Path

from catalog.errors import UsageTrouble

# Seconds; reading one file takes a few milliseconds.
GIT_TIMEOUT_S = 20
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}


def at_revision(path: Path, revision: str) -> bytes | None:
    """
    The bytes of a file at a branch, tag or commit; None if it didn't exist.

    The revision is user input: it can't be an option or name another file.
    """
    if revision.startswith("-") or ":" in revision or not revision.isprintable():
        raise _unknown(revision)
    folder = path.resolve().parent
    if _git(folder, "rev-parse", "--git-dir") is None:
        raise UsageTrouble(
            str(folder), "is not in a git repository", "name a file:  rules diff OLD.yaml"
        )
    commit = _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit is None:
        raise _unknown(revision)
    # Not `git show`: it would run what a repository's attributes ask for.
    return _git(folder, "cat-file", "blob", f"{commit.decode().strip()}:./{path.name}")


def _git(folder: Path, *arguments: str) -> bytes | None:
    """The output of git; None if it fails."""
    line = ["git", "-C", str(folder), *arguments]
    try:
        ended = subprocess.run(  # noqa: S603
            line,
            capture_output=True,
            check=False,
            timeout=GIT_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env=os.environ | QUIET,
        )
    except FileNotFoundError:
        raise UsageTrouble("git", "is not installed", "name a file:  rules diff OLD.yaml") from None
    except subprocess.TimeoutExpired:
        raise UsageTrouble("git", f"did not answer in {GIT_TIMEOUT_S} s") from None
    return ended.stdout if ended.returncode == 0 else None


def _unknown(revision: str) -> UsageTrouble:
    return UsageTrouble(
        repr(revision),
        "is neither a revision nor a file",
        "name a branch, tag, commit or YAML file",
    )
