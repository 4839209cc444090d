"""What a client asks and what it is answered, before either becomes bytes on the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

XML_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: ``path`` is what follows the address of the service."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """One reply."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_body(self, body: bytes) -> "Answer":
        return replace(self, body=body)


def text(status: int, body: str, kind: str = "text/plain") -> Answer:
    return Answer(status, body.encode(), {"content-type": kind})


def html(status: int, body: str) -> Answer:
    return text(status, body, "text/html; charset=utf-8")


def from_json(status: int, value: Any) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(status, body, {"content-type": "application/json"})


def element(name: str, content: str, **attributes: str) -> str:
    """Write one XML element with text in it; an empty one is closed at once."""
    start = name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    inner = xml_text(content)
    return f"<{start}>{inner}</{name}>" if inner else f"<{start}/>"


def xml_text(content: str) -> str:
    """Escape once, and leave out what XML 1.0 cannot carry."""
    allowed = (c for c in content if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return escape("".join(allowed))
