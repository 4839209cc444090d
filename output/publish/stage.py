"""
The commands that publish: from a workspace to its repository, its forge and its state branch.

A fork publishes nothing: its readers aren't the original's.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from catalog.branches import Branches
from catalog.errors import Trouble, UsageTrouble
from catalog.moments import age_of
from catalog.plural import counted
from catalog.report import Report
from catalog.rows.runs import StoredDay
from config.patterns import lazy_regex
from config.publish import FILE, Publishing, publishing, state_branch
from config.rules import short_name
from config.secret import key_from
from config.settings import Services, Weekday, is_loopback
from output.apply.stage import apply
from output.digest.model import digest_path, week_of
from output.digest.pages import Pages
from output.publish.changes import commit_files
from output.publish.changes import propose as propose_list
from output.publish.committed import read_page_feedback, signer, ticked_pages
from output.publish.conversation import Event
from output.publish.forge import Forge, Missing
from output.publish.github import SECONDS_BETWEEN_WRITES, TOKEN, GitHub
from output.publish.place import WEEKDAYS, Place, PublishReport, ask, fork_of, inside, last_day
from output.publish.rehearsal import Rehearsal, rehearsed
from output.publish.state import StateBranch
from output.publish.weekly import publish as publish_list
from output.publish.weekly import sync as sync_list
from pipelines.workspace import Workspace

DEFAULT_STATE_BRANCH = "listkeeper-state"
SERVER = "https://github.com"
# The "source" of days on which publishing got through: the state branch keeps them, too.
PUBLISHED = "publish"
PAGE_SUFFIXES = frozenset({".md", ".json", ".html"})
# Half of the days after which GitHub stops schedules, so that four weeks are left to ask.
QUIET_DAYS = 30
_WORKFLOW_FILE = lazy_regex(r"/\.github/workflows/([^/@]+)@")


def branches_of(
    root: Path, api: str, environment: Mapping[str, str], rehearsal: Rehearsal | None = None
) -> Branches:
    """The repository that the lists in ``root`` are in; ``api`` is the forge's address."""
    parts = urlsplit(api)
    server = environment.get("GITHUB_SERVER_URL", SERVER)
    if is_loopback(api):
        server = f"{parts.scheme}://{parts.netloc}"
    real = Branches(root, "origin", server, key_from(environment, TOKEN))
    return rehearsal.branches(real) if rehearsal else real


def forge_of(
    settings: Publishing,
    services: Services,
    environment: Mapping[str, str],
    rehearsal: Rehearsal | None = None,
) -> Forge:
    """The forge that publish.yaml names; UsageTrouble without a token, unless it's a rehearsal."""
    token = key_from(environment, TOKEN)
    if not token and not rehearsal:
        raise UsageTrouble(TOKEN, "is not set", "give the job's token: ${{ github.token }}")
    pause = SECONDS_BETWEEN_WRITES * services.pace(environment)
    api = services.services["github"]
    real = GitHub(settings.repository, api, token, services.user_agent, pause)
    return rehearsal.forge(real) if rehearsal else real


def state_of(
    workspace: Workspace, branch: str | None = None, rehearsal: Rehearsal | None = None
) -> StateBranch:
    """The branch that holds the store."""
    settings = publishing(workspace.config_dir)
    name = _named(branch) or (settings.state.branch if settings else DEFAULT_STATE_BRANCH)
    api = workspace.services.services["github"]
    branches = branches_of(workspace.root, api, workspace.environment, rehearsal)
    return StateBranch(workspace.store, workspace.state, branches, name)


def _named(branch: str | None) -> str | None:
    try:
        return branch and state_branch(branch)
    except ValueError as wrong:
        raise UsageTrouble("--branch", str(wrong), "such as listkeeper-state") from None


def rehearse(workspace: Workspace, report: Report, *, week: str | None, again: bool) -> None:
    """Report what ``publish`` would ask, write and push, without doing it."""
    with rehearsed(workspace) as copy:
        rehearsal = Rehearsal()
        publish(copy, report, week=week, again=again, rehearsal=rehearsal)
        report.notes += rehearsal.told()


