"""
Judges the answer of a page: it's there, moved, gone, or can't be told.

One bad day doesn't make a page dead: a failing page is asked again on other days. Some pages that
are gone answer 200 with "Not Found" in their title, or redirect to the front page.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

from catalog.address import canonical_url
from catalog.facts import Fact, Miss
from catalog.paper import bare_key
from config.patterns import lazy_regex
from crawler.items import PageAnswer
from pipelines.enrich.base import FAILED

SOURCE = "web"
# A failure must come so many times, on as many days, before a page is called dead.
TRIES = 3
OK, GONE, MOVED = "ok", "gone", "moved"
GONE_STATUSES = frozenset({404, 410, 451})
# Statuses of logins, limits and failing hosts: they tell nothing about the page.
CLOSED_STATUSES = frozenset({401, 402, 403, 405, 406, 407, 409, 429, 999})
_NOT_FOUND = lazy_regex(
    r"^(?:error )?(?:404\b|410\b)|\b(?:page|file|site|post|video|content|repository)?\s*"
    r"(?:not found|no longer (?:exists|available)|does ?n[o'’]t exist|could ?n[o'’]t be found|"
    r"has been (?:deleted|removed)|unavailable)\s*(?:[|\-–—·:.!].*)?$|"
    r"页面不存在|内容已被.{0,6}删除",
    re.IGNORECASE,
)
# What a removed video still has for a title.
_EMPTY_ROOM = lazy_regex(r"-?\s*youtube", re.IGNORECASE)
_DOOR = lazy_regex(
    r"just a moment|one moment, please|checking your browser|attention required|"
    r"access denied|are you (?:a )?(?:human|robot)|"
    r"log ?in\b|sign in\b|security check|verify you|forbidden",
    re.IGNORECASE,
)
# Paths of error pages.
_ERROR_PATH = lazy_regex(r"/(?:404|not[-_]?found|error)(?:\.\w+)?/?$", re.IGNORECASE)
# A redirect to a login isn't a move.
_DOOR_PATH = lazy_regex(r"/(?:log-?in|sign-?in|auth|sso|account|consent|captcha)\b", re.IGNORECASE)


def facts_of(key: str, look: PageAnswer, now: datetime) -> Iterator[Fact | Miss]:
    """The result of one look at the page of this key: a fact, or a miss with its reason."""
    page = bare_key(key)
    state, reason, detail = judge(page, look)
    if state:
        yield Fact(key, "link", state, SOURCE, page, now)
    else:
        yield Miss(key, "link", SOURCE, reason, now, detail[:300])


def judge(page: str, look: PageAnswer) -> tuple[str, str, str]:
    """The state to store; or an empty state, with the reason and its details."""
    if look.trouble:
        # An unreadable robots.txt forbids all for now: a failure of the host like any other.
        closed = "does not allow" in look.trouble or "HTTP 403" in look.trouble
        return "", "refused" if closed else FAILED, look.trouble
    if look.status in GONE_STATUSES:
        return f"{GONE} HTTP {look.status}", "", ""
    if look.status in CLOSED_STATUSES:
        return "", "refused", f"HTTP {look.status}"
    if look.onward:
        return _onward(page, look)
    if not 200 <= look.status < 300:
        return "", FAILED, f"HTTP {look.status}"
    return _whole(page, look)


def _onward(page: str, look: PageAnswer) -> tuple[str, str, str]:
    """Judge a redirect to another host; a temporary one means that the page is there."""
    if canonical_url(look.onward) is None:
        return "", FAILED, f"leads to {look.onward!r}"
    if _DOOR_PATH.search(urlsplit(look.onward).path):
        return "", "refused", f"leads to {look.onward}"
    if _is_front(look.onward) and not _is_front(page):
        return f"{GONE} leads to the front page of {urlsplit(look.onward).netloc}", "", ""
    target = canonical_url(look.onward)
    if not look.lasting or target == canonical_url(page):
        return OK, "", ""
    return f"{MOVED} {target}", "", ""


def _whole(page: str, look: PageAnswer) -> tuple[str, str, str]:
    """Judge a page that answered with 200: whether it's still the same page."""
    path = urlsplit(look.end if canonical_url(look.end) else page).path
    if _DOOR.search(look.title):
        return "", "refused", f"shows a door: {look.title!r}"
    if _NOT_FOUND.search(look.title) or _EMPTY_ROOM.fullmatch(look.title):
        return f"{GONE} its title is {look.title!r}", "", ""
    if _ERROR_PATH.search(path) and not _ERROR_PATH.search(urlsplit(page).path):
        return f"{GONE} leads to {path}", "", ""
    if _led_home(page, look.end):
        return f"{GONE} leads to the front page", "", ""
    return OK, "", ""


def _led_home(page: str, end: str) -> bool:
    return bool(end) and not _is_front(page) and _is_front(end)


def _is_front(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    bare = re.fullmatch(r"/?(?:index\.\w+|home/?|[a-z]{2}(?:-[a-z]{2})?/?)?", parts.path)
    return bool(bare) and not parts.query
