"""
The week's pull request or issue: opened, read, followed by the list's change, and settled.

What we know about a thread is stored before it is told to the forge, and again afterwards: a run
that is killed in between looks whether the thread is there before it opens another. A body is
written only while nobody has touched it; what we have to say later stands in one comment.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from catalog.address import identity
from catalog.branches import Branches, Late, Protected
from catalog.markdown.listfile import listed_keys, parse
from catalog.paper import Decision
from catalog.store import Store
from catalog.store.digests import KeptDigest
from catalog.store.publications import Publication
from config.publish import Publishing
from config.rules import ListRules
from output.apply import Applying, applying, as_ticks, waiting
from output.digest.markdown import page
from output.digest.model import Digest, from_json
from output.digest.pages import sealed
from output.digest.ticks import Ticked, read_ticks
from output.escape import markdown
from output.publish.body import BodyTicks, read_body, write_body
from output.publish.forge import Comment, Forge, Missing, PullsNotPermitted, Thread, Unclear
from output.publish.sync import Heard, Words, hear, settle, withdraw

STATUS = "<!-- listkeeper status {} -->"
REMINDER = "<!-- listkeeper reminder {} -->"
WEEK = re.compile(r"\d{4}-W\d\d(-\d+)?")
MAX_LIST_NAME_CHARS = 200
# A push that loses a race is tried again so many times.
MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class Event:
    """What a job's event file says: the thread, who acted, and the body before the edit."""

    number: int
    sender: str
    is_person: bool
    before: str | None = None


@dataclass
class Told:
    """What a command did and found, for its report."""

    notes: list[str] = field(default_factory=list)
    needs_person: list[str] = field(default_factory=list)
    decided: int = 0
    opened: int = 0


@dataclass(frozen=True)
class Place:
    """
    Where the week of one list goes.

    ``list_path`` and ``digest_path`` are relative to the repository; ``digest_path`` turns a
    digest's name into a path. ``save_state`` makes what is stored durable outside this machine,
    before anything is said to the forge.
    """

    store: Store
    forge: Forge
    branches: Branches
    settings: Publishing
    rules: ListRules
    list_path: str
    digest_path: Callable[[str], str]
    branch_prefix: str
    now: datetime
    save_state: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        return self.rules.list

    @property
    def sections(self) -> Sequence[str]:
        return [section.name for section in self.rules.sections]

    def url(self, branch: str, path: str) -> str:
        return f"https://github.com/{self.settings.repository}/blob/{branch}/{path}"

    def keep(self, publication: Publication) -> None:
        self.store.publications.save(replace(publication, at=self.now))

    def decided(self) -> Mapping[str, Decision]:
        return self.store.decisions.latest(self.name)


def publish(place: Place, week: str, told: Told) -> None:
    """Open the thread of a week; an earlier one that is still open stays the only one."""
    digest = place.store.digests.get(place.name, week)
    threads = weeks_of(place)
    same = next((one for one in threads if one.week == week), None)
    if same and not same.is_open:
        told.notes.append(f"{place.name}: {week} is settled; the next digest is next week's")
        return
    if same and same.state == "open":
        told.notes.append(f"{place.name}: {week} is open: {same.url}")
        return
    if digest is None or not digest.body.get("candidates"):
        told.notes.append(f"{place.name}: no candidates in {week}; nothing to publish")
        return
    earlier = next((one for one in threads if one.is_open and one.week != week), None)
    if earlier and not _give_way(place, earlier, digest, told):
        return
    _open(place, digest, same, told)


def _give_way(place: Place, earlier: Publication, digest: KeptDigest, told: Told) -> bool:
    """
    Close last week's thread if nobody touched it; else leave it, and say that works wait.

    It isn't rewritten in place: a tick between our look and our write would be lost. A tick on a
    closed thread stays in its body, so a second look finds it.
    """
    thread = thread_of(place, earlier)
    if thread is None or not thread.is_open:
        return thread is None
    if _is_untouched(place, earlier, thread):
        place.forge.close(thread)
        again = thread_of(place, earlier)
        if again is None or _is_untouched(place, earlier, again):
            place.keep(replace(earlier, state="closed"))
            _remove(place, earlier)
            told.notes.append(f"{place.name}: nobody touched {earlier.week}; it is closed")
            return True
        place.forge.reopen(thread)
    number = len(digest.body["candidates"])
    told.notes.append(f"{place.name}: {earlier.week} is still open; {number} candidates wait")
    _say(place, earlier, thread, [f"{number} candidates of {digest.name} wait until this is done."])
    return False


