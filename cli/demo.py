"""
``listkeeper demo``: a full week against the sandbox, offline, in a folder of its own.

It runs a maintainer's commands and shows what matters of their output, or with ``-v`` all of it.
A second demo in the same folder finds nothing new and changes no file.
"""

import io
import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.errors import UsageTrouble
from catalog.files import create_whole, write_whole
from output.reports.demo import (
    Brief,
    added,
    day_in_brief,
    job_in_brief,
    learned,
    proposed,
    said,
    shortened,
)
from pipelines.workspace import PACKAGED, typed_command

if TYPE_CHECKING:
    from sandbox.process import Sandbox

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
FRIDAY, NEXT_MONDAY = MONDAY + timedelta(days=4), MONDAY + timedelta(days=7)
HOUR = timedelta(hours=1)
WEEK, NEXT_WEEK = "2024-W46", "2024-W47"
# Two papers for the list; and one that the rules match although it is off topic, with a reason.
ACCEPTED = ("LLM-NEO: ", "When are 1.58 bits enough? ")
REJECTED = "Expansion Quantization Network"
BECAUSE = "quantizes emotions, not models"


@click.command("demo")
@click.argument("own", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path),
                metavar="[LIST.md]")  # fmt: skip
@click.option("--serve", is_flag=True, help="Decide on that week yourself, on the review page.")
@click.option("--publish", is_flag=True,
              help="Show a week on GitHub instead: ticks, a merge, the next week.")  # fmt: skip
@click.option("--dir", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Working folder (default: a temporary one).")  # fmt: skip
@click.option("--hostile", is_flag=True,
              help="Add invented papers whose titles try to break pages and lists.")  # fmt: skip
@click.option("--no-browser", is_flag=True, help="With --serve: only print the page's address.")
@click.option("-v", "--verbose", is_flag=True, help="Show all that the commands print.")
def demo_command(
    own: Path | None,
    folder: Path | None,
    *,
    serve: bool,
    publish: bool,
    hostile: bool,
    no_browser: bool,
    verbose: bool,
) -> int:
    """
    Show a full week, offline, in ten seconds; ends with the exit code of a step that fails.

    With LIST.md it is a week of your own list, in a copy of it: what `init` learns of it, and which
    papers of that week (November 2024, mostly on language models) it would have proposed.
    """
    from sandbox.process import running

    if publish and own:
        raise UsageTrouble("--publish", "shows a list of its own", "leave LIST.md or it out")
    if publish:
        import_module("github")  # told before a minute of work
    folder = (folder or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))).resolve()
    listed = _furnish(folder, own)
    world = running(now=MONDAY, profile={"invented": hostile})
    with world as outside, _surroundings(outside.environment()):
        try:
            steps = _Steps(folder, verbose=verbose)
            if publish:
                _conversation(steps, outside)
                return 0
            if own:
                steps.step("What init learns of your list", _init(listed), learned)
            _week(steps, outside)
            if serve:
                return _serve(steps, outside, listed, no_browser=no_browser)
            if own:
                _propose(steps)
            else:
                _decide(steps, outside)
        except StepFailed as failed:
            click.echo(f"the demo ends here: a step failed (exit code {failed.code})", err=True)
            return failed.code
        _where_to_look(folder, listed, is_own=own is not None)
        return 0


class StepFailed(Exception):
    """A command of the demo ended with this exit code, which is not 0."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Steps:
    """Runs the week's commands in a folder, and shows the lines of each that matter."""

    def __init__(self, folder: Path, *, verbose: bool) -> None:
        self.folder = folder
        self.verbose = verbose

    def day(self, moment: datetime) -> None:
        """Run the daily job: one line says what came."""
        line = ["run", "--as-of", _iso(moment)]
        if self.verbose:
            _run(self.folder, f"{moment:%A}", line)
            return
        report = json.loads(_captured(self.folder, [*line, "--json"]))
        click.echo(f"  {moment:%A}".ljust(13) + day_in_brief(report))

    def step(self, title: str, arguments: list[str], brief: Brief) -> None:
        """Run a command; the function chooses what the short output shows."""
        if self.verbose:
            _run(self.folder, title, arguments)
            return
        _heading(self.folder, title, arguments)
        printed = _captured(self.folder, arguments)
        # A step that shows nothing would look like a command that said nothing.
        for line in brief(printed) or printed.splitlines()[-1:]:
            click.echo(f"  {shortened(line)}")


