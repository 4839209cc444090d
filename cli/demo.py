"""
``listkeeper demo``: a full week against the sandbox, offline, in a folder of its own.

It runs a maintainer's commands and shows their output. A second demo in the same folder finds
nothing new and changes no file.
"""

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.files import create_whole, write_whole
from pipelines.workspace import PACKAGED, program_path

if TYPE_CHECKING:
    from sandbox.process import Sandbox

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
WEEK = "2024-W46"
# A paper that the rules match although it is off topic, and a curator's reason to reject it.
REJECTED = "Expansion Quantization Network"
BECAUSE = "quantizes emotions, not models"


@click.command("demo")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Working folder (default: a temporary one).")  # fmt: skip
def demo_command(folder: Path | None) -> int:
    """Show a full week, offline, in ten seconds; ends with the exit code of a step that fails."""
    from sandbox.process import running

    folder = (folder or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))).resolve()
    _furnish(folder)
    workspace = running(now=MONDAY, profile={"invented": False})
    with workspace as outside, _surroundings(outside.environment()):
        try:
            _week(folder, outside)
        except StepFailed as failed:
            click.echo(f"the demo ends here: a step failed (exit code {failed.code})", err=True)
            return failed.code
    _where_to_look(folder)
    return 0


class StepFailed(Exception):
    """A command of the demo ended with this exit code, which is not 0."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _week(folder: Path, outside: "Sandbox") -> None:
    for day in range(5):
        moment = MONDAY + timedelta(days=day)
        outside.set_clock(moment)
        _run(folder, f"{moment:%A}", ["run", "--as-of", _iso(moment)])
    friday = _iso(MONDAY + timedelta(days=4))
    page = folder / "digests" / f"{WEEK}.md"
    click.secho("\nTwo accepted, one rejected", bold=True)
    _tick(page)
    _run(folder, "Apply the decisions", ["apply", str(page), "--as-of", friday])
    _run(folder, "A second run: nothing new", ["run", "--as-of", friday])
    _run(folder, "Citations", ["citations", "refresh", "--write", "--as-of", friday])


def _furnish(folder: Path) -> None:
    """Copy the configuration and the list, unless an earlier demo already has."""
    for path in (*PACKAGED.glob("*.yaml"), *PACKAGED.glob("lists/*.yaml")):
        create_whole(folder / "config" / path.relative_to(PACKAGED), path.read_bytes())
    name = "efficient-llm.md"
    create_whole(folder / "lists" / name, files("lists").joinpath(name).read_bytes())


@contextmanager
def _surroundings(environment: dict[str, str]) -> Iterator[None]:
    """Point every service to the sandbox, and wait for nothing."""
    before = dict(os.environ)
    os.environ.update(environment, LISTKEEPER_PACE="0")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _run(folder: Path, title: str, arguments: list[str]) -> None:
    """Print a heading and run a command like the command line does; StepFailed unless it's 0."""
    from cli.main import code_of

    shown = [part.replace(f"{folder}/", "") for part in arguments]
    click.secho(f"\n{title}", bold=True)
    click.echo(f"$ listkeeper {shlex.join(shown)}")
    folders = ["--config", str(folder / "config"), "--state", str(folder / ".listkeeper")]
    code = code_of([*arguments, *folders, "--quiet"])
    if code:
        raise StepFailed(code)


def _tick(page: Path) -> None:
    """Edit the page like a person: accept the two best papers, reject one with a reason."""
    import orjson

    candidates = orjson.loads(page.with_suffix(".json").read_bytes())["candidates"]
    by_score = sorted(candidates, key=lambda item: (-item["score"], item["number"]))
    boxes = [(item, "- [ ] accept\n", "- [x] accept\n") for item in by_score[:2]]
    because = "- [ ] reject, because:"
    boxes += [
        (item, because, f"{because.replace('[ ]', '[x]')} {BECAUSE}")
        for item in candidates
        if item["title"].startswith(REJECTED)
    ]
    text = page.read_text("utf-8")
    for item, box, ticked in boxes:
        text = _ticked(text, item["number"], box, ticked)
        click.echo(f"{ticked.strip()}  ({item['title']})")
    write_whole(page, text.encode())


def _ticked(text: str, number: int, box: str, ticked: str) -> str:
    """Tick a box of a candidate, unless it is ticked already."""
    at = text.index(f"<!-- candidate {number} ")
    end = text.find("<!-- ", at + 5)
    return text[:at] + text[at:end].replace(box, ticked, 1) + text[end:]


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _where_to_look(folder: Path) -> None:
    click.secho("\nWhere to look", bold=True)
    click.echo(f"  the list     {folder / 'lists' / 'efficient-llm.md'}")
    click.echo(f"  the digest   {folder / 'digests' / f'{WEEK}.md'}")
    click.echo(f"  the words    {folder / 'config' / 'lists' / 'efficient-llm.yaml'}")
    command = [program_path(), "status", "--config", str(folder / "config")]
    click.echo(f"  next         {shlex.join(command)} --as-of 2024-11-15T12:00Z")
