"""
What a person typed, understood: a paper, a repository, a video, a post, or some other page.

Nothing is asked here. ``identity`` is the one spelling under which two addresses are one work.

Links in one spelling: when two addresses are one page, and whose repository it is.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from catalog.arxiv_id import ArxivId
from catalog.paper import LinkKind, bare_key, is_link_key, link_key, paper_key

# Parameters that say where a reader came from, not what the page is.
_TRACKING = re.compile(
    r"utm_\w*|fbclid|gclid|dclid|msclkid|igshid|mc_cid|mc_eid|ref|ref_src|ref_url|spm|"
    r"spm_id_from|vd_source|share_source|si|feature|ab_channel|trk",
    re.IGNORECASE,
)
_ONLY_HERE = {"github.com": re.compile(r"tab|readme"), "x.com": re.compile(r"s|t")}
_SAME_HOST = {"twitter.com": "x.com", "mobile.twitter.com": "x.com", "hf.co": "huggingface.co"}
_YOUTUBE = ("youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com")
_VIDEO = re.compile(r"[\w-]{6,20}")
_HOST = re.compile(r"\w[\w.-]*|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_UNSAFE = re.compile(r"[\s<>\"`\\\x00-\x20\x7f]")
_OWNER = re.compile(r"[A-Za-z0-9-]{1,39}")
_REPO = re.compile(r"[A-Za-z0-9._-]{1,100}")
# First parts of github.com paths that are pages of GitHub's own.
_NOT_OWNERS = frozenset(
    {
        "about",
        "apps",
        "collections",
        "contact",
        "customer-stories",
        "enterprise",
        "events",
        "explore",
        "features",
        "issues",
        "login",
        "marketplace",
        "new",
        "notifications",
        "orgs",
        "pricing",
        "pulls",
        "readme",
        "search",
        "security",
        "settings",
        "sponsors",
        "team",
        "topics",
        "trending",
        "users",
    }
)
_AROUND = " \t\r\n.,;:!?'\"`*)]}>"

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
        return bare_key(self.key)

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
        return Address(typed, "paper", paper_key(arxiv_id.base), url)
    if re.match(r"[\w.-]+\.[a-z]{2,}/\S", text, re.IGNORECASE):
        text = f"https://{text}"
    link = canonical_url(text)
    if link is None or re.search(r"\s", text):
        return None
    owner_repo = _whole_repository(link)
    if owner_repo:
        return repository_address(typed, *owner_repo)
    return Address(typed, _kind(link), link_key(link), _shown(text, link))


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


def canonical_url(url: str) -> str | None:
    """
    The one spelling of a page's address; None for a paper of arXiv and for what is no web page.

    Always https; host in lower case without ``www.``; no tracking parameters, no trailing slash,
    no fragment (but for ``#/`` and ``#!``, which name pages).
    """
    parts = _split(url)
    if parts is None or ArxivId.parse(url.strip()):
        return None
    host = _host(parts)
    video = _video(host, parts)
    if video:
        return f"https://youtube.com/watch?v={video}"
    repo = _github(host, parts.path)
    path = f"/{'/'.join(repo)}" if repo and parts.path.count("/", 1) <= 1 else parts.path
    query = "&".join(part for part in parts.query.split("&") if part and not _tracks(host, part))
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    address = f"https://{host}{_port(parts)}{path.rstrip('/')}"
    address += (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return _UNSAFE.sub(lambda match: quote(match[0]), address)


def _split(url: str) -> SplitResult | None:
    """The parts of a web address; None for other schemes, user names in it, and nonsense."""
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018 - looking at it is what finds a nonsensical port
    except ValueError:
        return None
    web = parts.scheme.lower() in ("http", "https") and parts.username is None
    return parts if web and _HOST.fullmatch(parts.hostname or "") else None


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower().rstrip(".").removeprefix("www.")
    return _SAME_HOST.get(host, host)


def _video(host: str, parts: SplitResult) -> str | None:
    video = ""
    if host == "youtu.be":
        video = parts.path.strip("/")
    elif host in _YOUTUBE and parts.path.rstrip("/") == "/watch":
        video = parse_qs(parts.query).get("v", [""])[0]
    elif host in _YOUTUBE and parts.path.startswith(("/shorts/", "/live/", "/embed/")):
        video = parts.path.split("/")[2]
    return video if _VIDEO.fullmatch(video) else None


def _github(host: str, path: str) -> tuple[str, str] | None:
    names = [name for name in path.split("/") if name][:2]
    if host != "github.com" or len(names) < 2 or names[0].lower() in _NOT_OWNERS:
        return None
    owner, repo = names[0], names[1].rstrip(_AROUND).removesuffix(".git").rstrip(_AROUND)
    return (owner, repo) if _OWNER.fullmatch(owner) and _REPO.fullmatch(repo) else None


def _tracks(host: str, parameter: str) -> bool:
    name = parameter.partition("=")[0]
    here = _ONLY_HERE.get(host)
    return bool(_TRACKING.fullmatch(name) or (here and here.fullmatch(name)))


def _port(parts: SplitResult) -> str:
    return "" if parts.port in (None, 80, 443) else f":{parts.port}"


def work_key(url: str) -> str | None:
    """The identity in the store: ``arxiv:ID`` for a page of one paper, else ``link:URL``."""
    if _split(url) is None:
        return None
    arxiv_id = ArxivId.parse(url.strip())
    if arxiv_id:
        return paper_key(arxiv_id.base)
    return f"link:{canonical_url(url)}"


def repository(url: str) -> tuple[str, str] | None:
    """
    Owner and name of a GitHub repository, from any address inside it.

    Without scheme, query, deeper path, a literal ``.git`` and the punctuation that running text
    leaves at the end. None for GitHub's own pages and for other hosts.
    """
    parts = _split(url if "://" in url else f"https://{url}")
    return _github(_host(parts), parts.path) if parts else None


def label_for(url: str) -> str:
    """What the list calls a link: the host without ``www.`` and its last part; 𝕏 for x.com."""
    parts = _split(url)
    host = _host(parts) if parts else ""
    if host == "x.com":
        return "𝕏"
    return host.rpartition(".")[0] or host or "link"


def repository_address(typed: str, owner: str, repo: str) -> Address:
    """The address of a repository, in GitHub's own spelling of its names."""
    url = f"https://github.com/{owner}/{repo}"
    return Address(typed, "repository", link_key(url), url)


def identity(key: str) -> str:
    """The key under which two spellings of one work are the same; for comparing only."""
    if not is_link_key(key):
        return key
    link = bare_key(key)
    owner_repo = _whole_repository(link)
    if owner_repo:
        return "link:https://github.com/{}/{}".format(*owner_repo).lower()
    tab = _TABS.fullmatch(link)
    return link_key(tab[1] if tab else link)