def _week(steps: _Steps, outside: "Sandbox") -> None:
    if not steps.verbose:
        click.echo(
            click.style("\nA week of a list: each morning", bold=True) + "\n$ listkeeper run"
        )
    # An earlier demo's digest is of Friday: no run of a day before may write it again.
    is_there = (steps.folder / "digests" / f"{WEEK}.md").exists()
    for day in range(4 if is_there else 0, 5):
        moment = MONDAY + timedelta(days=day)
        outside.set_clock(moment)
        steps.day(moment)


def _decide(steps: _Steps, outside: "Sandbox") -> None:
    """Tick, apply, and what follows; the next week's digest is left to whoever looks on."""
    friday = _iso(FRIDAY)
    page = steps.folder / "digests" / f"{WEEK}.md"
    click.secho(f"\nTwo accepted and one rejected, by ticks in digests/{WEEK}.md", bold=True)
    _tick(page)
    steps.step("Apply the decisions", ["apply", str(page), "--as-of", friday], added)
    steps.step("A second run: nothing new", ["run", "--as-of", friday], said("stays as it is"))
    refresh = ["citations", "refresh", "--write", "--as-of", friday]
    steps.step("Citations", refresh, said(" papers: ", "held", "next due"))
    click.secho("\nThe next week begins: its digest is yours to decide", bold=True)
    _begin_next_week(steps, outside)


def _begin_next_week(steps: _Steps, outside: "Sandbox") -> datetime:
    outside.set_clock(NEXT_MONDAY)
    if not (steps.folder / "digests" / f"{NEXT_WEEK}.md").exists():
        steps.day(NEXT_MONDAY)
    return NEXT_MONDAY


def _captured(folder: Path, arguments: list[str]) -> str:
    """What a command prints; StepFailed, with all of it shown, unless it ends with 0."""
    from cli.main import code_of

    printed = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with redirect_stdout(printed):
        code = code_of([*arguments, *_folders(folder), "--quiet"])
    printed.seek(0)
    text = printed.read()
    if code:
        click.echo(text)
        raise StepFailed(code)
    return text


def _init(listed: Path) -> list[str]:
    # The simulated arXiv knows few of a list's papers: asked, it would narrow the categories.
    return ["init", str(listed), "--no-look"]


def _propose(steps: _Steps) -> None:
    """The candidates of somebody's own list, which is theirs to decide."""
    page = steps.folder / "digests" / f"{WEEK}.md"
    click.secho(f"\nThe candidates in digests/{WEEK}.md", bold=True)
    for line in proposed(page.read_text("utf-8")):
        click.echo(f"  {shortened(line)}")


def _serve(steps: _Steps, outside: "Sandbox", listed: Path, *, no_browser: bool) -> int:
    """
    Open the review page on the demo's week, until Ctrl-C; that end is no failure.

    Where an earlier demo has decided it, the page is that of the next week.
    """
    from cli.main import INTERRUPTED, code_of

    is_done = "**Done:**" in (steps.folder / "digests" / f"{WEEK}.md").read_text("utf-8")
    at = _begin_next_week(steps, outside) if is_done else FRIDAY
    click.secho("\nNow you decide, on the page of that week", bold=True)
    click.echo(f"  Write, on the page, puts what you accept into {listed}")
    quiet = ["--no-browser"] if no_browser else []
    code = code_of(["review", "--as-of", _iso(at), *quiet, *_folders(steps.folder)])
    return 0 if code == INTERRUPTED else code


def _conversation(steps: _Steps, outside: "Sandbox") -> None:
    """A week of pull requests: two people tick, a third one merges."""
    from sandbox.forge.conversation import decide, first_candidate, git, host

    os.environ |= host(steps.folder, outside)
    click.secho("A list on a simulated GitHub: ada and ben may push, cleo maintains it", bold=True)
    _job(steps, outside, MONDAY, "Monday: the job runs in a fresh clone", ["ci", "daily"])
    thread = outside.forge()["threads"][0]
    click.secho(f'\nPull request #1 "{thread["title"]}"', bold=True)
    for line in first_candidate(thread["body"]):
        click.echo(f"  | {shortened(line)}")
    for line in decide(outside):
        click.echo(f"  {line}")
    _job(steps, outside, MONDAY + HOUR, "The click on Apply starts a job", ["sync"])
    (status,) = outside.forge()["threads"][0]["said"][-1:]
    click.echo(f"  its comment: {status['body'].splitlines()[-1]}")
    outside.act("merge", "cleo", number=1)
    after = MONDAY + 2 * HOUR
    _job(steps, outside, after, "cleo merges, and the merge is the decision", ["sync"])
    bare = steps.folder / "forge.git"
    for line in added(git(bare, "diff", "main~1", "main", "--", "lists")):
        click.echo(f"  {shortened(line)}")
    _job(steps, outside, NEXT_MONDAY, "The next Monday", ["ci", "daily"])
    for thread in outside.forge()["threads"]:
        click.echo(f'  #{thread["number"]} "{thread["title"]}" is {thread["state"]}')
    click.secho("\nWhere to look", bold=True)
    click.echo(f"  the commits  git -C {shlex.quote(str(bare))} log -p main")
    click.echo(
        "  your list    listkeeper init README.md --publish OWNER/NAME, in a clone of its own"
    )
    click.echo("  more         demo --publish -v shows all output")


