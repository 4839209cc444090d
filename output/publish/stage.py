"""
The commands that publish: from a workspace to its repository, its forge and its state branch.

A fork publishes nothing: its readers aren't the original's.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from catalog.branches import Branches
from catalog.errors import UsageTrouble
from catalog.report import Report
from config.publish import FILE, Publishing, publishing
from config.rules import ListRules
from config.secret import key_from
from config.settings import is_loopback
from output.apply import apply
from output.digest.build import week_of
from output.digest.model import digest_path
from output.digest.ticks import Ticked, read_ticks
from output.publish.changes import commit_files
from output.publish.changes import propose as propose_list
from output.publish.conversation import Event
from output.publish.forge import Forge
from output.publish.github import SECONDS_BETWEEN_WRITES, TOKEN, GitHub
from output.publish.place import Place, Told
from output.publish.state import StateBranch
from output.publish.sync import Words, hear
from output.publish.weekly import publish as publish_list
from output.publish.weekly import sync as sync_list
from pipelines.workspace import Workspace

DEFAULT_STATE_BRANCH = "listkeeper-state"
SERVER = "https://github.com"
# Older digests aren't read again for ticks.
DIGESTS_READ = 8
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def settings_of(workspace: Workspace) -> Publishing | None:
    """The settings for publishing; None where nothing is published from here."""
    return publishing(workspace.config_dir)


def fork_of(workspace: Workspace, settings: Publishing) -> str | None:
    """The repository this runs in, if it is another than the one that publishes."""
    here = workspace.environment.get("GITHUB_REPOSITORY", "")
    return here if here and here.lower() != settings.repository.lower() else None


def branches_of(workspace: Workspace) -> Branches:
    """The repository that the lists are in."""
    api = _api(workspace)
    parts = urlsplit(api)
    local = is_loopback(api)
    server = f"{parts.scheme}://{parts.netloc}" if local else _server(workspace)
    return Branches(workspace.root, "origin", server, key_from(workspace.environment, TOKEN))


def _server(workspace: Workspace) -> str:
    return workspace.environment.get("GITHUB_SERVER_URL", SERVER)


def _api(workspace: Workspace) -> str:
    return workspace.services.services["github"]


def state_of(workspace: Workspace, branch: str | None = None) -> StateBranch:
    """The branch that holds the store."""
    settings = settings_of(workspace)
    name = branch or (settings.state.branch if settings else DEFAULT_STATE_BRANCH)
    return StateBranch(workspace.store, workspace.state, branches_of(workspace), name)


def forge_of(workspace: Workspace, settings: Publishing) -> Forge:
    """The forge that publish.yaml names; UsageTrouble without a token."""
    token = key_from(workspace.environment, TOKEN)
    if not token:
        raise UsageTrouble(TOKEN, "is not set", "give the job's token: ${{ github.token }}")
    pace = workspace.services.pace(workspace.environment)
    agent = workspace.services.user_agent
    return GitHub(settings.repository, _api(workspace), token, agent, SECONDS_BETWEEN_WRITES * pace)


def publish(workspace: Workspace, report: Report, *, week: str | None, again: bool) -> None:
    """Open the week's thread of each list, on its day or when ``again`` asks for it."""
    settings = _wanted(workspace, report)
    if settings is None:
        return
    today = WEEKDAYS[workspace.now.weekday()]
    if not (again or week or today == settings.on):
        report.notes.append(
            f"publishing is on {settings.on}, today is {today}; --again does it now"
        )
        return
    state_of(workspace).pull()
    told = Told()
    for place in places(workspace, settings):
        publish_list(place, week or week_of(workspace.now), told)
    _tell(report, told)
    _save(workspace)


def sync(workspace: Workspace, report: Report, event: Event | None = None) -> None:
    """
    Make decisions of what people did: ticks in committed digests, then each list's open thread.

    Where nothing is published, ticks in digests are applied to the list in the checkout.
    """
    if settings_of(workspace) is None:
        for page in _ticked_pages(workspace):
            report.notes += [f"{page.name}:"]
            apply(workspace, report, page, dry_run=False)
        return
    settings = _wanted(workspace, report)
    if settings is None:
        return
    state_of(workspace).pull()
    told = Told()
    for place in places(workspace, settings):
        if event is None:
            _hear_pages(workspace, place, told)
        sync_list(place, told, event)
    _tell(report, told)
    _save(workspace)


def propose(workspace: Workspace, report: Report, kind: str) -> None:
    """Bring lists that a job changed in the checkout to the repository."""
    settings = _wanted(workspace, report)
    if settings is None:
        return
    told = Told()
    for place in places(workspace, settings):
        propose_list(place, kind, workspace.list_path(place.rules), told)
    _tell(report, told)
    _save(workspace)


