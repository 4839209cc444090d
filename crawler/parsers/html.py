"""A page's title as a curator would write it: without the name of the site around it."""

import re
from urllib.parse import urlsplit

from catalog.paper import LinkKind

LONGEST = 300
_SITE = re.compile(
    r"\s+·\s+(?:Datasets at )?Hugging Face$|\s+- a Hugging Face Space by \S+$|"
    r"\s+- an? \S+ Collection$|\s+- YouTube$|\s*[-_]\s*(?:哔哩哔哩)?[-_]?\s*(?:bilibili|哔哩哔哩)$"
)
_POST = re.compile(r".{1,80}? on (?:X|Twitter)(?:: [\"“](?P<said>.*)[\"”](?: / X)?)?", re.DOTALL)
_SHORT_LINK = re.compile(r"\s*https://t\.co/\w+\s*$")
_LINK_AT_END = re.compile(r"\s*[-:–]?\s*https?://\S+\s*$")
_SENTENCE = re.compile(r".+?[.!?。](?=\s|$)", re.DOTALL)
# What Hugging Face says of every page that says nothing of itself.
_OF_ALL = "We’re on a journey to advance and democratize"
# Titles of doors, not of what is behind them.
_DOORS = re.compile(
    r"just a moment|attention required|access denied|are you (?:a )?(?:human|robot)|log ?in\b|"
    r"sign in\b|page not found|404\b|(?:x|x\.com|youtube|bilibili|reddit|- youtube)$",
    re.IGNORECASE,
)


def title_of(kind: LinkKind, url: str, title: str, description: str | None) -> str | None:
    """The title to show; None where the page has none, or shows only its door."""
    own = _own(description)
    if kind == "space":
        return " / ".join(urlsplit(url).path.strip("/").split("/")[1:3])
    if kind == "post":
        return _said(title, own)
    if kind in ("model", "dataset", "collection") and own:
        return shorten(_first_sentence(_LINK_AT_END.sub("", own)))
    shown = _one_line(title)
    for _ in range(2):
        shown = _SITE.sub("", shown)
    return None if not shown or _DOORS.match(shown) else shorten(shown)


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text on one line, cut at a word where it is too long."""
    shown = _one_line(text)
    if len(shown) <= longest:
        return shown
    return f"{shown[: longest - 1].rpartition(' ')[0] or shown[: longest - 1]}…"


def _own(description: str | None) -> str | None:
    text = _one_line(description or "")
    return None if not text or text.startswith(_OF_ALL) else text


def _said(title: str, description: str | None) -> str | None:
    """What a post says: between the quotes of its title, or in its description."""
    shown = _one_line(title)
    post = _POST.fullmatch(shown)
    said = (post["said"] or description) if post else (description or shown)
    said = _SHORT_LINK.sub("", (said or "").strip('"“” '))
    return None if not said or _DOORS.match(said) else shorten(said)


def _first_sentence(text: str) -> str:
    sentence = _SENTENCE.match(text)
    return (sentence[0] if sentence else text).removesuffix(".")


def _one_line(text: str) -> str:
    return " ".join(text.split())
