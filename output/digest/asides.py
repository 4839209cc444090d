"""
What a person wrote on a digest page where no answer is read, and what they took away.

Above the boxes, in a heading, in a comment, in the folded part: the page as it was written tells
which words are ours, however an editor wrapped or marked them. Nothing here is an answer; each
line becomes a question, so that none is lost.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from catalog.rows.digests import KeptDigest
from config.patterns import lazy_regex
from output.digest.blocks import (
    ENTRY,
    NUMBER,
    Line,
    blocks,
    own_lines,
    print_of,
    shown,
    split_fence,
    words_of,
)
from output.digest.boxes import boxes_on, kind_of
from output.digest.markdown import page
from output.digest.model import from_json
from output.digest.ticks import REST_MARK, SECTION, Ticked

# The lines by which two writings of one digest differ: the list they were made from, and the day.
_VERSION = lazy_regex(r"^(?:<!-- listkeeper digest .*|.*, written on .*)$", re.MULTILINE)
# What there is to do, as a page says it: every release has its own words.
_GUIDE = lazy_regex(r"^Tick one box .*$", re.MULTILINE)
_PLACE = lazy_regex(r"line (\d+)")
# A page on which so many blocks differ was written by another release, or translated as a whole:
# that says nothing about one candidate. Fewer blocks than this are not enough to tell.
MAX_SHARE, MIN_BLOCKS = 0.5, 4


def with_asides(ticked: Ticked, text: str, stored: KeptDigest, decided: Collection[str]) -> Ticked:
    """
    The ticks of a page of this digest, with questions about everything else on it.

    An older page, say from git or of an earlier release, has other works and words without
    anybody's doing: it is not asked about.
    """
    written = page(from_json(stored.body))
    if not _is_of(text, written):
        return ticked
    prints = frozenset(str(stored.body.get("prints", "")).split())
    more = asides(text, written, ticked, decided, prints)
    return replace(ticked, unclear=(*ticked.unclear, *more))


def _is_of(text: str, written: str) -> bool:
    """Whether a page says that it is of the list, day and release of the one that was written."""
    words, ours = words_of(text), words_of(written)
    is_of_release = all(words_of(line) in ours for line in _GUIDE.findall(text))
    return is_of_release and all(words_of(line) in words for line in _VERSION.findall(written))


def asides(
    text: str,
    written: str,
    ticked: Ticked,
    decided: Collection[str] = (),
    prints: Collection[str] = (),
) -> tuple[str, ...]:
    """
    Questions about a page, given the page as it was written and the works that were ever decided.

    What ``ticked`` already asks about is not asked about twice. ``prints`` are of its lines in the
    words of the release that wrote it, where that is another one.
    """
    numbers = {key: number for number, key, _ in blocks(written) if key}
    printed = {
        key: _Ours(words_of("\n".join(line for _, line in lines)), prints)
        for key, lines in _own(written)
    }
    is_open = {key for _, key in ticked.open} - set(decided)
    answers = {
        key: [
            *_above_boxes(lines, printed[key]),
            *_changed(lines, printed[key], is_open=key in is_open),
        ]
        for key, lines in _own(text)
        if key in printed
    }
    differing = sum(map(bool, answers.values()))
    if len(printed) >= MIN_BLOCKS and differing > MAX_SHARE * len(printed):
        return ()
    gone = {
        key: ["is no longer on the page and stays open; put it back, or use `listkeeper review`"]
        for key in printed
        if key not in answers
    }
    messages = [
        f"candidate {numbers[key]} ({key}): {question}"
        for key, questions in {**answers, **gone}.items()
        if key in answers or key not in decided
        for question in questions
    ]
    asked = _places(ticked.unclear)
    return tuple(
        question
        for question in (*messages, *_around(text, written, prints))
        if not _places([question]) & asked
    )


def _places(questions: Sequence[str]) -> set[str]:
    return {at for question in questions for at in _PLACE.findall(question)}


def _own(text: str) -> Iterator[tuple[str, list[Line]]]:
    for number, key, lines in blocks(text):
        if key:
            yield key, own_lines(number, lines)[0]


@dataclass(frozen=True, slots=True)
class _Ours:
    """What we print: the words, and hashes of whole lines as the release that wrote them had it."""

    words: str
    prints: Collection[str]

    def lacks(self, line: str) -> bool:
        """Whether a line has other words, or none but signs of its own: a thumb, a cross."""
        # A formatter begins each list at 1.
        words = words_of(NUMBER.sub("", line))
        if words.strip():
            return words not in self.words and print_of(line) not in self.prints
        return any(not letter.isascii() and not letter.isspace() for letter in line)


def _above_boxes(lines: Sequence[Line], ours: _Ours) -> Iterator[str]:
    """Questions about a person's lines above the boxes and in folded parts, and missing boxes."""
    _, outside = split_fence(lines)
    boxes = [at for at, line in outside if any(kind_of(box.label) for box in boxes_on(line))]
    new, folded = [], 0
    for at, line in outside:
        folded += line.count("<details")
        is_answer = boxes and at >= boxes[0] and not folded and not line.lstrip().startswith("<")
        folded = max(0, folded - line.count("</details>"))
        if not is_answer and not ENTRY.match(line) and not SECTION.match(line):
            new += [(at, line)] if ours.lacks(line) else []
    for at, line in new:
        yield f"line {at}: {shown(line)} is not read; write a reason behind `no:`"
    if not boxes and not new and outside:
        yield f"its boxes above line {outside[-1][0]} are gone; it stays open"


def _changed(lines: Sequence[Line], ours: _Ours, *, is_open: bool) -> Iterator[str]:
    """Questions about a section or an entry that was changed, where no box is ticked."""
    entry, outside = split_fence(lines)
    sections = [(at, line) for at, line in outside if SECTION.match(line)]
    if is_open and entry is not None and ours.lacks(entry):
        yield "its entry is changed, but no box is ticked"
    for at, line in sections:
        if is_open and ours.lacks(line):
            yield f"line {at}: {shown(line)} is changed, but no box is ticked"


def _around(text: str, written: str, prints: Collection[str]) -> Iterator[str]:
    """Questions about headings of candidates, lines below them, and the box for the rest."""
    ours = _Ours(words_of(written), prints)
    for number, key, lines in blocks(text):
        under = False
        for at, line in own_lines(number, lines)[1] if key else lines:
            is_heading = line.startswith("### ")
            under = is_heading or (under and not line.startswith("## "))
            is_struck = is_heading and "~~" in line and "~~" not in written
            rest = [box.label for box in boxes_on(line)] if REST_MARK in line else []
            remark = " ".join(rest) if rest else line if under else ""
            if ours.lacks(remark) or is_struck:
                yield f"line {at}: {shown(line)} is not read; tick a box, or write behind `no:`"
