"""Answers with a tag and a date, and 304 to those who have them already."""

import hashlib
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.answer import Answer, Ask


def fresh_or_not(ask: Ask, answer: Answer, changed: datetime | None = None) -> Answer:
    """The answer, or 304 where the client's tag, or else its date, is of this very answer."""
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = {**answer.headers, "etag": tag}
    if changed:
        headers["last-modified"] = format_datetime(changed.replace(microsecond=0), usegmt=True)
    if _has(ask, tag, changed):
        return Answer(304, b"", {name: headers[name] for name in headers if name != "content-type"})
    return Answer(200, answer.body, headers)


def _has(ask: Ask, tag: str, changed: datetime | None) -> bool:
    if "if-none-match" in ask.headers:
        return tag in ask.headers["if-none-match"]
    since = ask.headers.get("if-modified-since")
    if not since or not changed:
        return False
    return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
