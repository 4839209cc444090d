"""The code repository of a paper, from its abstract and comments; no service is asked."""

import re
from collections.abc import Iterator
from datetime import datetime

from catalog.address import repository
from catalog.facts import Fact, Miss
from catalog.paper import Paper

SOURCE = "arxiv"
_ADDRESS = re.compile(
    r"(?<![\w.@-])(?:https?://)?(?:www\.)?github\.com/[\w.-]+/[\w.-]+[^\s)\]}>,;]*", re.IGNORECASE
)


def code_of(paper: Paper, now: datetime) -> Fact | None:
    """The first repository that the paper names; None if it names none."""
    for text in (paper.comments or "", paper.abstract or ""):
        for match in _ADDRESS.finditer(text):
            address = match[0] if "://" in match[0] else f"https://{match[0]}"
            names = repository(address)
            if names:
                owner, name = names
                url = f"https://github.com/{owner}/{name}"
                return Fact(paper.key, "code", f"{owner}/{name}", SOURCE, url, now)
    return None


def facts_of(paper: Paper, now: datetime) -> Iterator[Fact | Miss]:
    """The repository as a fact."""
    code = code_of(paper, now)
    if code:
        yield code
