"""Requests and responses as the services see them, and helpers to write bodies."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax.saxutils import escape, quoteattr

XML_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``path`` is relative to the service's address."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One response."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_body(self, body: bytes) -> "Response":
        return replace(self, body=body)


def text(status: int, body: str, kind: str = "text/plain") -> Response:
    return Response(status, body.encode(), {"content-type": kind})


def html(status: int, body: str) -> Response:
    return text(status, body, "text/html; charset=utf-8")


def from_json(status: int, value: Any) -> Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Response(status, body, {"content-type": "application/json"})


def element(name: str, content: str, **attributes: str) -> str:
    """Write an XML element with text; an empty element is self-closing."""
    start = name + "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    inner = xml_text(content)
    return f"<{start}>{inner}</{name}>" if inner else f"<{start}/>"


def xml_text(content: str) -> str:
    """Escape text for XML and drop characters that XML 1.0 forbids."""
    allowed = (c for c in content if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return escape("".join(allowed))
