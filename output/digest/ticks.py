"""
Reads a digest back: the ticks, sections and entries that the curator left in it.

Tolerant of editors and hands (stripped blanks, reordered lines, CRLF, ``[X ]``, a reason on the
next line), strict about meaning: what is no clear answer is reported with its line, and never
guessed or left out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from catalog.errors import ListConflict
from catalog.facts import Act
from config.patterns import lazy_regex
from output.digest.blocks import (
    COMMENT_BEGIN,
    COMMENT_END,
    ENTRY,
    HEADING,
    Line,
    blocks,
    outside_texts,
    own_lines,
    shown,
    split_fence,
)
from output.digest.boxes import (
    BOX,
    ITEM,
    REJECT,
    REST,
    STARS,
    WITH_BOX,
    LabelledBox,
    boxes_on,
    has_extra,
    kind_of,
)

_HEAD = lazy_regex(
    rf"{COMMENT_BEGIN}listkeeper digest (\S+) of (.+?); base ([0-9a-f]{{64}}){COMMENT_END}"
)
_BOX_ALONE = lazy_regex(r"^\[[^\[\]]{0,10}\]$")
# The line below the boxes, which an editor wrapped into a reason.
_JOINED = lazy_regex(r"(?:^|\s)[-*+]\s+\**section\**\s*[:：]", re.IGNORECASE)
_MERGE = lazy_regex(r"^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$")
SECTION = lazy_regex(r"^\s*[-*+]?\s*\**section\**\s*[:：]\**(.*)$", re.IGNORECASE)
# What stands around the name of a section without being part of it.
_AROUND = " \t*_`\"'“”„‘’«»"
_COMMENT = lazy_regex(r"<!.*?>")
REST_MARK = "<!-- rest -->"
# A tick in a box that is none of ours: other brackets, escaped ones, a sign that is a box itself.
_OTHER_BOX = (
    r"(?:[\[({［【〔｛〖]\s*[^\s()\[\]{}]{1,10}\s*[\])}］】〕｝〗]|\\\[\s*\S{1,10}\s*\\\]"
    r"|[☑☒🗹🗷✅✔✓■]|<input\b[^<>]*\bchecked\b[^<>]*>)"
)
# What may stand before it on a line of boxes: the sign of an item, marks, the start of a tag.
_BEFORE_BOX = r"^(?:<!-*|</?[a-z]+>|\\?[-*+•–—|_~`\s]|\w{1,3}[.)]\s)*"
_OTHER_TICK = lazy_regex(
    rf"{_BEFORE_BOX}(?:[\[(［【☐□].{{0,60}})?{_OTHER_BOX}\s*[*_~`|]*\s*"
    r"(?:accept|★|⭐|🌟|star\b|later|no\b|reject)",
    re.IGNORECASE,
)
_TICK_ALONE = lazy_regex(r"^\s*[-*+]?\s*\(?[xv✓✔☑✅]\)?\s*$", re.IGNORECASE)
# A line that answers in words, without a box.
_WORDS = lazy_regex(
    r"^\s*(?:[-*+]\s+)?(?:\(?[xv✓✔]\W+)?(?:accept|reject|later|star|yes|no|skip|in|out)(?:ed)?\b.{0,60}$"
    r"|^\s*[-*+]?\s*[★🌟⭐]\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tick:
    """The decision on one candidate; ``entry`` is its text on the page, None without one."""

    number: int
    key: str
    act: Act
    starred: bool
    reason: str
    section: str
    entry: str | None


@dataclass(frozen=True, slots=True)
class Ticked:
    """
    A digest file: its list and name, its ticks, and messages about unclear ones.

    ``rest`` is whether everything without a tick is rejected; ``open`` are the works without a
    tick, with their numbers: an unclear one is not among them.
    """

    list_name: str
    name: str
    base_hash: str
    ticks: tuple[Tick, ...]
    unclear: tuple[str, ...]
    rest: bool = False
    open: tuple[tuple[int, str], ...] = ()


def read_ticks(text: str, where: str) -> Ticked:
    """Read a digest file; ListConflict if it is something else."""
    head = _HEAD.search(text)
    if head is None:
        raise ListConflict(where, "is not a Listkeeper digest", "name a file from digests/")
    page = _Page()
    for number, key, lines in blocks(text):
        own, others = own_lines(number, lines) if key else ([], lines)
        rest, questions = _outside(others)
        page.rest = page.rest or rest
        page.unclear += questions
        if key:
            page.take(number, key, _tick(number, key, own))
    ticks, conflicts = _once([tick for tick in page.ticks if tick.key not in page.asked])
    answered = {tick.key for tick in page.ticks} | page.asked
    still = tuple((number, key) for key, number in page.left.items() if key not in answered)
    unclear = (*page.unclear, *conflicts)
    return Ticked(head[2], head[1], head[3], tuple(ticks), unclear, page.rest, still)


@dataclass(slots=True)
class _Page:
    """What the blocks of a page said so far."""

    ticks: list[Tick] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    # A block that is there twice, and unclear once, says nothing.
    asked: set[str] = field(default_factory=set)
    rest: bool = False

    def take(self, number: int, key: str, answer: Tick | list[str] | None) -> None:
        if isinstance(answer, Tick):
            self.ticks.append(answer)
        elif answer:
            self.asked.add(key)
            self.unclear += [f"candidate {number} ({key}): {question}" for question in answer]
        else:
            self.left[key] = number


def _once(ticks: Sequence[Tick]) -> tuple[list[Tick], list[str]]:
    """Each candidate's tick once; a repeated block must have the same answer."""
    answers: dict[str, list[Tick]] = {}
    for tick in ticks:
        answers.setdefault(tick.key, []).append(tick)
    conflicts = [
        f"candidate {same[0].number} ({key}): appears twice, with different answers"
        for key, same in answers.items()
        if len(set(same)) > 1
    ]
    return [same[0] for same in answers.values() if len(set(same)) == 1], conflicts