def _is_untouched(place: Place, publication: Publication, thread: Thread) -> bool:
    decided = any(one.digest == publication.week for one in place.decided().values())
    return _is_ours(publication, thread) and not publication.comment and not decided


def _remove(place: Place, publication: Publication) -> None:
    there = place.branches.fetch(publication.branch) if publication.form == "pr" else None
    if there is None or place.branches.newest_own(there) != there:
        return  # somebody else's commits are on it
    try:
        place.branches.remove(publication.branch, there)
    except Late:
        return  # somebody else's commits are on it


def _open(place: Place, digest: KeptDigest, begun: Publication | None, told: Told) -> None:
    """Open a thread: the branch first, then the pull request, or an issue in its place."""
    shown = from_json(digest.body)
    publication = begun or Publication(
        list_name=place.name, week=digest.name, form=place.settings.form, number=0,
        state="opening", author="", url="", branch=f"{place.branch_prefix}{digest.name}",
        body_hash="", head="", comment=0, status_hash="", opened_at=place.now, reminded_at=None,
        read_until=None, at=place.now,
    )  # fmt: skip
    place.keep(publication)
    place.save_state()
    if publication.form == "pr":
        publication = _push(place, publication, digest, told)
    title = title_of(shown)
    body = write_body(shown, _page_url(place, publication))
    publication, thread = _opened(place, publication, title, body, told)
    place.forge.label(thread, place.settings.label)
    place.keep(
        replace(publication, state="open", number=thread.number, author=thread.author,
                url=thread.url, body_hash=_hash(body))
    )  # fmt: skip
    told.opened += 1
    told.notes.append(f"{place.name}: {digest.name} is open: {thread.url}")


def weeks_of(place: Place) -> Sequence[Publication]:
    """The publications of digests, newest week first."""
    every = place.store.publications.of(place.name)
    return [one for one in every if WEEK.fullmatch(one.week)]


def title_of(digest: Digest) -> str:
    """The title of a week's thread."""
    number = len(digest.candidates)
    candidates = "1 candidate" if number == 1 else f"{number} candidates"
    return f"{digest.list_name[:MAX_LIST_NAME_CHARS]}: {candidates} of {digest.name}"


def _page_url(place: Place, publication: Publication) -> str:
    branch = publication.branch if publication.form == "pr" else place.branches.default_branch()
    return place.url(branch, place.digest_path(publication.week))


def _opened(
    place: Place, publication: Publication, title: str, body: str, told: Told
) -> tuple[Publication, Thread]:
    """The thread: one that a killed run left behind, a pull request, or an issue."""
    if publication.form == "pr":
        base = place.branches.default_branch()
        try:
            return publication, find_or_open(place, title, body, publication.branch, base)
        except PullsNotPermitted as refusal:
            told.needs_person.append(f"{refusal}: this week comes as an issue")
            body = (
                f"{body}\n> This is an issue because {refusal.matter} here; to get the change as a"
                f" pull request, allow it in {refusal.do}.\n"
            )
            publication = replace(publication, form="issue")
            place.keep(publication)
    marker = body.split("\n", 1)[0]
    return publication, _look_then(
        lambda: _own_issue(place, marker),
        lambda: place.forge.open_issue(title, body, place.settings.label),
    )


def find_or_open(place: Place, title: str, body: str, branch: str, base: str) -> Thread:
    """The open pull request of a branch; one is opened where there is none."""
    return _look_then(
        lambda: place.forge.pull_of(branch, base),
        lambda: place.forge.open_pull(title, body, branch, base),
    )


def _own_issue(place: Place, marker: str) -> Thread | None:
    """Our issue that a killed run left: by a program, with the label and the exact first line."""
    for thread in place.forge.issues_of(place.settings.label):
        if thread.author.endswith("[bot]") and thread.body.startswith(marker):
            return thread
    return None


def _look_then(look: Callable[[], Thread | None], write: Callable[[], Thread]) -> Thread:
    """Write once; where it's unclear whether that worked, look before the one other try."""
    if thread := look():
        return thread
    try:
        return write()
    except Unclear:
        return look() or write()


