"""
``listkeeper status``: how the last runs and the sources did, and which days are stored.

``listkeeper doctor``: look for what is wrong with this setup before a run finds it.
"""

import importlib
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import click

from catalog.paper import SourceStatus
from cli.options import with_workspace
from cli.render import COLOURS, echo_json, text_table
from config.errors import Trouble
from pipelines.discover.arxiv import STRIP_DAYS, ArxivContext, calendar_warning, days_strip
from pipelines.workspace import Workspace

# A day filled by OAI-PMH is shown as one filled by the API.
SIGNS = {"feed": "#", "api": "+", "oai": "+", "quiet": ".", "missing": "!", "before": " "}

# A list whose last run is older than this is not being kept.
SILENT = timedelta(days=9)


@click.command("status")
@with_workspace
def status_command(workspace: Workspace, *, as_json: bool) -> int:
    """Show how the last runs and the sources did."""
    strip = days_strip(ArxivContext.of(workspace), workspace.store.runs)
    if as_json:
        echo_json(_as_json(workspace, strip))
        return 0
    _show_sources(workspace)
    click.echo(f"\nlast {STRIP_DAYS} days  {''.join(SIGNS[kind] for _, kind in strip)}")
    click.echo("              # complete  + filled afterwards  . nothing announced  ! missing")
    if warning := calendar_warning(workspace.calendar.known_until, workspace.now.date()):
        click.echo(f"calendar      {warning}")
    _show_watch(workspace)
    _show_runs(workspace)
    return 0


def _show_sources(workspace: Workspace) -> None:
    states = workspace.store.runs.sources()
    if not states:
        click.echo("nothing has run yet: `listkeeper run`")
    for name, state in states.items():
        word = click.style(f"{state.word:<7}", fg=COLOURS[SourceStatus(state.word)])
        streak = f" ({state.streak} times in a row)" if state.streak > 1 else ""
        click.echo(f"{word} {name}, {state.at:%Y-%m-%d %H:%M} UTC: {state.reason}{streak}")


def _watch(workspace: Workspace) -> int | None:
    """How many items `watch` knows, once it has looked."""
    from pipelines.watch.stage import watched

    if not workspace.store.facts.asked("title", "arxiv"):
        return None
    files = watched(workspace.store, workspace.list_files(), workspace.now)
    return sum(len(file.items) for file in files)


def _show_watch(workspace: Workspace) -> None:
    number = _watch(workspace)
    if number:
        click.echo(f"\n{number} to look at in the lists: `listkeeper watch --no-look`")


def _show_runs(workspace: Workspace) -> None:
    rows = [
        {
            "when": f"{run.as_of:%Y-%m-%d %H:%M}",
            "command": run.command,
            "word": run.word,
            "exit": run.report["exit_code"],
            "found": sum(n for name, n in run.report["counts"].items() if name.endswith("/found")),
            "proposed": run.report["counts"].get("classify/proposed", 0),
        }
        for run in workspace.store.runs.recent(most=10)
    ]
    click.echo()
    click.echo(text_table(rows, ("when", "command", "word", "exit", "found", "proposed")))


def _as_json(workspace: Workspace, strip: list[tuple[date, str]]) -> dict[str, object]:
    return {
        "works": workspace.store.works.count(),
        "last": next((run.word for run in workspace.store.runs.recent(most=1)), None),
        "calendar": calendar_warning(workspace.calendar.known_until, workspace.now.date()),
        "days": [{"day": day.isoformat(), "is": kind} for day, kind in strip],
        "watch": _watch(workspace),
        "days_by_kind": dict(Counter(kind for _, kind in strip)),
        "sources": [
            {
                "source": name,
                "word": str(state.word),
                "reason": state.reason,
                "streak": state.streak,
                "at": state.at.isoformat(),
            }
            for name, state in workspace.store.runs.sources().items()
        ],
        "runs": [run.report for run in workspace.store.runs.recent(most=10)],
    }


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """One thing looked at; ``fine`` is False where somebody has to do something."""

    what: str
    fine: bool
    says: str