def _job(steps: _Steps, outside: "Sandbox", at: datetime, title: str, arguments: list[str]) -> None:
    """Run a command in a fresh clone, which is thrown away as a runner's is."""
    from sandbox.forge.conversation import clone

    outside.set_clock(at)
    runner = steps.folder / "runner"
    clone(steps.folder, outside, runner)
    line = [*arguments, "--as-of", _iso(at)]
    try:
        if steps.verbose:
            _run(runner, title, line)
            return
        _heading(runner, title, arguments)
        report = json.loads(_captured(runner, [*line, "--json"]))
        for text in job_in_brief(report):
            click.echo(f"  {shortened(text)}")
    finally:
        shutil.rmtree(runner)


def _furnish(folder: Path, own: Path | None) -> Path:
    """Copy the list, with its configuration or for `init`, unless an earlier demo has done so."""
    name = Path("lists", "efficient-llm.md")
    listed = folder / (own.name if own else name)
    config = folder / "config"
    if (own and own.resolve() == listed) or (config.is_dir() and not listed.exists()):
        raise UsageTrouble("--dir", f"{folder} holds another list", "name an empty folder")
    create_whole(
        listed, own.read_bytes() if own else files("lists").joinpath(name.name).read_bytes()
    )
    config.mkdir(exist_ok=True)
    for path in () if own else (*PACKAGED.glob("*.yaml"), *PACKAGED.glob("lists/*.yaml")):
        create_whole(config / path.relative_to(PACKAGED), path.read_bytes())
    return listed


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

    _heading(folder, title, arguments)
    code = code_of([*arguments, *_folders(folder), "--quiet"])
    if code:
        raise StepFailed(code)


def _heading(folder: Path, title: str, arguments: list[str]) -> None:
    shown = [part.replace(f"{folder}/", "") for part in arguments]
    click.secho(f"\n{title}", bold=True)
    click.echo(f"$ listkeeper {shlex.join(shown)}")


def _folders(folder: Path) -> list[str]:
    return ["--config", str(folder / "config"), "--state", str(folder / ".listkeeper")]


def _tick(page: Path) -> None:
    """Edit the page like a person: accept two papers, reject one with a reason."""
    text = page.read_text("utf-8")
    ticks = [*((title, "accept", "") for title in ACCEPTED), (REJECTED, "no:", f" {BECAUSE}")]
    for begin, box, reason in ticks:
        found = re.search(rf"^### (\d+)\. ({re.escape(begin)}.*)$", text, re.MULTILINE)
        if found:
            text = _ticked(text, int(found[1]), box, reason)
            click.echo(f"[x] {box}{reason}  ({found[2]})")
    write_whole(page, text.encode())


def _ticked(text: str, number: int, box: str, reason: str) -> str:
    """Tick a box of a candidate, unless it is ticked already."""
    at = text.index(f"<!-- candidate {number} ")
    end = text.find("<!-- ", at + 5)
    block = text[at:end].replace(f"[ ] {box}", f"[x] {box}{reason}", 1)
    return text[:at] + block + text[end:]


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _where_to_look(folder: Path, listed: Path, *, is_own: bool) -> None:
    page = folder / "digests" / f"{WEEK if is_own else NEXT_WEEK}.md"
    click.secho("\nWhere to look", bold=True)
    click.echo(f"  the list     {listed}")
    click.echo(f"  the digest   {page}: tick what you like")
    (words,) = (folder / "config" / "lists").glob("*.yaml")
    click.echo(f"  the words    {words}")
    command = [typed_command(), "apply", str(page), "--config", str(folder / "config")]
    click.echo(f"  then         {shlex.join(command)} --as-of {NEXT_MONDAY:%Y-%m-%d}T12:00Z")
    more = "--serve the page" if is_own else "--serve the page, --publish GitHub"
    click.echo(f"  more         demo -v shows all output, {more}")
