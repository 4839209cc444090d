"""Text of web pages: titles without the site's name, plain text, papers and links in it."""

import html
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from catalog.arxiv_id import find_all
from catalog.paper import LinkKind

MAX_LINK_TITLE_CHARS = 300
_SITE = re.compile(
    r"\s+·\s+(?:Datasets at )?Hugging Face$|\s+- a Hugging Face Space by \S+$|"
    r"\s+- an? \S+ Collection$|\s+- YouTube$|\s*[-_]\s*(?:哔哩哔哩)?[-_]?\s*(?:bilibili|哔哩哔哩)$"
)
_POST = re.compile(r".{1,80}? on (?:X|Twitter)(?:: [\"“](?P<quote>.*)[\"”](?: / X)?)?", re.DOTALL)
_SHORT_LINK = re.compile(r"\s*https://t\.co/\w+\s*$")
_LINK_AT_END = re.compile(r"\s*[-:–]?\s*https?://\S+\s*$")
_SENTENCE = re.compile(r".+?[.!?。](?=\s|$)", re.DOTALL)
# Hugging Face's description of pages that have none.
_DEFAULT_DESCRIPTION = "We’re on a journey to advance and democratize"
# Titles of login pages, barriers, and failures that come as a page like any other.
_BARRIERS = re.compile(
    r"just a moment|one moment|please wait|checking your browser|attention required|ddos-guard|"
    r"access denied|access to this page has been denied|verif(?:y|ying) (?:that )?you are|"
    r"are you (?:a )?(?:human|robot)|robot or human|(?:bot|human) verification|client challenge|"
    r"(?:vercel )?security check|too many requests|log ?in\b|sign in\b|"
    r"(?:page|site) not found|(?:error )?404\b|403 forbidden|50\d (?:internal|bad|service|gateway)|"
    r"(?:internal server error|bad gateway|service (?:temporarily )?unavailable|gateway time-?out|"
    r"not found|forbidden|unauthorized|error|captcha|redirecting|loading|untitled|document|"
    r"x|x\.com|youtube|bilibili|reddit|- youtube)[\s.!…]*$",
    re.IGNORECASE,
)

# More text of a page says nothing new about its subject.
MAX_SUMMARY_CHARS = 2000
# A text that names more papers is a catalogue, not a post.
MAX_PAPERS_IN_TEXT = 100
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.S | re.I)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<![A-Za-z\[][^<>]*>|<\?[^<>]*>")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\]+", re.I)
_END = ".,;:!?*_)]}'\""


def title_of(kind: LinkKind, url: str, title: str, description: str | None) -> str | None:
    """The title to show; None where the page has none of its own, or it cannot be read."""
    own = _own(description)
    if kind == "space":
        return " / ".join(urlsplit(url).path.strip("/").split("/")[1:3])
    if kind == "post":
        return _quoted(title, own)
    if kind in ("model", "dataset", "collection") and own and not _is_none(own):
        return shorten(_first_sentence(_LINK_AT_END.sub("", own)))
    shown = _one_line(title)
    for _ in range(2):
        shown = _SITE.sub("", shown)
    return None if _is_none(shown) else shorten(shown)


def _is_none(title: str) -> bool:
    """Whether this says nothing of a page, or a wrong charset has made signs of it unreadable."""
    return not title or bool(_BARRIERS.match(title)) or "\N{REPLACEMENT CHARACTER}" in title


def shorten(text: str, longest: int = MAX_LINK_TITLE_CHARS) -> str:
    """The text on one line, cut at a word where it is too long."""
    shown = _one_line(text)
    if len(shown) <= longest:
        return shown
    return f"{shown[: longest - 1].rpartition(' ')[0] or shown[: longest - 1]}…"


def _own(description: str | None) -> str | None:
    text = _one_line(description or "")
    return None if not text or text.startswith(_DEFAULT_DESCRIPTION) else text


def _quoted(title: str, description: str | None) -> str | None:
    """The text of a post: between the quotes of its title, or in its description."""
    shown = _one_line(title)
    post = _POST.fullmatch(shown)
    text = (post["quote"] or description) if post else (description or shown)
    text = _SHORT_LINK.sub("", (text or "").strip('"“” '))
    return None if _is_none(text) else shorten(text)


def _first_sentence(text: str) -> str:
    sentence = _SENTENCE.match(text)
    return (sentence[0] if sentence else text).removesuffix(".")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def without_hidden(text: str) -> str:
    """A page's markup without scripts, styles and comments."""
    return _HIDDEN.sub(" ", text)


def words_of(text: str, longest: int = MAX_SUMMARY_CHARS) -> str:
    """Text without tags, on one line, cut at a word."""
    bare = html.unescape(_TAG.sub(" ", without_hidden(text)))
    shown = " ".join(bare.split())
    if len(shown) <= longest:
        return shown
    return f"{shown[: longest - 1].rpartition(' ')[0] or shown[: longest - 1]}…"


def papers_in(text: str) -> tuple[str, ...]:
    """The arXiv ids that a text names, each once, in order."""
    return tuple(dict.fromkeys(arxiv_id.base for arxiv_id in find_all(text)))[:MAX_PAPERS_IN_TEXT]


def addresses_in(text: str) -> Iterator[str]:
    """The web addresses in running text, without the punctuation behind them."""
    for match in _ADDRESS.finditer(text):
        address = match[0]
        while address and address[-1] in _END:
            if address[-1] == ")" and address.count("(") >= address.count(")"):
                break
            address = address[:-1]
        yield address