def sync(place: Place, told: Told, event: Event | None = None) -> None:
    """Read the open thread of a list, and carry out what people said there."""
    publication = next((one for one in weeks_of(place) if one.state == "open"), None)
    if publication is None or (event and event.number != publication.number):
        return
    thread = thread_of(place, publication)
    if thread is None:
        told.needs_person.append(
            f"{publication.url} is gone; publish opens {publication.week} anew"
        )
        place.keep(replace(publication, state="opening", number=0))
        return
    if thread.author != publication.author:
        told.needs_person.append(f"{publication.url} isn't ours: {thread.author} wrote it")
        return
    digest = place.store.digests.get(place.name, publication.week)
    if digest is None:
        told.needs_person.append(f"{place.name}: {publication.week} is not in the store")
        return
    _carry_out(place, publication, thread, digest, told, event)


def _carry_out(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    told: Told,
    event: Event | None,
) -> None:
    comments = _comments(place, publication)
    words = _words(place, publication, thread, comments, event)
    heard = hear(words, digest, place.decided(), place.sections, place.now, place.rules.form)
    read_until = max((comment.at for comment in comments), default=publication.read_until)
    publication = replace(publication, read_until=read_until)
    with place.store.transaction():
        place.store.decisions.add(heard.decisions)
        place.keep(publication)
    told.decided += len(heard.decisions)
    if thread.merged_by:
        _settle(place, publication, thread, told)
        return
    if not thread.is_open:
        _closed(place, publication, words, told)
        return
    place.save_state()
    if publication.form == "pr":
        publication = _push(place, publication, digest, told)
    _answer(place, publication, thread, digest, heard, told)


def thread_of(place: Place, publication: Publication) -> Thread | None:
    """The thread as it is now; None if it's gone."""
    try:
        return place.forge.thread(publication.number, is_pull=publication.form == "pr")
    except Missing:
        return None


def _comments(place: Place, publication: Publication) -> tuple[Comment, ...]:
    """New comments of people who may push; a program's words and our own decide nothing."""
    since = publication.read_until or publication.opened_at
    new = [
        comment
        for comment in place.forge.comments(publication.number, since)
        if not comment.is_bot
        and comment.author != publication.author
        and (publication.read_until is None or comment.at > publication.read_until)
    ]
    allowed = {login for login in {c.author for c in new} if _may(place, login)}
    return tuple(comment for comment in new if comment.author in allowed)


def _may(place: Place, login: str) -> bool:
    who = place.settings.who
    return place.forge.may_write(login) if who == "write" else login in who


def _words(
    place: Place,
    publication: Publication,
    thread: Thread,
    comments: tuple[Comment, ...],
    event: Event | None,
) -> Words:
    sender = ""
    if event and event.sender and not (event.is_person and _may(place, event.sender)):
        # The words of somebody who may not push: the body is read as it was before.
        return Words(comments=comments)
    if event:
        sender = event.sender
    page, page_by = _page_on_branch(place, publication)
    return Words(
        _own_body(thread.body, publication),
        _own_body(event.before, publication) if event and event.before else None,
        sender,
        comments,
        page,
        page_by,
        is_closed=not thread.is_open and not thread.merged_by,
    )


def _own_body(text: str, publication: Publication) -> BodyTicks | None:
    body = read_body(text)
    if body is None or (body.week, body.list_name) != (publication.week, publication.list_name):
        return None
    return body


def _page_on_branch(place: Place, publication: Publication) -> tuple[Ticked | None, str]:
    """The week's digest file, if somebody else committed to the week's branch."""
    if publication.form != "pr" or not publication.head:
        return None, ""
    head = place.branches.fetch(publication.branch)
    if head is None or place.branches.newest_own(head) == head:
        return None, ""
    path = place.digest_path(publication.week)
    for _, data in place.branches.read(head, [path]):
        return read_ticks(data.decode("utf-8", "replace"), path), place.branches.author(head)
    return None, ""


def _push(place: Place, publication: Publication, digest: KeptDigest, told: Told) -> Publication:
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
                told.needs_person.append(
                    f"{publication.branch}: somebody changed {', '.join(sorted(foreign))};"
                    " the branch is left as it is"
                )
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


def list_at(place: Place, commit: str | None) -> bytes:
    """The list file as a commit has it; empty where it has none."""
    if commit is None:
        return b""
    return dict(place.branches.read(commit, [place.list_path])).get(place.list_path, b"")


