"""Conditional requests: ETag, Last-Modified, and 304 Not Modified."""

import hashlib
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.messages import Request, Response


def answer_conditionally(
    request: Request, answer: Response, changed: datetime | None = None
) -> Response:
    """Return the answer, or 304 where the client's tag, or else its date, is current."""
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
    headers = {**answer.headers, "etag": tag}
    if changed:
        headers["last-modified"] = format_datetime(changed.replace(microsecond=0), usegmt=True)
    if _has(request, tag, changed):
        return Response(
            304, b"", {name: headers[name] for name in headers if name != "content-type"}
        )
    return Response(200, answer.body, headers)


def _has(request: Request, tag: str, changed: datetime | None) -> bool:
    if "if-none-match" in request.headers:
        return tag in request.headers["if-none-match"]
    since = request.headers.get("if-modified-since")
    if not since or not changed:
        return False
    return changed.replace(microsecond=0) <= parsedate_to_datetime(since)
