"""
The week's thread on the forge: found or opened, compared with what we wrote, and our one comment.

A run that is killed between a write and its record looks whether the thread or comment is there
before it writes another.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from catalog.errors import Trouble
from catalog.store.publications import Publication
from output.publish.body import MAX_BODY_UNITS, Form, read_body, units
from output.publish.forge import Missing, PullsNotPermitted, Thread, Unclear
from output.publish.place import Place, PublishReport

STATUS = "<!-- listkeeper status {} -->"
LEFT_OUT = "\n\nThere is more, and no room for it here."


def thread_of(place: Place, publication: Publication) -> Thread | None:
    """
    The thread as it is now; None if it's gone.

    A stray 404 must not end a week. Where every answer is one, Missing says so: then the repository
    is gone, or the token sees nothing.
    """
    is_pull = publication.form == "pr"
    for _ in range(2):
        with suppress(Missing):
            return place.forge.thread(publication.number, is_pull=is_pull)
    if is_pull:
        branch = place.forge.pull_of(publication.branch, place.branches.default_branch())
        found = [branch] if branch else []
    else:
        found = [*place.forge.issues_of(place.settings.label)]
    return next((one for one in found if one.number == publication.number), None)


def open_thread(
    place: Place,
    publication: Publication,
    title: str,
    body_of: Callable[[Form], str],
    report: PublishReport,
) -> tuple[Publication, Thread]:
    """
    The thread: one that a killed run left behind, a pull request, or an issue.

    The publication says which it is, and has the hash of the body that was written.
    """
    note = ""
    if publication.form == "pr":
        base = place.branches.default_branch()
        try:
            body = body_of("pr")
            publication = replace(publication, body_hash=text_hash(body))
            return publication, find_or_open(place, title, body, publication.branch, base)
        except PullsNotPermitted as refusal:
            report.needs_person.append(f"{refusal}: this week comes as an issue")
            note = (
                f"\n> This is an issue because {refusal.matter} here; to get the change as a"
                f" pull request, allow it in {refusal.do}.\n"
            )
            publication = replace(publication, form="issue")
            place.keep(publication)
    body = body_of("issue") + note
    marker = body.split("\n", 1)[0]
    publication = replace(publication, body_hash=text_hash(body))
    thread = _look_then(
        lambda: _own_issue(place, marker),
        lambda: place.forge.open_issue(title, body, place.settings.label),
    )
    return publication, _eldest(place, marker, thread)


def find_or_open(place: Place, title: str, body: str, branch: str, base: str) -> Thread:
    """The open pull request of a branch; one is opened where there is none."""
    return _look_then(
        lambda: place.forge.pull_of(branch, base),
        lambda: place.forge.open_pull(title, body, branch, base),
    )


def put_label(place: Place, thread: Thread, report: PublishReport) -> None:
    """Label a thread; without its label it is the same thread."""
    try:
        place.forge.label(thread, place.settings.label)
    except Trouble as refusal:
        report.notes.append(f"{thread.url} has no label {place.settings.label!r}: {refusal}")


def _own_issue(place: Place, marker: str) -> Thread | None:
    """The first issue of ours: by a program, with the label and the exact first line."""
    own = [
        thread
        for thread in place.forge.issues_of(place.settings.label)
        if thread.author.endswith("[bot]") and thread.body.startswith(marker)
    ]
    return min(own, key=lambda thread: thread.number, default=None)


def _eldest(place: Place, marker: str, thread: Thread) -> Thread:
    """Of two issues for one week, by two jobs at once, the first stays, whichever job looks."""
    first = _own_issue(place, marker)
    if first is None or first.number >= thread.number:
        return thread
    place.forge.close(thread)
    return first


def _look_then(look: Callable[[], Thread | None], write: Callable[[], Thread]) -> Thread:
    """Write once; where it's unclear whether that worked, look before the one other try."""
    if thread := look():
        return thread
    try:
        return write()
    except Unclear:
        return look() or write()


def keep_status(place: Place, publication: Publication, lines: Sequence[str]) -> Publication:
    """
    Keep our one comment on a thread up to date; it's written only where it changes.

    One that somebody deleted is written again once there is something new to say.
    """
    marker = STATUS.format(publication.week)
    text = _shortened("\n\n".join([marker, *dict.fromkeys(lines)]))
    if publication.status_hash == text_hash(text):
        return publication
    number = _rewritten(place, publication, text) if publication.comment else 0
    number = number or comment_once(place, publication, marker, text)
    publication = replace(publication, comment=number, status_hash=text_hash(text))
    place.keep(publication)
    return publication


def _rewritten(place: Place, publication: Publication, text: str) -> int:
    """Write our comment anew; its number, 0 where somebody deleted it."""
    try:
        place.forge.edit_comment(publication.number, publication.comment, text)
    except Missing:
        return 0
    return publication.comment


def _shortened(text: str) -> str:
    """A comment that GitHub takes: whole lines, and a word where some are left out."""
    if units(text) <= MAX_BODY_UNITS:
        return text
    kept, room = [], MAX_BODY_UNITS - len(LEFT_OUT)
    for line in text.split("\n"):
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join(kept) + LEFT_OUT


def comment_once(place: Place, publication: Publication, marker: str, text: str) -> int:
    """Write a comment, or bring up to date the one that a killed run wrote already."""
    for comment in place.forge.comments(publication.number):
        is_ours = comment.is_bot or comment.author == publication.author
        if is_ours and comment.body.startswith(marker):
            if text_hash(comment.body) != text_hash(text):
                place.forge.edit_comment(publication.number, comment.number, text)
            return comment.number
    return place.forge.comment(publication.number, text).number


def is_ours(publication: Publication, thread: Thread) -> bool:
    """Whether the body is as we wrote it: nobody ticked or edited anything."""
    body = read_body(thread.body)
    return text_hash(thread.body) == publication.body_hash and not (body and body.is_touched)


def text_hash(text: str) -> str:
    """The SHA-256 of a text; GitHub may change its line ends and the space around it."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()
