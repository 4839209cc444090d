"""
Pages and feeds of other sites under ``/page/HOST/PATH``, and the sandbox's robots.txt.

``data/pages.json`` lists the pages by address without scheme, with the fields of their head.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from sandbox.faults import Fault
from sandbox.messages import Request, Response, html, text
from sandbox.services.feeds import answer_feed
from sandbox.state import SandboxState

# robots.txt forbids this host.
FORBIDDEN = "/page/closed.example/"
TAGS = ("og:title", "og:description", "description")

RULES = f"User-agent: *\nDisallow: {FORBIDDEN}\nAllow: /\n"
LARGE_ROBOTS_BYTES = 2 * 2**20


@cache
def load_pages() -> dict[str, Any]:
    pages: dict[str, Any] = json.loads(
        (files("sandbox") / "data" / "pages.json").read_text("utf-8")
    )
    return pages


def answer_page(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    query = f"?{urlencode(request.query)}" if request.query else ""
    address = request.path.removeprefix("/") + query
    feed = answer_feed(state, request, address)
    if feed is not None:
        return feed
    page = load_pages()["pages"].get(address)
    if page is None:
        return html(404, "<!DOCTYPE html>\n<title>Page not found</title>\n")
    if "leads_to" in page:
        return Response(page.get("status", 302), b"", {"location": page["leads_to"]})
    if "kind" in page:
        return text(200, "%PDF-1.7", page["kind"])
    return html(page.get("status", 200), _page(page))


def _page(page: dict[str, str]) -> str:
    """Write a page with the head fields that ``page`` has."""
    metas = [
        f'<meta property="{tag}" content="{escape(page[tag])}">' for tag in TAGS if tag in page
    ]
    title = f"<title>{escape(page['title'])}</title>" if "title" in page else ""
    head = "\n".join(['<meta charset="utf-8">', title, *metas])
    return f"<!DOCTYPE html>\n<html><head>\n{head}\n</head><body><p>Text.</p></body></html>\n"


def answer_robots(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    name = fault.name if fault else ""
    if name == "robots-disallow":
        return text(200, "User-agent: *\nDisallow: /\n")
    if name == "robots-delay" and fault:
        return text(200, f"User-agent: *\nCrawl-delay: {fault.argument or 5}\n{RULES[14:]}")
    if name == "robots-large":
        # The rules stand at the beginning; a reader may stop after them.
        return text(200, RULES + "# and so on\n" * (LARGE_ROBOTS_BYTES // 12))
    return text(200, RULES)
