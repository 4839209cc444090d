"""
``listkeeper demo``: a full week against the sandbox, offline, in a folder of its own.

It runs a maintainer's commands and shows what matters of their output, or with ``-v`` all of it.
A second demo in the same folder finds nothing new and changes no file.
"""

import io
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catalog.files import create_whole, write_whole
from pipelines.workspace import PACKAGED, program_path

if TYPE_CHECKING:
    from sandbox.process import Sandbox

MONDAY = datetime(2024, 11, 11, 6, 47, tzinfo=UTC)
FRIDAY = MONDAY + timedelta(days=4)
HOUR = timedelta(hours=1)
WEEK = "2024-W46"
REPOSITORY = "octocat/efficient-llm"
# Two papers for the list; and one that the rules match although it is off topic, with a reason.
ACCEPTED = ("LLM-NEO: ", "When are 1.58 bits enough? ")
REJECTED = "Expansion Quantization Network"
BECAUSE = "quantizes emotions, not models"
# What the short output shows of a line, in characters.
LINE_CHARS = 100
INTERRUPTED = 130


@click.command("demo")
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
    folder: Path | None,
    *,
    serve: bool,
    publish: bool,
    hostile: bool,
    no_browser: bool,
    verbose: bool,
) -> int:
    """Show a full week, offline, in ten seconds; ends with the exit code of a step that fails."""
    from sandbox.process import running

    folder = (folder or Path(tempfile.mkdtemp(prefix="listkeeper-demo-"))).resolve()
    _furnish(folder)
    world = running(now=MONDAY, profile={"invented": hostile})
    with world as outside, _surroundings(outside.environment()):
        try:
            if publish:
                _conversation(folder, outside)
                return 0
            steps = _Steps(folder, verbose=verbose)
            _week(steps, outside)
            if serve:
                return _serve(steps, outside, no_browser=no_browser)
            _decide(steps)
        except StepFailed as failed:
            click.echo(f"the demo ends here: a step failed (exit code {failed.code})", err=True)
            return failed.code
        _where_to_look(folder, verbose=verbose)
        return 0