@click.command("doctor")
@with_workspace
def doctor_command(workspace: Workspace, *, as_json: bool) -> int:
    """Look for what is wrong with this setup."""
    findings = [finding for look in LOOKS for finding in _safely(look, workspace)]
    if as_json:
        echo_json([{"what": f.what, "fine": f.fine, "says": f.says} for f in findings])
    else:
        for finding in findings:
            mark = (
                click.style("fine", fg="green") if finding.fine else click.style("look", fg="red")
            )
            click.echo(f"{mark}  {finding.what}: {finding.says}")
    return 0 if all(finding.fine for finding in findings) else 1


def _safely(
    look: Callable[[Workspace], Iterator[SetupFinding]], workspace: Workspace
) -> list[SetupFinding]:
    """A look that meets trouble reports it; the others still look."""
    try:
        return list(look(workspace))
    except Trouble as trouble:
        return [SetupFinding(look.__name__.strip("_"), fine=False, says=str(trouble))]


def _configuration(workspace: Workspace) -> Iterator[SetupFinding]:
    yield SetupFinding(
        "configuration", fine=True, says=f"{workspace.config_dir}, {len(workspace.lists)} lists"
    )
    for rules in workspace.lists:
        path = workspace.list_path(rules)
        writable = os.access(path, os.W_OK)
        says = f"{path}" if writable else f"{path} is read-only; check its permissions"
        yield SetupFinding(f"list {rules.list}", fine=writable, says=says)


def _calendar(workspace: Workspace) -> Iterator[SetupFinding]:
    warning = calendar_warning(workspace.calendar.known_until, workspace.now.date())
    says = warning or f"days off are known until {workspace.calendar.known_until}"
    yield SetupFinding("calendar", fine=warning is None, says=says)


def _store(workspace: Workspace) -> Iterator[SetupFinding]:
    troubles = workspace.store.check()
    says = "; ".join(troubles) or f"{workspace.store.path}, {workspace.store.works.count()} works"
    yield SetupFinding("store", fine=not troubles, says=says)
    for intent in workspace.store.intents.open():
        says = f"an {intent.kind} of {intent.at:%Y-%m-%d} was interrupted; the next run finishes it"
        yield SetupFinding(f"list {intent.list_name}", fine=False, says=says)


def _last_run(workspace: Workspace) -> Iterator[SetupFinding]:
    last = workspace.store.runs.recent("run", most=1)
    if not last:
        yield SetupFinding("runs", fine=True, says="none yet")
        return
    age = workspace.now - last[0].as_of
    says = f"the last one was on {last[0].as_of:%Y-%m-%d}, {last[0].word}"
    yield SetupFinding("runs", fine=age < SILENT, says=says)


def _services(workspace: Workspace) -> Iterator[SetupFinding]:
    contact = workspace.services.contact
    says = contact or "none in services.yaml: services ask for one before they block somebody"
    yield SetupFinding("contact", fine=True, says=says)
    key = "set" if workspace.scholar_key else "not set: the shared pool is slower"
    yield SetupFinding("Semantic Scholar key", fine=True, says=key)


def _rules(_world: Workspace) -> Iterator[SetupFinding]:
    """Without Hyperscan the words are found by Python's own expressions."""
    try:
        importlib.import_module("hyperscan")
    except ImportError as trouble:
        says = (
            f"Hyperscan cannot be imported ({trouble}): works are judged the same, but slowly; "
            f"`python -m pip install hyperscan`, where there is a wheel for this machine"
        )
        yield SetupFinding("speed of the rules", fine=True, says=says)
        return
    yield SetupFinding("speed of the rules", fine=True, says="Hyperscan finds the words")


LOOKS = (_configuration, _calendar, _store, _last_run, _services, _rules)
