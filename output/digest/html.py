"""
The digest as one page for mail, archives and browsers: no script, no network, nothing beside it.

The page itself forbids what it does not need: only its own style, known by its hash.
"""

import base64
import hashlib
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from catalog.arxiv_id import ArxivId
from catalog.paper import bare_key
from output.digest.markdown import THANKS, arithmetic
from output.digest.model import Candidate, Digest
from output.templates import environment

STYLE = Path(__file__).with_name("digest.css")


def html_page(digest: Digest) -> str:
    """The whole digest; the same digest is the same page to the byte."""
    style = STYLE.read_text()
    sections = [
        (name or "No section", list(some))
        for name, some in groupby(digest.candidates, key=lambda one: one.section)
    ]
    return (
        _environment()
        .get_template("digest.html")
        .render(
            digest=digest,
            sections=sections,
            style=Markup(style),  # noqa: S704 - our own file
            policy=policy(style),
            address=address,
            arithmetic=arithmetic,
            thanks=THANKS,
        )
    )


def policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def address(candidate: Candidate) -> str:
    """Built from the parsed id or the canonical address, never pasted from outside."""
    if candidate.kind != "paper":
        return candidate.url
    return f"https://arxiv.org/abs/{ArxivId.parse(bare_key(candidate.key))}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment(Path(__file__).with_name("templates"))
