"""
``listkeeper demo``: a week of the whole job against the sandbox, offline, in a folder of its own.

The same commands a maintainer types, with their own output. Run again in the same folder, it
finds nothing new and changes no file.
"""

import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import click

from pipelines.workspace import PACKAGED, program_path

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
WEEK = "2024-W46"
# A word of the rules in a paper about something else, and what a person would say of it.
REJECTED = "Expansion Quantization Network"
BECAUSE = "quantizes emotions, not models"


@click.command("demo")
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Where to work; a temporary folder unless given.")  # fmt: skip
def demo_command(folder: Path | None) -> int:
    """Show a week of the whole job, offline, in ten seconds."""
    from sandbox.process import running

    folder = (folder or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))).resolve()
    _furnish(folder)
    workspace = running(now=MONDAY, profile={"invented": False})
    with workspace as outside, _surroundings(outside.environment()):
        for day in range(5):
            moment = MONDAY + timedelta(days=day)
            outside.set_clock(moment)
            _told(folder, f"{moment:%A}", ["run", "--as-of", _iso(moment)])
        friday = _iso(MONDAY + timedelta(days=4))
        page = folder / "digests" / f"{WEEK}.md"
        click.secho("\nTwo accepted, one rejected", bold=True)
        _tick(page)
        _told(folder, "What was ticked is applied", ["apply", str(page), "--as-of", friday])
        _told(folder, "A second run: nothing new", ["run", "--as-of", friday])
        _told(folder, "Citations", ["citations", "refresh", "--write", "--as-of", friday])
    _where_to_look(folder)
    return 0


def _furnish(folder: Path) -> None:
    """Put a configuration and the list there, unless they are: a second demo goes on with them."""
    (folder / "config" / "lists").mkdir(parents=True, exist_ok=True)
    (folder / "lists").mkdir(exist_ok=True)
    for path in (*PACKAGED.glob("*.yaml"), *PACKAGED.glob("lists/*.yaml")):
        _copy(path.read_bytes(), folder / "config" / path.relative_to(PACKAGED))
    name = "efficient-llm.md"
    _copy(files("lists").joinpath(name).read_bytes(), folder / "lists" / name)


def _copy(data: bytes, target: Path) -> None:
    if not target.exists():
        target.write_bytes(data)


@contextmanager
def _surroundings(environment: dict[str, str]) -> Iterator[None]:
    """All services on loopback, and nothing to wait for."""
    before = dict(os.environ)
    os.environ.update(environment, LISTKEEPER_PACE="0")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _told(folder: Path, title: str, arguments: list[str]) -> None:
    """Run a command as the command line would, under a heading."""
    from cli.main import code_of

    shown = [part.replace(f"{folder}/", "") for part in arguments]
    click.secho(f"\n{title}", bold=True)
    click.echo(f"$ listkeeper {shlex.join(shown)}")
    folders = ["--config", str(folder / "config"), "--state", str(folder / ".listkeeper")]
    code = code_of([*arguments, *folders, "--quiet"])
    if code:
        click.echo(f"(ended with {code})")


def _tick(page: Path) -> None:
    """Tick as a person would, in the text: accept the two strongest, reject one with a reason."""
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
    text = page.read_text()
    for item, box, ticked in boxes:
        text = _ticked(text, item["number"], box, ticked)
        click.echo(f"{ticked.strip()}  ({item['title']})")
    page.write_text(text)


def _ticked(text: str, number: int, box: str, ticked: str) -> str:
    """The page with one box of one candidate ticked, if it is not already."""
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
    config = shlex.quote(str(folder / "config"))
    click.echo(
        f"  next         {program_path()} status --config {config} --as-of 2024-11-15T12:00Z"
    )
