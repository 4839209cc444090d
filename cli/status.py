"""
``listkeeper status`` and ``doctor``: how the last runs went, and whether the setup is sound.

``status`` reports runs, sources and stored days. ``doctor`` checks configuration, files and
services, so that a run does not fail because of them.
"""

import importlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from catalog.paper import SourceReport, SourceStatus, told_once
from catalog.plural import counted
from catalog.report import FAILING
from cli.options import with_workspace
from cli.render import COLOURS, echo_json, text_table
from config.errors import Trouble
from output.escape import terminal
from pipelines.discover.arxiv import STRIP_DAYS, ArxivContext, calendar_warning, days_strip
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.store import Store
    from catalog.store.runs import Run, Runs, SourceState

# A day filled by OAI-PMH looks like one filled by the API.
SIGNS = {"feed": "#", "api": "+", "oai": "+", "quiet": ".", "missing": "!", "before": " "}
RUNS_SHOWN = 10
# Runs whose sources `doctor` looks at, of all commands.
RUNS_CHECKED = 40

# A list whose last run is older than this is neglected.
MAX_RUN_AGE = timedelta(days=9)


@click.command("status")
@with_workspace
def status_command(workspace: Workspace, *, as_json: bool) -> int:
    """Show the last runs, the sources, and which days are stored."""
    from pipelines.watch.stage import watched as watched_files

    strip = days_strip(ArxivContext.of(workspace), workspace.store.runs)
    warning = calendar_warning(workspace.calendar.known_until, workspace.now.date())
    watched = (
        sum(
            len(file.items)
            for file in watched_files(workspace.store, workspace.list_files(), workspace.now)
        )
        if workspace.store.facts.asked("title", "arxiv")
        else None
    )
    if as_json:
        echo_json(_as_json(workspace.store, strip) | {"calendar": warning, "watch": watched})
        return 0
    _show_sources(workspace.store.runs.sources())
    click.echo(f"\nlast {STRIP_DAYS} days  {''.join(SIGNS[kind] for _, kind in strip)}")
    click.echo("              # complete  + filled later  . nothing announced  ! missing")
    if warning:
        click.echo(f"calendar      {warning}")
    if watched:
        items = counted(watched, "finding")
        click.echo(f"\n{items} about listed entries: `listkeeper watch --no-look`")
    _show_runs(workspace.store.runs)
    return 0


def _show_sources(states: "Mapping[str, SourceState]") -> None:
    if not states:
        click.echo("no runs yet; start with `listkeeper run`")
    for name, state in states.items():
        word = click.style(f"{state.word:<7}", fg=COLOURS[SourceStatus(state.word)])
        streak = f" ({state.streak} times in a row)" if state.streak > 1 else ""
        click.echo(f"{word} {name}, {state.at:%Y-%m-%d %H:%M} UTC: {state.reason}{streak}")


def _show_runs(runs: "Runs") -> None:
    rows = [
        {
            "when": f"{run.as_of:%Y-%m-%d %H:%M}",
            "command": run.command,
            "word": run.word,
            "exit": run.report["exit_code"],
            "found": sum(n for name, n in run.report["counts"].items() if name.endswith("/found")),
            "proposed": run.report["counts"].get("classify/proposed", 0),
        }
        for run in runs.recent(most=RUNS_SHOWN)
    ]
    click.echo()
    click.echo(text_table(rows, ("when", "command", "word", "exit", "found", "proposed")))


def _as_json(store: "Store", strip: Sequence[tuple[date, str]]) -> dict[str, object]:
    runs = store.runs.recent(most=RUNS_SHOWN)
    return {
        "works": store.works.count(),
        "last": runs[0].word if runs else None,
        "calendar": None,
        "days": [{"day": day.isoformat(), "is": kind} for day, kind in strip],
        "watch": None,
        "days_by_kind": dict(Counter(kind for _, kind in strip)),
        "sources": [
            {
                "source": name,
                "word": str(state.word),
                "reason": state.reason,
                "streak": state.streak,
                "at": state.at.isoformat(),
            }
            for name, state in store.runs.sources().items()
        ],
        "runs": [run.report for run in runs],
    }


Level = Literal["ok", "tip", "wrong"]
LEVEL_COLOURS: dict[Level, str] = {"ok": "green", "tip": "yellow", "wrong": "red"}


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """The result of one check: ok, a tip that may wait, or wrong, where somebody has to act."""

    what: str
    level: Level
    message: str

    def as_json(self) -> dict[str, object]:
        fine = self.level != "wrong"
        return {"what": self.what, "level": self.level, "fine": fine, "says": self.message}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask each service once whether it answers.")