def _outside(lines: Sequence[Line]) -> tuple[bool, list[str]]:
    """Whether the box for the rest is ticked, and messages about ticks without their marker."""
    under = "no candidate"
    rest, questions = False, []
    is_below_rest = False
    for at, line in lines:
        if heading := HEADING.match(line):
            under = f"candidate {heading[1]}"
        if _MERGE.match(line):
            questions.append(f"line {at}: {shown(line)} is a merge mark; finish the merge first")
        boxes = boxes_on(line) if heading or WITH_BOX.match(line) else []
        # A formatter may have wrapped its comment to the next line.
        if not boxes and REST_MARK in line and not (is_below_rest and line.strip() == REST_MARK):
            questions.append(f"line {at}: {shown(line)} is neither ticked nor open")
        is_below_rest = any(REST.match(box.label) for box in boxes)
        for box in boxes:
            if REST.match(box.label):
                rest = rest or box.mark == "yes"
                if box.mark == "odd":
                    questions.append(f"line {at}: {shown(line)} is neither ticked nor open")
            elif box.mark == "yes":
                questions.append(
                    f"a box is ticked under {under}, whose line `<!-- candidate … -->` is not"
                    f" there; put it back below the heading (line {at})"
                )
    return rest, questions


@dataclass(slots=True)
class _Answer:
    """What the boxes of one candidate say, line by line."""

    acts: dict[str, int] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    section: str = ""
    # The lines on which there is a box of each kind.
    boxes: dict[str, list[int]] = field(default_factory=dict)
    # Text between the boxes and the entry: a reason that went on to the next line, or a remark.
    loose: list[Line] = field(default_factory=list)


def _tick(number: int, key: str, lines: list[Line]) -> Tick | list[str] | None:
    """The tick of a block, None if nothing is ticked, or messages if it is unclear."""
    entry, _ = split_fence(lines)
    answer = _answer(outside_texts(lines))
    answer.questions += _elsewhere(lines)
    acts = set(answer.acts)
    if "reject" in acts or (answer.reasons and not acts):
        # Words behind "no:" say no, with or without a tick; the next lines may go on with them.
        acts.add("reject")
        answer.reasons += [text.strip() for _, text in answer.loose]
        answer.loose = []
    elif answer.reasons:
        answer.questions.append(f"has a reason ({shown(answer.reasons[0])}) and another tick")
    answer.questions += [
        f"line {at}: {shown(line)} belongs to no ticked box" for at, line in answer.loose
    ]
    answer.questions += _doubled(answer)
    if len(acts - {"star"}) > 1 or ("star" in acts and acts - {"star", "accept"}):
        at = min(answer.acts.values())
        ticked = " and ".join(sorted(acts))
        answer.questions.append(f"line {at}: more than one box is ticked ({ticked}); leave one")
    if answer.questions:
        return answer.questions
    if not acts:
        return None
    act: Act = "later" if "later" in acts else "reject" if "reject" in acts else "accept"
    if act == "accept" and not answer.section:
        return ["has no section"]
    return Tick(number, key, act, "star" in acts, " ".join(answer.reasons), answer.section, entry)


