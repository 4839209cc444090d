"""
Single pages of other sites, under ``/page/HOST/PATH``, and GitHub's repositories by its API.

``pages.json`` says which there are: by address without scheme, with what stands in their head.
"""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from sandbox.answer import Answer, Ask, from_json, html, text
from sandbox.faults import Fault
from sandbox.world import World

# Nothing under this host may be read by programs.
FORBIDDEN = "/page/closed.example/"
TAGS = ("og:title", "og:description", "description")


@cache
def _known() -> dict[str, Any]:
    told: dict[str, Any] = json.loads((files("sandbox") / "pages.json").read_text("utf-8"))
    return told


def answer_page(world: World, ask: Ask, fault: Fault | None) -> Answer:
    query = f"?{urlencode(ask.query)}" if ask.query else ""
    page = _known()["pages"].get(ask.path.removeprefix("/") + query)
    if page is None:
        return html(404, "<!DOCTYPE html>\n<title>Page not found</title>\n")
    if "leads_to" in page:
        return Answer(302, b"", {"location": page["leads_to"]})
    if "kind" in page:
        return text(200, "%PDF-1.7", page["kind"])
    return html(200, _page(page))


def _page(page: dict[str, str]) -> str:
    """A page whose head says what is known; escaped once, as pages are."""
    metas = [
        f'<meta property="{tag}" content="{escape(page[tag])}">' for tag in TAGS if tag in page
    ]
    title = f"<title>{escape(page['title'])}</title>" if "title" in page else ""
    head = "\n".join(['<meta charset="utf-8">', title, *metas])
    return f"<!DOCTYPE html>\n<html><head>\n{head}\n</head><body><p>Text.</p></body></html>\n"


def answer_repository(world: World, ask: Ask, fault: Fault | None) -> Answer:
    names = ask.path.strip("/").lower()
    for full_name, told in _known()["repositories"].items():
        if names in (full_name.lower(), told.get("was", "").lower()):
            return from_json(200, _repository(full_name, told))
    return from_json(404, {"message": "Not Found", "status": "404"})


def _repository(full_name: str, told: dict[str, Any]) -> dict[str, Any]:
    return {
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "description": told.get("description"),
        "stargazers_count": told.get("stars", 0),
        "archived": False,
        "fork": False,
        "private": False,
    }
