"""A maintainer's folder in a test: configuration, list and state, and commands run in it."""

import contextlib
import io
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.store import Store
from cli.main import code_of
from tests.fakes import tick

REPOSITORY = Path(__file__).parents[1]
LIST = "lists/efficient-llm.md"


@dataclass
class Ended:
    """How a command ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.out)

    def word(self, source: str) -> str:
        """The word of the one source whose name begins like this."""
        said = {
            item["word"] for item in self.report["sources"] if item["source"].startswith(source)
        }
        assert 1 == len(said), (source, self.report["sources"])
        return said.pop()


@dataclass
class Workspace:
    """The folder; ``outside`` is the environment that points every service to loopback."""

    root: Path
    outside: dict[str, str] = field(default_factory=dict)
    pace: str = "0"

    def __post_init__(self) -> None:
        if (self.root / "config").exists():
            return
        shutil.copytree(
            REPOSITORY / "config",
            self.root / "config",
            ignore=shutil.ignore_patterns("*.py", "__*"),
        )
        (self.root / "lists").mkdir()
        shutil.copy(REPOSITORY / LIST, self.root / LIST)

    def copy(self, root: Path) -> "Workspace":
        """The same folder once more, store and all."""
        shutil.copytree(self.root, root)
        return Workspace(root, self.outside, self.pace)

    @property
    def listed(self) -> Path:
        return self.root / LIST

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.outside, "LISTKEEPER_PACE": self.pace}

    def run(self, *arguments: str, as_of: datetime | None = None) -> Ended:
        """Run a command in this process, as the command line would."""
        line = [*arguments, "--config", str(self.root / "config"), "--quiet"]
        if as_of is not None:
            line += ["--as-of", as_of.isoformat()]
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            return _ended(line)
        finally:
            os.environ.clear()
            os.environ.update(before)

    def json(self, *arguments: str, as_of: datetime | None = None) -> Ended:
        return self.run(*arguments, "--json", as_of=as_of)

    def page(self, name: str = "2024-W46") -> Path:
        return self.root / "digests" / f"{name}.md"

    def tick(
        self, number: int, box: str = "accept", name: str = "2024-W46", reason: str = ""
    ) -> None:
        """Tick a box of a candidate in the digest, as a person would in an editor."""
        path = self.page(name)
        path.write_text(tick(path.read_text(), number, box, reason))

    def candidates(self, name: str = "2024-W46") -> list[dict[str, Any]]:
        return self.digest(name)["candidates"]

    def digest(self, name: str = "2024-W46") -> dict[str, Any]:
        """A digest as the store keeps it."""
        with contextlib.closing(Store(self.root / ".listkeeper" / "listkeeper.db")) as store:
            (kept,) = (digest for digest in store.digests.all() if digest.name == name)
        return dict(kept.body)

    def snapshot(self) -> dict[str, bytes]:
        """Every file a person sees, by name."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and ".listkeeper" not in path.parts
        }


def run_in(folder: Path, *line: str) -> Ended:
    """Run a command line in this process, started in this folder."""
    with contextlib.chdir(folder):
        return _ended(line)


def _ended(line: Sequence[str]) -> Ended:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = code_of([*line])
    return Ended(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))
