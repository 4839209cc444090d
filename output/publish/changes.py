"""
What a job changed in a checkout, brought to the repository.

Counts and links come as one pull request, whose branch is brought up to date while it's open, or
straight to the default branch where ``publish.yaml`` says so. Where nothing is published, digests
and lists are committed to the default branch.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from catalog.branches import Branches, Late, blob_id
from catalog.errors import ComeBackLater
from catalog.store.publications import Publication
from output.publish.forge import PullsNotPermitted
from output.publish.place import Place, Told
from output.publish.threads import find_or_open, thread_of
from output.publish.week_branch import list_at

TITLES = {"citations": "citation counts", "watch": "links"}
MAX_TRIES = 5


def propose(place: Place, kind: str, changed: Path, told: Told) -> None:
    """Bring a list file that a job changed in the checkout to the repository."""
    new = changed.read_bytes()
    subject = f"Listkeeper: {TITLES[kind]}"
    for _ in range(MAX_TRIES):
        default = place.branches.default_branch()
        base = place.branches.fetch(default)
        before = list_at(place, base)
        if before == new:
            return
        if base != place.branches.head() and before != place.branches.committed(place.list_path):
            raise ComeBackLater(
                place.list_path, "was changed by somebody else meanwhile", "the next run does it"
            )
        commit = place.branches.commit({place.list_path: new}, base, subject)
        if commit is None:
            return
        try:
            if place.settings.citations == "direct":
                place.branches.push(commit, default, base)
                told.notes.append(f"{place.name}: {TITLES[kind]} written to {default}")
            else:
                _as_pull(place, kind, commit, default, told)
            return
        except Late:
            continue
    raise ComeBackLater(place.list_path, "others pushed first five times", "the next run does it")


def _as_pull(place: Place, kind: str, commit: str, base: str, told: Told) -> None:
    branch = f"{place.branch_prefix}{kind}"
    there = place.branches.fetch(branch)
    own = next((one for one in place.store.publications.of(place.name) if one.week == kind), None)
    if there and place.branches.newest_own(there) != there:
        told.needs_person.append(f"{branch}: somebody else pushed to it; it is left as it is")
        return
    if there is None or place.branches.blobs(there) != place.branches.blobs(commit):
        place.branches.push(commit, branch, there)
    else:
        commit = there
    if own and own.state == "open":
        thread = thread_of(place, own)
        if thread and thread.is_open:
            place.keep(replace(own, head=commit))
            told.notes.append(f"{place.name}: {TITLES[kind]}: {own.url}")
            return
    title = f"{place.name}: {TITLES[kind]}"
    body = (
        "Only counts and links change here; merge it whenever it suits you. While it's open, each"
        " run brings it up to date."
    )
    try:
        thread = find_or_open(place, title, body, branch, base)
    except PullsNotPermitted as refusal:
        told.needs_person.append(f"{refusal}; or write `citations: direct` into publish.yaml")
        return
    place.keep(
        Publication(
            list_name=place.name, week=kind, form="pr", number=thread.number, state="open",
            author=thread.author, url=thread.url, branch=branch, body_hash="", head=commit,
            comment=0, status_hash="", opened_at=place.now, reminded_at=None, read_until=None,
            at=place.now,
        )
    )  # fmt: skip
    told.opened += 1
    told.notes.append(f"{place.name}: {TITLES[kind]}: {thread.url}")


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
