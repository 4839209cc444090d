"""
What the fields of decisions, digests and facts may hold.

Files that are taken in come from people, other machines and older versions. Each field is checked
by what it means, because what is stored is believed by every later command.
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from catalog.address import read_address
from catalog.arxiv_id import ArxivId
from catalog.facts import Act, FactKind
from catalog.paper import FIRST_YEAR, LAST_YEAR, bare_key, is_link_key, is_paper_key
from catalog.rows.digests import hash_of
from config.patterns import lazy_regex

# Characters of a name, of an address (as in the tables), and of any other text.
MAX_RECORD_NAME_CHARS, MAX_RECORD_ADDRESS_CHARS, MAX_RECORD_TEXT_CHARS = 128, 2048, 100_000
# Digits of a count: more than any paper, repository or page has.
MAX_DIGITS = 9
COUNTS = {"citations", "dropped", "upvotes", "stars"}
_REPOSITORY = lazy_regex(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}")
_DIGEST = lazy_regex(r"\d{4}-W(?:0[1-9]|[1-4]\d|5[0-3])(?:-\d{1,3})?")

Row = dict[str, Any]
Check = Callable[[Any], Any]
# Raises ValueError for what is no digest's content.
# The kind of fact, and the field of a candidate, that no export has.
SUMMARY = "tldr"
CheckBody = Callable[[Row], object]


class WrongField(ValueError):
    """A field with a value that it can't have; ``must`` says what it must be."""

    def __init__(self, field: str, value: object, must: str) -> None:
        shown = repr(value)
        shown = shown if len(shown) <= MAX_SHOWN_CHARS else f"{shown[:MAX_SHOWN_CHARS]}..."
        super().__init__(f"{field} is {shown}, and must be {must}")


MAX_SHOWN_CHARS = 60


def read_record(kind: str, row: Row) -> Row:
    """The fields of a decision, digest or fact as values for its table; WrongField otherwise."""
    fields = RECORDS[kind]
    for name in row:
        if name not in fields:
            raise WrongField(name, row[name], f"left out: known are {', '.join(fields)}")
    values = {name: _read(name, row.get(name), check) for name, check in fields.items()}
    if kind == "digest" and hash_of(values["base"]) != values["base_hash"]:
        raise WrongField("base_hash", values["base_hash"], "the SHA-256 of base")
    _check_together(kind, values)
    return values


def check_fields(kind: str, row: Row) -> None:
    """WrongField where a row means nothing; a digest's bytes stand elsewhere."""
    fields = {name: check for name, check in RECORDS[kind].items() if name != "base"}
    _check_together(kind, {name: _read(name, row.get(name), fields[name]) for name in fields})


def _check_together(kind: str, values: Row) -> None:
    if kind == "digest":
        _check_digest(values)
    elif kind == "fact":
        _check_fact(values)


def _read(name: str, value: object, check: Check) -> Any:
    try:
        return check(value)
    except ValueError as must:
        raise WrongField(name, value, str(must)) from None


def _text(value: object, least: int = 0, most: int = MAX_RECORD_TEXT_CHARS) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise ValueError(f"a text of {least} to {most:,} characters")
    if "\0" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise ValueError("a text without zero bytes and halves of characters")
    return value


def _name(value: object) -> str:
    text = _text(value, 1, MAX_RECORD_NAME_CHARS)
    if not text.isprintable() or not text.strip():
        raise ValueError("a name on one line")
    return text


def _or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def read_key(value: object) -> str:
    """The key of a work; ValueError that says what one looks like."""
    text = _text(value, 1, MAX_RECORD_ADDRESS_CHARS)
    bare = bare_key(text)
    arxiv_id = ArxivId.parse(bare) if is_paper_key(text) else None
    if arxiv_id is not None and arxiv_id.base == bare:
        return text
    if is_link_key(text) and _is_web_address(bare) and read_address(bare) is not None:
        return text
    raise ValueError("a key like arxiv:2411.04965 or link:https://example.org/post")


def _address(value: object) -> str:
    text = _text(value, 1, MAX_RECORD_ADDRESS_CHARS)
    if not _is_web_address(text):
        raise ValueError("a web address")
    return text


def _is_web_address(text: str) -> bool:
    return bool(re.fullmatch(r"https?://[^\s\x00-\x1f\x7f]+", text))


def _moment(value: object) -> datetime:
    must = "a date and time with zone, like 2024-11-12T06:47:00+00:00"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(must)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"{must}, from {FIRST_YEAR} to {LAST_YEAR}")
    return moment.astimezone(UTC)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _one_of(known: tuple[str, ...]) -> Check:
    def check(value: object) -> str:
        if not isinstance(value, str) or value not in known:
            raise ValueError(f"one of {', '.join(known)}")
        return value

    return check


def _digest_name(value: object) -> str:
    if not isinstance(value, str) or not _DIGEST.fullmatch(value):
        raise ValueError("a week like 2024-W46")
    return value


def _hash(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch("[0-9a-f]{64}", value):
        raise ValueError("a SHA-256 of 64 digits")
    return value


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except ValueError:
        raise ValueError("bytes in base64") from None


def _body(value: object) -> Row:
    if not isinstance(value, dict) or not value:
        raise ValueError("the content of a digest")
    return value


RECORDS: Mapping[str, Mapping[str, Check]] = {
    "decision": {
        "list_name": _name,
        "work_key": read_key,
        "act": _one_of(get_args(Act)),
        "who": _text,
        "at": _moment,
        "section": _or_none(_name),
        "reason": _text,
        "digest": _or_none(_name),
        "entry": _or_none(_text),
    },
    "digest": {
        "list_name": _name,
        "name": _digest_name,
        "made_at": _moment,
        "base_hash": _hash,
        "base": _bytes,
        "body": _body,
    },
    "fact": {
        "work_key": read_key,
        "kind": _one_of(get_args(FactKind)),
        "source": _name,
        "value": _text,
        "url": _or_none(_address),
        "held": _flag,
        "first_at": _moment,
        "last_at": _moment,
    },
}


def _check_digest(values: Row) -> None:
    for name in ("list_name", "name"):
        if values["body"].get(name) != values[name]:
            raise WrongField(f"body.{name}", values["body"].get(name), f"{values[name]!r}")


def _check_fact(values: Row) -> None:
    kind, value = values["kind"], values["value"]
    if kind in COUNTS and not re.fullmatch(rf"[0-9]{{1,{MAX_DIGITS}}}", value):
        raise WrongField("value", value, f"a count of {kind}, at most {MAX_DIGITS} digits")
    arxiv_id = ArxivId.parse(value) if kind == "paper" else None
    if kind == "paper" and (arxiv_id is None or arxiv_id.base != value):
        raise WrongField("value", value, "an arXiv id without version")
    if kind == "code" and not _REPOSITORY.fullmatch(value):
        raise WrongField("value", value, "a repository like owner/name")
    word, _, detail = value.partition(" ")
    moved = kind in ("repository", "link") and word == "moved"
    if moved and not (_REPOSITORY.fullmatch(detail) or _is_web_address(detail)):
        raise WrongField("value", value, "moved, and a repository or web address")
    if values["last_at"] < values["first_at"]:
        raise WrongField("last_at", values["last_at"].isoformat(), "not before first_at")
