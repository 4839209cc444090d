"""Reads files at a git revision, when they changed, and which did. Never changes the repository."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from catalog.errors import UsageTrouble
from config.patterns import lazy_regex

# Seconds; reading one file takes a few milliseconds.
HISTORY_TIMEOUT_S = 20
# Asks nothing, changes nothing, fetches nothing, and gives reasons in English.
QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "LC_ALL": "C",
}
# Variables that name a repository, as git gives them to hooks. ``git rev-parse --local-env-vars``
# has these, and others that only configure git.
LOCAL_VARIABLES = frozenset(
    {
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_PREFIX",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_GRAFT_FILE",
        "GIT_SHALLOW_FILE",
        "GIT_NAMESPACE",
        "GIT_QUARANTINE_PATH",
    }
)

# An address of a repository on GitHub, as git clones it: by HTTPS, or by SSH in three spellings.
ON_GITHUB = lazy_regex(
    r"(?:[a-z+]+://)?(?:[^/@]+@)?(?:www\.|ssh\.)?github\.com(?::\d+)?[:/]+"
    r"(?P<name>[^/\s]+/[^/\s]+?)(?:\.git)?/?",
    re.IGNORECASE,
)

# The mode of a link in a tree.
LINK = "120000"
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
    The bytes of a file at a branch, tag or commit; None if it didn't exist there.

    The revision is user input: it can't be an option or name another file. UsageTrouble where git
    has no answer: that is never taken for a file that didn't exist.
    """
    if revision.startswith("-") or ":" in revision or not revision.isprintable():
        raise _unknown(revision)
    checkout = _checkout(path)
    commit = _commit(checkout, revision)
    name = checkout.name_of(path)
    entries = checkout.entries(commit, name)
    if name in entries:
        mode, kind, blob = entries[name]
        if kind == "blob" and mode != LINK:
            # Not `git show`: it would run what a repository's attributes ask for.
            return checkout.git("cat-file", "blob", blob)
        raise UsageTrouble(
            f"{revision}:{name}", "is a link or a folder there, not a file", "name another revision"
        )
    # What a link or a submodule leads to is in no tree of this repository.
    folders = checkout.entries(commit, *map(str, PurePosixPath(name).parents[:-1]))
    for folder, (mode, kind, _) in folders.items():
        if mode == LINK or kind == "commit":
            what = "link" if mode == LINK else "submodule"
            raise UsageTrouble(
                f"{revision}:{folder}",
                f"is a {what} there, so that git does not say what {name} was",
                "name another revision",
            )
    return None


def gone_since(folder: Path, suffix: str, revision: str) -> Iterator[tuple[str, bytes]]:
    """
    Names and bytes of a folder's files at a revision that are no longer there: renamed, or removed.

    The revision must be one that ``at_revision`` takes.
    """
    checkout = _checkout(folder / "any")
    commit = _commit(checkout, revision)
    below = checkout.name_of(folder)
    place = () if below == "." else (f"{below}/",)
    listed = checkout.git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, *place)
    for line in filter(None, listed.split(b"\0")):
        about, _, path = line.partition(b"\t")
        mode, kind, blob = about.decode().split()
        name = Path(os.fsdecode(path)).name
        is_file = kind == "blob" and mode != LINK
        if is_file and name.endswith(suffix) and not (folder / name).exists():
            yield name, checkout.git("cat-file", "blob", blob)


