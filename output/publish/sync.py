"""
What people said about a published week, as decisions. Pure: nothing is read or written here.

Words that decide come from people who may push. A tick is withdrawn by an explicit act only: an
editor opened before the last clicks loses them without anybody's will. What two words contradict
is asked about, never guessed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from catalog.errors import ListConflict
from catalog.facts import Act, Decision
from catalog.rows.digests import KeptDigest
from config.form import PLAZA, Form
from output.apply.plan import entry_text, in_section
from output.digest.ticks import Tick, Ticked
from output.escape import markdown_with_code
from output.publish.body import BodyTicks, Box, has_ticks
from output.publish.commands import Command, UnclearCommand, help_text, read_commands
from output.publish.forge import Comment
from output.publish.last_words import LastWords, Mention, last_words
from output.publish.place import UNNAMED

ACTS: Mapping[str, Act] = {"accept": "pick", "reject": "reject", "later": "later"}

# What of the decisions in force is as a command wants it.
SAME: Mapping[str, tuple[Act, ...]] = {
    "accept": ("pick", "accept"),
    "reject": ("reject",),
    "later": ("later",),
    "reopen": ("undo",),
}


@dataclass(frozen=True, slots=True)
class BodyEdit:
    """
    The body of a thread before and after an edit that an event tells of.

    ``before`` is None where the event doesn't say it; ``is_click`` where one line alone changed.
    """

    before: BodyTicks | None
    after: BodyTicks
    is_click: bool = False

    @property
    def fresh(self) -> frozenset[Box]:
        """Boxes that this edit ticked."""
        return self.after.ticked - self.before.ticked if self.before else frozenset()

    @property
    def lost(self) -> frozenset[Box]:
        """Boxes that this edit left without their tick, and that got no other answer by it."""
        if self.before is None:
            return frozenset()
        keys = {box.key for box in self.fresh}
        gone = self.before.ticked & (self.after.boxes - self.after.ticked)
        return frozenset(box for box in gone if box.key not in keys)


@dataclass(frozen=True, slots=True)
class Words:
    """
    What was read of one thread.

    ``edit`` is what an event tells of, with ``sender`` who made it; both are empty for a daily
    read. ``comments`` are new ones by people who may push. ``page`` is
    the week's digest file as somebody committed it to the branch, ``page_by`` who. ``is_closed`` is
    a close without a merge. ``unclear`` are questions about what cannot be read at all.
    """

    body: BodyTicks | None = None
    edit: BodyEdit | None = None
    sender: str = ""
    comments: tuple[Comment, ...] = ()
    page: Ticked | None = None
    page_by: str = ""
    is_closed: bool = False
    is_merged: bool = False
    unclear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to a comment: a reaction, and a text where there is something to say."""

    comment: int
    reaction: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Feedback:
    """
    New decisions, questions for the people there, and answers to their comments.

    ``applied_by`` is who asked to apply what is ticked; empty where nobody did.
    """

    decisions: tuple[Decision, ...] = ()
    unclear: tuple[str, ...] = ()
    replies: tuple[Reply, ...] = ()
    applied_by: str = ""


