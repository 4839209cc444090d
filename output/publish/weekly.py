"""
The week's pull request or issue: opened, followed by the list's change, and settled.

What we know about a thread is stored before the forge is told, and again afterwards. A body
is written only while nobody has touched it; what we have to say later stands in one comment.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from catalog.moments import age_of
from catalog.plural import counted
from catalog.rows.digests import KeptDigest
from catalog.store.publications import Publication
from output.apply.plan import waiting
from output.digest.model import Digest, from_json
from output.escape import markdown_with_code
from output.publish.body import read_body, write_body
from output.publish.conversation import ANSWERS, Event, new_comments, read_words
from output.publish.endings import (
    apply_issue,
    bring_the_rest,
    diff_shown,
    end_closed,
    end_merged,
    goes_on_as,
    still_listed,
    taken_up_again,
)
from output.publish.forge import Locked, Thread
from output.publish.place import UNNAMED, Place, PublishReport, weeks_of
from output.publish.sync import Feedback, Words, read_feedback
from output.publish.threads import (
    comment_once,
    is_ours,
    keep_status,
    open_thread,
    put_label,
    thread_of,
)
from output.publish.week_branch import entries_added, push_week, remove_branch

REMINDER = "<!-- listkeeper reminder {} -->"
MAX_LIST_NAME_CHARS = 200
# So long after its opening a week that was closed is looked at, should somebody reopen it.
REOPEN_WITHIN = timedelta(days=14)


def publish(place: Place, week: str, report: PublishReport) -> None:
    """Open the thread of a week; an earlier one that is still open stays the only one."""
    digest = place.store.digests.get(place.name, week)
    threads = weeks_of(place)
    same = next((thread for thread in threads if thread.week == week), None)
    if same and not same.is_open:
        report.notes.append(f"{place.name}: {week} is settled; the next digest is next week's")
        return
    if same and same.state == "open":
        report.notes.append(f"{place.name}: {week} is open: {same.url}")
        return
    if digest is None or not digest.body.get("candidates"):
        report.notes.append(f"{place.name}: no candidates in {week}; nothing to publish")
        return
    earlier = next((thread for thread in threads if thread.is_open and thread.week != week), None)
    if earlier and not _close_untouched(place, earlier, digest, report):
        return
    _open(place, digest, same, report)


def _close_untouched(
    place: Place, earlier: Publication, digest: KeptDigest, report: PublishReport
) -> bool:
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
            remove_branch(place, earlier)
            report.notes.append(f"{place.name}: nobody touched {earlier.week}; it is closed")
            return True
        place.forge.reopen(thread)
    number = len(digest.body["candidates"])
    report.notes.append(f"{place.name}: {earlier.week} is still open; {number} candidates wait")
    answered = new_comments(place, earlier).answered
    own = place.store.digests.get(place.name, earlier.week)
    adds = entries_added(place, earlier)
    lines = _standing(place, earlier, own, adds) if own else [_next_week(place, earlier)]
    with suppress(Locked):
        replies = _asked_and_answered((), [answered] if answered else [])
        keep_status(place, earlier, [*lines, *replies])
    return False


def _is_untouched(place: Place, publication: Publication, thread: Thread) -> bool:
    decided = any(decision.digest == publication.week for decision in place.decided().values())
    return is_ours(publication, thread) and not publication.comment and not decided


def _open(
    place: Place, digest: KeptDigest, begun: Publication | None, report: PublishReport
) -> None:
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
    publication = push_week(place, publication, digest).publication
    title = title_of(shown)
    page_url = _page_url(place, publication)
    publication, thread = open_thread(
        place, publication, title, lambda form: write_body(shown, page_url, form=form), report
    )
    put_label(place, thread, report)
    place.keep(
        replace(publication, state="open", number=thread.number, author=thread.author,
                url=thread.url)
    )  # fmt: skip
    report.opened += 1
    report.notes.append(f"{place.name}: {digest.name} is open: {thread.url}")


def title_of(digest: Digest) -> str:
    """The title of a week's thread."""
    number = len(digest.candidates)
    candidates = "1 candidate" if number == 1 else f"{number} candidates"
    return f"{digest.list_name[:MAX_LIST_NAME_CHARS]}: {candidates} of {digest.name}"


def _page_url(place: Place, publication: Publication) -> str:
    return place.url(publication.branch, place.digest_path(publication.week))


