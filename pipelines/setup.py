"""Checks the configuration, the files, the store, the last runs and the services."""

import importlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from catalog.errors import of_the_machine
from catalog.files import refuse_lost_link
from catalog.git import origin_of
from catalog.moments import is_ahead
from catalog.plural import counted
from catalog.report import FAILING
from catalog.sightings import SourceReport, SourceStatus, told_once
from config.errors import ConfigTrouble, Trouble
from config.publish import FILE, Publishing, channels
from config.rules import DIGESTS
from config.settings import KEEP_DAYS, schedule
from pipelines.discover.days import calendar_warning
from pipelines.workspace import Workspace

if TYPE_CHECKING:
    from catalog.rows.runs import Run
    from catalog.store import Store
    from config.settings import Sources
    from pipelines.enrich.base import EnrichContext

CONFIG_FILES = ("calendar.yaml", "publish.yaml", "schedule.yaml", "services.yaml", "sources.yaml")
# Runs whose sources are looked at, of all commands.
RUNS_CHECKED = 40
# A list whose last run is older than this is neglected.
MAX_RUN_AGE = timedelta(days=9)
MEGABYTE = 1_000_000
# A store of two years is no larger (bytes); old papers that wait to be trimmed on an ordinary day.
LARGE_BYTES, MANY_DUE = 150 * MEGABYTE, 5_000
Level = Literal["ok", "tip", "wrong"]


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """The result of one check: ok, a tip that may wait, or wrong, where somebody has to act."""

    what: str
    level: Level
    message: str

    def as_json(self) -> dict[str, object]:
        fine = self.level != "wrong"
        return {"what": self.what, "level": self.level, "fine": fine, "says": self.message}


def check_setup(workspace: Workspace, *, online: bool) -> list[SetupFinding]:
    """The findings of all checks; ``online`` also asks each service one cheap question."""
    # What a check needs is read inside it: a broken file must not stop the other checks.
    checks: dict[str, Callable[[], Iterator[SetupFinding]]] = {
        "configuration": lambda: _configuration(
            workspace.config_dir,
            {rules.list: workspace.list_path(rules) for rules in workspace.lists},
        ),
        "sources": lambda: _sources(workspace.sources.also, workspace.config_dir / "sources.yaml"),
        "schedule": lambda: _read(schedule, workspace.config_dir),
        "publish": lambda: _publish(channels(workspace.config_dir), workspace.root),
        "names": lambda: _names(workspace.config_dir),
        "calendar": lambda: _calendar(
            workspace.config_dir, workspace.calendar.known_until, workspace.now.date()
        ),
        "state folder": lambda: _state_folder(workspace.state),
        "digests": lambda: _digests(
            {workspace.root / (rules.digests or DIGESTS) for rules in workspace.lists}
        ),
        # Looking at the setup must not create a store.
        "store": lambda: (
            _store(
                workspace.store,
                workspace.now - timedelta(days=_keep_days(lambda: workspace.sources)),
            )
            if workspace.has_store
            else _no_store(workspace.store_name)
        ),
        "runs": lambda: _last_run(
            workspace.store.runs.recent(most=RUNS_CHECKED) if workspace.has_store else (),
            workspace.now,
        ),
        "services": lambda: _services(
            workspace.services.contact, has_key=bool(workspace.scholar_key)
        ),
        "rules": _rules,
    }
    if online:
        from pipelines.enrich.base import EnrichContext

        checks["online"] = lambda: _online(EnrichContext.of(workspace))
    return [finding for name, check in checks.items() for finding in _safely(name, check)]


def _safely(name: str, check: Callable[[], Iterator[SetupFinding]]) -> list[SetupFinding]:
    """Turn the trouble of one check into a finding, so that the other checks still run."""
    try:
        return list(check())
    except (Trouble, OSError) as trouble:
        known = trouble if isinstance(trouble, Trouble) else of_the_machine(trouble)
        if known is None:
            raise
        return [SetupFinding(name, "wrong", str(known))]


def _keep_days(sources: "Callable[[], Sources]") -> int:
    """The usual number where sources.yaml is wrong: the check of the sources says so."""
    try:
        return sources().keep_days
    except ConfigTrouble:
        return KEEP_DAYS


def _configuration(config_dir: Path, lists: Mapping[str, Path]) -> Iterator[SetupFinding]:
    yield SetupFinding("configuration", "ok", f"{config_dir}, {counted(len(lists), 'list')}")
    for name, path in lists.items():
        if os.access(path, os.W_OK):
            yield SetupFinding(f"list {name}", "ok", str(path))
        else:
            message = f"{path} is read-only; check its permissions"
            yield SetupFinding(f"list {name}", "wrong", message)


def _read(reader: Callable[[Path], object], config_dir: Path) -> Iterator[SetupFinding]:
    """Nothing where a file can be read; its trouble becomes a finding."""
    reader(config_dir)
    yield from ()


def _publish(settings: Publishing | None, root: Path) -> Iterator[SetupFinding]:
    if settings and (message := elsewhere(root, settings)):
        yield SetupFinding("publish", "tip", message)