def changed_files(folder: Path, below: Sequence[Path]) -> list[Path]:
    """
    Files that differ from the last commit, new ones too, among these files and folders.

    Only those of the repository that ``folder`` lies in, and none that it ignores. UsageTrouble
    without git or a repository.
    """
    checkout = _checkout(folder / "any")
    paths = [path.resolve() for path in below]
    own = [str(path) for path in paths if path.is_relative_to(checkout.top)]
    if not own:
        return []
    options = ("--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    listed = checkout.git("--literal-pathspecs", "status", *options, "--", *own)
    # Two letters say how each differs, then a blank.
    return [checkout.top / os.fsdecode(line[3:]) for line in listed.split(b"\0") if line]


def origin_of(folder: Path) -> str:
    """The owner/name on GitHub of a clone's remote ``origin``; empty where it has none there."""
    with suppress(UsageTrouble):
        ended = _run(folder, _without_repository(os.environ), "remote", "get-url", "origin")
        found = ON_GITHUB.fullmatch(ended.stdout.decode(errors="replace").strip())
        return found["name"] if found else ""
    return ""


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
    checkout = _checkout(path)
    if not checkout.answer("rev-parse", "--verify", "--quiet", "HEAD"):
        return b""
    if checkout.is_shallow:
        raise UsageTrouble(
            str(checkout.top), "is a shallow clone, without its history", "git fetch --unshallow"
        )
    name = checkout.name_of(path)
    return checkout.git("log", f"-n{MAX_COMMITS}", *options, "--", f":(top,literal){name}")


@dataclass(frozen=True, slots=True)
class _Checkout:
    """The repository of a file: the folder to ask git in, its environment, its work tree."""

    folder: Path
    environment: Mapping[str, str]
    top: Path

    def git(self, *arguments: str) -> bytes:
        """The output of git; UsageTrouble with its reason if it fails."""
        ended = _run(self.folder, self.environment, *arguments)
        if ended.returncode:
            command = next(argument for argument in arguments if not argument.startswith("-"))
            raise UsageTrouble(
                str(self.top),
                f"cannot be read by git {command} ({_reason(ended)})",
                "look at `git status` and `git fsck` there",
            )
        return ended.stdout

    def name_of(self, path: Path) -> str:
        """The path below the top of the work tree, as git writes it."""
        if not path.resolve().is_relative_to(self.top):
            raise UsageTrouble(
                str(path.resolve()),
                f"is outside of the work tree that its repository names ({self.top})",
                "look at `git config core.worktree` there",
            )
        return path.resolve().relative_to(self.top).as_posix()

    def entries(self, commit: str, *names: str) -> dict[str, tuple[str, str, str]]:
        """Mode, kind and id of these files and folders of a commit, those that it has."""
        if not names:
            return {}
        blobs = {}
        listed = self.git("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, *names)
        for line in filter(None, listed.split(b"\0")):
            about, _, name = line.partition(b"\t")
            mode, kind, blob = about.decode().split()
            blobs[os.fsdecode(name)] = mode, kind, blob
        return blobs

    def answer(self, *arguments: str) -> str:
        """The output of git in one line; empty if it fails."""
        ended = _run(self.folder, self.environment, *arguments)
        return "" if ended.returncode else ended.stdout.decode(errors="replace").strip()

    @property
    def is_shallow(self) -> bool:
        return self.answer("rev-parse", "--is-shallow-repository") == "true"


def _checkout(path: Path) -> _Checkout:
    """The repository that a file lies in; UsageTrouble where there is none, with git's reason."""
    folder = path.resolve().parent
    # A hook is told of the repository it runs for, and only half in a linked work tree.
    top_or_reason = _top(folder, _without_repository(os.environ))
    if isinstance(top_or_reason, Path):
        return _Checkout(folder, _without_repository(os.environ), top_or_reason)
    if "GIT_DIR" in os.environ and "not a git repository" in top_or_reason:
        # A work tree may lie apart from its repository: then only the environment knows.
        worktree, current = _top(Path.cwd(), os.environ), Path.cwd()
        if isinstance(worktree, Path) and folder.is_relative_to(worktree):
            return _Checkout(current, os.environ, worktree)
    raise _no_repository(folder, top_or_reason)


def _top(folder: Path, environment: Mapping[str, str]) -> Path | str:
    """The top of the work tree that holds a folder; git's reason where it knows none."""
    ended = _run(folder, environment, "rev-parse", "--show-toplevel")
    if ended.returncode:
        return ended.stderr.decode(errors="replace")
    return Path(os.fsdecode(ended.stdout.removesuffix(b"\n"))).resolve()


def _without_repository(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in LOCAL_VARIABLES}


def owner_trouble(folder: Path, printed: str) -> UsageTrouble | None:
    """What git's words mean where a folder is another user's; None where they say anything else."""
    if "dubious ownership" not in printed:
        return None
    command = re.search(r"git config --global --add safe\.directory .*", printed)
    advice = command[0] if command else f"git config --global --add safe.directory {folder}"
    return UsageTrouble(
        str(folder),
        "is in another user's repository, which git does not read (dubious ownership)",
        f"if you trust it: {advice.strip()}",
    )


def broken_repository(folder: Path, printed: str) -> UsageTrouble | None:
    """What is wrong where git sees no repository beside a ``.git``; None where there is none."""
    for place in (folder, *folder.parents):
        if os.path.lexists(place / ".git"):
            return UsageTrouble(
                str(place / ".git"),
                f"is no repository that git can read ({_last_line(printed)})",
                "git worktree repair, or restore it",
            )
    return None


def _no_repository(folder: Path, printed: str) -> UsageTrouble:
    if trouble := owner_trouble(folder, printed):
        return trouble
    if "not a git repository" in printed:
        if broken := broken_repository(folder, printed):
            return UsageTrouble(
                broken.where, broken.matter, f"{broken.do}; or name a file: rules diff OLD.yaml"
            )
        return UsageTrouble(
            str(folder), "is not in a git repository", "name a file: rules diff OLD.yaml"
        )
    reason = _last_line(printed)
    return UsageTrouble(
        str(folder), f"cannot be read by git ({reason})", "name a file: rules diff OLD.yaml"
    )


def _commit(checkout: _Checkout, revision: str) -> str:
    """The id of a revision's commit; UsageTrouble that says why there is none."""
    commit = checkout.answer("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if commit:
        return commit
    named = checkout.answer("rev-parse", "--verify", "--quiet", revision)
    if named and not checkout.answer("cat-file", "-t", named):
        raise UsageTrouble(
            repr(revision), f"cannot be read: git has lost {named[:12]}", "git fsck, git fetch"
        )
    unborn = checkout.answer("symbolic-ref", "--quiet", "--short", "HEAD")
    if revision in ("HEAD", "@", unborn) and not checkout.answer("rev-parse", "--verify", "HEAD"):
        raise UsageTrouble(
            repr(revision), "has no commit yet", "commit, or name a file: rules diff OLD.yaml"
        )
    if checkout.answer("rev-parse", "--verify", "--quiet", f"{revision}^{{object}}"):
        raise UsageTrouble(repr(revision), "names no commit", "name a branch, tag or commit")
    remote = f"origin/{revision}"
    if checkout.answer("rev-parse", "--verify", "--quiet", f"refs/remotes/{remote}^{{commit}}"):
        raise UsageTrouble(repr(revision), "is no branch here", f"write {remote}")
    if checkout.is_shallow:
        raise UsageTrouble(
            repr(revision),
            "is not in this shallow clone",
            f"git fetch --unshallow, or git fetch origin {revision}:{revision}",
        )
    raise _unknown(revision)


def _run(
    folder: Path, environment: Mapping[str, str], *arguments: str
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *arguments],  # noqa: S607
            capture_output=True,
            check=False,
            timeout=HISTORY_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
            env={**environment, **QUIET},
        )
    except FileNotFoundError:
        raise UsageTrouble("git", "is not installed", "name a file: rules diff OLD.yaml") from None
    except subprocess.TimeoutExpired:
        raise UsageTrouble("git", f"did not answer in {HISTORY_TIMEOUT_S} s") from None


def _reason(ended: subprocess.CompletedProcess[bytes]) -> str:
    return _last_line(ended.stderr.decode(errors="replace"))


def _last_line(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1].removeprefix("fatal: ")[:200] if lines else "it gave no reason"


def _unknown(revision: str) -> UsageTrouble:
    return UsageTrouble(
        repr(revision),
        "is neither a revision nor a file",
        "name a branch, tag, commit or YAML file",
    )