def publish(
    workspace: Workspace,
    report: Report,
    *,
    week: str | None,
    again: bool,
    rehearsal: Rehearsal | None = None,
) -> None:
    """Open the week's thread of each list, on its day or when ``again`` asks for it."""
    settings = _wanted(workspace, report)
    if settings is None:
        return
    state = state_of(workspace, rehearsal=rehearsal)
    state.pull()
    if not (again or week or _is_due(workspace, settings.on)):
        today = WEEKDAYS[workspace.now.weekday()]
        report.notes.append(
            f"publishing is on {settings.on}, today is {today}; --again does it now"
        )
        return
    name = week or week_of(workspace.now)
    opened = report.counts.get("publish/opened", 0)
    is_whole = _for_each(
        places(workspace, settings, rehearsal),
        report,
        lambda place, outcome: publish_list(place, name, outcome),
    )
    opened = report.counts.get("publish/opened", 0) - opened
    day = StoredDay(PUBLISHED, workspace.now.date(), PUBLISHED, opened, workspace.now)
    # A list whose week got nowhere is made up for by the next run.
    if is_whole and week is None and day.day not in workspace.store.runs.days(PUBLISHED):
        workspace.store.runs.set_day(day)
    state.push()


def _for_each(
    lists: Iterator[Place], report: Report, step: Callable[[Place, PublishReport], None]
) -> bool:
    """
    Do a step for each list; whether it got through for all.

    A trouble with one list is told, and the others go on. Where the settings or the token let none
    through, that trouble ends the command.
    """
    troubles, number = [], 0
    for place in lists:
        number += 1
        outcome = PublishReport()
        try:
            step(place, outcome)
        except Trouble as trouble:
            troubles.append((place.name, trouble))
        _add(report, outcome)
    are_all = bool(troubles) and len(troubles) == number
    if are_all and all(isinstance(trouble, UsageTrouble) for _, trouble in troubles):
        raise troubles[0][1]
    for name, reason in troubles:
        report.add_trouble(reason.about(name) if number > 1 else reason)
    return not troubles


def _is_due(workspace: Workspace, on: Weekday) -> bool:
    """
    Whether the week is to be published by this run.

    On its day; on a later one where the forge dropped the run of that day, or it didn't get
    through; at the first time; and where a killed run began a thread, or somebody deleted one.
    """
    runs, publications = workspace.store.runs, workspace.store.publications
    earlier = [
        publication for rules in workspace.lists for publication in publications.of(rules.list)
    ]
    if not earlier or any(publication.state == "opening" for publication in earlier):
        return True
    done = runs.days(PUBLISHED) or {publication.opened_at.date() for publication in earlier}
    day = last_day(workspace.now, on)
    return day == workspace.now or max(done) < day.date()


def sync(workspace: Workspace, report: Report, event: Event | None = None) -> None:
    """
    Make decisions of what people did: ticks in committed digests, then each list's open thread.

    Where nothing is published, ticks in digests are applied to the list in the checkout.
    """
    _read(workspace, report, event)
    if not report.notes and not report.needs_person:
        decided = report.counts.get("publish/decided", 0)
        report.notes.append(counted(decided, "new decision") if decided else "no new decision")


def _read(workspace: Workspace, report: Report, event: Event | None) -> None:
    if publishing(workspace.config_dir) is None:
        for rules in workspace.lists:
            pages = Pages(workspace.store, workspace.root, workspace.every_list, rules)
            for page in ticked_pages(pages):
                report.notes += [f"{page.name}:"]
                branches = branches_of(
                    workspace.root, workspace.services.services["github"], workspace.environment
                )
                who = signer(branches, workspace.root, page)
                _apply_once(workspace, report, page, who)
        return
    settings = _wanted(workspace, report)
    if settings is None:
        return
    state_of(workspace).pull()

    def read(place: Place, outcome: PublishReport) -> None:
        if event is None:
            read_page_feedback(place, outcome)
        sync_list(place, outcome, event)

    _for_each(places(workspace, settings), report, read)
    state_of(workspace).push()


def _apply_once(workspace: Workspace, report: Report, page: Path, who: str) -> None:
    """Apply a page's ticks; what was asked about it before is only noted."""
    asked, report.needs_person = report.needs_person, []
    apply(workspace, report, page, dry_run=False, who=who)
    questions, report.needs_person = report.needs_person, asked
    ask(workspace.store, workspace.now, report, questions)


def propose(workspace: Workspace, report: Report, kind: str) -> None:
    """Bring lists that a job changed in the checkout to the repository."""
    settings = _wanted(workspace, report)
    if settings is None:
        return
    _for_each(
        places(workspace, settings),
        report,
        lambda place, outcome: propose_list(place, kind, workspace.list_path(place.rules), outcome),
    )
    state_of(workspace).push()


