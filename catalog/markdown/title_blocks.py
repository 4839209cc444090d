"""
Works whose title stands alone in bold, with the rest in items below it.

"**Title**" is followed by "- Paper: https://…" and "- Code: https://…": the items have a label and
an address each, and no title of their own, so that all of it is one work. A line of links in HTML
is such a part too, and a quotation below it is what the list says of the work.
"""

import re
from collections.abc import Sequence

from catalog.markdown.lines import is_titled, unindented
from catalog.paper import is_paper_key
from catalog.works import is_published, key_at
from config.patterns import lazy_regex

# A work has no more lines below its title than this.
MAX_LINES = 40
_TITLE = lazy_regex(
    rb" {0,3}(?:\*\*|__)[^\s*_|](?:[^*\n|]){10,300}(?:\*\*|__)"
    rb"(?:[.,;]?[ \t]+(?:[A-Z]|arXiv\b)[\w '.,&-]{0,40})?"
    rb"[ \t]*(?:<br\s*/?>|\\)?[ \t]*\r?\n?"
)
_TITLE_WORDS = 3
_TAG = lazy_regex(r"<[^<>]{1,1000}>")
_URL = lazy_regex(r"https?://[^\s<>()\"\]|]{4,1000}")
_LINK = lazy_regex(r"!?\[(?P<label>(?:[^\[\]\n]|\[[^\[\]\n]*\]){0,200})\]\([^()\s]{0,1000}\)")
_MARKER = lazy_regex(r"\s*(?:(?:[-*+]|\d{1,2}[.)])\s+)?")
_LABEL = lazy_regex(r"\W{0,8}[^\W\d_][^:\uff1a\n]{0,23}[:\uff1a]")
_GENERIC = lazy_regex(
    r"\W*(?:(?:paper|pdf|arxiv|abs|code|github|project|page|web(?:site)?|home(?:page)?|demo|video|"
    r"data(?:set)?s?|blog|slides?|poster|supp\w*|models?|weights?|bibtex|openreview|hugging ?face|"
    r"link|official|论文|代码|主页|项目|解读|视频|数据集?|链接)\W*){1,3}\d?",
    re.IGNORECASE,
)
_WORD = lazy_regex(r"[^\W_]+")
# What stands in an item without a label: "CVPR 2024 Oral".
_MAX_PLAIN_WORDS = 5


def end_of_parts(lines: Sequence[bytes], at: int) -> int:
    """The line after the items below a title in bold that are parts of its work; 0 if none are."""
    if not _TITLE.fullmatch(lines[at]) or lines[at].rstrip(b"\r\n \t*_")[-1:] == b":":
        return 0
    if len(_WORD.findall(lines[at].decode("utf-8", "replace"))) < _TITLE_WORDS:
        return 0
    end, keys = 0, set[str]()
    for number in range(at + 1, min(len(lines), at + MAX_LINES)):
        if not lines[number].strip():
            continue
        text = lines[number].decode("utf-8", "replace")
        if text[0] == ">" and keys and not is_titled(unindented(lines[number])):
            end = number + 1
            continue
        if not _is_part(text):
            break
        found = (key_at(match[0].rstrip(".,;")) for match in _URL.finditer(text))
        keys |= {key for key in found if key and is_published(key)}
        end = number + 1
    papers = sum(map(is_paper_key, keys))
    return end if keys and papers <= 1 else 0


def _is_part(text: str) -> bool:
    """Whether a line shows one thing about the work above it, and no title of its own."""
    bare = text[_MARKER.match(text).end() :].rstrip()  # type: ignore[union-attr]
    marked = len(bare) < len(text.rstrip())
    if _LABEL.match(bare) and not bare.startswith(("[", "!", "http", "**[")):
        return marked or "://" in bare
    if bare.startswith("<a ") and "href=" in bare:
        shown = _TAG.sub(" ", bare)
        return "://" not in shown and len(_WORD.findall(shown)) <= _MAX_PLAIN_WORDS
    labels = [match["label"] for match in _LINK.finditer(bare)]
    if labels:
        rest = _WORD.findall(_LINK.sub(" ", bare))
        return all(map(_GENERIC.fullmatch, labels)) and len(rest) <= _MAX_PLAIN_WORDS
    if _URL.match(bare):
        return True
    return marked and "://" not in bare and len(_WORD.findall(bare)) <= _MAX_PLAIN_WORDS