@with_workspace
def doctor_command(workspace: Workspace, *, online: bool, as_json: bool) -> int:
    """
    Check the configuration, the files, the store and the last runs.

    Each line is ok, a tip, or wrong; exit code 1 means that something is wrong.
    """
    # What a check needs is read inside it: a broken file must not stop the other checks.
    checks: dict[str, Callable[[], Iterator[SetupFinding]]] = {
        "configuration": lambda: _configuration(
            workspace.config_dir,
            {rules.list: workspace.list_path(rules) for rules in workspace.lists},
        ),
        "calendar": lambda: _calendar(workspace.calendar.known_until, workspace.now.date()),
        "store": lambda: _store(workspace),
        "runs": lambda: _last_run(workspace),
        "services": lambda: _services(
            workspace.services.contact, has_key=bool(workspace.scholar_key)
        ),
        "rules": _rules,
    }
    if online:
        checks["online"] = lambda: _online(workspace)
    findings = [finding for name, check in checks.items() for finding in _safely(name, check)]
    if as_json:
        echo_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            mark = click.style(f"{finding.level:<5}", fg=LEVEL_COLOURS[finding.level])
            click.echo(f"{mark}  {terminal(f'{finding.what}: {finding.message}')}")
    return 1 if any(finding.level == "wrong" for finding in findings) else 0


def _safely(name: str, check: Callable[[], Iterator[SetupFinding]]) -> list[SetupFinding]:
    """Turn the trouble of one check into a finding, so that the other checks still run."""
    try:
        return list(check())
    except Trouble as trouble:
        return [SetupFinding(name, "wrong", str(trouble))]


def _configuration(config_dir: Path, lists: Mapping[str, Path]) -> Iterator[SetupFinding]:
    yield SetupFinding("configuration", "ok", f"{config_dir}, {counted(len(lists), 'list')}")
    for name, path in lists.items():
        if os.access(path, os.W_OK):
            yield SetupFinding(f"list {name}", "ok", str(path))
        else:
            message = f"{path} is read-only; check its permissions"
            yield SetupFinding(f"list {name}", "wrong", message)


def _calendar(known_until: date, today: date) -> Iterator[SetupFinding]:
    if warning := calendar_warning(known_until, today):
        yield SetupFinding("calendar", "wrong" if today > known_until else "tip", warning)
    else:
        yield SetupFinding("calendar", "ok", f"days off are known until {known_until}")


def _store(workspace: Workspace) -> Iterator[SetupFinding]:
    path = workspace.state / "listkeeper.db"
    if not path.exists():
        # Looking at the setup must not create a store.
        yield SetupFinding("store", "tip", f"{path} is made by the first run")
        return
    store = workspace.store
    troubles = store.check()
    size = counted(store.works.count(), "paper or link", "papers and links")
    if troubles:
        yield SetupFinding("store", "wrong", "; ".join(troubles))
    else:
        yield SetupFinding("store", "ok", f"{store.path}, {size}")
    for intent in store.intents.open():
        message = (
            f"an unfinished {intent.kind} of {intent.at:%Y-%m-%d}; the next run will finish it"
        )
        yield SetupFinding(f"list {intent.list_name}", "tip", message)


def _last_run(workspace: Workspace) -> Iterator[SetupFinding]:
    """The age of the last run; and each source that failed when it was asked last."""
    has_store = (workspace.state / "listkeeper.db").exists()
    runs = workspace.store.runs.recent(most=RUNS_CHECKED) if has_store else ()
    last = next((run for run in runs if run.command == "run"), None)
    if last is None:
        yield SetupFinding("runs", "tip", "none yet; start with `listkeeper run`")
    else:
        age = workspace.now - last.as_of
        message = f"last run on {last.as_of:%Y-%m-%d}"
        yield (
            SetupFinding("runs", "ok", message)
            if age < MAX_RUN_AGE
            else SetupFinding("runs", "wrong", f"{message}, {age.days} days ago; is it scheduled?")
        )
    for source in told_once(_latest_reports(runs)):
        if source.word in FAILING:
            level: Level = "tip" if source.later else "wrong"
            wait = "; the next run asks again" if source.later else ""
            yield SetupFinding(source.source, level, f"{source.word}: {source.reason}{wait}")


def _latest_reports(runs: "Sequence[Run]") -> list[SourceReport]:
    """The newest report of each source, as far as these runs go; newest first."""
    latest: dict[str, SourceReport] = {}
    for run in runs:
        for row in run.report.get("sources", ()):
            report = SourceReport(**row | {"word": SourceStatus(row["word"])})
            latest.setdefault(report.source, report)
    return list(latest.values())


def _services(contact: str, *, has_key: bool) -> Iterator[SetupFinding]:
    if contact:
        yield SetupFinding("contact", "ok", contact)
    else:
        message = "none in services.yaml; with one, services can write before they block you"
        yield SetupFinding("contact", "tip", message)
    if has_key:
        yield SetupFinding("Semantic Scholar key", "ok", "set")
    else:
        message = "not set; requests share a slower public quota"
        yield SetupFinding("Semantic Scholar key", "tip", message)


def _online(workspace: Workspace) -> Iterator[SetupFinding]:
    from pipelines.enrich.base import EnrichContext
    from pipelines.online import ask_services

    for answer in ask_services(EnrichContext.of(workspace)):
        yield SetupFinding(answer.service, answer.level, answer.says)


def _rules() -> Iterator[SetupFinding]:
    """Without Hyperscan, Python's own regular expressions find the words."""
    try:
        importlib.import_module("hyperscan")
    except ImportError as trouble:
        message = (
            f"Hyperscan cannot be imported ({trouble}): verdicts stay the same, but come slowly; "
            f"try `python -m pip install hyperscan` if there is a wheel for this machine"
        )
        yield SetupFinding("speed of the rules", "tip", message)
        return
    yield SetupFinding("speed of the rules", "ok", "Hyperscan finds the words")
