"""
The body of a pull request or issue: the week's candidates with two boxes each, and back again.

The body is compact because GitHub drops long ones; the page in the repository has the rest. A box
is known by the comment behind it, which holds the decision, the number and the work's key: a line
without that comment is asked about, never guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Literal

from catalog.arxiv_id import ArxivId
from catalog.plural import counted
from config.patterns import lazy_regex
from output.digest.markdown import key_in_comment, popularity, standing
from output.digest.model import Candidate, Digest
from output.digest.reasons import WORDS_ALONE, evidence_line, other_sections, proposer
from output.escape import address, markdown

# GitHub refuses more than 65,536 characters, and drops the connection from 58,000 on. It isn't
# known which unit it counts in; UTF-16 units are at least as many as characters.
MAX_BODY_UNITS = 57_000
MAX_AUTHORS_SHOWN = 3
APPLY = "<!-- apply -->"
Form = Literal["pr", "issue"]
_APPLYING = {
    "pr": "within minutes the change appears under *Files changed*, and merging it is the decision",
    "issue": "what is accepted is written to the list, and this issue is closed with the diff",
}
_HEAD = lazy_regex(r"<!-- listkeeper body 1 digest (\S+) of (.+?); base ([0-9a-f]{64}) -->")
_BOX = lazy_regex(r"^\s*[-*+] \[\s*([xX✓✔]?)\s*\]\s*<!-- (accept|reject) (\d+) (\S+) -->")
_MARKER = lazy_regex(r"<!-- (accept|reject) (\d+) \S+ -->")
_APPLY = lazy_regex(r"^\s*[-*+] \[\s*[xX✓✔]\s*\]\s*<!-- apply -->", re.MULTILINE)
_BOX_TICKED = lazy_regex(r"^\s*[-*+] \[\s*[xX✓✔]\s*\]\s*<!-- (?:accept|reject) \d+ ", re.MULTILINE)
_CONVERTED = lazy_regex(r"^\s*[-*+] \[\s*[xX✓✔]?\s*\]\s*(#\d+)\s*$")
TICKED = lazy_regex(r"^\s*[-*+] \[\s*[xX✓✔]\s*\]", re.MULTILINE)
# What stands behind a box, and a line of it without box and comment.
_LABEL = lazy_regex(r"^\s*(?:✅\s*accept|❌\s*reject)")
_BARE = lazy_regex(r"^\s*(?:[-*+] )?(?:✅\s*accept|❌\s*reject)\b")


@dataclass(frozen=True, slots=True)
class Box:
    """A box in a body, by its own comment."""

    act: str
    number: int
    key: str


@dataclass(frozen=True, slots=True)
class BodyTicks:
    """
    What a body says: the ticked boxes, whether *Apply* is ticked, and what needs asking.

    ``boxes`` are all boxes that are still there, ticked or not.
    """

    week: str
    list_name: str
    base_hash: str
    ticked: frozenset[Box]
    boxes: frozenset[Box]
    applied: bool
    unclear: tuple[str, ...]

    @property
    def is_touched(self) -> bool:
        return bool(self.ticked) or self.applied


def write_body(
    digest: Digest, page_url: str, *, form: Form = "pr", most: int = MAX_BODY_UNITS
) -> str:
    """
    The body of a pull request or issue for a digest, at most ``most`` UTF-16 units long.

    Where it would be longer, abstracts go first, those of the weakest candidates before the
    others, then near misses, then candidates from the end: each with a line that says so.
    """
    abstracts = sorted(digest.candidates, key=lambda c: -c.score)
    full = _Body(digest, page_url, frozenset(c.number for c in abstracts), form)
    if len(full) <= most:
        return str(full)
    bare = replace(full, abstracts=frozenset())
    for shorter in (bare, replace(bare, near_misses=0)):
        if len(shorter) <= most:
            return str(_filled(shorter, [c.number for c in abstracts], most))
    without = replace(bare, near_misses=0)
    low, high = 0, len(digest.candidates)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if len(replace(without, shown=middle)) <= most else (low, middle - 1)
        )
    return str(replace(without, shown=low))


def _filled(body: "_Body", numbers: list[int], most: int) -> "_Body":
    """The body with as many abstracts as fit, the strongest candidates' first."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high + 1) // 2
        tried = replace(body, abstracts=frozenset(numbers[:middle]))
        low, high = (middle, high) if len(tried) <= most else (low, middle - 1)
    return replace(body, abstracts=frozenset(numbers[:low]))


