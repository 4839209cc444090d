"""
Reads a digest back: the ticks, sections and entries that the curator left in it.

Tolerant of editors and hands (stripped blanks, reordered lines, CRLF, ``[X ]``, a reason on the
next line), strict about meaning: what is no clear answer is reported with its line, and never
guessed or left out.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from catalog.errors import ListConflict
from catalog.paper import Act
from config.patterns import lazy_regex

# Editors make one dash of two, indent a line, or take blanks away.
_BEGIN, _END = r"<!\s*[-–—]+\s*", r"\s*[-–—]+>"
_HEAD = lazy_regex(rf"{_BEGIN}listkeeper digest (\S+) of (.+?); base ([0-9a-f]{{64}}){_END}")
_MARKER = lazy_regex(rf"^\s*{_BEGIN}candidate (\d+) (\S+?){_END}\s*$")
_CLOSED = lazy_regex(rf"^\s*{_BEGIN}end of candidates{_END}\s*$")
_MERGE = lazy_regex(r"^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$")
# What may stand before a box: the sign of a list item.
_ITEM = lazy_regex(r"^\s*(?:[-*+•–—]|\d{1,2}[.)])?\s*")
# A box, but not the text of a link.
BOX = lazy_regex(r"(?<![\\`])\[([^\[\]]{0,10})\](?!\()")
_ITEM_WITHBOX = lazy_regex(_ITEM.pattern + r"\[")
_HEADING = lazy_regex(r"^### (\d+)\. ")
SECTION = lazy_regex(r"^\s*[-*+]?\s*\**section\**\s*[:：]\**(.*)$", re.IGNORECASE)
# What stands around the name of a section without being part of it.
_AROUND = " \t*_`\"'“”„‘’«»"
_COMMENT = lazy_regex(r"<!.*?>")
_FENCE = lazy_regex(r"^(`{3,})markdown\s*$")
# An entry on one line: code between as many backticks as it needs, with signs for its line ends.
_ENTRY = lazy_regex(r"^\s*[-*+] entry:\s*(`+) (.*) \1\s*$")
LINE_END = "⏎"
REST_MARK = "<!-- rest -->"
# Marks that mean yes, folded; anything else between the brackets is asked about.
_YES = frozenset(
    {
        *(
            "x",
            "×",
            "х",
            "✓",
            "✔",
            "✅",
            "☑",
            "v",
            "y",
            "+",
            "*",
            "1",
            "yes",
            "ok",
            "yep",
            "true",
            "done",
        )
    }
)
_STARS = ("★", "🌟", "⭐", "star")
# Signs without a width, which phones and web pages leave in a text.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f"))
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
REJECT = lazy_regex(
    r"(?:no\b(?!t)|reject(?:ed)?\b)[,;.]?(?:\s*because\b)?\s*:?\s*(.*)$", re.IGNORECASE | re.DOTALL
)
_REST = lazy_regex(r"not for us\b|.*<!-- rest -->", re.IGNORECASE)
# A line that answers in words, without a box.
_WORDS = lazy_regex(
    r"^\s*(?:[-*+]\s+)?(?:\(?[xv✓✔]\W+)?(?:accept|reject|later|star|yes|no|skip|in|out)(?:ed)?\b.{0,60}$"
    r"|^\s*[-*+]?\s*[★🌟⭐]\s*$",
    re.IGNORECASE,
)

# A line of the file, with its number from 1.
Line = tuple[int, str]


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
    ticks: list[Tick] = []
    unclear: list[str] = []
    left: dict[str, int] = {}
    # A block that is there twice, and unclear once, says nothing.
    asked: set[str] = set()
    rest = False
    for number, key, lines in _blocks(text):
        own, others = _own(number, lines) if key else ([], lines)
        rest_ticked, questions = _outside(others)
        rest = rest or rest_ticked
        unclear += questions
        if not key:
            continue
        tick = _tick(number, key, own)
        if isinstance(tick, Tick):
            ticks.append(tick)
        elif tick:
            asked.add(key)
            unclear += [f"candidate {number} ({key}): {question}" for question in tick]
        else:
            left[key] = number
    answered = {tick.key for tick in ticks} | asked
    ticks, conflicts = _once([tick for tick in ticks if tick.key not in asked])
    unclear += conflicts
    still = tuple((number, key) for key, number in left.items() if key not in answered)
    return Ticked(head[2], head[1], head[3], tuple(ticks), tuple(unclear), rest, still)


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


def keys_on(text: str) -> frozenset[str]:
    """The works that a digest page shows."""
    return frozenset(key for _, key, _ in _blocks(text) if key)


def answer_lines(text: str) -> Iterator[tuple[str, list[Line]]]:
    """The key of each candidate on a page, and its lines that are neither entry nor folded."""
    for number, key, lines in _blocks(text):
        if key:
            yield key, _outside_texts(_own(number, lines)[0])


def is_ticked(text: str) -> bool:
    """Whether any box on a digest page is ticked."""
    return any(
        box.mark == "yes"
        for _, _, lines in _blocks(text)
        for _, line in _outside_texts(lines)
        for box in _boxes(line)
    )


def _blocks(text: str) -> Iterator[tuple[int, str, list[Line]]]:
    """Each candidate's number, key and lines; the key is empty for lines outside of candidates."""
    current: tuple[int, str, list[Line]] = (0, "", [])
    for at, line in enumerate(plain_ends(text).split("\n"), 1):
        marker = _MARKER.match(line)
        if marker or _CLOSED.match(line):
            yield current
            key = marker[2].replace("%2D%2D", "--") if marker else ""
            current = (int(marker[1]) if marker else 0, key, [])
        else:
            current[2].append((at, line))
    yield current