def _doubled(answer: _Answer) -> Iterator[str]:
    """A question where a second line of boxes came from another candidate, or from a merge."""
    lines = (sorted(set(places)) for places in answer.boxes.values())
    places = next((places for places in lines if len(places) > 1), None)
    if places and answer.acts:
        both = " and ".join(str(at) for at in places[:2])
        yield f"has two lines of boxes (lines {both}); leave the one that is meant"


def _elsewhere(lines: Sequence[Line]) -> Iterator[str]:
    """Questions about ticks of other signs, in folded parts and in comments, and merge marks."""
    _, outside = split_fence(lines)
    read = {at for at, _ in outside_texts(lines)}
    for at, line in outside:
        if _MERGE.match(line):
            yield f"line {at}: {shown(line)} is a merge mark; finish the merge first"
        elif ENTRY.match(line) or (at in read and any(kind_of(b.label) for b in boxes_on(line))):
            continue
        elif _OTHER_TICK.match(line) and "](" not in line:
            # Lines of ours that begin with somebody else's words have a link.
            yield f"line {at}: {shown(line)} is no tick that can be read; write `[x]` in a box"


def _answer(lines: Sequence[Line]) -> _Answer:
    answer = _Answer()
    begun = False
    for at, line in lines:
        boxes = boxes_on(line)
        if section := SECTION.match(line):
            name = _COMMENT.sub("", section[1]).strip(_AROUND)
            if answer.section and name.casefold() != answer.section.casefold():
                answer.questions.append(f"line {at}: {shown(line)} is a second section")
            answer.section = name
            if boxes:
                answer.questions.append(f"line {at}: {shown(line)} ticks no box")
        elif any(kind_of(box.label) for box in boxes):
            begun = True
            _read_boxes(answer, at, line, boxes)
        elif any(box.mark == "yes" for box in boxes):
            label = next(box.label for box in boxes if box.mark == "yes")
            answer.questions.append(f"has an unknown box: {label[:40]!r} (line {at})")
        elif (_WORDS.match(line) and "](" not in line) or _TICK_ALONE.match(line):
            answer.questions.append(f"line {at}: {shown(line)} is no box; tick one, `[x]`")
        elif begun and (_is_loose(line) or (not answer.section and line.strip())):
            answer.loose.append((at, line))
    return answer


def _is_loose(line: str) -> bool:
    """Whether a line below the boxes is a person's: ours begin with other signs."""
    return bool(re.match(r"^\s*(?:[-*+>]\s+)?[^\W\d_]", line)) and "](" not in line


def _read_boxes(answer: _Answer, at: int, line: str, boxes: Sequence[LabelledBox]) -> None:
    """Take what the boxes of a line say; ask about what they don't."""
    begun, first = ITEM.match(line), BOX.search(line)
    before = line[begun.end() if begun else 0 : first.start() if first else None].strip(" *_")
    if before:
        answer.questions.append(f"line {at}: {shown(line)} begins with {before[:20]!r}")
    for box in boxes:
        kind = kind_of(box.label)
        starred = kind == "accept" and any(star in box.label for star in STARS)
        if kind:
            answer.boxes.setdefault("star" if starred else kind, []).append(at)
        if kind is None or box.mark == "odd" or (kind != "reject" and has_extra(box.label)):
            if box.mark != "open" or box.label:
                answer.questions.append(f"line {at}: {shown(line)} is unclear")
            continue
        mark = box.mark
        if kind == "reject" and (said := REJECT.match(box.label)) and (reason := said[1].strip()):
            if _BOX_ALONE.match(reason):
                # A tick behind its word.
                mark = "yes" if "yes" in (mark, boxes_on(reason)[0].mark) else mark
            elif _JOINED.search(reason):
                answer.questions.append(f"line {at}: {shown(line)} is two lines in one; part them")
            else:
                answer.reasons.append(reason)
        if mark == "yes":
            answer.acts["star" if starred else kind] = at


def is_ticked(text: str) -> bool:
    """Whether any box on a digest page is ticked."""
    return any(
        box.mark == "yes"
        for _, _, lines in blocks(text)
        for _, line in outside_texts(lines)
        for box in boxes_on(line)
    )
