"""What people said on the thread of a week: its body, new comments, and the committed digest."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from catalog.errors import UsageTrouble
from catalog.store.publications import Publication
from config.plain_files import read_file
from output.digest.ticks import Ticked
from output.publish.body import TICKED, BodyTicks, has_ticks, read_body
from output.publish.commands import has_commands
from output.publish.committed import read_committed
from output.publish.forge import Comment, Thread
from output.publish.place import Place
from output.publish.sync import BodyEdit, Words

# Stands in our status before what it answers to comments.
ANSWERS = "<!-- listkeeper answers -->"


@dataclass(frozen=True, slots=True)
class Event:
    """
    What a job's event file says: the thread, who acted, and the body before and after the edit.

    Both are witnesses of ticks that a later edit may have lost.
    """

    number: int
    sender: str
    is_person: bool
    before: str | None = None
    after: str | None = None

    @property
    def is_click(self) -> bool:
        """Whether the edit changed a single line, as a click on a box does."""
        lines = ((text or "").splitlines() for text in (self.before, self.after))
        before, after = map(list, lines)
        changed = sum(old != new for old, new in zip(before, after, strict=False))
        return len(before) == len(after) and changed == 1


def read_event(path: Path) -> Event:
    """Read a job's event file; UsageTrouble if it's not about a thread."""
    try:
        event: Any = json.loads(read_file(path))
        about = event.get("pull_request") or event.get("issue") or {}
        before = event.get("changes", {}).get("body", {}).get("from")
        after = about.get("body")
        sender = event.get("sender", {})
        return Event(
            int(about["number"]),
            str(sender.get("login", "")),
            sender.get("type") == "User",
            before if isinstance(before, str) else None,
            after if isinstance(after, str) else None,
        )
    except OSError as trouble:
        raise UsageTrouble(str(path), f"cannot be read ({trouble.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UsageTrouble(
            str(path), "is no event of a pull request or issue", "give $GITHUB_EVENT_PATH"
        ) from None


@dataclass(frozen=True, slots=True)
class Comments:
    """
    New comments of people who may push, and the moment up to which all are read.

    ``answered`` is what our status says to earlier ones.
    """

    new: tuple[Comment, ...]
    read_until: datetime | None
    answered: str = ""


def new_comments(place: Place, publication: Publication) -> Comments:
    """
    Read the comments of a thread; a program's words and our own decide nothing.

    One that was edited is read once more: its author mended a command. A comment of the present
    second waits for the next run: another one of that second may be still to come, and the forge
    tells no parts of seconds.
    """
    read_until = publication.read_until
    every = place.forge.comments(publication.number, read_until or publication.opened_at)
    new = [
        comment
        for comment in every
        if not comment.is_bot
        and comment.author != publication.author
        and (read_until is None or comment.newest_at > read_until)
        and comment.newest_at < place.now.replace(microsecond=0)
    ]
    commands = [comment for comment in new if has_commands(comment.body) or has_ticks(comment.body)]
    allowed = {login for login in {c.author for c in commands} if _may(place, login)}
    status = next((comment.body for comment in every if comment.number == publication.comment), "")
    return Comments(
        tuple(comment for comment in commands if comment.author in allowed),
        # Those of others are read, too: they count for nothing should their authors join later.
        max((comment.newest_at for comment in new), default=read_until),
        status.partition(ANSWERS)[2].strip(),
    )


def _may(place: Place, login: str) -> bool:
    who = place.settings.who
    if isinstance(who, list):
        return login.lower() in {name.lower() for name in who}
    return place.forge.may_write(login)


def read_words(
    place: Place,
    publication: Publication,
    thread: Thread,
    comments: tuple[Comment, ...],
    event: Event | None,
) -> Words:
    """What the thread says now; without the body where an edit is of somebody who may not push."""
    page, page_by, unclear = _page_of_people(place, publication)
    if event and event.sender and not (event.is_person and _may(place, event.sender)):
        # The words of somebody who may not push: the body is read as it was before.
        return Words(comments=comments, page=page, page_by=page_by, unclear=unclear)
    body = _own_body(thread.body, publication)
    if body is None and TICKED.search(thread.body):
        reason = "the text of this thread has ticks, but its first line, which names the week, is"
        unclear = (*unclear, f"{reason} gone or another week's; put it back, or write commands")
    # Whose ticks a body holds, only an event can tell.
    is_known = event is not None or not isinstance(place.settings.who, list)
    if body is not None and not is_known:
        body = replace(body, applied=False)
    return Words(
        body,
        _edit_of(event, publication) if event else None,
        event.sender if event else "",
        comments,
        page,
        page_by,
        is_closed=is_known and not thread.is_open and not thread.merged_by,
        is_merged=is_known and bool(thread.merged_by),
        unclear=unclear,
    )


def _page_of_people(
    place: Place, publication: Publication
) -> tuple[Ticked | None, str, tuple[str, ...]]:
    """The digest on the week's branch, who committed it, and why it isn't read."""
    page, by = _page_on_branch(place, publication)
    who = place.settings.who
    if page is None or not isinstance(who, list):
        return page, by, ()
    reason = f"who commits is no proof: {' or '.join(who)} may say it in a comment"
    path = place.digest_path(publication.week)
    return None, "", (f"{path}: {reason}",) if page.ticks or page.unclear else ()


def _edit_of(event: Event, publication: Publication) -> BodyEdit | None:
    before = _own_body(event.before or "", publication)
    after = _own_body(event.after or "", publication)
    if after is None:
        return None
    return BodyEdit(before, after, is_click=event.is_click)


def _own_body(text: str, publication: Publication) -> BodyTicks | None:
    body = read_body(text)
    if body is None or (body.week, body.list_name) != (publication.week, publication.list_name):
        return None
    return body


def _page_on_branch(place: Place, publication: Publication) -> tuple[Ticked | None, str]:
    """The week's digest file, if somebody else committed to the week's branch."""
    if not publication.head:
        return None, ""
    head = place.branches.fetch(publication.branch)
    if head is None or place.branches.newest_own(head) == head:
        return None, ""
    path = place.digest_path(publication.week)
    for _, data in place.branches.read(head, [path]):
        if stored := place.pages.get(publication.week):
            ticked = read_committed(data, path, stored, place.decided())
            return ticked, place.branches.author(head)
    return None, ""