def sync(place: Place, report: PublishReport, event: Event | None = None) -> None:
    """Read the open thread of a list, and carry out what people said there."""
    weeks = weeks_of(place)
    publication = next((thread for thread in weeks if thread.state == "open"), None)
    publication = publication or _ended(place)
    if event and not _is_about(event, publication):
        settled = next((thread for thread in weeks if thread.number == event.number), None)
        if settled and event.before is not None:
            report.needs_person.append(
                f"{settled.url} is settled: what is changed there isn't read"
            )
        return
    if publication is None:
        return
    if publication.state == "merged" and publication.form == "pr":
        _read_late(place, publication, report)
        return
    thread = thread_of(place, publication)
    if publication.state != "open":
        if thread is None or not (thread.is_open or thread.merged_by):
            _read_late(place, publication, report)
            return
        publication = taken_up_again(place, publication, report)
    if thread is None:
        report.needs_person.append(
            f"{publication.url} is gone; publish opens {publication.week} anew"
        )
        place.keep(replace(publication, state="opening", number=0))
        return
    if thread.author != publication.author:
        report.needs_person.append(f"{publication.url} isn't ours: {thread.author} wrote it")
        return
    digest = place.store.digests.get(place.name, publication.week)
    if digest is None:
        report.needs_person.append(f"{place.name}: {publication.week} is not in the store")
        return
    _act_on_feedback(place, publication, thread, digest, report, event)


def _is_about(event: Event, publication: Publication | None) -> bool:
    """Whether an edit is of the thread that is read; the body of a merged one is not."""
    if publication is None or event.number != publication.number:
        return False
    return publication.state != "merged" or publication.form == "issue"


def _ended(place: Place) -> Publication | None:
    """The newest week, if it ended lately: a person may open it again, or say more there."""
    newest = next(iter(weeks_of(place)), None)
    if newest is None or newest.state not in ("closed", "merged") or not newest.number:
        return None
    return newest if age_of(newest.opened_at, place.now) < REOPEN_WITHIN else None


def _read_late(place: Place, publication: Publication, report: PublishReport) -> None:
    """Commands on a week that ended count; another pull request brings what they accept."""
    comments = new_comments(place, publication)
    digest = place.store.digests.get(place.name, publication.week)
    if not comments.new or digest is None:
        return
    words = Words(comments=comments.new)
    feedback = read_feedback(
        words, digest, place.decided(), place.sections, place.now, place.rules.form
    )
    place.decide(feedback.decisions)
    report.decided += len(feedback.decisions)
    place.save_state()
    _react(place, feedback)
    lines = [f"{publication.week} has ended; what is said here counts all the same."]
    lines += still_listed(place, digest, feedback.decisions)
    is_picked = any(decision.act == "pick" for decision in feedback.decisions)
    pull = bring_the_rest(place, publication, digest, report) if is_picked else None
    if pull:
        lines.append(f"What is accepted since is in #{pull.number}: merging it is the decision.")
    with suppress(Locked):
        replies = _asked_and_answered((), _answers(feedback))
        publication = keep_status(place, publication, [*lines, *replies])
    _read(place, publication, comments.read_until)
    if pull:
        goes_on_as(place, publication, pull, report)


def _act_on_feedback(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    report: PublishReport,
    event: Event | None,
) -> None:
    comments = new_comments(place, publication)
    words = read_words(place, publication, thread, comments.new, event)
    feedback = read_feedback(
        words, digest, place.decided(), place.sections, place.now, place.rules.form,
        is_final=publication.form == "issue",
    )  # fmt: skip
    place.decide(feedback.decisions)
    report.decided += len(feedback.decisions)
    if thread.is_open:
        place.save_state()
        _answer_feedback(place, publication, thread, digest, feedback, comments.answered, report)
    else:
        place.ask(report, [f"{publication.url}: {question}" for question in feedback.unclear])
        with suppress(Locked):
            _react(place, feedback)
        if thread.merged_by:
            replies = _asked_and_answered(feedback.unclear, _answers(feedback))
            end_merged(place, publication, thread, digest, replies, report)
        else:
            _closed(place, publication, words.sender, report)
    _read(place, publication, comments.read_until)


def _answers(feedback: Feedback) -> list[str]:
    return [reply.text for reply in feedback.replies if reply.text]


def _asked_and_answered(unclear: Sequence[str], answers: Sequence[str]) -> list[str]:
    """What our status says after its first lines: questions, then answers to commands."""
    asked = [f"- {markdown_with_code(text)}" for text in unclear]
    return [*asked, *([ANSWERS, *answers] if answers else [])]


def _react(place: Place, feedback: Feedback) -> None:
    for reply in feedback.replies:
        place.forge.react(reply.comment, reply.reaction)


def _answer_feedback(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    feedback: Feedback,
    answered: str,
    report: PublishReport,
) -> None:
    answers = _answers(feedback) if feedback.replies else [answered] if answered else []
    if publication.form == "issue" and feedback.applied_by:
        _apply(place, publication, thread, digest, feedback, answers, report)
        return
    pushed = push_week(place, publication, digest)
    feedback = replace(feedback, unclear=(*feedback.unclear, *pushed.unclear))
    lines = _standing(place, pushed.publication, digest, pushed.adds)
    reading = _Reading(thread, digest, feedback, tuple(answers), tuple(lines))
    _answer(place, pushed.publication, reading, report)


def _read(place: Place, publication: Publication, read_until: datetime | None) -> None:
    """Comments count as read once they are answered; a killed run's are read once more."""
    stored = next(thread for thread in weeks_of(place) if thread.week == publication.week)
    if stored.number == publication.number and stored.read_until != read_until:
        place.keep(replace(stored, read_until=read_until))


