"""
The week's branch: the default branch with the digest and the entries of all picks.

Somebody else's commits on it stay.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from catalog.address import identity
from catalog.branches import Late, Protected
from catalog.markdown.listfile import listed_keys, parse
from catalog.rows.digests import KeptDigest
from catalog.store.publications import Publication
from output.apply.plan import Applying, applying, as_ticks, waiting
from output.digest.markdown import page
from output.digest.model import from_json
from output.digest.pages import sealed
from output.publish.place import Place

# A push that loses a race is tried again so many times.
MAX_TRIES = 5
MAX_PATHS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Pushed:
    """
    The publication after a look at its branch, and what the branch would bring.

    ``adds`` is the number of works that it adds to the list; ``unclear`` says why that is not
    every pick.
    """

    publication: Publication
    adds: int
    unclear: tuple[str, ...] = ()


def push_week(
    place: Place, publication: Publication, digest: KeptDigest, *, on_newest: bool = False
) -> Pushed:
    """
    Make the week's branch the default branch with the digest and the entries of all picks.

    Somebody else's commits stay: where they changed more than the digest, nothing is pushed. A
    branch that already brings the same is left as it is, too: each push tells everybody who
    follows the thread. With ``on_newest`` it is moved onto the default branch's newest commit all
    the same. Protected where a branch that is not there yet may not be made.
    """
    for _ in range(MAX_TRIES):
        default = place.branches.default_branch()
        base = place.branches.fetch(default)
        tip = place.branches.fetch(publication.branch)
        # Not by the commit that is stored: a run may have been killed after its push.
        own = place.branches.newest_own(tip) if tip else None
        if tip and publication.head and tip != own:
            foreign = _foreign(place, own, tip, default) - {place.digest_path(digest.name)}
            if foreign:
                warning = (
                    f"somebody changed {_named(foreign)} on the branch: it is left as it is, and"
                    " what is accepted since comes after the merge"
                )
                return _left(place, publication, base, tip, (warning,))
        files, unclear = _files(place, digest, base, tip if tip != own else None)
        commit = place.branches.commit(files, base, f"Listkeeper: {digest.name}")
        is_there = tip and _brings(place, tip, base, commit, on_newest=on_newest)
        if commit is None or is_there:
            return _left(place, _stored(place, publication, tip or ""), base, tip, unclear)
        try:
            place.branches.push(commit, publication.branch, tip)
        except Late:
            continue
        except Protected as refusal:
            if tip is None:
                raise
            return _left(place, publication, base, tip, (*unclear, str(refusal)))
        return _left(place, _stored(place, publication, commit), base, commit, unclear)
    raise Late(publication.branch, f"was pushed to by others {MAX_TRIES} times", "run it again")


def _left(
    place: Place,
    publication: Publication,
    base: str | None,
    tip: str | None,
    unclear: tuple[str, ...],
) -> Pushed:
    return Pushed(publication, len(_listed(place, tip) - _listed(place, base)), unclear)


def _listed(place: Place, commit: str | None) -> set[str]:
    return {identity(key) for key in listed_keys(parse(list_at(place, commit)))}


def entries_added(place: Place, publication: Publication) -> int:
    """The number of works that the branch as it is adds to the list."""
    base = place.branches.fetch(place.branches.default_branch())
    tip = place.branches.fetch(publication.branch)
    return len(_listed(place, tip) - _listed(place, base)) if tip else 0


def _foreign(place: Place, own: str | None, tip: str, default: str) -> set[str]:
    """The files that people changed on the branch; merging the default branch is no change."""
    merged = place.branches.newest_merged(tip, own, default) if own else None
    with_base = place.branches.merged(own, merged) if own and merged else None
    return _changed(place, with_base or own, tip)


def _brings(
    place: Place, tip: str, base: str | None, commit: str | None, *, on_newest: bool
) -> bool:
    """Whether merging the branch as it is gives what a commit of ours on this base holds."""
    if base is None or commit is None:
        return False
    tree = place.branches.tree(commit)
    if place.branches.parent(tip) == base:
        return place.branches.tree(tip) == tree
    return not on_newest and place.branches.merged(base, tip) == tree


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


def _files(
    place: Place, digest: KeptDigest, base: str | None, edited: str | None
) -> tuple[dict[str, bytes | None], tuple[str, ...]]:
    """
    The digest, as somebody edited it on the branch or as it was made, and the changed list.

    Beside them why a pick isn't in it.
    """
    path = place.digest_path(digest.name)
    text = sealed(page(from_json(digest.body)))
    for _, data in place.branches.read(edited, [path]) if edited else ():
        text = data
    files: dict[str, bytes | None] = {path: text}
    current = list_at(place, base)
    plan = _with_picks(place, digest, current)
    if plan.new != current:
        files[place.list_path] = plan.new
    return files, plan.unclear


def _with_picks(place: Place, digest: KeptDigest, current: bytes) -> Applying:
    decided = place.decided()
    # Not by the moment: the same picks give the same change, however many jobs read them.
    picks = sorted(waiting(decided), key=lambda pick: (pick.digest or "", pick.work_key))
    numbers = {str(item["key"]): int(item["number"]) for item in digest.items}
    ticked = as_ticks(picks, place.name, digest.base_hash)
    # As people know them; a pick of an earlier week has no number in this one.
    ticks = tuple(replace(tick, number=numbers.get(tick.key, 0)) for tick in ticked.ticks)
    return applying(
        replace(ticked, name=digest.name, ticks=ticks),
        {pick.work_key: pick.entry or "" for pick in picks},
        current,
        decided,
        user="",
        at=place.now,
        name=place.list_path,
        form=place.rules.form,
    )


def write_to_default(
    place: Place, publication: Publication, digest: KeptDigest
) -> tuple[str, str] | None:
    """
    Make the default branch what the week's branch is; returns its commits before and after.

    None where somebody else's commits are on the week's branch: they are a person's to merge.
    Protected where nobody may push to the default branch.
    """
    default = place.branches.default_branch()
    for _ in range(MAX_TRIES):
        publication = push_week(place, publication, digest, on_newest=True).publication
        base = place.branches.fetch(default)
        tip = place.branches.fetch(publication.branch)
        if base is None or (tip and place.branches.newest_own(tip) != tip):
            return None
        if tip is None or place.branches.blobs(tip) == place.branches.blobs(base):
            return base, base
        if place.branches.parent(tip) != base:
            continue  # the default branch moved on in between
        try:
            place.branches.push(tip, default, base)
        except Late:
            continue
        return base, tip
    raise Late(default, f"was pushed to by others {MAX_TRIES} times", "run it again")


def list_at(place: Place, commit: str | None) -> bytes:
    """The list file as a commit has it; empty where it has none."""
    if commit is None:
        return b""
    return dict(place.branches.read(commit, [place.list_path])).get(place.list_path, b"")


def remove_branch(place: Place, publication: Publication) -> None:
    """Remove the branch of a week, unless somebody else's commits are on it."""
    tip = place.branches.fetch(publication.branch)
    if tip is None or place.branches.newest_own(tip) != tip:
        return
    try:
        place.branches.remove(publication.branch, tip)
    except Late:
        return  # somebody pushed in between
