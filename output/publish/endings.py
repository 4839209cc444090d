"""
How a week ends: merged or closed by a person, or applied by us where it came as an issue.

Whatever ended it, a pick that is in the list is accepted: the list is what people decided.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from catalog.address import identity
from catalog.branches import Protected
from catalog.facts import Decision
from catalog.markdown.listfile import listed_keys, parse
from catalog.plural import counted
from catalog.rows.digests import KeptDigest
from catalog.store.publications import Publication
from output.apply.plan import waiting
from output.patch import patch
from output.publish.body import read_body
from output.publish.forge import Locked, PullsNotPermitted, Thread
from output.publish.place import Place, PublishReport
from output.publish.sync import settle, withdraw
from output.publish.threads import find_or_open, keep_status, put_label, text_hash
from output.publish.week_branch import list_at, push_week, remove_branch, write_to_default

# GitHub takes 65,536 characters of a comment; the rest of it has room.
MAX_DIFF_CHARS = 40_000
# GitHub takes 256; the week stands behind it.
MAX_ENDED_NAME_CHARS = 180


def end_merged(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    said: Sequence[str],
    report: PublishReport,
) -> None:
    """
    After a merge: picks that are in the list are accepted; another pull request brings the rest.

    The thread says so, and ``said``: what is asked and answered there.
    """
    accepted, left = _accept_listed(place, thread.merged_by)
    report.decided += len(accepted)
    report.notes.append(
        f"{place.name}: {publication.week} was merged by {place.signed(thread.merged_by)}:"
        f" {len(accepted)} accepted"
    )
    # One that brings the rest has no boxes, and brings no rest of its own.
    has_boxes = read_body(thread.body) is not None
    rest = bring_the_rest(place, publication, digest, report) if left and has_boxes else None
    lines = [f"What is accepted and was not in it is in #{rest.number}."] if rest else []
    lines += said
    if lines:
        with suppress(Locked):
            publication = keep_status(place, publication, ["Merged.", *lines])
    if rest:
        goes_on_as(place, publication, rest, report)
        return
    place.keep(replace(publication, state="merged"))
    if left:
        report.notes.append(f"{place.name}: {len(left)} picks are not in the list; they come again")
    remove_branch(place, publication)


def bring_the_rest(
    place: Place, publication: Publication, digest: KeptDigest, report: PublishReport
) -> Thread | None:
    """
    Open a pull request with what is accepted and was not in the one that ended.

    None where it would add nothing, or none may be opened.
    """
    rest = replace(publication, branch=f"{publication.branch}-2", head="")
    pushed = push_week(place, rest, digest)
    if not pushed.adds:
        remove_branch(place, rest)
        return None
    place.save_state()
    title = f"{place.name[:MAX_ENDED_NAME_CHARS]}: what else is accepted of {publication.week}"
    body = (
        f"Accepted, but not under *Files changed* of #{publication.number} when that ended:"
        f" {counted(pushed.adds, 'entry', 'entries')}. Merging this is the decision; closed without"
        " a merge, the candidates are open again."
    )
    base = place.branches.default_branch()
    try:
        pull = find_or_open(place, title, body, rest.branch, base)
    except PullsNotPermitted as refusal:
        report.needs_person.append(str(refusal))
        remove_branch(place, pushed.publication)
        return None
    put_label(place, pull, report)
    remove_branch(place, publication)
    report.opened += 1
    return pull


def goes_on_as(place: Place, publication: Publication, pull: Thread, report: PublishReport) -> None:
    """The week goes on in a pull request that brings its change."""
    place.keep(
        replace(publication, form="pr", number=pull.number, author=pull.author, url=pull.url,
                branch=pull.branch, state="open", body_hash=text_hash(pull.body),
                comment=0, status_hash="", read_until=None, opened_at=place.now, reminded_at=None)
    )  # fmt: skip
    report.notes.append(f"{place.name}: {publication.week} goes on in {pull.url}")


def end_closed(place: Place, publication: Publication, who: str, report: PublishReport) -> None:
    """After a close without a merge: what isn't in the list isn't accepted; rejections hold."""
    accepted, left = _accept_listed(place, who)
    picks = [pick for pick in left if pick.digest == publication.week]
    with place.store.transaction():
        place.decide(withdraw(picks, who, place.now))
        place.keep(replace(publication, state="closed"))
    report.decided += len(accepted)
    report.notes.append(f"{place.name}: {publication.week} was closed without a merge")
    remove_branch(place, publication)


def taken_up_again(place: Place, publication: Publication, report: PublishReport) -> Publication:
    """A week that a person reopened: open, with the picks that its close had withdrawn."""
    withdrawn = {
        key
        for key, decision in place.decided().items()
        if decision.act == "undo" and decision.at == publication.at
    }
    picks = {
        decision.work_key: replace(decision, at=place.now)
        for decision in place.store.decisions.all(place.name)
        if decision.act == "pick"
        and decision.digest == publication.week
        and decision.work_key in withdrawn
    }
    publication = replace(publication, state="open")
    with place.store.transaction():
        # They are signed already.
        place.store.decisions.add(list(picks.values()))
        place.keep(publication)
    report.notes.append(f"{place.name}: {publication.week} was reopened")
    return publication


def still_listed(place: Place, digest: KeptDigest, decisions: Sequence[Decision]) -> Iterator[str]:
    """What to say of candidates that somebody reopened, and that the list has all the same."""
    undone = {decision.work_key for decision in decisions if decision.act == "undo"}
    if not undone:
        return
    base = place.branches.fetch(place.branches.default_branch())
    listed = {identity(key) for key in listed_keys(parse(list_at(place, base)))}
    for item in digest.items:
        if item["key"] in undone and identity(str(item["key"])) in listed:
            yield (
                f"Candidate {item['number']} is still in the list, and is proposed again only when"
                " it isn't: revert the merge, or remove its entry."
            )


def _accept_listed(place: Place, who: str) -> tuple[list[Decision], list[Decision]]:
    """Accept the picks that are in the list on the default branch; those, and the others."""
    base = place.branches.fetch(place.branches.default_branch())
    listed = {identity(key) for key in listed_keys(parse(list_at(place, base)))}
    picks = waiting(place.decided())
    ours = frozenset(pick.work_key for pick in picks if identity(pick.work_key) in listed)
    accepted = settle(picks, ours, who, place.now)
    place.decide(accepted)
    return list(accepted), [pick for pick in picks if pick.work_key not in ours]


@dataclass(frozen=True, slots=True)
class Applied:
    """
    What became of *Apply* on an issue.

    ``diff`` is what the list got; ``is_done`` where the default branch has it. Else ``pull`` is
    the pull request that brings it, or None where a person must open one: ``todo`` says how.
    """

    diff: str = ""
    is_done: bool = False
    pull: Thread | None = None
    todo: str = ""


def apply_issue(
    place: Place, publication: Publication, digest: KeptDigest, who: str, report: PublishReport
) -> Applied:
    """
    Write the entries of all picks to the default branch, and accept them.

    Where that branch is protected a pull request brings them, if we may open one.
    """
    default = place.branches.default_branch()
    try:
        written = write_to_default(place, publication, digest)
    except Protected:
        return _by_pull(place, publication, default)
    if written is None:
        return Applied(todo=f"somebody else pushed to `{publication.branch}`: merge it by hand")
    accepted, _ = _accept_listed(place, who)
    report.decided += len(accepted)
    before, after = (list_at(place, commit) for commit in written)
    return Applied(patch(before, after, place.list_path), is_done=True)


def _by_pull(place: Place, publication: Publication, base: str) -> Applied:
    title = f"{place.name[:MAX_ENDED_NAME_CHARS]}: what is accepted of {publication.week}"
    body = f"What was ticked in #{publication.number}. Merging this is the decision."
    try:
        return Applied(pull=find_or_open(place, title, body, publication.branch, base))
    except PullsNotPermitted:
        way = (
            f"https://github.com/{place.settings.repository}/compare/{base}...{publication.branch}"
        )
        return Applied(
            todo=f"`{base}` is protected: [open a pull request]({way}) and merge it. Leave this"
            " issue open; it closes by itself."
        )


def diff_shown(diff: str) -> str:
    """A diff for a comment, at most ``MAX_DIFF_CHARS`` long and never cut inside a line."""
    if not diff:
        return "The list is unchanged."
    shown = (
        diff[:MAX_DIFF_CHARS].rpartition("\n")[0] if len(diff) > MAX_DIFF_CHARS else diff.rstrip()
    )
    more = "\n\nThe rest is in the commit." if len(diff) > MAX_DIFF_CHARS else ""
    # Lines of a diff begin with a sign of their own, so none of them ends the fence.
    return f"```diff\n{shown}\n```{more}"
