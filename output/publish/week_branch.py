"""
The week's branch: the default branch with the digest and the entries of all picks.

Somebody else's commits on it stay.
"""

from collections.abc import Iterable
from dataclasses import replace

from catalog.branches import Late, Protected
from catalog.store.digests import KeptDigest
from catalog.store.publications import Publication
from output.apply import Applying, applying, as_ticks, waiting
from output.digest.markdown import page
from output.digest.model import from_json
from output.digest.pages import sealed
from output.publish.place import Place, Told

# A push that loses a race is tried again so many times.
MAX_TRIES = 5
MAX_PATHS_SHOWN = 3


def push_week(
    place: Place, publication: Publication, digest: KeptDigest, told: Told
) -> Publication:
    """
    Make the week's branch the default branch with the digest and the entries of all picks.

    Somebody else's commits stay: where they changed more than the digest, nothing is pushed.
    """
    for _ in range(MAX_TRIES):
        base = place.branches.fetch(place.branches.default_branch())
        there = place.branches.fetch(publication.branch)
        # Not by the commit that is stored: a run may have been killed after its push.
        own = place.branches.newest_own(there) if there else None
        if there and publication.head and there != own:
            foreign = _changed(place, own, there) - {place.digest_path(digest.name)}
            if foreign:
                said = f"somebody changed {_named(foreign)}; the branch is left as it is"
                place.ask(told, [f"{publication.branch}: {said}"])
                return publication
        files = _files(place, digest, base, there if there != own else None, told)
        commit = place.branches.commit(files, base, f"Listkeeper: {digest.name}")
        if commit is None or _same_files(place, commit, there, base):
            return _stored(place, publication, there or "")
        try:
            place.branches.push(commit, publication.branch, there)
        except Late:
            continue
        except Protected as refusal:
            told.needs_person.append(str(refusal))
            return publication
        return _stored(place, publication, commit)
    raise Late(publication.branch, f"was pushed to by others {MAX_TRIES} times", "run it again")


def _named(paths: Iterable[str]) -> str:
    shown = sorted(paths)
    more = len(shown) - MAX_PATHS_SHOWN
    return ", ".join(shown[:MAX_PATHS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _stored(place: Place, publication: Publication, head: str) -> Publication:
    publication = replace(publication, head=head)
    place.keep(publication)
    return publication


def _changed(place: Place, before: str | None, after: str) -> set[str]:
    old, new = place.branches.blobs(before), place.branches.blobs(after)
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def _same_files(place: Place, commit: str, there: str | None, base: str | None) -> bool:
    """Whether the branch already is this change on this base."""
    if there is None:
        return False
    same = place.branches.blobs(commit) == place.branches.blobs(there)
    return same and base is not None and place.branches.parent(there) == base


def _files(
    place: Place, digest: KeptDigest, base: str | None, edited: str | None, told: Told
) -> dict[str, bytes | None]:
    """The digest, as somebody edited it on the branch or as it was made, and the changed list."""
    path = place.digest_path(digest.name)
    text = sealed(page(from_json(digest.body)))
    for _, data in place.branches.read(edited, [path]) if edited else ():
        text = data
    files: dict[str, bytes | None] = {path: text}
    current = list_at(place, base)
    plan = _with_picks(place, digest, current)
    told.needs_person += plan.unclear
    if plan.new != current:
        files[place.list_path] = plan.new
    return files


def _with_picks(place: Place, digest: KeptDigest, current: bytes) -> Applying:
    decided = place.decided()
    # Not by the moment: the same picks give the same change, however many jobs read them.
    picks = sorted(waiting(decided), key=lambda pick: (pick.digest or "", pick.work_key))
    return applying(
        as_ticks(picks, place.name, digest.base_hash),
        {pick.work_key: pick.entry or "" for pick in picks},
        current,
        decided,
        user="",
        at=place.now,
        name=place.list_path,
        form=place.rules.form,
    )


def write_to_default(
    place: Place, publication: Publication, digest: KeptDigest, told: Told
) -> tuple[str, str] | None:
    """
    Make the default branch what the week's branch is; returns its commits before and after.

    None where somebody else's commits are on the week's branch: they are a person's to merge.
    Protected where nobody may push to the default branch.
    """
    default = place.branches.default_branch()
    for _ in range(MAX_TRIES):
        publication = push_week(place, publication, digest, told)
        base = place.branches.fetch(default)
        there = place.branches.fetch(publication.branch)
        if base is None or (there and place.branches.newest_own(there) != there):
            return None
        if there is None or place.branches.blobs(there) == place.branches.blobs(base):
            return base, base
        if place.branches.parent(there) != base:
            continue  # the default branch moved on in between
        try:
            place.branches.push(there, default, base)
        except Late:
            continue
        return base, there
    raise Late(default, f"was pushed to by others {MAX_TRIES} times", "run it again")


def list_at(place: Place, commit: str | None) -> bytes:
    """The list file as a commit has it; empty where it has none."""
    if commit is None:
        return b""
    return dict(place.branches.read(commit, [place.list_path])).get(place.list_path, b"")


def remove_branch(place: Place, publication: Publication) -> None:
    """Remove the branch of a week, unless somebody else's commits are on it."""
    there = place.branches.fetch(publication.branch)
    if there is None or place.branches.newest_own(there) != there:
        return
    try:
        place.branches.remove(publication.branch, there)
    except Late:
        return  # somebody pushed in between
