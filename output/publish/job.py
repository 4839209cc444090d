"""
A scheduled job in a fresh clone: what people did, the work itself, its publication, the state.

Each step is tried whatever the one before said.
"""

from collections.abc import Callable
from functools import partial

from catalog.report import Report, keep
from config.errors import Trouble
from config.publish import channels, publishing
from output.citation_refresh import refresh
from output.daily import run
from output.list_writer import ListTarget, write_list
from output.lists import with_new_addresses
from output.publish.channels.stage import tell_channels
from output.publish.stage import commit, keep_schedule, propose, publish, state_of, sync
from output.publish.state import StateBranch
from pipelines.watch.stage import sum_up, untold, watch
from pipelines.workspace import Workspace, read

Step = Callable[[Workspace, Report], None]
# Exit codes, the gravest last.
GRAVITY = (0, 75, 1, 2, 3)


def carry_out(workspace: Workspace, job: str) -> list[Report]:
    """Carry out the job ``daily``, ``citations`` or ``watch``; a report of each step, in order."""
    steps: dict[str, Step] = {"sync": sync} | JOBS[job]
    if publishing(workspace.config_dir) is None:
        steps["commit"] = commit
    elif job == "daily":
        steps["publish"] = partial(publish, week=None, again=False)
    else:
        steps["propose"] = partial(propose, kind=job)
    if publishing(workspace.config_dir) is not None:
        steps["keep schedule"] = keep_schedule
    # A week is told once its digest is there; the other jobs have none.
    if job == "daily" and channels(workspace.config_dir):
        steps["channels"] = _tell
    state_of(workspace).pull()
    reports = [
        _attempt(Report(name, workspace.now), partial(step, workspace))
        for name, step in steps.items()
    ]
    # A decision whose entry couldn't be committed must be taken again by the next run.
    if not any(report.command == "commit" and report.exit_code for report in reports):
        state = state_of(workspace)
        reports.append(_attempt(Report("state push", workspace.now), partial(_push_state, state)))
    return reports


def _attempt(report: Report, step: Callable[[Report], None]) -> Report:
    """Carry out a step; its trouble ends the step, not the job."""
    try:
        step(report)
    except Trouble as trouble:
        report.add_trouble(trouble)
    return report


def _push_state(state: StateBranch, report: Report) -> None:
    commit = state.push()
    report.notes.append(f"pushed {commit[:10]}" if commit else "nothing new to push")


def _tell(workspace: Workspace, report: Report) -> None:
    for outcome in tell_channels(workspace):
        outcome.tell(report)


def _citations(workspace: Workspace, report: Report) -> None:
    refresh(workspace, report, workspace.list_files(), write=True)


def _watch(workspace: Workspace, report: Report) -> None:
    results = watch(workspace, report, workspace.list_files())
    new = untold(workspace.store.runs, report, results, workspace.shown)
    sum_up(report, results, new)
    _mend_links(workspace, report)
    keep(workspace.store, report)


def _mend_links(workspace: Workspace, report: Report) -> None:
    """Write addresses that have moved for good; all other findings are a person's to judge."""
    for rules in workspace.lists:
        path = workspace.list_path(rules)
        base = read(path)
        new = with_new_addresses(workspace.store, base, path, workspace.now)
        if new != base:
            target = ListTarget(rules.list, path, "", workspace.now)
            write_list(workspace.store, target.intent("edit", base, new))
            report.files.append(str(path))


JOBS: dict[str, dict[str, Step]] = {
    "daily": {"run": run},
    "citations": {"citations refresh": _citations},
    "watch": {"watch": _watch},
}