def elsewhere(root: Path, settings: Publishing) -> str:
    """Says that runs publish nothing from where this clone comes from; empty where they do."""
    origin, named = origin_of(root), settings.repository
    if not (origin and named) or origin.lower() == named.lower():
        return ""
    return (
        f"origin is {origin}, and {FILE} names {named}: runs publish nothing there; write"
        f" `repository: {origin}` in {FILE}, unless this clone is a fork"
    )


def _sources(names: Iterable[str], path: Path) -> Iterator[SetupFinding]:
    from pipelines.discover.stage import refuse_unknown

    refuse_unknown(names, path)
    yield from ()


def _names(config_dir: Path) -> Iterator[SetupFinding]:
    """Files that look like configuration, and that nobody reads."""
    for path in sorted({*config_dir.glob("*.y*ml"), *config_dir.glob("lists/*.y*ml")}):
        near = path.with_suffix(".yaml")
        if path.parent == config_dir and near.name not in CONFIG_FILES:
            message = f"{path} is read by no command; known: {', '.join(CONFIG_FILES)}"
            yield SetupFinding("configuration", "tip", message)
        elif path != near:
            message = f"{path} is read by no command; rename it to {near.name}, or take it away"
            yield SetupFinding("configuration", "wrong", message)


def _state_folder(state: Path) -> Iterator[SetupFinding]:
    """Whether commands can lock the folder, and note how services want to be asked."""
    from catalog.store.lock import check_lock

    check_lock(state)
    pace = state / "pace"
    if os.path.lexists(pace) and not pace.is_dir():
        yield SetupFinding("state folder", "wrong", f"{pace}: must be a folder; move it away")
        return
    odd = [str(path) for path in sorted(pace.glob("*")) if not path.is_file()]
    if odd:
        message = f"{', '.join(odd)}: must be a file, and is none; move it away"
        yield SetupFinding("state folder", "wrong", message)


def _digests(folders: Iterable[Path]) -> Iterator[SetupFinding]:
    for folder in sorted(folders):
        refuse_lost_link(folder)
        if os.path.lexists(folder) and not (folder.is_dir() and os.access(folder, os.W_OK)):
            message = f"{folder}: must be a folder that can be written; check its permissions"
            yield SetupFinding("digests", "wrong", message)


def _calendar(config_dir: Path, known_until: date, today: date) -> Iterator[SetupFinding]:
    if warning := calendar_warning(config_dir, known_until, today):
        yield SetupFinding("calendar", "wrong" if today > known_until else "tip", warning)
    else:
        yield SetupFinding("calendar", "ok", f"days off are known until {known_until}")


def _no_store(name: str) -> Iterator[SetupFinding]:
    yield SetupFinding("store", "tip", f"{name} is made by the first run")


def _store(store: "Store", before: datetime) -> Iterator[SetupFinding]:
    troubles = store.check()
    number = counted(store.works.count(), "paper or link", "papers and links")
    if troubles:
        yield SetupFinding("store", "wrong", "; ".join(troubles))
    else:
        yield SetupFinding("store", "ok", f"{store.name}, {number}")
        yield _size(store, before)
    # Only looked at where something is open: for a moment nobody else can take the lock.
    owner = store.holder() if store.intents.open() else None
    for intent in store.intents.open():
        what = f"list {intent.list_name}"
        if owner:
            yield SetupFinding(what, "ok", f"an {intent.kind} is being written by {owner}")
            continue
        message = (
            f"an unfinished {intent.kind} of {intent.at:%Y-%m-%d}; the next run will finish it"
        )
        yield SetupFinding(what, "tip", message)


def _size(store: "Store", before: datetime) -> SetupFinding:
    """How much room the store takes, and what would make it smaller."""
    size, due = store.size(), len(store.trimmed.due(before))
    message = f"{size.total / MEGABYTE:.1f} MB"
    if titles := store.trimmed.count():
        message += f", {counted(titles, 'paper')} by title alone"
    ways = []
    if due > MANY_DUE:
        ways.append(f"the next run gives up the texts of up to {counted(due, 'old paper')}")
    if size.can_shrink:
        ways.append(f"the next run gives back {size.free / MEGABYTE:.0f} MB that are empty")
    if not ways and size.total > LARGE_BYTES:
        ways.append("a lower keep_days in sources.yaml would make it smaller")
    if not ways:
        return SetupFinding("size of the store", "ok", message)
    return SetupFinding("size of the store", "tip", f"{message}; {'; '.join(ways)}")


def _last_run(runs: "Sequence[Run]", now: datetime) -> Iterator[SetupFinding]:
    """The age of the last run; and each source that failed when it was asked last."""
    last = next((run for run in runs if run.command == "run"), None)
    if last is None:
        yield SetupFinding("runs", "tip", "none yet; start with `listkeeper run`")
    else:
        age = now - last.as_of
        message = f"last run on {last.as_of:%Y-%m-%d}"
        if is_ahead(last.as_of, now):
            ahead = f"{message}, later than now ({now:%Y-%m-%d}): this machine's clock was wrong"
            yield SetupFinding("runs", "wrong", f"{ahead} then, or is now")
            return
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


def _online(context: "EnrichContext") -> Iterator[SetupFinding]:
    from pipelines.online import ask_services

    for answer in ask_services(context):
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
