"""
The whole job on lists of other forms: init, five sandbox days, a digest, three ticks, apply, undo.

    python benchmarks/other_forms.py ROWS.jsonl LIST.md...

Each list is copied into a folder of its own. What `apply` added is printed, and that `undo` gives
the same bytes again. A list that is read-only is not written, and says so.
"""

import difflib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from catalog.store import Store
from sandbox.process import running

MONDAY = datetime(2024, 11, 11, 7, 30, tzinfo=UTC)
WEEK = "2024-W46"
TICKS = 3


@contextmanager
def surroundings(environment: dict[str, str]) -> Iterator[None]:
    """Point every service to the sandbox, and wait for nothing."""
    before = dict(os.environ)
    os.environ.update(environment, LISTKEEPER_PACE="0")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def command(folder: Path, *arguments: str) -> int:
    """Run a command in a list's folder; its exit code."""
    from cli.main import code_of

    os.chdir(folder)
    return code_of([*arguments, "--quiet"])


def tick(page: Path) -> int:
    """Accept the best candidates; how many there were."""
    with closing(Store(page.parents[1] / ".listkeeper" / "listkeeper.db")) as store:
        found = [one for digest in store.digests.all() for one in digest.body["candidates"]]
    best = sorted(found, key=lambda item: (-item["score"], item["number"]))[:TICKS]
    text = page.read_text()
    for item in best:
        at = text.index(f"<!-- candidate {item['number']} ")
        box = text.index("[ ] accept", at)
        text = text[:box] + "[x] accept" + text[box + len("[ ] accept") :]
    page.write_text(text)
    return len(best)


def whole_job(path: Path, rows: Path, folder: Path) -> str:
    """Do the whole job on a copy of a list; what came of it, in a line."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "README.md"
    listed.write_bytes(path.read_bytes())
    before = listed.read_bytes()
    codes = [command(folder, "init", str(listed), "--papers", str(rows))]
    outside = running(now=MONDAY, profile={"invented": False})
    with outside as world, surroundings(world.environment()):
        for day in range(5):
            moment = MONDAY + timedelta(days=day)
            world.set_clock(moment)
            codes.append(command(folder, "run", "--as-of", f"{moment:%Y-%m-%dT%H:%M:%SZ}"))
        page = folder / "digests" / f"{WEEK}.md"
        ticked = tick(page) if page.is_file() else 0
        last = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
        codes.append(command(folder, "apply", str(page), "--as-of", last))
        after = listed.read_bytes()
        codes.append(command(folder, "undo", "--as-of", last))
    same = listed.read_bytes() == before
    changed = "written" if after != before else "not written"
    said = f"{path.name}: codes {codes}, {ticked} ticked, {changed}, undo identical: {same}"
    return "\n".join([said, *_difference(before, after)])


def _difference(before: bytes, after: bytes) -> Iterator[str]:
    """What `apply` changed, with a line of the list on each side."""
    old, new = (data.decode("utf-8", "replace").split("\n") for data in (before, after))
    yield from difflib.unified_diff(old, new, lineterm="", n=4)


def main(rows: str, *lists: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="other-forms-"))
    for name in lists:
        path = Path(name)
        place = folder / re.sub(r"\W+", "-", path.stem)
        print(whole_job(path, Path(rows), place), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