def _with_picks(place: Place, digest: KeptDigest, current: bytes) -> Applying:
    decided = place.decided()
    picks = waiting(decided)
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


def _settle(place: Place, publication: Publication, thread: Thread, told: Told) -> None:
    """After a merge: picks that are in the list are accepted; the branch goes."""
    base = place.branches.fetch(place.branches.default_branch())
    listed = {identity(key) for key in listed_keys(parse(list_at(place, base)))}
    picks = waiting(place.decided())
    in_list = frozenset(pick.work_key for pick in picks if identity(pick.work_key) in listed)
    accepted = settle(picks, in_list, thread.merged_by, place.now)
    with place.store.transaction():
        place.store.decisions.add(accepted)
        place.keep(replace(publication, state="merged"))
    told.decided += len(accepted)
    told.notes.append(
        f"{place.name}: {publication.week} was merged by {thread.merged_by}:"
        f" {len(accepted)} accepted"
    )
    if left := len(picks) - len(accepted):
        told.notes.append(f"{place.name}: {left} picks are not in the list; they come next week")
    _remove(place, publication)


def _closed(place: Place, publication: Publication, words: Words, told: Told) -> None:
    """After a close without a merge: nothing is accepted; rejections hold."""
    picks = [pick for pick in waiting(place.decided()) if pick.digest == publication.week]
    with place.store.transaction():
        place.store.decisions.add(withdraw(picks, words.sender or "github", place.now))
        place.keep(replace(publication, state="closed"))
    told.notes.append(f"{place.name}: {publication.week} was closed without a merge")


def _answer(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    heard: Heard,
    told: Told,
) -> None:
    """React to comments, keep the one status comment, and remind once."""
    for reply in heard.replies:
        place.forge.react(reply.comment, reply.reaction)
    texts = [reply.text for reply in heard.replies if reply.text]
    told.needs_person += [f"{publication.url}: {question}" for question in heard.unclear]
    touched = bool(heard.decisions or heard.unclear or texts) or not _is_ours(publication, thread)
    if touched or publication.comment:
        lines = [_counts(place, digest), *(f"- {markdown(text)}" for text in heard.unclear), *texts]
        publication = _say(place, publication, thread, lines)
    elif _is_due(place, publication):
        number = len(digest.body["candidates"])
        text = f"{REMINDER.format(publication.week)}\n{number} candidates wait for a look."
        _comment_once(place, publication, REMINDER.format(publication.week), text)
        place.keep(replace(publication, reminded_at=place.now))


def _is_due(place: Place, publication: Publication) -> bool:
    after = timedelta(days=place.settings.reminder_days)
    return (
        bool(after)
        and publication.reminded_at is None
        and (place.now - publication.opened_at >= after)
    )


def _counts(place: Place, digest: KeptDigest) -> str:
    decided = place.decided()
    keys = [str(item["key"]) for item in digest.body["candidates"]]
    acts = [decided[key].act for key in keys if key in decided]
    picks, rejected = acts.count("pick"), acts.count("reject")
    still = len(keys) - sum(act != "undo" for act in acts)
    merging = f"; merging adds {len(waiting(decided))} entries" if picks else ""
    return f"{picks} accepted, {rejected} rejected, {still} open{merging}."


def _say(
    place: Place, publication: Publication, thread: Thread, lines: Sequence[str]
) -> Publication:
    """Keep our one comment on a thread up to date; it's written only where it changes."""
    marker = STATUS.format(publication.week)
    text = "\n\n".join([marker, *lines])
    if publication.status_hash == _hash(text):
        return publication
    if publication.comment:
        place.forge.edit_comment(thread.number, publication.comment, text)
        number = publication.comment
    else:
        number = _comment_once(place, publication, marker, text)
    publication = replace(publication, comment=number, status_hash=_hash(text))
    place.keep(publication)
    return publication


def _comment_once(place: Place, publication: Publication, marker: str, text: str) -> int:
    """Write a comment, unless a killed run already did."""
    for comment in place.forge.comments(publication.number):
        if comment.author == publication.author and comment.body.startswith(marker):
            return comment.number
    return place.forge.comment(publication.number, text).number


def _is_ours(publication: Publication, thread: Thread) -> bool:
    """Whether the body is as we wrote it: nobody ticked or edited anything."""
    body = read_body(thread.body)
    return _hash(thread.body) == publication.body_hash and not (body and body.is_touched)


def _hash(text: str) -> str:
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()
