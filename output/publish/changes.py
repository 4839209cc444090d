"""
What a job changed in a checkout, brought to the repository.

Counts and links come as one pull request, whose branch is brought up to date while it's open, or
straight to the default branch where ``publish.yaml`` says so. Where nothing is published, digests
and lists are committed to the default branch.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from catalog.branches import Branches, Late, Protected, blob_id
from catalog.errors import ComeBackLater
from catalog.store.publications import Publication
from output.publish.forge import PullsNotPermitted, Thread
from output.publish.place import Place, PublishReport
from output.publish.threads import find_or_open, text_hash, thread_of
from output.publish.week_branch import list_at, remove_branch

TITLES = {"citations": "citation counts", "watch": "links"}
MAX_TRIES = 5
MAX_LIST_NAME_CHARS = 200
BODY = (
    "Only counts and links change here; merge it whenever it suits you. While it's open, each run"
    " brings it up to date. Closed without a merge, it comes again only with other changes."
)


def propose(place: Place, kind: str, changed: Path, report: PublishReport) -> None:
    """Bring a list file that a job changed in the checkout to the repository."""
    new, earlier = changed.read_bytes(), _earlier(place, kind)
    thread = thread_of(place, earlier) if earlier else None
    if earlier and (thread is None or not thread.is_open):
        earlier = _settled(place, earlier, thread, report)
    for _ in range(MAX_TRIES):
        default = place.branches.default_branch()
        base = place.branches.fetch(default)
        before = list_at(place, base)
        if before == new:
            return _nothing_left(place, earlier, thread, report)
        if base != place.branches.head() and before != place.branches.committed(place.list_path):
            raise ComeBackLater(
                place.list_path, "was changed by somebody else meanwhile", "the next run does it"
            )
        commit = place.branches.commit({place.list_path: new}, base, f"Listkeeper: {TITLES[kind]}")
        if commit is None:
            return None
        try:
            return _bring(place, kind, commit, (default, base), report)
        except Late:
            continue
    raise ComeBackLater(place.list_path, "others pushed first five times", "the next run does it")


def _earlier(place: Place, kind: str) -> Publication | None:
    return next((one for one in place.store.publications.of(place.name) if one.week == kind), None)


def _settled(
    place: Place, earlier: Publication, thread: Thread | None, report: PublishReport
) -> Publication:
    """After a merge or a close by a person: its branch goes. What was closed stays known."""
    if not earlier.is_open:
        return earlier
    merged_by = thread.merged_by if thread else ""
    settled = replace(earlier, state="merged" if merged_by else "closed")
    place.keep(settled)
    remove_branch(place, earlier)
    report.notes.append(
        f"{place.name}: {TITLES[earlier.week]}: "
        + (f"merged by {place.signed(merged_by)}" if merged_by else "closed without a merge")
    )
    return settled


def _nothing_left(
    place: Place, earlier: Publication | None, thread: Thread | None, report: PublishReport
) -> None:
    """Close our pull request when the list has its change already, and nobody else pushed to it."""
    if earlier is None or not earlier.is_open or thread is None or not thread.is_open:
        return
    tip = place.branches.fetch(earlier.branch)
    if tip is None or place.branches.newest_own(tip) == tip:
        place.forge.close(thread)
        _settled(place, earlier, None, report)


def _bring(
    place: Place, kind: str, commit: str, base: tuple[str, str | None], report: PublishReport
) -> None:
    """Write a commit to the default branch where that is wanted and allowed, else propose it."""
    if place.settings.citations == "direct":
        try:
            place.branches.push(commit, *base)
            report.notes.append(f"{place.name}: {TITLES[kind]} written to {base[0]}")
            return
        except Protected as refusal:
            report.notes.append(f"{base[0]} {refusal.matter}: a pull request brings them")
    _as_pull(place, kind, commit, base[0], report)


def _as_pull(place: Place, kind: str, commit: str, base: str, report: PublishReport) -> None:
    branch = f"{place.branch_prefix}{kind}"
    tip, own = place.branches.fetch(branch), _earlier(place, kind)
    if tip and place.branches.newest_own(tip) != tip:
        report.needs_person.append(f"{branch}: somebody else pushed to it; it is left as it is")
        return
    proposed = text_hash(list_at(place, commit).decode("utf-8", "replace"))
    if own and own.state == "closed" and own.body_hash == proposed:
        report.notes.append(f"{place.name}: {TITLES[kind]}: {own.url} was closed; nothing is new")
        return
    if tip is None or place.branches.blobs(tip) != place.branches.blobs(commit):
        place.branches.push(commit, branch, tip)
    else:
        commit = tip
    if own and own.is_open:
        place.keep(replace(own, head=commit, body_hash=proposed))
        report.notes.append(f"{place.name}: {TITLES[kind]}: {own.url}")
        return
    title = f"{place.name[:MAX_LIST_NAME_CHARS]}: {TITLES[kind]}"
    try:
        thread = find_or_open(place, title, BODY, branch, base)
    except PullsNotPermitted as refusal:
        report.needs_person.append(f"{refusal}; or write `citations: direct` into publish.yaml")
        return
    place.keep(
        Publication(
            list_name=place.name, week=kind, form="pr", number=thread.number, state="open",
            author=thread.author, url=thread.url, branch=branch, body_hash=proposed, head=commit,
            comment=0, status_hash="", opened_at=place.now, reminded_at=None, read_until=None,
            at=place.now,
        )
    )  # fmt: skip
    report.opened += 1
    report.notes.append(f"{place.name}: {TITLES[kind]}: {thread.url}")


def commit_files(branches: Branches, files: Mapping[str, bytes], subject: str) -> str | None:
    """
    Commit files of a checkout to the default branch; None where none differs from its commit.

    Commits of others in between stay. ComeBackLater, with nothing pushed, where they changed one
    of these files.
    """
    ours = branches.blobs(branches.head())
    changed = {path: data for path, data in files.items() if ours.get(path) != blob_id(data)}
    default = branches.default_branch()
    for _ in range(MAX_TRIES if changed else 0):
        base = branches.fetch(default)
        theirs = branches.blobs(base)
        if both := sorted(path for path in changed if theirs.get(path) != ours.get(path)):
            raise ComeBackLater(
                ", ".join(both), "was changed by somebody else meanwhile", "the next run does it"
            )
        commit = branches.commit(changed, base, subject)
        try:
            if commit is not None:
                branches.push(commit, default, base)
            return commit
        except Late:
            continue
    if changed:
        raise ComeBackLater(default, "others pushed first five times", "the next run does it")
    return None