def keep_schedule(workspace: Workspace, report: Report) -> None:
    """
    Once a week, ask GitHub to keep this workflow's schedule where nothing happened for a month.

    It switches schedules off after 60 days without activity in a public repository. It doesn't say
    what activity is; a person's commit to the default branch certainly is one.
    """
    settings = _wanted(workspace, report)
    workflow = _WORKFLOW_FILE.search(workspace.environment.get("GITHUB_WORKFLOW_REF", ""))
    if settings is None or workflow is None or WEEKDAYS[workspace.now.weekday()] != settings.on:
        return
    api = workspace.services.services["github"]
    branches = branches_of(workspace.root, api, workspace.environment)
    if age_of(branches.committed_at(branches.head()), workspace.now) < timedelta(days=QUIET_DAYS):
        return
    forge = forge_of(settings, workspace.services, workspace.environment)
    try:
        forge.keep_schedule(workflow[1])
    except (UsageTrouble, Missing) as refusal:
        report.needs_person.append(
            f"{workflow[1]}: GitHub stops it after 60 quiet days, and this job may not prevent that"
            f" ({refusal.matter}); print the workflow anew, or give the job `actions: write`"
        )
        return
    report.notes.append(f"{workflow[1]}: no commit for {QUIET_DAYS} days; its schedule is kept")


def commit(workspace: Workspace, report: Report) -> None:
    """Commit the digests and lists that a job wrote in the checkout to the default branch."""
    branches = branches_of(
        workspace.root, workspace.services.services["github"], workspace.environment
    )
    prefix = branches.prefix()
    files = {}
    for rules in workspace.lists:
        folder = digest_path(workspace.root, workspace.every_list, rules, "x").parent
        written = (path for path in folder.glob("*.*") if path.suffix in PAGE_SUFFIXES)
        for path in (workspace.list_path(rules), *filter(Path.is_file, written)):
            files[prefix + inside(workspace.root, path)] = path.read_bytes()
    commit = commit_files(branches, files, f"Listkeeper: {workspace.now:%Y-%m-%d}")
    report.notes.append(f"committed {commit[:10]}" if commit else "nothing to commit")


def _wanted(workspace: Workspace, report: Report) -> Publishing | None:
    """The settings, if something is published from here; else the report says why not."""
    folder, environment = workspace.config_dir, workspace.environment
    settings = publishing(folder)
    if settings is None:
        report.notes.append(f"no {FILE} in {folder.name}/: nothing is published")
        return None
    if fork := fork_of(settings, environment):
        if _is_renamed(workspace, settings, fork):
            report.needs_person.append(
                f"{settings.repository} is called {fork} now, and nothing is published: write"
                f" `repository: {fork}` in {FILE}"
            )
        else:
            report.notes.append(f"{fork} is not {settings.repository}: a fork publishes nothing")
        return None
    return settings


def _is_renamed(workspace: Workspace, settings: Publishing, here: str) -> bool:
    """Whether the repository of the settings is this one under its former name."""
    try:
        forge = forge_of(settings, workspace.services, workspace.environment)
        return forge.name_now().lower() == here.lower()
    except Trouble:
        return False


def _add(report: Report, outcome: PublishReport) -> None:
    report.notes += outcome.notes
    report.needs_person += outcome.needs_person
    report.count("publish/decided", outcome.decided)
    report.count("publish/opened", outcome.opened)


def places(
    workspace: Workspace, settings: Publishing, rehearsal: Rehearsal | None = None
) -> Iterator[Place]:
    """Where each list goes."""
    forge = forge_of(settings, workspace.services, workspace.environment, rehearsal)
    state = state_of(workspace, rehearsal=rehearsal)
    prefix = state.branches.prefix()
    for rules in workspace.lists:
        own = f"{short_name(rules.file)}/" if len(workspace.every_list) > 1 else ""
        yield Place(
            store=workspace.store,
            forge=forge,
            branches=state.branches,
            settings=settings,
            rules=rules,
            pages=Pages(workspace.store, workspace.root, workspace.every_list, rules),
            prefix=prefix,
            list_path=prefix + inside(workspace.root, workspace.list_path(rules)),
            branch_prefix=f"listkeeper/{own}",
            now=workspace.now,
            save_state=state.push,
        )
