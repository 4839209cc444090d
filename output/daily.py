"""
The stages of a day's run, in order.

A stage that fails is named in the report, and the other stages go on.
"""

from collections.abc import Callable
from functools import wraps

from catalog.moments import is_doubtful
from catalog.report import Report, keep
from config.errors import Trouble
from output.digest.build import digest
from output.list_writer import recover
from pipelines.candidates import Snapshots
from pipelines.classify import classify
from pipelines.discover.arxiv import last_answer
from pipelines.discover.days import ArxivContext
from pipelines.discover.stage import discover
from pipelines.enrich.stage import enrich
from pipelines.rank.stage import rank
from pipelines.retention import trim
from pipelines.workspace import Workspace

CLOCK_WRONG = "the run ends here: set this machine's clock right, then run again"

Stage = Callable[[Workspace, Report, Snapshots], None]


def _without_candidates(stage: Callable[[Workspace, Report], None]) -> Stage:
    @wraps(stage)
    def run_stage(workspace: Workspace, report: Report, _snapshots: Snapshots) -> None:
        stage(workspace, report)

    return run_stage


def _digest(workspace: Workspace, report: Report, snapshots: Snapshots) -> None:
    if report.is_offline and _has_read_nothing(workspace):
        # A page that begins with BROKEN would be the first that a newcomer commits.
        report.notes.append(
            "no digest is written: nothing has been read so far; run this again with a network"
        )
        return
    digest(workspace, report, report.sources, snapshots)


def _has_read_nothing(workspace: Workspace) -> bool:
    never = last_answer(ArxivContext.of(workspace), workspace.store.runs) is None
    return never and not workspace.store.works.count()


STAGES: tuple[Stage, ...] = (
    _without_candidates(recover),
    _without_candidates(discover),
    _without_candidates(classify),
    rank,
    enrich,
    _digest,
    trim,
)


def run(workspace: Workspace, report: Report) -> None:
    """Run all stages; a failing one is named in the report and does not stop the rest."""
    try:
        _stages(workspace, report)
    except KeyboardInterrupt:
        report.notes.append("stopped before the end")
        keep(workspace.store, report, "STOPPED")
        raise
    keep(workspace.store, report)


def _stages(workspace: Workspace, report: Report) -> None:
    snapshots = workspace.snapshots()
    for stage in STAGES:
        try:
            stage(workspace, report, snapshots)
        except Trouble as trouble:
            # A wrong configuration or a locked store would fail in every stage.
            if trouble.exit_code in {2, 75}:
                raise
            report.needs_person.append(f"{stage.__name__.strip('_')}: {trouble}")
        # By a wrong clock everything is too old: pages would be of another year's week, and the
        # texts of this week's papers given up.
        doubt = CLOCK_WRONG if report.is_clock_wrong else _offline_doubt(workspace, report)
        if doubt:
            report.needs_person.append(doubt)
            return


def _offline_doubt(workspace: Workspace, report: Report) -> str | None:
    """Why nobody can tell this run's week, without a network to confirm it; None in no doubt."""
    if not report.is_offline:
        return None
    last = last_answer(ArxivContext.of(workspace), workspace.store.runs)
    if last is None or not is_doubtful(last, workspace.now):
        return None
    return (
        f"no network, and arXiv last answered on {last:%-d %B %Y}, while this clock says "
        f"{workspace.now:%-d %B %Y}: the run ends here, before it writes a page for a week that "
        "may be another; set this machine's clock right if it is wrong, else the next run with a "
        "network goes on (`listkeeper digest` writes the page now)"
    )
