"""
The digest as one HTML page for mail, archives and browsers, without scripts or other files.

Its content security policy allows nothing but its own style, by hash.
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
from output.digest.markdown import SUMMARY_BY, THANKS, popularity, standing
from output.digest.model import Candidate, Digest
from output.digest.quotes import matched_words
from output.digest.reasons import UNREAD, WORDS_ALONE, arithmetic, why_not
from output.templates import environment

STYLE = Path(__file__).with_name("digest.css")


def html_page(digest: Digest) -> str:
    """The digest as HTML; the same digest always gives the same bytes."""
    style = STYLE.read_text("utf-8")
    sections = [
        (name or "No section", list(group))
        for name, group in groupby(digest.candidates, key=lambda item: item.section)
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
            matched_words=matched_words,
            why_not=why_not,
            popularity=popularity,
            standing=standing,
            thanks=THANKS,
            words_alone=WORDS_ALONE,
            unread=UNREAD,
            summary_by=SUMMARY_BY,
        )
    )


def policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def address(candidate: Candidate) -> str:
    """The page of a work, from the parsed id or the canonical address, never from outside text."""
    if candidate.kind != "paper":
        return candidate.url
    return f"https://arxiv.org/abs/{ArxivId.parse(bare_key(candidate.key))}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment(Path(__file__).with_name("templates"))
