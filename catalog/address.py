"""
What a person typed, understood: a paper, a repository, a video, a post, or some other page.

Nothing is asked here. ``identity`` is the one spelling under which two addresses are one work.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from catalog.arxiv_id import ArxivId
from catalog.canonical import canonical_url, repository
from catalog.paper import LinkKind

Kind = Literal["paper"] | LinkKind

# A tab of a page of Hugging Face is the same work: files, discussions, the viewer.
_TABS = re.compile(
    r"(https://huggingface\.co/.+?)/(?:tree|blob|resolve|discussions|viewer)(?:/.*)?"
)
_SHELVES: dict[str, LinkKind] = {
    "blog": "blog",
    "datasets": "dataset",
    "spaces": "space",
    "collections": "collection",
}
# First parts of huggingface.co paths that are pages of its own, not names of people.
_NOT_NAMES = frozenset(
    {"api", "docs", "join", "learn", "models", "organizations", "papers", "posts", "tasks"}
)
_VIDEOS = re.compile(r"https://(?:(?:youtube\.com|m\.youtube\.com)/|(?:m\.)?bilibili\.com/video/)")


@dataclass(frozen=True, slots=True)
class Address:
    """``key`` as in the store, ``url`` as the list shows it, ``typed`` as it was given."""

    typed: str
    kind: Kind
    key: str
    url: str

    @property
    def arxiv_id(self) -> str:
        """The id without version, of a paper."""
        return self.key.removeprefix("arxiv:")

    @property
    def link_kind(self) -> LinkKind:
        """The kind, of what is no paper."""
        return "page" if self.kind == "paper" else self.kind


def read_address(typed: str) -> Address | None:
    """Understand an arXiv id, a DOI of arXiv, or a web address; None if it is none of them."""
    text = typed.strip()
    arxiv_id = ArxivId.parse(text)
    if arxiv_id:
        url = f"https://arxiv.org/abs/{arxiv_id.base}"
        return Address(typed, "paper", f"arxiv:{arxiv_id.base}", url)
    if re.match(r"[\w.-]+\.[a-z]{2,}/\S", text, re.IGNORECASE):
        text = f"https://{text}"
    link = canonical_url(text)
    if link is None or re.search(r"\s", text):
        return None
    owner_repo = _whole_repository(link)
    if owner_repo:
        return repository_address(typed, *owner_repo)
    return Address(typed, _kind(link), f"link:{link}", _shown(text, link))


def repository_address(typed: str, owner: str, repo: str) -> Address:
    """The address of a repository, in GitHub's own spelling of its names."""
    url = f"https://github.com/{owner}/{repo}"
    return Address(typed, "repository", f"link:{url}", url)


def identity(key: str) -> str:
    """The key under which two spellings of one work are the same; for comparing only."""
    if not key.startswith("link:"):
        return key
    link = key.removeprefix("link:")
    owner_repo = _whole_repository(link)
    if owner_repo:
        return "link:https://github.com/{}/{}".format(*owner_repo).lower()
    tab = _TABS.fullmatch(link)
    return f"link:{tab[1] if tab else link}"


def _whole_repository(link: str) -> tuple[str, str] | None:
    """Owner and name where the address is of the repository or its files, not of an issue."""
    parts = urlsplit(link).path.strip("/").split("/")
    whole = len(parts) == 2 or parts[2:3] in (["tree"], ["blob"])
    return repository(link) if whole else None


def _kind(link: str) -> LinkKind:
    if _VIDEOS.match(link):
        return "video"
    parts = urlsplit(link)
    if parts.hostname == "x.com":
        return "post"
    return _kind_of_face(parts.path) if parts.hostname == "huggingface.co" else "page"


def _kind_of_face(path: str) -> LinkKind:
    """What a page of Hugging Face shows, by its path."""
    first, *others = path.strip("/").split("/")
    if others and first in _SHELVES:
        return _SHELVES[first]
    return "model" if others and first not in _NOT_NAMES else "page"


def _shown(text: str, link: str) -> str:
    """The canonical address, with ``www.`` and a slash at the end where it was typed so."""
    if link.startswith("https://youtube.com/"):
        return link.replace("youtube.com", "www.youtube.com", 1)
    typed, parts = urlsplit(text), urlsplit(link)
    host = (typed.hostname or "").rstrip(".")
    if host == f"www.{parts.hostname}":
        parts = parts._replace(netloc=f"www.{parts.netloc}")
    if typed.path.endswith("/") or not parts.path:
        parts = parts._replace(path=f"{parts.path}/")
    return parts.geturl()