def plain_ends(text: str) -> str:
    """The text with the line ends that we write, whatever an editor made of them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _own(number: int, lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """The lines of a candidate, and those from the next heading on."""
    fence = ""
    for at, (_, line) in enumerate(lines):
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif opening := _FENCE.match(line):
            fence = opening[1]
        elif line.startswith("## ") or (
            (heading := _HEADING.match(line)) and int(heading[1]) != number
        ):
            return lines[:at], lines[at:]
    return lines, []


def _outside(lines: Sequence[Line]) -> tuple[bool, list[str]]:
    """Whether the box for the rest is ticked, and messages about ticks without their marker."""
    under = "no candidate"
    rest, questions = False, []
    for at, line in lines:
        if heading := _HEADING.match(line):
            under = f"candidate {heading[1]}"
        if _MERGE.match(line):
            questions.append(f"line {at}: {_shown(line)} is a merge mark; finish the merge first")
        boxes = _boxes(line) if heading or _ITEM_WITHBOX.match(line) else []
        if not boxes and REST_MARK in line:
            questions.append(f"line {at}: {_shown(line)} is neither ticked nor open")
        for box in boxes:
            if _REST.match(box.label):
                rest = rest or box.mark == "yes"
                if box.mark == "odd":
                    questions.append(f"line {at}: {_shown(line)} is neither ticked nor open")
            elif box.mark == "yes":
                questions.append(
                    f"a box is ticked under {under}, whose line `<!-- candidate … -->` is not"
                    f" there; put it back below the heading (line {at})"
                )
    return rest, questions


class _Box(NamedTuple):
    """A box on a line: ``yes``, ``open`` or ``odd``, and the words behind it."""

    mark: str
    label: str


def _boxes(line: str) -> list[_Box]:
    """The boxes of a line, up to a reason: that goes on to the end, whatever is in it."""
    found: list[_Box] = []
    begun = _ITEM.match(line)
    at = begun.end() if begun else 0
    first = BOX.search(line, at)
    if first is None:
        return []
    boxes = list(BOX.finditer(line, first.start()))
    for place, box in enumerate(boxes):
        label = line[box.end() :].strip()
        if REJECT.match(label) or _REST.match(label):
            return [*found, _Box(_mark(box[1]), label)]
        end = boxes[place + 1].start() if place + 1 < len(boxes) else len(line)
        found.append(_Box(_mark(box[1]), line[box.end() : end].strip()))
    return found


def _mark(text: str) -> str:
    word = unicodedata.normalize("NFKC", text.translate(_UNSEEN)).casefold().strip(" \t*_~.")
    word = word or text.strip()
    return "open" if not word else "yes" if word in _YES else "odd"


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
    entry, _ = _split_fence(lines)
    answer = _answer(_outside_texts(lines))
    answer.questions += _elsewhere(lines)
    acts = set(answer.acts)
    if "reject" in acts or (answer.reasons and not acts):
        # Words behind "no:" say no, with or without a tick; the next lines may go on with them.
        acts.add("reject")
        answer.reasons += [text.strip() for _, text in answer.loose]
        answer.loose = []
    elif answer.reasons:
        answer.questions.append(f"has a reason ({_shown(answer.reasons[0])}) and another tick")
    answer.questions += [
        f"line {at}: {_shown(line)} belongs to no ticked box" for at, line in answer.loose
    ]
    answer.questions += _doubled(answer)
    if len(acts - {"star"}) > 1 or ("star" in acts and acts - {"star", "accept"}):
        answer.questions.append("has more than one box ticked")
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
    _, outside = _split_fence(lines)
    read = {at for at, _ in _outside_texts(lines)}
    for at, line in outside:
        if _MERGE.match(line):
            yield f"line {at}: {_shown(line)} is a merge mark; finish the merge first"
        elif _ENTRY.match(line) or (at in read and any(kind_of(b.label) for b in _boxes(line))):
            continue
        elif _OTHER_TICK.match(line) and "](" not in line:
            # Lines of ours that begin with somebody else's words have a link.
            yield f"line {at}: {_shown(line)} is no tick that can be read; write `[x]` in a box"


def _answer(lines: Sequence[Line]) -> _Answer:
    answer = _Answer()
    begun = False
    for at, line in lines:
        boxes = _boxes(line)
        if section := SECTION.match(line):
            name = _COMMENT.sub("", section[1]).strip(_AROUND)
            if answer.section and name.casefold() != answer.section.casefold():
                answer.questions.append(f"line {at}: {_shown(line)} is a second section")
            answer.section = name
            if boxes:
                answer.questions.append(f"line {at}: {_shown(line)} ticks no box")
        elif any(kind_of(box.label) for box in boxes):
            begun = True
            _read_boxes(answer, at, line, boxes)
        elif any(box.mark == "yes" for box in boxes):
            label = next(box.label for box in boxes if box.mark == "yes")
            answer.questions.append(f"has an unknown box: {label[:40]!r} (line {at})")
        elif (_WORDS.match(line) and "](" not in line) or _TICK_ALONE.match(line):
            answer.questions.append(f"line {at}: {_shown(line)} is no box; tick one, `[x]`")
        elif begun and (_is_loose(line) or (not answer.section and line.strip())):
            answer.loose.append((at, line))
    return answer


def _is_loose(line: str) -> bool:
    """Whether a line below the boxes is a person's: ours begin with other signs."""
    return bool(re.match(r"^\s*(?:[-*+>]\s+)?[^\W\d_]", line)) and "](" not in line


