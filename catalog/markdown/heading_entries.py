"""
Headings that are the titles of works, each with the lines below it: "### [Title](https://…)".

They are entries and no sections, in lists where several headings of a level are written like that.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catalog.paper import is_paper_key
from catalog.works import is_published, key_at
from config.patterns import lazy_regex

# So many headings of a level must link a work, or have one work below them.
FEWEST_LINKED, FEWEST_TITLED = 2, 5
# So many of those headings of the level that have works must be titles.
MOST_TITLED = 0.8
# More below a heading is a section, in bytes.
MAX_ENTRY_BYTES = 6_000
MIN_TITLE_WORDS, MAX_LABEL_WORDS = 3, 3
# The name of a work in a heading has no more words, and the work no more lines below it.
MAX_NAME_WORDS, MAX_NAMED_LINES = 4, 15
# One work has no more addresses at arXiv.
MAX_SAME_ADDRESSES = 2
_URL = lazy_regex(rb"https?://[^\s<>()\"\]|]{4,1000}")
_LINK = lazy_regex(r"!?\[(?P<label>[^\[\]\n]{0,400})\]\([^()\s]{0,1000}\)")
_WEB = lazy_regex(r"https?://[^\s<>()\"\]|]{4,1000}")
_FIELD = lazy_regex(r"\s*(?:[-*+]|\d{1,3}[.)])?\W{0,8}\w[\w &/]{0,24}\W{0,4}[:\uff1a]")
_SUMMARY = lazy_regex(r"<summary\b[^<>]{0,300}>(?P<text>.{0,1000}?)</summary>", re.DOTALL | re.I)
_TAG = lazy_regex(r"<[^<>]{0,600}>")
# What a summary says that unfolds more of something, and is no title.
_SAYS_MORE = lazy_regex(
    r"\W*(?:click|expand|show|view|see|toggle|more|table of|list of|full|all|abstract|bibtex|older|"
    r"papers?|展开|点击)\b",
    re.IGNORECASE,
)
_WORD = lazy_regex(r"[^\W_]+")
_NUMBERED = lazy_regex(r"\s*\d{1,4}[.)]\s")
_END = lazy_regex(rb"(?:[ \t]*(?:-{3,}|\*{3,}|_{3,})?[ \t]*\r?\n)*(?:[ \t]*(?:-{3,})?[ \t]*)\Z")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading: its level, bytes and text; the bytes up to the next one, None if they are many."""

    level: int
    heading: bytes
    text: str
    body: bytes | None


def titled(chapters: Sequence[Chapter]) -> frozenset[int]:
    """The numbers of the headings that are titles of works."""
    linked = [number for number, chapter in enumerate(chapters) if _links_work(chapter)]
    times = Counter(chapters[number].level for number in linked)
    if times and max(times.values()) >= FEWEST_LINKED:
        # Among titles with links a short one is a title, too: "#### [Adversarial Patch](…)".
        return frozenset(
            number
            for number, chapter in enumerate(chapters)
            if times[chapter.level] >= FEWEST_LINKED and _links_work(chapter, fewest_words=1)
        )
    if sum(map(_may_be_title, chapters)) < FEWEST_TITLED:
        return _named(chapters)
    works = [_works_in(chapter.body or b"") for chapter in chapters]
    alone = [
        number
        for number, chapter in enumerate(chapters)
        if len(works[number]) == 1 and _is_title(chapter)
    ]
    times = Counter(chapters[number].level for number in alone)
    having = Counter(
        chapter.level
        for chapter, keys in zip(chapters, works, strict=True)
        if keys or chapter.body is None
    )
    titles = frozenset(
        number
        for number in alone
        if times[level := chapters[number].level] >= max(FEWEST_TITLED, MOST_TITLED * having[level])
    )
    return titles | _numbered_among(chapters, titles) if titles else _named(chapters)


def _named(chapters: Sequence[Chapter]) -> frozenset[int]:
    """The headings that are names of works, with one title below each: "### LoRA"."""
    few = [number for number, chapter in enumerate(chapters) if _may_have_one_work(chapter)]
    if len(few) < FEWEST_TITLED:
        return frozenset()
    titles = {number: _title_below(chapters[number]) for number in few}
    alone = [number for number, title in titles.items() if title]
    having = Counter(chapter.level for chapter in chapters if b"://" in (chapter.body or b""))
    times = Counter(chapters[number].level for number in alone)
    names = Counter(
        chapters[number].level
        for number in alone
        if _letters(chapters[number].text) in _letters(titles[number])
    )
    return frozenset(
        number
        for number in alone
        if times[level := chapters[number].level] >= max(FEWEST_TITLED, MOST_TITLED * having[level])
        and names[level] * 2 >= times[level]
    )


