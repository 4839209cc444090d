"""
What the services of chats answer, and whether that is a refusal.

Some refuse with HTTP 200 and an error in the body. apprise reads the body of a few services only,
and which ones depends on its version.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from output.escape import plain

if TYPE_CHECKING:
    import requests

# A service that is busy, or that was asked too often, takes the message another time.
LATER_STATUS = frozenset({408, 420, 425, 429})
# WeCom and DingTalk: busy, too many messages; Feishu: too many messages.
LATER_CODES = frozenset({-1, 45009, 45033, 130101, 11232})
# Keys under which services give a number that is not 0 (nor 200) when they refuse.
CODE_KEYS = ("errcode", "code", "StatusCode", "error_code")
WORD_KEYS = ("errmsg", "msg", "StatusMessage", "error", "description", "message", "detail")
ERROR_WORDS = frozenset({"error", "fail", "failed", "failure"})
# What Teams answers with status 200 when the channel behind its webhook failed.
FAILED_TEXTS = ("webhook message delivery failed", "webhook bad request")
MAX_WORDS_CHARS = 200
BYTES_READ = 10_000
# A longer answer, or one that comes byte by byte, is left where it is.
MAX_ANSWER_BYTES = 100_000
ANSWER_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """One answer of a service: its host, HTTP status, and the start of its body."""

    host: str
    status: int
    body: bytes

    @property
    def is_taken(self) -> bool:
        """Whether the status alone says that the message was taken."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message was not taken; ``is_later`` where another time may be better."""

    words: str
    is_later: bool


def refusal(answer: ChatAnswer) -> Refusal | None:
    """Why an answer is no success; None where it is one."""
    text = answer.body.decode("utf-8", "replace").strip()
    fields = _fields(text)
    code = _code(fields)
    words = _words(fields) or ("a web page" if _is_page(text) else plain(text)[:MAX_WORDS_CHARS])
    if 300 <= answer.status < 400:
        # Followed, it would come without the message, and might be shown to another host.
        return Refusal(f"{answer.status}, it leads to another address", is_later=False)
    if not answer.is_taken:
        is_later = answer.status >= 500 or answer.status in LATER_STATUS or code in LATER_CODES
        return Refusal(f"{answer.status} {words}".strip(), is_later)
    if code is not None or _says_error(fields):
        return Refusal(f"{'' if code is None else code} {words}".strip(), code in LATER_CODES)
    if text.lower().startswith(FAILED_TEXTS):
        # It hands on what the channel answered: "… HTTP error 429 …".
        return Refusal(words, is_later=any(f"error {n}" in text for n in (429, 500, 502, 503)))
    # A proxy's page, or one that asks to log in.
    return Refusal(words, is_later=True) if _is_page(text) else None


def last_refusal(answers: list[ChatAnswer], *, by_status: bool = False) -> Refusal | None:
    """
    The first refusal among the last answers of each host; what was tried before is past.

    ``by_status`` is for servers of one's own, whose bodies may say anything.
    """
    last = {answer.host: answer for answer in answers}.values()
    asked = [answer for answer in last if not (by_status and answer.is_taken)]
    return next((no for answer in asked if (no := refusal(answer))), None)


@contextmanager
def listening() -> Iterator[list[ChatAnswer]]:
    """Collect the answers to all that is sent by ``requests`` meanwhile; apprise hands on none."""
    import requests

    answers: list[ChatAnswer] = []
    send = requests.Session.send

    def send_and_listen(
        session: requests.Session, request: requests.PreparedRequest, **settings: object
    ) -> requests.Response:
        request.register_hook("response", _bound)
        response = send(session, request, **settings | {"allow_redirects": False})
        host = urlsplit(str(request.url)).netloc
        answers.append(ChatAnswer(host, response.status_code, response.content[:BYTES_READ]))
        return response

    setattr(requests.Session, "send", send_and_listen)  # noqa: B010 - a method, replaced for a while
    try:
        yield answers
    finally:
        setattr(requests.Session, "send", send)  # noqa: B010


def _bound(response: "requests.Response", **_settings: object) -> None:
    """Let nobody read more than an answer's beginning; ``requests`` reads redirects whole, too."""
    response.raw = _Beginning(response.raw, 0 if response.is_redirect else MAX_ANSWER_BYTES)


class _Beginning:
    """What ``requests`` reads a body from: it ends early, and is not waited for too long."""

    def __init__(self, raw: Any, most: int) -> None:
        self._raw, self._most = raw, most

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def stream(self, _size: int = 1, *, decode_content: bool | None = None) -> Iterator[bytes]:
        import requests

        left, until = self._most, time.monotonic() + ANSWER_TIMEOUT_S
        # By single bytes, as more of them would be waited for; unpacked, one may become many.
        parts = self._raw.stream(1, decode_content=decode_content)
        while left > 0 and (part := next(parts, b"")):
            yield part
            left -= len(part)
            if time.monotonic() > until:
                self._raw.close()
                raise requests.ReadTimeout("the answer takes too long")
        self._raw.close()

    def read(self, *, decode_content: bool | None = None) -> bytes:
        return b"".join(self.stream(decode_content=decode_content))


def _fields(text: str) -> dict[str, object]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _code(fields: dict[str, object]) -> int | None:
    """The number of an error; None where the body gives none, or one that means success."""
    for key in CODE_KEYS:
        code = fields.get(key)
        if isinstance(code, int) and not isinstance(code, bool) and code not in (0, 200):
            return code
    return None


def _says_error(fields: dict[str, object]) -> bool:
    marks = (fields.get("ok"), fields.get("success"))
    words = (fields.get("result"), fields.get("status"))
    return (
        any(mark is False for mark in marks)
        or any(isinstance(word, str) and word.lower() in ERROR_WORDS for word in words)
        or bool(fields.get("error") or fields.get("errors"))
        or (isinstance(fields.get("errcode"), str) and bool(fields["errcode"]))
    )


def _words(fields: dict[str, object]) -> str:
    words = (fields.get(key) for key in WORD_KEYS)
    return next((plain(word)[:MAX_WORDS_CHARS] for word in words if isinstance(word, str)), "")


def _is_page(text: str) -> bool:
    return text[:200].lower().startswith(("<!doctype html", "<html"))
