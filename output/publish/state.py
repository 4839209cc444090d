"""
The store of a list on a branch of its own repository: pulled before a run, pushed after it.

A push that loses a race takes in what the other one stored and tries again, so that both are kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.branches import Branches, Late
from catalog.errors import ComeBackLater
from catalog.files import create_whole
from catalog.store import Store
from output.digest.validation import check_json
from output.publish.state_files import new_files, read_files

# The learned orders, which are files of the state folder: a run elsewhere orders by the same.
ORDER = "order"
# Where the state folder once remembered the commit that is now a property of the store.
FORMER_LAST = "state-branch"
MAX_TRIES = 5
MESSAGE = "Listkeeper: state"


@dataclass(frozen=True, slots=True)
class StateBranch:
    """The branch that holds the store of ``folder``, a state folder."""

    store: Store
    folder: Path
    branches: Branches
    name: str

    def pull(self) -> int:
        """Take in what the branch holds; returns the number of new rows, 0 without news."""
        head = self.branches.fetch(self.name)
        return 0 if head is None else self._take_in(head, self._read(head))

    def push(self) -> str | None:
        """
        Commit the store to the branch; returns the commit, None where there was nothing new.

        ComeBackLater, with nothing lost, where others were faster five times.
        """
        for _ in range(MAX_TRIES):
            head = self.branches.fetch(self.name)
            branch = None if head is None else dict(self._read(head))
            if head is not None and branch is not None:
                self._take_in(head, branch)
            files, only = new_files(dict(self._files()), branch)
            commit = self.branches.commit(files, head, MESSAGE, only=only)
            if commit is None:
                return None
            try:
                self.branches.push(commit, self.name, head)
            except Late:
                continue
            self._remember(commit)
            return commit
        raise ComeBackLater(
            self.name, f"others pushed first {MAX_TRIES} times; nothing is lost", "run it again"
        )

    def show(self) -> dict[str, int]:
        """The number of lines of each file that the branch holds; empty without a branch."""
        head = self.branches.fetch(self.name)
        files = read_files(dict(self._read(head))) if head else {}
        return {path: data.count(b"\n") for path, data in sorted(files.items())}

    def _take_in(self, head: str, branch: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> int:
        # What this store has deleted since must not come back from its own last commit.
        if head == self._last():
            return 0
        files = read_files(dict(branch))
        added = self.store.memory.take_in(files.items(), check_json)
        for path, data in _orders(files.items()):
            create_whole(self.folder / path, data)
        self._remember(head)
        return added

    def _read(self, head: str) -> Iterator[tuple[str, bytes]]:
        """The files of a commit; a name that would be no line, or another one, is none of ours."""
        for path, data in self.branches.read(head):
            if path.isprintable() and not path.startswith(("+", "-")):
                yield path, data

    def _last(self) -> str:
        """The newest commit of the branch that the store has taken in or made."""
        if (last := self.store.properties.get(self._mark)) is not None:
            return last
        former = self.folder / FORMER_LAST
        return former.read_text().strip() if self.store.is_file and former.exists() else ""

    def _remember(self, commit: str) -> None:
        self.store.properties.set(self._mark, commit)

    @property
    def _mark(self) -> str:
        return f"commit of {self.name}"

    def _files(self) -> Iterator[tuple[str, bytes]]:
        yield from self.store.memory.files().items()
        for path in sorted((self.folder / ORDER).glob("*.json")):
            yield f"{ORDER}/{path.name}", path.read_bytes()


def _orders(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """The learned orders among files; their names come from outside, and are one part each."""
    for path, data in files:
        folder, _, name = path.partition("/")
        if folder == ORDER and name == Path(name).name and name.endswith(".json"):
            yield path, data
