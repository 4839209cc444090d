"""What ``listkeeper status`` reports: weeks, sources, stored days and the last runs, as values."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from output.digest.kept_pages import KeptPages
from output.digest.week_state import WeekState, week_state
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.rows.glance import Glance, RunRows
    from catalog.store import Store
    from catalog.store.runs import Runs

# A day filled by OAI-PMH looks like one filled by the API.
SIGNS = {
    "feed": "#",
    "api": "+",
    "oai": "+",
    "quiet": ".",
    "missing": "!",
    "before": " ",
    "to come": "_",
}
RUNS_SHOWN = 10


def signs(strip: Sequence[tuple[date, str]]) -> str:
    """A sign for each day of the strip."""
    return "".join(SIGNS[kind] for _, kind in strip)


def run_rows(runs: "Runs | RunRows") -> list[dict[str, object]]:
    """The last runs as rows of a table, the newest first."""
    return [
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


def watched_entries(workspace: Workspace) -> int | None:
    """The number of entries that are watched; None before the first look."""
    if not workspace.glance.facts.asked("title", "arxiv"):
        return None
    from pipelines.watch.stage import watched as watched_files

    files = watched_files(workspace.glance, workspace.list_files(), workspace.now)
    return sum(len(file.items) for file in files)


def week_states(workspace: Workspace) -> list[WeekState]:
    """What is next for each list."""
    return [
        week_state(
            KeptPages(workspace.glance, workspace.root, workspace.every_list, rules),
            rules,
            workspace.now,
        )
        for rules in workspace.lists
    ]


def kept_by_title(store: "Store | Glance", keep_days: int) -> str:
    """How many papers are kept by title alone, in a sentence; empty if none is."""
    number = store.trimmed.count()
    if not number:
        return ""
    return (
        f"{number:,} papers that no list wanted in {keep_days} days are kept by title, and changed"
        " rules judge them by it; `listkeeper backfill` brings their texts back"
    )


def status_json(store: "Store | Glance", strip: Sequence[tuple[date, str]]) -> dict[str, object]:
    """What the store says, as JSON."""
    runs = store.runs.recent(most=RUNS_SHOWN)
    return {
        "works": store.works.count(),
        "trimmed": store.trimmed.count(),
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