def _closed(place: Place, publication: Publication, sender: str, report: PublishReport) -> None:
    """A close ends the week, unless it is ours: of an issue whose change a pull request brings."""
    pull = None
    if publication.form == "issue":
        pull = place.forge.pull_of(publication.branch, place.branches.default_branch())
    if pull is not None and pull.author == publication.author:
        goes_on_as(place, publication, pull, report)
    else:
        end_closed(place, publication, sender or UNNAMED, report)


def _apply(
    place: Place,
    publication: Publication,
    thread: Thread,
    digest: KeptDigest,
    feedback: Feedback,
    answers: Sequence[str],
    report: PublishReport,
) -> None:
    """What is ticked in an issue goes to the list; the issue ends with the diff."""
    counts = _counts(place, publication, digest, len(waiting(place.decided())))
    applied = apply_issue(place, publication, digest, feedback.applied_by, report)
    if applied.pull:
        lines = [counts, f"The change is in #{applied.pull.number}: merging it is the decision."]
    else:
        lines = [counts, applied.todo or diff_shown(applied.diff)]
    report.needs_person += [f"{publication.url}: {applied.todo}"] if applied.todo else []
    reading = _Reading(thread, digest, feedback, tuple(answers), tuple(lines), must_say=True)
    publication = _answer(place, publication, reading, report)
    if applied.pull:
        place.forge.close(thread)
        goes_on_as(place, publication, applied.pull, report)
    elif applied.is_done and not feedback.unclear:
        place.forge.close(thread)
        place.keep(replace(publication, state="merged"))
        report.notes.append(f"{place.name}: {publication.week} is applied")
        remove_branch(place, publication)
    else:
        place.keep(publication)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Feedback on a thread, the answers to it, and the lines that our status begins with."""

    thread: Thread
    digest: KeptDigest
    feedback: Feedback
    answers: tuple[str, ...]
    lines: tuple[str, ...]
    must_say: bool = False


def _answer(
    place: Place, publication: Publication, reading: _Reading, report: PublishReport
) -> Publication:
    """React to comments, keep the one status comment, and remind once."""
    try:
        return _say(place, publication, reading, report)
    except Locked as trouble:
        # What was said counts; only the answer cannot be given.
        place.ask(report, [f"{publication.url}: {trouble}"])
        return publication


def _say(
    place: Place, publication: Publication, reading: _Reading, report: PublishReport
) -> Publication:
    feedback, answers = reading.feedback, reading.answers
    place.ask(report, [f"{publication.url}: {question}" for question in feedback.unclear])
    _react(place, feedback)
    is_said = bool(feedback.decisions or feedback.unclear or answers or reading.must_say)
    if is_said or publication.comment or not is_ours(publication, reading.thread):
        replies = _asked_and_answered(feedback.unclear, answers)
        return keep_status(place, publication, [*reading.lines, *replies])
    if _is_due(place, publication):
        text = f"{REMINDER.format(publication.week)}\n{_waiting_for(reading)}"
        comment_once(place, publication, REMINDER.format(publication.week), text)
        publication = replace(publication, reminded_at=place.now)
        place.keep(publication)
    return publication


def _waiting_for(reading: _Reading) -> str:
    if read_body(reading.thread.body) is None:
        return "This waits to be merged, or closed."
    number = len(reading.digest.body["candidates"])
    return f"{counted(number, 'candidate')} wait{'s' if number == 1 else ''} for a look."


def _is_due(place: Place, publication: Publication) -> bool:
    after = timedelta(days=place.settings.reminder_days)
    return (
        bool(after)
        and publication.reminded_at is None
        and age_of(publication.opened_at, place.now) >= after
    )


def _standing(place: Place, publication: Publication, digest: KeptDigest, adds: int) -> list[str]:
    """What our status says first: the counts, and what waits until the week is done."""
    lines = [_counts(place, publication, digest, adds), _next_week(place, publication)]
    return [line for line in lines if line]


def _next_week(place: Place, publication: Publication) -> str:
    digests = [digest for digest in place.store.digests.all() if digest.list_name == place.name]
    newest = max(digests, key=lambda digest: digest.made_at)
    number = len(newest.body.get("candidates", ()))
    if newest.name <= publication.week or not number:
        return ""
    wait = "waits" if number == 1 else "wait"
    return f"{counted(number, 'candidate')} of {newest.name} {wait} until this is done."


def _counts(place: Place, publication: Publication, digest: KeptDigest, adds: int) -> str:
    decided = place.decided()
    keys = [str(item["key"]) for item in digest.body["candidates"]]
    acts = [decided[key].act for key in keys if key in decided]
    picks, rejected = acts.count("pick"), acts.count("reject")
    still = len(keys) - sum(act != "undo" for act in acts)
    does = "merging" if publication.form == "pr" else "Apply"
    number = counted(adds, "entry", "entries")
    merging = f"; {does} adds {number}" if picks or adds else ""
    return f"{picks} accepted, {rejected} rejected, {still} open{merging}."