@dataclass
class _Reader:
    """Collects what one thread's words mean, the newest word on a work winning."""

    digest: KeptDigest
    decided: Mapping[str, Decision]
    sections: Sequence[str]
    at: datetime
    form: Form = PLAZA
    new: dict[str, Decision] = field(default_factory=dict)
    unclear: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    applied_by: str = ""

    def __post_init__(self) -> None:
        self.items: dict[int, dict[str, Any]] = {
            int(item["number"]): item for item in self.digest.items
        }

    @property
    def help(self) -> str:
        return help_text(has_stars=self.digest.body.get("has_stars", True))

    def this_week(self, key: str) -> Decision | None:
        """The newest decision on a work since the digest was made; it may be an undo."""
        decision = self.new.get(key) or self.decided.get(key)
        return decision if decision and decision.at >= self.digest.made_at else None

    def is_past(self, number: int, said_at: datetime) -> bool:
        """Whether a decision on a candidate is stored that was taken after this moment."""
        item = self.items.get(number)
        later = self.decided.get(str(item["key"])) if item else None
        return later is not None and later.at > said_at

    def decide(
        self,
        number: int,
        act: str,
        who: str,
        *,
        section: str = "",
        starred: bool = False,
        reason: str = "",
        entry: str | None = None,
        said_at: datetime | None = None,
    ) -> str:
        """
        Take a decision on a candidate; the trouble where that is impossible.

        What was said before a decision that is stored isn't said against it.
        """
        item = self.items.get(number)
        if item is None:
            return f"there is no candidate {number} in {self.digest.name}"
        key = str(item["key"])
        later = self.decided.get(key)
        if later and said_at and later.at > said_at:
            does_so = later.act in SAME[act]
            return "" if does_so else f"candidate {number}: {later.who} said {later.act} later"
        if act == "reopen":
            self._add(Decision(self.digest.list_name, key, "undo", who, self.at))
            return ""
        place = section or str(item.get("section") or item.get("runner_up") or "")
        text = None
        if act == "accept":
            if not place:
                return f"candidate {number} has no section; say `accept {number} in SECTION`"
            tick = Tick(number, key, "accept", starred, "", place, entry)
            printed = str(item["entry"])
            tick = in_section(tick, printed, item.get("by_section", ()))
            made = entry_text(tick, printed, self.form)
            if isinstance(made, ListConflict):
                return f"candidate {number}: {made.matter}"
            text = made
        self._add(
            Decision(
                self.digest.list_name,
                key,
                ACTS[act],
                who,
                self.at,
                place if act == "accept" else None,
                reason,
                self.digest.name,
                text,
            )
        )
        return ""

    def _add(self, decision: Decision) -> None:
        old = self.decided.get(decision.work_key)
        if (decision.act == "undo" and (old is None or old.act == "undo")) or (
            old is not None and _says_the_same(old, decision)
        ):
            self.new.pop(decision.work_key, None)
        else:
            self.new[decision.work_key] = decision


def read_feedback(
    words: Words,
    digest: KeptDigest,
    decided: Mapping[str, Decision],
    sections: Sequence[str],
    at: datetime,
    form: Form = PLAZA,
    *,
    is_final: bool = False,
) -> Feedback:
    """
    The decisions in what was said: ticks of the body, then of the page, then comments.

    ``is_final`` is where *Apply* writes to the list at once: then what somebody ticked and
    somebody's later edit lost is asked about.

    The later of these wins where they differ, since it says more: the page may name another
    section or text, and a comment is an act of its own.
    """
    reader = _Reader(digest, decided, sections, at, form, unclear=[*words.unclear])
    body = words.body
    if words.edit is not None:
        body = _with_lost(reader, words.body, words.edit.after, is_final=is_final)
    reader.applied_by = _applied_by(words, body, sections)
    if body is not None:
        _take_body(reader, words, body)
    if words.page is not None:
        _take_page(reader, words.page, words.page_by)
    latest = last_words(words.comments, sections, reader.is_past)
    for comment in words.comments:
        _take_comment(reader, comment, latest)
    return Feedback(
        tuple(reader.new.values()),
        tuple(reader.unclear),
        tuple(reader.replies),
        reader.applied_by,
    )


def _with_lost(
    reader: _Reader, body: BodyTicks | None, after: BodyTicks, *, is_final: bool
) -> BodyTicks:
    """
    The body as it is now, with the ticks that were in an event and that a later edit lost.

    An editor that was opened earlier overwrites them without anybody's will.
    """
    if body is None:
        return after
    keys = {box.key for box in body.ticked}
    lost = frozenset(box for box in after.ticked - body.ticked if box.key not in keys)
    if not is_final:
        applied = body.applied or after.applied
        return replace(body, ticked=body.ticked | lost, boxes=body.boxes | lost, applied=applied)
    reader.unclear += [
        f"candidate {box.number}: {box.act} was ticked, and a later edit took the tick away;"
        f" tick it again, or say `/listkeeper {box.act} {box.number}`"
        for box in sorted(lost, key=lambda box: box.number)
        if reader.this_week(box.key) is None
    ]
    return body


