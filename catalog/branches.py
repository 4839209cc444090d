"""
Reads and writes branches of a git repository without a work tree, and pushes them.

A push is git's own compare-and-swap: it is refused where somebody else was faster. A token goes to
git in the environment, for one server only, so that it stands in no command line, address or log.
"""

import base64
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from catalog.errors import ComeBackLater, StoreTrouble, Trouble, UsageTrouble
from catalog.git import broken_repository, owner_trouble
from config.secret import Secret

TRANSFER_TIMEOUT_S = 120
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
BOT = ("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
# So many commits of others on top of ours are looked at.
MAX_FOREIGN_COMMITS = 50
# So many more commits of a shallow clone are fetched to see who changed a file.
MAX_DEEPENED = 100
# A state of years holds a tenth of this, in bytes as they are read.
MAX_READ_BYTES = 256 << 20
# A million files have names of so many bytes.
MAX_NAMES_BYTES = 64 << 20
# What git says when a push came too late; the words are stable under LC_ALL=C.
LATE = ("non-fast-forward", "fetch first", "stale info", "cannot lock ref", "failed to update ref")
PROTECTED = ("GH006", "GH013", "protected branch")
# A branch whose name is a folder of another one's: no other time makes room for it.
IN_THE_WAY = ("exists; cannot create", "directory file conflict", "there are still refs under")
# No other time makes a remote of these.
NO_REMOTE = ("does not appear to be a git repository", "is not a git command", "' not found")
DENIED = ("Authentication failed", "could not read Username", "returned error: 403", "denied")
# Said of a file of this machine; what ssh and servers say goes on.
OWN_FILES = re.compile(r": Permission denied$", re.MULTILINE)
# What another time may mend: the network, a server that is busy, and another git at work.
PASSING = (
    "Could not resolve", "unable to access", "Connection", "connect to", "timed out", "hung up",
    "early EOF", "Temporary failure", "RPC failed", "returned error: 5", "unreachable", "No route",
    "unexpected disconnect", "kex_exchange", "shallow file has changed", ".lock': File exists",
    "Internal Server Error", "cannot lock ref", "protocol error", "invalid server response",
    "expected flush", "expected 'packfile'", "unexpected EOF",
)  # fmt: skip
# Of those, what no other time mends.
LASTING = ("certificate", "Host key verification failed")


# How git marks a file, and one that can be run.
FILE_MODES = ("100644", "100755")


class Late(Trouble):
    """Somebody else pushed first: fetch, and try again."""

    exit_code = 75


class Protected(Trouble):
    """The server refuses pushes to this branch, whoever pushes."""


class _TreeFile(NamedTuple):
    """What git keeps of a name in a commit: a file, a link, or another repository's commit."""

    mode: str
    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Branches:
    """
    The branches of a repository: a clone in ``folder``, and the ``remote`` it pushes to.

    ``remote`` is a name such as ``origin``, or an address. ``token`` is sent to ``server`` only,
    an address such as ``https://github.com``.
    """

    folder: Path
    remote: str = "origin"
    server: str = ""
    token: Secret = field(default_factory=lambda: Secret(""))

    def fetch(self, branch: str) -> str | None:
        """Fetch the newest commit of a branch and return it; None where there is no branch."""
        listed = self._git(
            "ls-remote", "--exit-code", self.remote, f"refs/heads/{branch}", ok=(0, 2)
        )
        if not listed:
            return None
        sha = listed.split()[0].decode()
        if self._git("cat-file", "-t", sha, ok=(0, 1, 128)).strip() != b"commit":
            self._git("fetch", "--quiet", "--no-tags", self.remote, f"refs/heads/{branch}")
        return sha

    def default_branch(self) -> str:
        """The branch that the remote's HEAD names."""
        listed = self._git("ls-remote", "--symref", self.remote, "HEAD").decode()
        for line in listed.splitlines():
            if line.startswith("ref: refs/heads/"):
                return line.removeprefix("ref: refs/heads/").split("\t")[0]
        raise UsageTrouble(self.remote, "has no default branch", "push a first commit")

    def head(self) -> str:
        """The commit that is checked out."""
        return self._git("rev-parse", "HEAD").decode().strip()

    def committed(self, path: str) -> bytes:
        """A file as the commit has it that is checked out; empty where it has none."""
        return dict(self.read(self.head(), [path])).get(path, b"")

    def prefix(self) -> str:
        """The path of the folder inside its repository: empty at the top, else ends with /."""
        return os.fsdecode(self._git("rev-parse", "--show-prefix").removesuffix(b"\n"))

    def parent(self, commit: str) -> str | None:
        """The first parent of a commit."""
        shown = self._git("rev-list", "--parents", "-n", "1", commit).decode().split()
        return shown[1] if len(shown) > 1 else None

    def tree(self, commit: str) -> str:
        """The id of all that a commit holds."""
        return self._git("rev-parse", f"{commit}^{{tree}}").decode().strip()

    def merged(self, left: str, right: str) -> str | None:
        """
        The id of what a merge of two commits holds.

        None where both changed the same lines, or where git knows nothing that both stand on.
        """
        ended = self._run("merge-tree", "--write-tree", left, right)
        if ended.returncode > 1 and self._oldest():
            self._deepen()
            ended = self._run("merge-tree", "--write-tree", left, right)
        return ended.stdout.split()[0].decode() if ended.returncode == 0 else None

    def newest_merged(self, commit: str, own: str, branch: str) -> str | None:
        """The newest commit of a branch that somebody merged into ours since our own commit."""
        shown = self._git("log", "--first-parent", "--format=%P", f"{own}..{commit}").decode()
        for line in shown.splitlines():
            parents = line.split()[1:]
            if parents and self._is_in(parents[0], branch):
                return parents[0]
        return None

    def _is_in(self, commit: str, branch: str) -> bool:
        head = self.fetch(branch) or ""
        line = ("merge-base", "--is-ancestor", commit, head)
        if self._run(*line).returncode and self._oldest():
            self._deepen()
        return self._run(*line).returncode == 0

    def _deepen(self) -> None:
        """Fetch more of a shallow clone's history."""
        branch = f"refs/heads/{self.default_branch()}"
        deeper = ("--quiet", "--no-tags", f"--deepen={MAX_DEEPENED}", self.remote, branch)
        self._git("fetch", *deeper)

    def committed_at(self, commit: str) -> datetime:
        """The moment of a commit, UTC."""
        seconds = self._git("log", "-1", "--format=%ct", commit).decode().strip()
        return datetime.fromtimestamp(int(seconds), UTC)

    def diff(self, before: str, after: str) -> str:
        """What a commit changes, as a unified diff."""
        options = ("--no-color", "--no-ext-diff", "--no-renames")
        return self._git("diff", *options, before, after).decode(errors="replace")

    def author(self, commit: str) -> str:
        """The name that a commit gives for its author: a hint, not a proof."""
        return self._git("log", "-1", "--format=%an", commit).decode(errors="replace").strip()

    def newest_own(self, commit: str) -> str | None:
        """The newest commit of ours that a commit stands on, itself included; None without one."""
        log = [
            "log",
            "--first-parent",
            f"--max-count={MAX_FOREIGN_COMMITS}",
            "--format=%H %an <%ae>",
        ]
        for line in self._git(*log, commit).decode(errors="replace").splitlines():
            sha, _, author = line.partition(" ")
            if author == f"{BOT[0]} <{BOT[1]}>":
                return sha
        return None

    def last_author(self, path: str) -> str:
        """
        Who changed a file last, by the name in the commit; empty where nobody can be named.

        In a shallow clone, whose oldest commit seems to have made every file, more is fetched.
        """
        sha, author = self._last_change(path)
        if sha in self._oldest():
            self._deepen()
            sha, author = self._last_change(path)
        return "" if sha in self._oldest() else author

    def _last_change(self, path: str) -> tuple[str, str]:
        line = self._git("log", "-1", "--format=%H %an", "--", f":/{path}")
        sha, _, author = line.decode(errors="replace").strip().partition(" ")
        return sha, author.strip()

    def _oldest(self) -> set[str]:
        """Where a shallow clone is cut off; empty for a full one."""
        name = os.fsdecode(self._git("rev-parse", "--git-path", "shallow").removesuffix(b"\n"))
        with suppress(FileNotFoundError):
            return set((self.folder / name).read_text().split())
        return set()

    def blobs(self, commit: str | None) -> dict[str, str]:
        """The id of each file of a commit, by path."""
        return {path: file.id for path, file in self._files(commit).items() if file.kind == "blob"}

    def _files(self, commit: str | None) -> dict[str, "_TreeFile"]:
        """All that a commit holds, by path: links and other repositories too."""
        if commit is None:
            return {}
        # Names are bytes to git: a repository may hold some that are no UTF-8.
        lines = os.fsdecode(self._listed(commit)).split("\0")
        rows = (line.partition("\t") for line in lines if line)
        return {path: _TreeFile(*head.split()) for head, _, path in rows}

    def _listed(self, commit: str) -> bytes:
        """The lines of all files. Folders that hold each other name more than fit anywhere."""
        with self._started("ls-tree", "-r", "-z", "--full-tree", commit) as running:
            assert running.stdout is not None and running.stderr is not None  # noqa: S101, PT018
            listed = running.stdout.read(MAX_NAMES_BYTES + 1)
            if len(listed) > MAX_NAMES_BYTES:
                running.kill()
                raise StoreTrouble(
                    f"{commit[:10]} in git",
                    f"names more files than fit into {MAX_NAMES_BYTES >> 20} MB",
                    "restore the branch to an earlier commit",
                )
            printed = running.stderr.read()
        if running.returncode:
            raise self._trouble("ls-tree", printed.decode(errors="replace"))
        return listed

    def read(self, commit: str, paths: Iterable[str] | None = None) -> Iterator[tuple[str, bytes]]:
        """The files of a commit, or those of these paths that it has."""
        blobs = self.blobs(commit)
        chosen = sorted(blobs if paths is None else set(paths) & blobs.keys())
        request = b"".join(blobs[path].encode() + b"\n" for path in chosen)
        # git packs a gigabyte of blanks into a thousandth: it is asked before it is unpacked.
        sizes = self._git("cat-file", "--batch-check=%(objectsize)", stdin=request).split()
        if sum(map(int, sizes)) > MAX_READ_BYTES:
            most = max(zip(map(int, sizes), chosen, strict=True))[1]
            raise StoreTrouble(
                f"{commit[:10]} in git",
                f"holds more than {MAX_READ_BYTES >> 20} MB, most of it in {most[:100]!r}",
                "restore the branch to an earlier commit",
            )
        output = self._git("cat-file", "--batch", stdin=request)
        at = 0
        for path in chosen:
            end = output.index(b"\n", at)
            size = int(output[at:end].split()[2])
            yield path, output[end + 1 : end + 1 + size]
            at = end + 1 + size + 1

    def commit(
        self,
        files: Mapping[str, bytes | None],
        parent: str | None,
        message: str,
        *,
        only: bool = False,
        author: tuple[str, str] = BOT,
        orphan: bool = False,
    ) -> str | None:
        """
        A commit on ``parent`` with these files changed (None removes one); None without a change.

        With ``only`` the commit holds nothing else. With ``orphan`` it has no parent, and the
        parent's files are only compared with.
        """
        before = self._files(parent)
        after = {} if only else dict(before)
        for path, data in files.items():
            if data is None:
                after.pop(path, None)
                continue
            # What can be run stays so; what was a link becomes the file.
            was = before.get(path)
            mode = was.mode if was and was.mode in FILE_MODES else FILE_MODES[0]
            after[path] = _TreeFile(mode, "blob", blob_id(data))
            if was != after[path]:
                self._git("hash-object", "-w", "--stdin", stdin=data)
        if after == before and parent is not None:
            return None
        tree = self._tree(after)
        parents = ["-p", parent] if parent and not orphan else []
        name, mail = author
        identity = {
            **{f"GIT_{who}_NAME": name for who in ("AUTHOR", "COMMITTER")},
            **{f"GIT_{who}_EMAIL": mail for who in ("AUTHOR", "COMMITTER")},
        }
        written = self._git("commit-tree", tree, *parents, "-m", message, extra=identity)
        return written.decode().strip()

    def _tree(self, files: "Mapping[str, _TreeFile]") -> str:
        lines = "".join(
            f"{entry.mode} {entry.id}\t{path}\0" for path, entry in sorted(files.items())
        )
        with tempfile.TemporaryDirectory(prefix="listkeeper-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self._git("update-index", "-z", "--index-info", stdin=os.fsencode(lines), extra=index)
            return self._git("write-tree", extra=index).decode().strip()

    def push(self, commit: str, branch: str, expected: str | None) -> None:
        """
        Make a branch point at a commit, if it still is at ``expected`` (None: doesn't exist).

        Late where it isn't; Protected where the server lets nobody push.
        """
        lease = f"--force-with-lease=refs/heads/{branch}:{expected or ''}"
        self._pushed(branch, lease, f"{commit}:refs/heads/{branch}")

    def remove(self, branch: str, expected: str) -> None:
        """Delete a branch that still is at ``expected``."""
        lease = f"--force-with-lease=refs/heads/{branch}:{expected}"
        self._pushed(branch, lease, f":refs/heads/{branch}")

    def _pushed(self, branch: str, lease: str, refspec: str) -> None:
        ended = self._run("push", "--quiet", "--porcelain", lease, self.remote, refspec)
        if ended.returncode == 0:
            return
        printed = (ended.stdout + ended.stderr).decode(errors="replace")
        if any(words in printed for words in PROTECTED):
            raise Protected(
                branch,
                "is protected: the server refuses pushes to it",
                "let this job past the rule: Settings › Rules, or Settings › Branches",
            )
        if any(words in printed for words in IN_THE_WAY):
            folder = branch.partition("/")[0]
            raise UsageTrouble(
                branch,
                f"cannot be made beside a branch {folder!r}, or one below its own name",
                "rename that branch",
            )
        if any(words in printed for words in LATE):
            raise Late(branch, "was changed by somebody else meanwhile", "try again")
        raise self._trouble("push", printed)

    def _git(
        self,
        *arguments: str,
        stdin: bytes = b"",
        extra: Mapping[str, str] | None = None,
        ok: tuple[int, ...] = (0,),
    ) -> bytes:
        ended = self._run(*arguments, stdin=stdin, extra=extra)
        if ended.returncode not in ok:
            raise self._trouble(arguments[0], ended.stderr.decode(errors="replace"))
        return ended.stdout

    def _run(
        self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603
                ["git", "-C", str(self.folder), *arguments],  # noqa: S607
                input=stdin,
                capture_output=True,
                check=False,
                timeout=TRANSFER_TIMEOUT_S,
                env={**self._environment(), **(extra or {})},
            )
        except FileNotFoundError:
            raise UsageTrouble("git", "is not installed", "install it") from None
        except subprocess.TimeoutExpired:
            raise ComeBackLater(
                "git", f"{arguments[0]} did not end in {TRANSFER_TIMEOUT_S} s", "try again later"
            ) from None

    def _started(self, *arguments: str) -> "subprocess.Popen[bytes]":
        """A command of git whose output the caller reads as far as it likes."""
        try:
            return subprocess.Popen(  # noqa: S603
                ["git", "-C", str(self.folder), *arguments],  # noqa: S607
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self._environment(),
            )
        except FileNotFoundError:
            raise UsageTrouble("git", "is not installed", "install it") from None

    def _environment(self) -> dict[str, str]:
        return {**_clean(os.environ), **QUIET, **self._credentials()}

    def _credentials(self) -> dict[str, str]:
        if not (self.token and self.server):
            return {}
        pair = base64.b64encode(f"x-access-token:{self.token.reveal()}".encode()).decode()
        return {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{self.server.rstrip('/')}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {pair}",
        }

    def _trouble(self, what: str, printed: str) -> Trouble:
        reason = self.token.hidden_in(_reason(printed))[:200]
        if any(words in OWN_FILES.sub("", printed) for words in DENIED):
            return UsageTrouble(
                f"git {what}", f"is refused ({reason})", "give a token that may push"
            )
        if trouble := owner_trouble(self.folder, printed):
            return trouble
        if "not a git repository" in printed:
            return broken_repository(self.folder.resolve(), printed) or UsageTrouble(
                str(self.folder), "is not in a git repository", "run it in a clone"
            )
        if any(words in printed for words in NO_REMOTE):
            # Without a repository git takes the remote's name for a path.
            checkout = self._run("rev-parse", "--git-dir")
            if checkout.returncode:
                return self._trouble("rev-parse", checkout.stderr.decode(errors="replace"))
            return UsageTrouble(
                str(self.folder),
                f"has no remote repository {self.remote!r} ({reason})",
                f"git remote add {self.remote} ADDRESS, or git remote set-url",
            )
        is_passing = any(words in printed for words in PASSING)
        if is_passing and not any(words in printed for words in LASTING):
            return ComeBackLater(f"git {what}", f"failed ({reason})", "try again later")
        return Trouble(f"git {what}", f"failed ({reason})", _remedy(printed))


def _remedy(printed: str) -> str:
    """What a person can do about a failure that stays."""
    if "corrupt" in printed or "object file" in printed:
        return "git fsck says what is damaged; clone it anew, or restore .git"
    if "hook declined" in printed:
        return "the server's own rules refuse it: ask who keeps them"
    if "failed to push some refs" in printed or "by hook" in printed:
        return "a hook of this clone refuses it (.git/hooks): mend or remove the hook"
    return "mend that, and run the command again"


def _reason(printed: str) -> str:
    """
    What git says the reason is: the server's own words, else git's.

    git ends with advice, and ssh's reason stands before git's.
    """
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    if told := [line.removeprefix("remote: ") for line in lines if line.startswith("remote: ")]:
        return told[0]
    fatal = [line.removeprefix("fatal: ") for line in lines if line.startswith("fatal: ")]
    telling = [line for line in fatal if not line.startswith("Could not read from remote")]
    if fatal and not telling:
        return lines[0]
    return (telling or lines[-1:] or ["no reason given"])[0]


def blob_id(data: bytes) -> str:
    """The id that git gives these bytes."""
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without variables that name another repository, as a hook's do."""
    return {name: value for name, value in environment.items() if not name.startswith("GIT_")}
