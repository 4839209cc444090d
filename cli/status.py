"""``listkeeper status``: how the last runs and the sources did, and which days are stored."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import click

from catalog.paper import Word
from catalog.store.runs import StoredDay
from cli.discover_arxiv import calendar_warning, categories
from cli.options import with_world
from cli.report import COLOURS, echo_json
from cli.world import World
from crawler.calendar import feed_day, is_announcement_day
from output.text_table import text_table

STRIP = 30
# A day filled by OAI-PMH is shown as one filled by the API.
SIGNS = {"feed": "#", "api": "+", "oai": "+", "quiet": ".", "missing": "!", "before": " "}


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


def days_strip(world: World) -> list[tuple[date, str]]:
    """
    Each of the last days and what it is.

    ``feed``, ``api``, ``oai``: what proved it complete; ``quiet``, ``missing``, or ``before`` the
    first run. Of the categories the weakest proof counts.
    """
    today, names = feed_day(world.now), categories(world)
    stored = [world.store.runs.days(f"arxiv/{name}") for name in names]
    past = [world.store.runs.days(f"past/{name}") for name in names]
    first = min((min(days) for days in stored if days), default=None)
    last = [today - timedelta(days=back) for back in range(STRIP - 1, -1, -1)]
    both = [new | old for old, new in zip(past, stored, strict=True)]
    return [(day, _kind(world, both, day, first)) for day in last]


def _kind(
    world: World, stored: Sequence[dict[date, StoredDay]], day: date, first: date | None
) -> str:
    proofs = {days[day].proof if day in days else None for days in stored}
    quiet = not is_announcement_day(day, world.days_off)
    if first is None or day <= first:
        return "before" if quiet or proofs & {None, "begin"} else _weakest(proofs)
    if quiet:
        return "quiet"
    return "missing" if None in proofs else _weakest(proofs)


def _weakest(proofs: set[str | None]) -> str:
    return next((proof for proof in ("oai", "api") if proof in proofs), "feed")


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
    from cli.watch import watch_lines

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
