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

from catalog.paper import Word
from cli.options import with_world
from cli.render import COLOURS, echo_json, text_table
from config.errors import Trouble
from pipelines.discover.arxiv import STRIP, calendar_warning, days_strip
from pipelines.workspace import World

# A day filled by OAI-PMH is shown as one filled by the API.
SIGNS = {"feed": "#", "api": "+", "oai": "+", "quiet": ".", "missing": "!", "before": " "}

# A list whose last run is older than this is not being kept.
SILENT = timedelta(days=9)


@click.command("status")
@with_world
def status_command(world: World, *, as_json: bool) -> int:
    """Show how the last runs and the sources did."""
    strip = days_strip(world)
    if as_json:
        echo_json(_as_json(world, strip))
        return 0
    _show_sources(world)
    click.echo(f"\nlast {STRIP} days  {''.join(SIGNS[kind] for _, kind in strip)}")
    click.echo("              # complete  + filled afterwards  . nothing announced  ! missing")
    if warning := calendar_warning(world):
        click.echo(f"calendar      {warning}")
    _show_watch(world)
    _show_runs(world)
    return 0


def _show_sources(world: World) -> None:
    states = world.store.runs.sources()
    if not states:
        click.echo("nothing has run yet: `listkeeper run`")
    for name, state in states.items():
        word = click.style(f"{state.word:<7}", fg=COLOURS[Word(state.word)])
        streak = f" ({state.streak} times in a row)" if state.streak > 1 else ""
        click.echo(f"{word} {name}, {state.at:%Y-%m-%d %H:%M} UTC: {state.reason}{streak}")


def _watch(world: World) -> int | None:
    """How many items `watch` knows, once it has looked."""
    from pipelines.watch.stage import watch_lines

    looked = bool(world.store.facts.asked("title", "arxiv"))
    return sum(len(watch_lines(world, rules)) for rules in world.lists) if looked else None


def _show_watch(world: World) -> None:
    number = _watch(world)
    if number:
        click.echo(f"\n{number} to look at in the lists: `listkeeper watch --no-look`")


def _show_runs(world: World) -> None:
    rows = [
        {
            "when": f"{run.as_of:%Y-%m-%d %H:%M}",
            "command": run.command,
            "word": run.word,
            "exit": run.report["exit_code"],
            "found": sum(n for name, n in run.report["counts"].items() if name.endswith("/found")),
            "proposed": run.report["counts"].get("classify/proposed", 0),
        }
        for run in world.store.runs.recent(most=10)
    ]
    click.echo()
    click.echo(text_table(rows, ("when", "command", "word", "exit", "found", "proposed")))


def _as_json(world: World, strip: list[tuple[date, str]]) -> dict[str, object]:
    return {
        "works": world.store.works.count(),
        "last": next((run.word for run in world.store.runs.recent(most=1)), None),
        "calendar": calendar_warning(world),
        "days": [{"day": day.isoformat(), "is": kind} for day, kind in strip],
        "watch": _watch(world),
        "days_by_kind": dict(Counter(kind for _, kind in strip)),
        "sources": [
            {
                "source": name,
                "word": str(state.word),
                "reason": state.reason,
                "streak": state.streak,
                "at": state.at.isoformat(),
            }
            for name, state in world.store.runs.sources().items()
        ],
        "runs": [run.report for run in world.store.runs.recent(most=10)],
    }


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; ``fine`` is False where somebody has to do something."""

    what: str
    fine: bool
    says: str


@click.command("doctor")
@with_world
def doctor_command(world: World, *, as_json: bool) -> int:
    """Look for what is wrong with this setup."""
    findings = [finding for look in LOOKS for finding in _safely(look, world)]
    if as_json:
        echo_json([{"what": f.what, "fine": f.fine, "says": f.says} for f in findings])
    else:
        for finding in findings:
            mark = (
                click.style("fine", fg="green") if finding.fine else click.style("look", fg="red")
            )
            click.echo(f"{mark}  {finding.what}: {finding.says}")
    return 0 if all(finding.fine for finding in findings) else 1


def _safely(look: Callable[[World], Iterator[Finding]], world: World) -> list[Finding]:
    """A look that meets trouble reports it; the others still look."""
    try:
        return list(look(world))
    except Trouble as trouble:
        return [Finding(look.__name__.strip("_"), fine=False, says=str(trouble))]


def _configuration(world: World) -> Iterator[Finding]:
    yield Finding("configuration", fine=True, says=f"{world.config_dir}, {len(world.lists)} lists")
    for rules in world.lists:
        path = world.list_path(rules)
        writable = os.access(path, os.W_OK)
        says = f"{path}" if writable else f"{path} is read-only; check its permissions"
        yield Finding(f"list {rules.list}", fine=writable, says=says)


def _calendar(world: World) -> Iterator[Finding]:
    warning = calendar_warning(world)
    says = warning or f"days off are known until {world.calendar.known_until}"
    yield Finding("calendar", fine=warning is None, says=says)


def _store(world: World) -> Iterator[Finding]:
    troubles = world.store.check()
    says = "; ".join(troubles) or f"{world.store.path}, {world.store.works.count()} works"
    yield Finding("store", fine=not troubles, says=says)
    for intent in world.store.intents.open():
        says = f"an {intent.kind} of {intent.at:%Y-%m-%d} was interrupted; the next run finishes it"
        yield Finding(f"list {intent.list_name}", fine=False, says=says)


def _last_run(world: World) -> Iterator[Finding]:
    last = world.store.runs.recent("run", most=1)
    if not last:
        yield Finding("runs", fine=True, says="none yet")
        return
    age = world.now - last[0].as_of
    says = f"the last one was on {last[0].as_of:%Y-%m-%d}, {last[0].word}"
    yield Finding("runs", fine=age < SILENT, says=says)


def _services(world: World) -> Iterator[Finding]:
    contact = world.services.contact
    says = contact or "none in services.yaml: services ask for one before they block somebody"
    yield Finding("contact", fine=True, says=says)
    key = "set" if world.scholar_key else "not set: the shared pool is slower"
    yield Finding("Semantic Scholar key", fine=True, says=key)


def _rules(_world: World) -> Iterator[Finding]:
    """Without Hyperscan the words are found by Python's own expressions."""
    try:
        importlib.import_module("hyperscan")
    except ImportError as trouble:
        says = (
            f"Hyperscan cannot be imported ({trouble}): works are judged the same, but slowly; "
            f"`python -m pip install hyperscan`, where there is a wheel for this machine"
        )
        yield Finding("speed of the rules", fine=True, says=says)
        return
    yield Finding("speed of the rules", fine=True, says="Hyperscan finds the words")


LOOKS = (_configuration, _calendar, _store, _last_run, _services, _rules)