def _may_have_one_work(chapter: Chapter) -> bool:
    """A quick look: few lines and addresses below a heading, which most sections don't have."""
    body = chapter.body or b""
    return (
        chapter.level >= 2
        and b"://" in body
        and body.count(b"\n") <= MAX_NAMED_LINES
        and body.count(b"arxiv.org/") <= MAX_SAME_ADDRESSES
    )


def _title_below(chapter: Chapter) -> str:
    """The title in the lines below a name, or below the title itself; empty if it isn't alone."""
    body = chapter.body or b""
    if len(_works_in(body)) != 1:
        return ""
    labels = [
        match["label"]
        for match in _LINK.finditer(body.decode("utf-8", "replace"))
        if len(_words(match["label"])) >= MIN_TITLE_WORDS
    ]
    is_name = 0 < len(_words(chapter.text)) <= MAX_NAME_WORDS
    is_name = is_name or labels[:1] == [chapter.text.strip("*_ ")]
    return labels[0] if is_name and len(labels) == 1 else ""


def _letters(text: str) -> str:
    return "".join(_words(text)).lower()


def _numbered_among(chapters: Sequence[Chapter], titles: frozenset[int]) -> frozenset[int]:
    """The headings between numbered titles that count with them, and lead to a page of no paper."""
    counted = {number for number in titles if _NUMBERED.match(chapters[number].text)}
    levels = {chapters[number].level for number in counted}
    if not counted or len(counted) < len(titles):
        return frozenset()
    return frozenset(
        number
        for number in range(min(counted), max(counted))
        if chapters[number].level in levels
        and _NUMBERED.match(chapters[number].text)
        and b"://" in (chapters[number].body or b"")
        and _is_title(chapters[number])
    )


def length(raw: bytes) -> int:
    """How much of these bytes belongs to the work: without blank lines and a rule at the end."""
    end = _END.search(raw)
    written = end.start() if end else len(raw)
    closed = raw.find(b"\n", written)
    return closed + 1 if closed >= 0 else len(raw)


def is_folded_work(raw: bytes) -> bool:
    """Whether a foldable part is one work: its summary is the title, and no line has another."""
    summary = _SUMMARY.search(raw.decode("utf-8", "replace"))
    if summary is None or len(raw) > MAX_ENTRY_BYTES:
        return False
    shown = _LINK.sub(lambda match: match["label"], _TAG.sub("", summary["text"]))
    if len(_words(shown)) < MIN_TITLE_WORDS or _SAYS_MORE.match(shown):
        return False
    papers = {key for key in _works_in(raw) if is_paper_key(key)}
    rest = raw.decode("utf-8", "replace")[summary.end() :]
    return (
        len(papers) < 2
        and bool(_works_in(raw))
        and not any("://" in line and _has_title(line) for line in rest.splitlines())
    )


def _links_work(chapter: Chapter, fewest_words: int = MIN_TITLE_WORDS) -> bool:
    if chapter.level < 2 or b"](http" not in chapter.heading:
        return False
    shown = _LINK.sub(lambda match: match["label"], chapter.text)
    return bool(_works_in(chapter.heading)) and len(_words(shown)) >= fewest_words


def _works_in(data: bytes) -> frozenset[str]:
    if len(data) > MAX_ENTRY_BYTES or b"://" not in data:
        return frozenset()
    keys = (
        key_at(match[0].decode("utf-8", "replace").rstrip(".,;")) for match in _URL.finditer(data)
    )
    return frozenset(key for key in keys if key and is_published(key))


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _may_be_title(chapter: Chapter) -> bool:
    """Whether the heading is long enough for a title."""
    return chapter.level >= 2 and len(_words(chapter.text)) >= MIN_TITLE_WORDS


def _is_title(chapter: Chapter) -> bool:
    """Whether the heading is long enough for a title, and nothing below it has one of its own."""
    if chapter.level < 2 or len(_words(chapter.text)) < MIN_TITLE_WORDS:
        return False
    lines = (chapter.body or b"").decode("utf-8", "replace").splitlines()
    return not any("://" in line and _has_title(line) for line in lines)


def _has_title(line: str) -> bool:
    if not any(
        key and is_published(key)
        for key in (key_at(url.rstrip(".,;")) for url in _WEB.findall(line))
    ):
        return False
    if any(len(_words(match["label"])) > MAX_LABEL_WORDS for match in _LINK.finditer(line)):
        return True
    rest = _WEB.sub(" ", _LINK.sub(" ", line))
    return len(_words(rest)) > MAX_LABEL_WORDS and not _FIELD.match(line)
