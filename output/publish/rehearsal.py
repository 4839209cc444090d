"""
A publication that is only shown: what would be asked of the forge and pushed, and written there.

Reads are real, so that what is shown is what would happen. Writes are noted and answered as the
forge would. What would be stored goes into a copy of the store, which is thrown away.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from catalog.branches import Branches
from output.digest.validation import check_json
from output.publish.forge import Missing
from output.publish.github import GitHub
from output.publish.state import ORDER
from pipelines.workspace import DATABASE_URL, Workspace

DRY_RUN = "nothing was written (dry run)"
WEEK_BRANCHES = "listkeeper/"
# What a request's own text is too long for, in its line.
SHOWN_CHARS = 60


@dataclass
class Rehearsal:
    """What would have been done: ``lines`` in their order, the bodies, and the diffs of pushes."""

    lines: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    diffs: list[str] = field(default_factory=list)

    def forge(self, real: GitHub) -> GitHub:
        return _Forge(**_fields(real), rehearsal=self)

    def branches(self, real: Branches) -> Branches:
        return _Branches(**_fields(real), rehearsal=self)

    def told(self) -> Iterator[str]:
        """All of it, as lines of text."""
        if not self.lines:
            yield "no requests that write"
            return
        yield f"{len(self.lines)} requests that write, none of them made:"
        yield from self.lines
        for title, texts in (("body", self.bodies), ("diff", self.diffs)):
            for text in texts:
                yield f"--- {title}"
                yield from text.splitlines()


@contextmanager
def rehearsed(workspace: Workspace) -> Iterator[Workspace]:
    """The same workspace with a copy of its store."""
    with TemporaryDirectory(prefix="listkeeper-") as name:
        folder = Path(name)
        if (workspace.state / ORDER).is_dir():
            shutil.copytree(workspace.state / ORDER, folder / ORDER)
        # A database is shared with others: its copy is a file.
        own = {k: v for k, v in workspace.environment.items() if k != DATABASE_URL}
        copy = replace(workspace, state=folder, environment=own)
        if workspace.has_store and workspace.database:
            copy.store.memory.take_in(workspace.store.memory.files().items(), check_json)
        else:
            for path in workspace.state.glob(f"{workspace.store_path.name}*"):
                shutil.copy(path, folder)
        yield copy


@dataclass(frozen=True)
class _Forge(GitHub):
    """GitHub, read only; without a token nothing is known of it."""

    rehearsal: Rehearsal = field(default_factory=Rehearsal)

    def _ask(self, verb: str, path: str, payload: Mapping[str, Any] | None = None) -> Any:
        if verb == "GET":
            return super()._ask(verb, path, payload) if self.token else self._unknown(path)
        given = dict(payload or {})
        if body := given.pop("body", ""):
            self.rehearsal.bodies.append(str(body))
        said = ", ".join(f"{key}: {str(value)[:SHOWN_CHARS]}" for key, value in given.items())
        size = [f"body: {len(body)} characters"] if body else []
        # A thread that isn't there yet has no number.
        place = f"/repos/{self.name}{path}".replace("/0", "/NUMBER")
        self.rehearsal.lines.append(f"{verb} {place} {'; '.join([said, *size])}".rstrip())
        return {
            "number": 0, "id": 0, "state": "open", "body": body, "html_url": DRY_RUN,
            "head": {"ref": given.get("head", "")}, "created_at": "1970-01-01T00:00:00Z",
        }  # fmt: skip

    def _unknown(self, path: str) -> Any:
        if path.startswith(("/pulls?", "/issues?")) or "/comments?" in path:
            return []
        raise Missing(self.name, "is not asked without a token", "set GITHUB_TOKEN")


@dataclass(frozen=True, slots=True)
class _Branches(Branches):
    """Branches that are fetched, and never pushed."""

    rehearsal: Rehearsal = field(default_factory=Rehearsal)

    def push(self, commit: str, branch: str, expected: str | None) -> None:
        parent = self.parent(commit)
        changed = _differing(self.blobs(parent), self.blobs(commit))
        files = ", ".join(sorted(changed)[:3]) + (" …" if len(changed) > 3 else "")
        self.rehearsal.lines.append(f"git push {branch}: {len(changed)} files ({files})")
        # The state branch is for programs.
        if parent is not None and branch.startswith(WEEK_BRANCHES):
            self.rehearsal.diffs.append(self.diff(parent, commit))

    def remove(self, branch: str, expected: str) -> None:
        self.rehearsal.lines.append(f"git push --delete {branch}")


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _fields(real: GitHub | Branches) -> dict[str, Any]:
    return {one.name: getattr(real, one.name) for one in fields(real)}