def _applied_by(words: Words, body: BodyTicks | None, sections: Sequence[str]) -> str:
    """Who ticked *Apply*, or wrote the command; empty where nobody did."""
    if body is not None and body.applied:
        return words.sender or UNNAMED
    for comment in words.comments:
        for command in read_commands(comment.body, sections):
            if isinstance(command, Command) and command.act == "apply":
                return comment.author
    return ""


def _take_body(reader: _Reader, words: Words, body: BodyTicks) -> None:
    reader.unclear += body.unclear
    # Whoever merges or closes has decided, whether *Apply* is ticked or not.
    if not (reader.applied_by or words.is_closed or words.is_merged):
        return
    # One that a later edit lost again was ticked once, and not just now.
    fresh = words.edit.fresh & words.body.ticked if words.edit and words.body else frozenset()
    for key, boxes in _by_key(body.ticked).items():
        number, item = boxes[0].number, reader.items.get(boxes[0].number)
        if len(boxes) > 1:
            reader.unclear.append(
                f"candidate {number}: accept and reject are both ticked; say"
                f" `/listkeeper accept {number}` or `/listkeeper reject {number}`"
            )
        elif item is None or item["key"] != key:
            reader.unclear.append(f"candidate {number} ({key}) is not in {reader.digest.name}")
        elif boxes[0].act == "reject" or not words.is_closed:
            _take_box(reader, boxes[0], words.sender or UNNAMED, is_fresh=boxes[0] in fresh)
    if words.edit is not None:
        for box in sorted(words.edit.lost - body.ticked, key=lambda box: box.number):
            _take_back(reader, box, words.sender or UNNAMED, is_click=words.edit.is_click)


def _take_box(reader: _Reader, box: Box, who: str, *, is_fresh: bool) -> None:
    """
    A ticked box counts where nobody decided this week, or where it was ticked just now.

    A decision that was taken back stays so, although the box is still ticked.
    """
    old = reader.this_week(box.key)
    if old is None or is_fresh:
        trouble = reader.decide(box.number, box.act, who)
        reader.unclear += [trouble] if trouble else []
    elif old.act not in (ACTS[box.act], "undo", "accept", "star", "move"):
        reader.unclear.append(
            f"candidate {box.number}: {box.act} is ticked, but {old.who} said {old.act};"
            f" say `/listkeeper {box.act} {box.number}` if that is meant"
        )


def _take_back(reader: _Reader, box: Box, who: str, *, is_click: bool) -> None:
    """Take back what a click unticked; an edit that changed more may have lost the tick."""
    old = reader.this_week(box.key)
    if (old is not None and old.act != ACTS[box.act]) or box.key in reader.new:
        return
    if not is_click:
        act, does = ("reopen", "take it back") if old else (box.act, "decide it")
        reader.unclear.append(
            f"candidate {box.number}: an edit that changed other lines took the tick at {box.act}"
            f" away; say `/listkeeper {act} {box.number}` to {does}"
        )
    elif old is not None:
        reader.decide(box.number, "reopen", who)


def _by_key(boxes: Iterable[Box]) -> dict[str, list[Box]]:
    by_key: dict[str, list[Box]] = defaultdict(list)
    for box in sorted(boxes, key=lambda box: (box.number, box.act)):
        by_key[box.key].append(box)
    return by_key


