"""
``listkeeper status`` and ``doctor``: how the last runs went, and whether the setup is sound.

``status`` reports runs, sources and stored days. ``doctor`` checks configuration, files and
services, so that a run does not fail because of them.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from catalog.plural import counted
from catalog.sightings import SourceStatus
from cli.options import with_workspace
from cli.render import COLOURS, echo_json, text_table
from output.escape import terminal
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.rows.runs import SourceState
    from pipelines.setup import Level


@click.command("status")
@with_workspace
def status_command(workspace: Workspace, *, as_json: bool) -> int:
    """Show what to do next, the sources, which days are stored, and the last runs."""
    from output.reports import status
    from pipelines.discover.days import STRIP_DAYS, ArxivContext, calendar_warning, days_strip

    strip = days_strip(ArxivContext.of(workspace), workspace.glance.runs)
    ends, today = workspace.calendar.known_until, workspace.now.date()
    warning = calendar_warning(workspace.config_dir, ends, today)
    watched = status.watched_entries(workspace)
    weeks = status.week_states(workspace)
    if as_json:
        told = {
            "calendar": warning,
            "watch": watched,
            "weeks": [asdict(week) for week in weeks],
            "store": workspace.glance.name,
        }
        echo_json(status.status_json(workspace.glance, strip) | told)
        return 0
    for week in weeks:
        click.echo(terminal(f"{week.list_name}: {week}" if len(weeks) > 1 else str(week)))
    click.echo()
    _show_sources(workspace.glance.runs.sources())
    first, last = (f"{day:%-d %b}" for day in (strip[0][0], strip[-1][0]))
    click.echo(f"\nlast {STRIP_DAYS} days  {status.signs(strip)}")
    click.echo(f"              {first:<{len(strip) - len(last)}}{last}")
    click.echo(
        "              # complete  + filled later  . nothing announced  ! missing  _ to come"
    )
    if warning:
        click.echo(f"calendar      {terminal(warning)}")
    if short := status.kept_by_title(workspace.glance, workspace.sources.keep_days):
        click.echo(f"titles        {short}")
    if not workspace.glance.is_file:
        click.echo(f"store         {terminal(workspace.glance.name)}")
    if watched:
        items = counted(watched, "finding")
        click.echo(f"\n{items} about listed entries: `listkeeper watch --no-look`")
    if rows := status.run_rows(workspace.glance.runs):
        columns = ("when", "command", "word", "exit", "found", "proposed")
        click.echo(f"\n{text_table(rows, columns)}")
    return 0


def _show_sources(states: "Mapping[str, SourceState]") -> None:
    if not states:
        click.echo("no runs yet; start with `listkeeper run`")
    for name, state in states.items():
        word = click.style(f"{state.word:<7}", fg=COLOURS[SourceStatus(state.word)])
        times = f"{state.streak} times in a row"
        streak = f" ({times})" if state.streak > 1 and times not in state.reason else ""
        click.echo(f"{word} {name}, {state.at:%Y-%m-%d %H:%M} UTC: {state.reason}{streak}")


LEVEL_COLOURS: "dict[Level, str]" = {"ok": "green", "tip": "yellow", "wrong": "red"}


@click.command("doctor")
@click.option("--online", is_flag=True, help="Also ask each service once whether it answers.")
@click.option("--publish", is_flag=True,
              help="Also send a test message on each channel of publish.yaml.")  # fmt: skip
@with_workspace
def doctor_command(workspace: Workspace, *, online: bool, publish: bool, as_json: bool) -> int:
    """
    Check the configuration, the files, the store and the last runs.

    Each line is ok, a tip, or wrong; exit code 1 means that something is wrong.
    """
    from pipelines.setup import SetupFinding, check_setup

    findings = check_setup(workspace, online=online)
    if publish:
        from output.publish.channels.trial import try_channels

        findings += [
            SetupFinding(f"publish {one.channel}", "wrong" if one.code else "ok", one.message)
            for one in try_channels(workspace)
        ]
    if as_json:
        echo_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            mark = click.style(f"{finding.level:<5}", fg=LEVEL_COLOURS[finding.level])
            click.echo(f"{mark}  {terminal(f'{finding.what}: {finding.message}')}")
    return 1 if any(finding.level == "wrong" for finding in findings) else 0