class StepFailed(Exception):
    """A command of the demo ended with this exit code, which is not 0."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


Brief = Callable[[str], list[str]]


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
        report = _json(_captured(self.folder, [*line, "--json"]))
        click.echo(f"  {moment:%A}".ljust(13) + _day_in_brief(report))

    def step(self, title: str, arguments: list[str], brief: Brief) -> None:
        """Run a command; the function chooses what the short output shows."""
        if self.verbose:
            _run(self.folder, title, arguments)
            return
        _heading(self.folder, title, arguments)
        printed = _captured(self.folder, arguments)
        # A step that shows nothing would look like a command that said nothing.
        for line in brief(printed) or printed.splitlines()[-1:]:
            click.echo(f"  {line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + '…'}")


def _week(steps: _Steps, outside: "Sandbox") -> None:
    if not steps.verbose:
        click.secho("A week of a list: each morning", bold=True)
        click.echo("$ listkeeper run")
    for day in range(5):
        moment = MONDAY + timedelta(days=day)
        outside.set_clock(moment)
        steps.day(moment)


def _decide(steps: _Steps) -> None:
    """Tick, apply, and what follows."""
    friday = _iso(FRIDAY)
    page = steps.folder / "digests" / f"{WEEK}.md"
    click.secho(f"\nTwo accepted and one rejected, by ticks in digests/{WEEK}.md", bold=True)
    _tick(page)
    steps.step("Apply the decisions", ["apply", str(page), "--as-of", friday], _added)
    steps.step("A second run: nothing new", ["run", "--as-of", friday], _said("stays as it is"))
    refresh = ["citations", "refresh", "--write", "--as-of", friday]
    steps.step("Citations", refresh, _said(" papers: ", "held", "next due"))


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


def _json(text: str) -> dict[str, Any]:
    import orjson

    value: dict[str, Any] = orjson.loads(text)
    return value


def _day_in_brief(report: dict[str, Any]) -> str:
    counts: dict[str, int] = report["counts"]
    read, new = (
        sum(number for name, number in counts.items() if name.endswith(end))
        for end in ("/found", "/new")
    )
    candidates = counts.get("digest/candidates")
    page = "digest unchanged" if candidates is None else f"{candidates:>2} candidates in the digest"
    return (
        f"{report['word']}  {len(report['sources'])} sources: {read:>2} items, {new:>2} new; {page}"
    )


def _added(text: str) -> list[str]:
    """The lines that a diff adds, and what was decided."""
    lines = text.splitlines()
    added = [line for line in lines if line.startswith("+") and not line.startswith("+++")]
    return [line for line in added if line.strip("+ \t")] + [
        line for line in lines if line.startswith("decided: ")
    ]


def _said(*words: str) -> Brief:
    """Choose the lines that hold one of these."""
    return lambda text: [line for line in text.splitlines() if any(w in line for w in words)]


def _serve(steps: _Steps, outside: "Sandbox", *, no_browser: bool) -> int:
    """
    Open the review page on the demo's week, until Ctrl-C; that end is no failure.

    Where an earlier demo has decided it, the page is that of the next week.
    """
    from cli.main import code_of

    at = FRIDAY
    if "**Done:**" in (steps.folder / "digests" / f"{WEEK}.md").read_text("utf-8"):
        at = MONDAY + timedelta(days=7)
        outside.set_clock(at)
        steps.day(at)
    click.secho("\nNow you decide, on the page of that week", bold=True)
    click.echo(
        f"  Write, on the page, puts what you accept into {steps.folder}/lists/efficient-llm.md"
    )
    quiet = ["--no-browser"] if no_browser else []
    code = code_of(["review", "--as-of", _iso(at), *quiet, *_folders(steps.folder)])
    return 0 if code == INTERRUPTED else code


def _conversation(folder: Path, outside: "Sandbox") -> None:
    """A list's repository on the sandbox's forge: two people tick, a third one merges."""
    people = {"ada": "write", "ben": "write", "cleo": "maintain"}
    (folder / "config" / "publish.yaml").write_text(f"repository: {REPOSITORY}\n")
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "config", "lists")
    _git(folder, "commit", "-q", "-m", "A list and its configuration")
    tokens = {"demo": "github-actions[bot]"}
    bare = str(folder / "forge.git")
    outside.set_forge(
        repository=REPOSITORY, git=bare, source=str(folder), roles=people, tokens=tokens
    )
    os.environ |= {"GITHUB_TOKEN": "demo", "GITHUB_REPOSITORY": REPOSITORY}
    _job(folder, outside, MONDAY, "Monday: the job runs in a fresh clone", ["ci", "daily"])
    thread = outside.forge()["threads"][0]
    click.secho(f'\n#{thread["number"]} "{thread["title"]}"', bold=True)
    for by, act, number in (("ada", "accept", 1), ("ada", "accept", 2), ("ben", "reject", 3)):
        marker = next(box for box in _boxes(thread["body"]) if box.startswith(f"{act} {number} "))
        outside.act("tick", by, number=1, marker=marker)
        click.echo(f"  {by} ticks {act} for candidate {number} ({marker.split()[-1]})")
    words = "/listkeeper accept 4 with star"
    outside.act("comment", "ada", number=1, body=words)
    click.echo(f"  ada writes: {words}")
    outside.act("tick", "ben", number=1, marker="apply")
    click.echo("  ben ticks Apply")
    _job(folder, outside, MONDAY + HOUR, "The click starts a job", ["sync"])
    (status,) = outside.forge()["threads"][0]["said"][-1:]
    click.echo(f"  its comment: {status['body'].splitlines()[-1]}")
    outside.act("merge", "cleo", number=1)
    click.secho("\ncleo merges", bold=True)
    _job(folder, outside, MONDAY + 2 * HOUR, "The merge is the decision", ["sync"])
    shown = _git(folder / "forge.git", "diff", "--stat", "main~1", "main", "--", "lists")
    click.echo(f"  on main: {shown.strip().splitlines()[-1].strip()}")
    later = MONDAY + timedelta(days=7)
    _job(folder, outside, later, "The next Monday", ["ci", "daily"])
    for thread in outside.forge()["threads"]:
        click.echo(f'  #{thread["number"]} "{thread["title"]}" is {thread["state"]}')


def _boxes(body: str) -> list[str]:
    """The comments behind the boxes of a body."""
    return re.findall(r"- \[ \] <!-- ((?:accept|reject) \d+ \S+) -->", body)


def _job(folder: Path, outside: "Sandbox", at: datetime, title: str, arguments: list[str]) -> None:
    """Run a command in a fresh clone, which is thrown away as a runner's is."""
    outside.set_clock(at)
    clone = folder / "runner"
    _git(folder, "clone", "-q", f"{outside.url}/git/{REPOSITORY}.git", str(clone))
    try:
        _run(clone, title, [*arguments, "--as-of", _iso(at)])
    finally:
        shutil.rmtree(clone)


def _git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@list.example"]
    line = ["git", "-C", str(folder), *who, *arguments]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return subprocess.run(  # noqa: S603
        line, check=True, capture_output=True, text=True, env=environment
    ).stdout


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


def _where_to_look(folder: Path, *, verbose: bool) -> None:
    click.secho("\nWhere to look", bold=True)
    click.echo(f"  the list     {folder / 'lists' / 'efficient-llm.md'}")
    click.echo(f"  the digest   {folder / 'digests' / f'{WEEK}.md'}")
    click.echo(f"  the words    {folder / 'config' / 'lists' / 'efficient-llm.yaml'}")
    command = [program_path(), "status", "--config", str(folder / "config")]
    click.echo(f"  next         {shlex.join(command)} --as-of 2024-11-15T12:00Z")
    if not verbose:
        click.echo("  more         demo -v shows all output, --serve the page, --publish GitHub")
