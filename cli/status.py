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
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from catalog.paper import SourceStatus
from cli.options import with_workspace
from cli.render import COLOURS, counted, echo_json, text_table
from config.errors import Trouble
from pipelines.discover.arxiv import STRIP_DAYS, ArxivContext, calendar_warning, days_strip
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.store import Store
    from catalog.store.runs import Runs, SourceState

# A day filled by OAI-PMH looks like one filled by the API.
SIGNS = {"feed": "#", "api": "+", "oai": "+", "quiet": ".", "missing": "!", "before": " "}
RUNS_SHOWN = 10

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


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """The result of one check; ``fine`` is False where somebody has to act."""

    what: str
    fine: bool
    message: str


@click.command("doctor")
@with_workspace
def doctor_command(workspace: Workspace, *, as_json: bool) -> int:
    """Check the configuration, the files and the services."""
    # What a check needs is read inside it: a broken file must not stop the other checks.
    checks: dict[str, Callable[[], Iterator[SetupFinding]]] = {
        "configuration": lambda: _configuration(
            workspace.config_dir,
            {rules.list: workspace.list_path(rules) for rules in workspace.lists},
        ),
        "calendar": lambda: _calendar(
            calendar_warning(workspace.calendar.known_until, workspace.now.date()),
            workspace.calendar.known_until,
        ),
        "store": lambda: _store(workspace.store),
        "last_run": lambda: _last_run(workspace.store.runs, workspace.now),
        "services": lambda: _services(
            workspace.services.contact, has_key=bool(workspace.scholar_key)
        ),
        "rules": _rules,
    }
    findings = [finding for name, check in checks.items() for finding in _safely(name, check)]
    if as_json:
        echo_json([{"what": f.what, "fine": f.fine, "says": f.message} for f in findings])
    else:
        for finding in findings:
            mark = (
                click.style("ok  ", fg="green") if finding.fine else click.style("fix ", fg="red")
            )
            click.echo(f"{mark}  {finding.what}: {finding.message}")
    return 0 if all(finding.fine for finding in findings) else 1


def _safely(name: str, check: Callable[[], Iterator[SetupFinding]]) -> list[SetupFinding]:
    """Turn the trouble of one check into a finding, so that the other checks still run."""
    try:
        return list(check())
    except Trouble as trouble:
        return [SetupFinding(name, fine=False, message=str(trouble))]


def _configuration(config_dir: Path, lists: Mapping[str, Path]) -> Iterator[SetupFinding]:
    message = f"{config_dir}, {counted(len(lists), 'list')}"
    yield SetupFinding("configuration", fine=True, message=message)
    for name, path in lists.items():
        writable = os.access(path, os.W_OK)
        message = f"{path}" if writable else f"{path} is read-only; check its permissions"
        yield SetupFinding(f"list {name}", fine=writable, message=message)


def _calendar(warning: str | None, known_until: date) -> Iterator[SetupFinding]:
    message = warning or f"days off are known until {known_until}"
    yield SetupFinding("calendar", fine=warning is None, message=message)


def _store(store: "Store") -> Iterator[SetupFinding]:
    troubles = store.check()
    size = counted(store.works.count(), "paper or link", "papers and links")
    yield SetupFinding(
        "store", fine=not troubles, message="; ".join(troubles) or f"{store.path}, {size}"
    )
    for intent in store.intents.open():
        message = (
            f"an unfinished {intent.kind} of {intent.at:%Y-%m-%d}; the next run will finish it"
        )
        yield SetupFinding(f"list {intent.list_name}", fine=False, message=message)


def _last_run(runs: "Runs", now: datetime) -> Iterator[SetupFinding]:
    last = runs.recent("run", most=1)
    if not last:
        yield SetupFinding("runs", fine=True, message="none yet")
        return
    message = f"last run on {last[0].as_of:%Y-%m-%d}, {last[0].word}"
    yield SetupFinding("runs", fine=now - last[0].as_of < MAX_RUN_AGE, message=message)


def _services(contact: str, *, has_key: bool) -> Iterator[SetupFinding]:
    message = contact or "none in services.yaml; with one, services can write before they block you"
    yield SetupFinding("contact", fine=True, message=message)
    message = "set" if has_key else "not set; requests share a slower public quota"
    yield SetupFinding("Semantic Scholar key", fine=True, message=message)


def _rules() -> Iterator[SetupFinding]:
    """Without Hyperscan, Python's own regular expressions find the words."""
    try:
        importlib.import_module("hyperscan")
    except ImportError as trouble:
        message = (
            f"Hyperscan cannot be imported ({trouble}): verdicts stay the same, but come slowly; "
            f"try `python -m pip install hyperscan` if there is a wheel for this machine"
        )
        yield SetupFinding("speed of the rules", fine=True, message=message)
        return
    yield SetupFinding("speed of the rules", fine=True, message="Hyperscan finds the words")
