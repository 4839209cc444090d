"""
Single pages of other sites, and their feeds, under ``/page/HOST/PATH``.

``pages.json`` says which there are: by address without scheme, with what stands in their head.

What programs may read here, as robots.txt says it.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from sandbox.answer import Answer, Ask, html, text
from sandbox.faults import Fault
from sandbox.services.feeds import answer_feed
from sandbox.state import SandboxState

# Nothing under this host may be read by programs.
FORBIDDEN = "/page/closed.example/"
TAGS = ("og:title", "og:description", "description")

RULES = f"User-agent: *\nDisallow: {FORBIDDEN}\nAllow: /\n"
LARGE = 2 * 2**20


@cache
def known() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((files("sandbox") / "pages.json").read_text("utf-8"))
    return told


def answer_page(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    query = f"?{urlencode(ask.query)}" if ask.query else ""
    address = ask.path.removeprefix("/") + query
    feed = answer_feed(state, ask, address)
    if feed is not None:
        return feed
    page = known()["pages"].get(address)
    if page is None:
        return html(404, "<!DOCTYPE html>\n<title>Page not found</title>\n")
    if "leads_to" in page:
        return Answer(page.get("status", 302), b"", {"location": page["leads_to"]})
    if "kind" in page:
        return text(200, "%PDF-1.7", page["kind"])
    return html(page.get("status", 200), _page(page))


def _page(page: dict[str, str]) -> str:
    """A page whose head says what is known; escaped once, as pages are."""
    metas = [
        f'<meta property="{tag}" content="{escape(page[tag])}">' for tag in TAGS if tag in page
    ]
    title = f"<title>{escape(page['title'])}</title>" if "title" in page else ""
    head = "\n".join(['<meta charset="utf-8">', title, *metas])
    return f"<!DOCTYPE html>\n<html><head>\n{head}\n</head><body><p>Text.</p></body></html>\n"


def answer(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    name = fault.name if fault else ""
    if name == "robots-disallow":
        return text(200, "User-agent: *\nDisallow: /\n")
    if name == "robots-delay" and fault:
        return text(200, f"User-agent: *\nCrawl-delay: {fault.argument or 5}\n{RULES[14:]}")
    if name == "robots-large":
        # What counts stands at the beginning; nobody has to read the rest.
        return text(200, RULES + "# and so on\n" * (LARGE // 12))
    return text(200, RULES)
