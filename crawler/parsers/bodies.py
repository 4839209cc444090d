"""
Bodies of answers: in UTF-8 whatever their byte-order mark, JSON as a value, and both in few words.

Nothing here raises, however deep or odd the value is: shapes are described, never printed whole.
"""

import codecs
import re
from typing import Any

import orjson

from catalog.markdown.text import visible

# Words of a service in a report or a message (characters).
MAX_REASON_CHARS = 160
# Keys of an object that are named, and characters of each; levels of a list that are described.
MAX_KEYS, MAX_KEY_CHARS, MAX_LEVELS = 4, 20, 3
# Parts of a JSON body and tags of an XML one: each takes some hundred bytes when it is read, so
# that small answers could take all memory. The largest real ones have a tenth.
MAX_PARTS, MAX_TAGS = 1_000_000, 300_000
# A tag of more than a few kilobytes, and the attributes that one may have: parsers take up to a
# kilobyte for each. An image in an address has no blanks.
_LONG_TAG = re.compile(r"<[a-z_][^<>]{8192,}", re.IGNORECASE)
MAX_ATTRIBUTES = 2_000
MANY_ATTRIBUTES = f"has a tag with more than {MAX_ATTRIBUTES:,} attributes"
# Readers of XML get a text in pieces, which end at each line and character reference; a million of
# them are a hundred megabytes and seconds. The largest feeds have some hundred thousand.
MAX_PIECES = 750_000
MANY_PIECES = f"has more than {MAX_PIECES:,} lines and character references"
# Citations, stars, upvotes: more than that is no count of anything.
MAX_COUNT = 10**9
# The longer marks first: UTF-32's begins with UTF-16's. Without one, XML and JSON are told by how
# they begin.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
    (b"[\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
    (b"\x00[", "utf-16-be"),
)
_DECLARED = re.compile(rb"\A(\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"'])[^\"'>]*")
# Where services put the reason of a refusal, the plainest first.
_REASONS = ("error", "message", "detail", "title", "error_description", "reason")


def marked_charset(body: bytes) -> str | None:
    """The charset that a body's first bytes tell beyond doubt; None where they tell none."""
    return next((charset for mark, charset in _MARKS if body.startswith(mark)), None)


def as_utf8(body: bytes) -> bytes:
    """A body that begins with a byte-order mark as UTF-8 without one; any other as it is."""
    charset = marked_charset(body)
    if charset is None:
        return body
    text = body.decode(charset, "replace").lstrip("\N{ZERO WIDTH NO-BREAK SPACE}")
    return _DECLARED.sub(rb"\1utf-8", text.encode("utf-8", "replace").lstrip(), count=1)


def has_many_pieces(body: bytes) -> bool:
    """Whether a body of XML has more pieces of text than ``MAX_PIECES``."""
    return sum(map(body.count, (b"\n", b"\r", b"&"))) > MAX_PIECES


def has_many_attributes(markup: str) -> bool:
    """Whether a tag has more attributes than ``MAX_ATTRIBUTES``; what is quoted should be gone."""
    return any(len(tag[0].split()) > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(markup))


class NoJson(str):
    """What a body is that cannot be read as JSON, in words."""

    __slots__ = ()


def value_of(body: bytes) -> object:
    """The value of a JSON body; NoJson if it can't be read as one."""
    body = as_utf8(body)
    if sum(map(body.count, (b",", b"[", b"{"))) > MAX_PARTS:
        return NoJson(f"JSON of more than {MAX_PARTS:,} parts")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return NoJson(f"something that is no JSON: {body[:40]!r}")


def shape_of(value: object, levels: int = MAX_LEVELS) -> str:
    """What kind of JSON value this is, in words: ``a list of 2 items, the first null``."""
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return "a number" if not isinstance(value, bool) else str(value).lower()
        case NoJson():
            return str(value)
        case str():
            return "a text"
        case list():
            return _shape_of_list(value, levels)
        case dict():
            return _shape_of_object(value)
    return type(value).__name__


def _shape_of_list(items: list[Any], levels: int) -> str:
    if not items:
        return "an empty list"
    number = "1 item" if len(items) == 1 else f"{len(items)} items"
    first = f", the first {shape_of(items[0], levels - 1)}" if levels > 1 else ""
    return f"a list of {number}{first}"


def _shape_of_object(fields: dict[str, Any]) -> str:
    names = [said(name, MAX_KEY_CHARS) or '""' for name in list(fields)[:MAX_KEYS]]
    more = ", …" if len(fields) > MAX_KEYS else ""
    return f"an object with {', '.join(names)}{more}" if names else "an empty object"


def error_of(data: object) -> str:
    """
    The message of an error answer, on one line and shortened; without one, the answer's shape.

    Services write ``error``, their gateways ``message``; GitHub adds a list of ``errors``.
    """
    return reason_of(data) or shape_of(data)


def reason_of(data: object) -> str:
    """The reason that an error answer gives in words; empty where it gives none."""
    if not isinstance(data, dict):
        return ""
    texts = [text for name in _REASONS if (text := _text(data.get(name)))][:2]
    errors = data.get("errors")
    for item in errors[:2] if isinstance(errors, list) else ():
        texts.append(_text(item) or " ".join(_words(item)))
    return said(": ".join(dict.fromkeys(filter(None, texts))))


def _text(value: object) -> str:
    """A text, or the one within an object such as ``{"message": …}``."""
    if isinstance(value, dict):
        value = value.get("message") or value.get("detail")
    return value if isinstance(value, str) else ""


def _words(item: object) -> list[str]:
    """GitHub's short form of an error: ``{"resource": "Search", "field": "q", "code": …}``."""
    fields = item if isinstance(item, dict) else {}
    return [
        str(text) for name in ("resource", "field", "code") if (text := _text(fields.get(name)))
    ]


def said(text: str, longest: int = MAX_REASON_CHARS) -> str:
    """Words from outside on one line, without control characters, cut where they are too long."""
    # A cut beforehand, so that a text of megabytes is not folded first.
    shown = visible(text[: longest * 20])
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def refusal(status: int, body: bytes) -> str:
    """``HTTP 422: the reason``; without the reason where the body is no JSON that gives one."""
    reason = reason_of(value_of(body)) if body else ""
    return f"HTTP {status}: {reason}" if reason else f"HTTP {status}"


def whole_number(value: object) -> int | None:
    """A count of something: a whole number that can be one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < MAX_COUNT else None