def units(text: str) -> int:
    """The length in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True, slots=True)
class _Body:
    """A body of one digest: with these abstracts, so many near misses and candidates."""

    digest: Digest
    page_url: str
    abstracts: frozenset[int]
    form: Form = "pr"
    near_misses: int | None = None
    shown: int | None = None

    def __str__(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def __len__(self) -> int:
        return units(str(self))

    def _lines(self) -> Iterator[str]:
        digest = self.digest
        candidates = digest.candidates[: self.shown]
        a_star, with_star = (", a star", " with star") if digest.has_stars else ("", "")
        yield (
            f"<!-- listkeeper body 1 digest {digest.name} of {_in_comment(digest.list_name)};"
            f" base {digest.base_hash} -->"
        )
        yield self._summary()
        yield ""
        if digest.candidates and not digest.has_model:
            yield WORDS_ALONE
            yield ""
        yield (
            "Tick ✅ to accept or ❌ to reject; what has no tick comes back only if something"
            f" changes. Then tick **Apply** at the end: {_APPLYING[self.form]}."
            f" For another section{a_star} or a reason, write a comment below, not in a review,"
            f" such as `/listkeeper accept 1 in {self._other_section()}{with_star}` or"
            " `/listkeeper reject 4-6 off topic`."
            " All commands: `/listkeeper help`."
        )
        yield ""
        for section, group in groupby(candidates, key=lambda c: c.section):
            yield f"## {markdown(section or '')}"
            yield ""
            for candidate in group:
                yield from self._candidate(candidate)
        yield from self._left_out(len(digest.candidates) - len(candidates))
        yield from self._nearly()
        yield "---"
        yield f"- [ ] {APPLY} **Apply what is ticked**"

    def _other_section(self) -> str:
        """A section of this list for an example, if possible not that of the first candidate."""
        names = dict.fromkeys(
            name for one in self.digest.candidates for name in (one.section, one.runner_up) if name
        )
        first = self.digest.candidates[0].section if self.digest.candidates else ""
        other = next((name for name in names if name != first), first) or "Survey"
        return other.replace("`", "'")

    def _summary(self) -> str:
        digest, number = self.digest, len(self.digest.candidates)
        parts = [
            f"**{digest.word}**",
            f"{counted(number, 'candidate')}{_of_week(digest.name)}, about {digest.minutes} min",
        ]
        if digest.waiting:
            parts.append(f"{len(digest.waiting)} more by title on the page")
        parts.append(f"[abstracts, entries, near misses, sources]({self.page_url})")
        return " · ".join(parts)

    def _candidate(self, candidate: Candidate) -> Iterator[str]:
        yield f"**{candidate.number}. {markdown(candidate.title)}**  "
        facts = f"{markdown(standing(candidate))}{_cited(candidate)}"
        liked = "".join(f" · {said}" for said in popularity(candidate))
        yield f"{_link(candidate)} · {_people(candidate)} · {facts}{liked}  "
        yield _why(candidate)
        yield ""
        if candidate.abstract and candidate.number in self.abstracts:
            yield "<details><summary>abstract</summary>"
            yield ""
            yield markdown(candidate.abstract)
            yield ""
            yield "</details>"
            yield ""
        yield from _boxes(candidate)

    def _left_out(self, number: int) -> Iterator[str]:
        if number:
            yield f"{number} more stand in the [page]({self.page_url}): there is no room here."
            yield ""
        if not self.abstracts and any(c.abstract for c in self.digest.candidates):
            yield f"The abstracts stand in the [page]({self.page_url})."
            yield ""

    def _nearly(self) -> Iterator[str]:
        near = self.digest.near_misses[: self.near_misses]
        if near:
            yield f"<details><summary>Near misses: {len(near)}</summary>"
            yield ""
            for item in near:
                yield f"**{item.number}. {markdown(item.title)}** · {_link(item)}"
                yield ""
                yield from _boxes(item)
            yield "</details>"
            yield ""


def _boxes(candidate: Candidate) -> Iterator[str]:
    key = key_in_comment(candidate.key)
    yield f"- [ ] <!-- accept {candidate.number} {key} --> ✅ accept"
    yield f"- [ ] <!-- reject {candidate.number} {key} --> ❌ reject"
    yield ""


def _of_week(name: str) -> str:
    """The week that a digest is named after, by its Monday; a name may be another."""
    year, _, week = name.partition("-W")
    try:
        monday = date.fromisocalendar(int(year), int(week[:2]), 1)
    except ValueError:
        return ""
    return f" of the week of {monday:%-d %B}"


def _link(candidate: Candidate) -> str:
    if candidate.kind != "paper":
        return f"[{markdown(candidate.kind)}](<{address(candidate.url)}>)"
    arxiv_id = ArxivId.parse(candidate.key.partition(":")[2])
    return f"[arXiv:{arxiv_id}](https://arxiv.org/abs/{arxiv_id})"


def _people(candidate: Candidate) -> str:
    if not candidate.authors:
        return "no authors named"
    names = ", ".join(markdown(name) for name in candidate.authors[:MAX_AUTHORS_SHOWN])
    return names + (" …" if len(candidate.authors) > MAX_AUTHORS_SHOWN else "")


def _cited(candidate: Candidate) -> str:
    return f" · {candidate.citations} citations" if candidate.citations else ""


def _why(candidate: Candidate) -> str:
    """Who proposes it and why, as the digest says it."""
    return f"{proposer(candidate)}{evidence_line(candidate)}{other_sections(candidate)}"


def has_ticks(text: str) -> bool:
    """Whether a text has ticked boxes of ours: somebody pasted a body."""
    return _BOX_TICKED.search(text) is not None


def _in_comment(text: str) -> str:
    return text.replace("--", "- -").replace(">", "")


def _unread(line: str, above: Box | None) -> Iterator[str]:
    """A question about a line that is no box of a candidate; ``above`` is the box over it."""
    if converted := _CONVERTED.match(line):
        yield f"a box became {converted[1]}; tick the page, or write a comment"
    elif (damaged := _MARKER.search(line)) and "[ ]" not in line:
        yield (
            f"candidate {damaged[2]}: the box to {damaged[1]} is damaged:"
            f" {line.strip()[:40]!r}; write [x] in it, or"
            f" a comment `/listkeeper {damaged[1]} {damaged[2]}`"
        )
    elif APPLY in line:
        if "[ ]" not in line and not _APPLY.match(line):
            yield f"the box to apply is damaged: {line.strip()[:40]!r}; write [x] in it"
    elif TICKED.match(line) or _BARE.match(line):
        yield f"a ticked line is no box of this week: {line.strip()[:80]!r}"
    elif above:
        yield from _remark(above, line)


def _remark(box: Box, words: str) -> Iterator[str]:
    """A question about words behind a box or on the line below it."""
    if words.strip():
        yield (
            f"candidate {box.number}: {words.strip()[:40]!r} is not read; write a comment such as"
            f" `/listkeeper {box.act} {box.number} …`"
        )


def read_body(text: str) -> BodyTicks | None:
    """What a body says; None if it isn't one of ours."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    head = _HEAD.search(text)
    if head is None:
        return None
    boxes: set[Box] = set()
    ticked: set[Box] = set()
    unclear: list[str] = []
    above: Box | None = None
    for line in text.split("\n"):
        if box := _BOX.match(line):
            key = box[4].replace("%2D%2D", "--").replace("%20", " ")
            above = Box(box[2], int(box[3]), key)
            boxes.add(above)
            ticked |= {above} if box[1] else set()
            unclear += _remark(above, _LABEL.sub("", line[box.end() :]))
        else:
            unclear += _unread(line, above)
            above = None
    return BodyTicks(
        head[1],
        head[2],
        head[3],
        frozenset(ticked),
        frozenset(boxes),
        _APPLY.search(text) is not None,
        tuple(unclear),
    )