def _read_boxes(answer: _Answer, at: int, line: str, boxes: Sequence[_Box]) -> None:
    """Take what the boxes of a line say; ask about what they don't."""
    begun, first = _ITEM.match(line), BOX.search(line)
    before = line[begun.end() if begun else 0 : first.start() if first else None].strip(" *_")
    if before:
        answer.questions.append(f"line {at}: {_shown(line)} begins with {before[:20]!r}")
    for box in boxes:
        kind = kind_of(box.label)
        starred = kind == "accept" and any(star in box.label for star in _STARS)
        if kind:
            answer.boxes.setdefault("star" if starred else kind, []).append(at)
        if kind is None or box.mark == "odd" or (kind != "reject" and _extra(box.label)):
            if box.mark != "open" or box.label:
                answer.questions.append(f"line {at}: {_shown(line)} is unclear")
            continue
        if kind == "reject" and (said := REJECT.match(box.label)) and said[1].strip():
            answer.reasons.append(said[1].strip())
        if box.mark == "yes":
            answer.acts["star" if starred else kind] = at


def kind_of(label: str) -> str | None:
    """What a box is for; None for words that are none of ours."""
    word = label.translate(_UNSEEN).strip("*_` ").casefold()
    if word.startswith("accept"):
        return "accept"
    if word.startswith(_STARS):
        return "star"
    if word.startswith("later"):
        return "later"
    return "reject" if REJECT.match(word) else None


def _extra(label: str) -> bool:
    """Whether words stand behind a box that takes none."""
    word = (
        label.translate(_UNSEEN)
        .casefold()
        .replace("accepted", "")
        .replace("accept", "")
        .replace("later", "")
    )
    for known in (*_STARS, "with"):
        word = word.replace(known, "")
    return bool(word.strip(" *_`.,;·:!…"))


def _shown(line: str) -> str:
    """A line in a message, cut off."""
    text = " ".join(line.split())
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _outside_texts(lines: Sequence[Line]) -> list[Line]:
    """The lines of a block that aren't the entry, and not folded."""
    _, outside = _split_fence(lines)
    shown: list[Line] = []
    folded = 0
    for at, line in outside:
        folded += line.count("<details")
        if not folded and not line.lstrip().startswith("<") and not _ENTRY.match(line):
            shown.append((at, line))
        folded = max(0, folded - line.count("</details>"))
    return shown


def _split_fence(lines: Sequence[Line]) -> tuple[str | None, list[Line]]:
    """The text of the block's entry, and the lines around it."""
    opening = next((i for i, (_, line) in enumerate(lines) if _FENCE.match(line)), None)
    if opening is None:
        entries = (match for _, line in lines if (match := _ENTRY.match(line)))
        entry = next(entries, None)
        return (entry[2].replace(LINE_END, "\n") if entry else None), list(lines)
    fence = _FENCE.match(lines[opening][1])
    mark = fence[1] if fence else "```"
    closing = next(
        (i for i in range(opening + 1, len(lines)) if lines[i][1].rstrip() == mark), len(lines)
    )
    inside = "\n".join(line for _, line in lines[opening + 1 : closing])
    return inside, [*lines[:opening], *lines[closing + 1 :]]