def commit(workspace: Workspace, report: Report) -> None:
    """Commit the digests and lists that a job wrote in the checkout to the default branch."""
    branches = branches_of(workspace)
    prefix = branches.prefix()
    files = {}
    for rules in workspace.lists:
        folder = digest_path(workspace.root, workspace.every_list, rules, "x").parent
        written = [path for path in folder.glob("*.*") if path.suffix in (".md", ".json", ".html")]
        for path in (workspace.list_path(rules), *written):
            files[prefix + _inside(workspace, path)] = path.read_bytes()
    made = commit_files(branches, files, f"Listkeeper: {workspace.now:%Y-%m-%d}")
    report.notes.append(f"committed {made[:10]}" if made else "nothing to commit")


def _ticked_pages(workspace: Workspace) -> Iterator[Path]:
    """The newest digests in the checkout with a tick in them, oldest first."""
    for rules in workspace.lists:
        for name in _recent(workspace, rules):
            path = digest_path(workspace.root, workspace.every_list, rules, name)
            if path.is_file() and _ticks(path):
                yield path


def _recent(workspace: Workspace, rules: ListRules) -> list[str]:
    every = [one for one in workspace.store.digests.all() if one.list_name == rules.list]
    return [one.name for one in sorted(every, key=lambda one: one.made_at)][-DIGESTS_READ:]


def _ticks(path: Path) -> Ticked | None:
    ticked = read_ticks(path.read_bytes().decode("utf-8", "replace"), str(path))
    return ticked if ticked.ticks or ticked.unclear else None


def _hear_pages(workspace: Workspace, place: Place, told: Told) -> None:
    """Ticks that somebody committed to the default branch, read in the checkout."""
    for name in _recent(workspace, place.rules):
        path = digest_path(workspace.root, workspace.every_list, place.rules, name)
        digest = place.store.digests.get(place.name, name)
        ticked = _ticks(path) if path.is_file() else None
        if digest is None or ticked is None:
            continue
        if ticked.base_hash != digest.base_hash:
            told.needs_person.append(f"{path.name} is out of date: tick the present one")
            continue
        who = place.branches.last_author(place.digest_path(name))
        words = Words(page=ticked, page_by=who)
        heard = hear(words, digest, place.decided(), place.sections, place.now)
        place.store.decisions.add(heard.decisions)
        told.decided += len(heard.decisions)
        told.needs_person += [f"{path.name}: {question}" for question in heard.unclear]


def _wanted(workspace: Workspace, report: Report) -> Publishing | None:
    settings = settings_of(workspace)
    if settings is None:
        report.notes.append(f"no {FILE} in {workspace.config_dir.name}/: nothing is published")
        return None
    if fork := fork_of(workspace, settings):
        report.notes.append(f"{fork} is not {settings.repository}: a fork publishes nothing")
        return None
    return settings


def _tell(report: Report, told: Told) -> None:
    report.notes += told.notes
    report.needs_person += told.needs_person
    report.count("publish/decided", told.decided)
    report.count("publish/opened", told.opened)


def places(workspace: Workspace, settings: Publishing) -> Iterator[Place]:
    """Where each list goes."""
    forge, branches = forge_of(workspace, settings), branches_of(workspace)
    prefix = branches.prefix()
    for rules in workspace.lists:
        yield Place(
            store=workspace.store,
            forge=forge,
            branches=branches,
            settings=settings,
            rules=rules,
            list_path=prefix + _inside(workspace, workspace.list_path(rules)),
            digest_path=lambda name, rules=rules: (
                prefix  # type: ignore[misc]
                + _inside(workspace, digest_path(workspace.root, workspace.every_list, rules, name))
            ),
            branch_prefix=_branch_prefix(workspace, rules),
            now=workspace.now,
            save_state=lambda: _save(workspace),
        )


def _save(workspace: Workspace) -> None:
    state_of(workspace).push()


def _inside(workspace: Workspace, path: Path) -> str:
    return path.resolve().relative_to(workspace.root.resolve()).as_posix()


def _branch_prefix(workspace: Workspace, rules: ListRules) -> str:
    several = len(workspace.every_list) > 1
    return f"listkeeper/{Path(rules.file).stem}/" if several else "listkeeper/"


def read_event(path: Path) -> Event:
    """Read a job's event file; UsageTrouble if it's not about a thread."""
    try:
        event: Any = json.loads(path.read_bytes())
        about = event.get("pull_request") or event.get("issue") or {}
        before = event.get("changes", {}).get("body", {}).get("from")
        sender = event.get("sender", {})
        return Event(
            int(about["number"]),
            str(sender.get("login", "")),
            sender.get("type") == "User",
            before if isinstance(before, str) else None,
        )
    except OSError as trouble:
        raise UsageTrouble(str(path), f"cannot be read ({trouble.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageTrouble(
            str(path), "is no event of a pull request or issue", "give $GITHUB_EVENT_PATH"
        ) from None