def _take_page(reader: _Reader, page: Ticked, who: str) -> None:
    reader.unclear += page.unclear
    for tick in page.ticks:
        item = reader.items.get(tick.number)
        if item is None or item["key"] != tick.key:
            reader.unclear.append(
                f"candidate {tick.number} ({tick.key}) is not in {reader.digest.name}"
            )
            continue
        old = reader.this_week(tick.key)
        if old is not None and old.act in ("undo", "accept", "star", "move"):
            continue  # carried out, or taken back: the file still shows the tick
        section = next((s for s in reader.sections if s == tick.section), "")
        if tick.act == "accept" and not section:
            reader.unclear.append(
                f"candidate {tick.number}: the list has no section {tick.section!r}"
            )
            continue
        trouble = reader.decide(
            tick.number,
            tick.act,
            who or UNNAMED,
            section=section,
            starred=tick.starred,
            reason=tick.reason,
            entry=tick.entry,
        )
        reader.unclear += [trouble] if trouble else []


@dataclass(frozen=True, slots=True)
class _Answer:
    """What to say to a command, empty where it was carried out; ``is_asked`` where it wasn't."""

    text: str = ""
    is_asked: bool = False


def _take_comment(reader: _Reader, comment: Comment, latest: LastWords) -> None:
    answers = list(_answers(reader, comment, latest))
    if not answers:
        return
    texts = [answer.text for answer in answers if answer.text]
    reaction = "confused" if any(answer.is_asked for answer in answers) else "+1"
    reader.replies.append(Reply(comment.number, reaction, "\n\n".join(texts)))


def _answers(reader: _Reader, comment: Comment, latest: LastWords) -> Iterator[_Answer]:
    if has_ticks(comment.body):
        yield _Answer(
            "Boxes that are ticked in a comment aren't read: tick them in the first post, or write"
            " commands such as `/listkeeper accept 1`.",
            is_asked=True,
        )
    for at, command in enumerate(read_commands(comment.body, reader.sections)):
        if isinstance(command, UnclearCommand):
            line = command.line[:100].replace("`", "'")
            yield _Answer(f"`{line}`: {markdown_with_code(command.trouble)}", is_asked=True)
        elif command.act in ("help", "apply"):
            yield _Answer(reader.help if command.act == "help" else "")
        else:
            yield from _carried_out(reader, command, comment, at, latest)


def _carried_out(
    reader: _Reader, command: Command, comment: Comment, at: int, latest: LastWords
) -> Iterator[_Answer]:
    """Decide what a command says of each candidate, but for those of which another one counts."""
    notes, troubles, is_asked = list[str](), list[str](), False
    for number in command.numbers:
        mention = Mention(comment.number, at, number)
        if mention in latest.passed_over:
            notes.append(latest.passed_over[mention])
            continue
        if mention in latest.asked:
            troubles.append(latest.asked[mention])
            is_asked = True
            continue
        trouble = reader.decide(
            number,
            command.act,
            comment.author,
            section=command.section,
            starred=command.starred,
            reason=command.reason,
            said_at=comment.at,
        )
        troubles.append(trouble)
    text = "; ".join(filter(None, (*notes, *troubles)))
    yield _Answer(markdown_with_code(text), is_asked=is_asked or any(troubles))


def _says_the_same(old: Decision, new: Decision) -> bool:
    return (old.act, old.section, old.reason, old.entry, old.digest) == (
        new.act,
        new.section,
        new.reason,
        new.entry,
        new.digest,
    )


def settle(
    picks: Iterable[Decision], listed: frozenset[str], who: str, at: datetime
) -> tuple[Decision, ...]:
    """The decisions that a merge makes of the picks that are in the list now."""
    return tuple(
        Decision(
            pick.list_name,
            pick.work_key,
            "accept",
            who,
            at,
            pick.section,
            pick.reason,
            pick.digest,
            pick.entry,
        )
        for pick in picks
        if pick.work_key in listed
    )


def withdraw(picks: Iterable[Decision], who: str, at: datetime) -> tuple[Decision, ...]:
    """The decisions that closing without a merge makes of the picks: they are open again."""
    return tuple(Decision(pick.list_name, pick.work_key, "undo", who, at) for pick in picks)
