"""
Understands addresses of works: the kind of work, its key in the store, and its canonical link.

Nothing here uses the network. ``canonical_url`` gives one spelling per page; ``identity`` gives the
key under which two spellings are the same work.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import SplitResult, parse_qs, quote, urlsplit

from catalog.arxiv_id import ArxivId, is_misspelt, named_in, plain_path
from catalog.paper import LinkKind, bare_key, is_link_key, link_key, paper_key
from config.patterns import lazy_regex

# Parameters that track where a reader came from and don't identify the page.
_TRACKING = lazy_regex(
    r"utm_\w*|fbclid|gclid|dclid|msclkid|igshid|mc_cid|mc_eid|ref|ref_src|ref_url|spm|"
    r"spm_id_from|vd_source|share_source|si|feature|ab_channel|trk",
    re.IGNORECASE,
)
_TRACKING_OF_HOST = {"github.com": lazy_regex(r"tab|readme"), "x.com": lazy_regex(r"s|t")}
_SAME_HOST = {"twitter.com": "x.com", "mobile.twitter.com": "x.com", "hf.co": "huggingface.co"}
_YOUTUBE = ("youtube.com", "m.youtube.com", "music.youtube.com", "youtube-nocookie.com")
_VIDEO = lazy_regex(r"[\w-]{6,20}")
_HOST = lazy_regex(r"\w[\w.-]*|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_UNSAFE = lazy_regex(r"[\s<>\"`\\\x00-\x20\x7f]")
_OWNER = lazy_regex(r"[A-Za-z0-9-]{1,39}")
_REPO = lazy_regex(r"[A-Za-z0-9._-]{1,100}")
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
# Longer than any page's address; a service or a page may send anything.
MAX_ADDRESS_CHARS = 2_000
# No path of these hosts ends in a mark, so that one is of the sentence around it.
_PLAIN_ENDS = frozenset({"huggingface.co", "x.com", "youtube.com", "m.youtube.com", "youtu.be"})
NO_ADDRESS = "is neither an arXiv id nor a web address; write e.g. https://arxiv.org/abs/2411.04965"
NO_PAPER = (
    "names no paper of arXiv: an id is year and month, a stop, and five digits (four until 2014); "
    "write e.g. https://arxiv.org/abs/2411.04965"
)
_END_MARKS = " \t\r\n.,;:!?'\"`*)]}>"

# An address with what stands around it where it was copied from: quotes, brackets, a Markdown link.
_PASTED_LINK = lazy_regex(
    r"(?:[-*+] +)?(?:!?\[[^\]]*\]\(<?(?P<link>https?://[^\s<>]+?)>?\)"
    r"|[<\[({\"'`\u2018-\u201f\u00ab](?P<marked>https?://[^\s<>\"`]+?)[>\])}\"'`\u2018-\u201f\u00bb]"
    r"|(?<= )(?P<item>https?://\S+))[.,;:]*",
    re.IGNORECASE,
)
# Schemes spelt wrongly, twice, or with a word in front.
_SCHEMES = lazy_regex(
    r"^(?:(?:url|view-source|id):\s*)?(?:(?:h(?:tt|xx|t)ps?)(?::/*|//)\s*)+(?=[\w-]+\.)|^//(?=[\w-]+\.)",
    re.IGNORECASE,
)

Kind = Literal["paper"] | LinkKind

# Tabs of a Hugging Face page are the same work: files, discussions, the viewer.
_TABS = lazy_regex(
    r"(https://huggingface\.co/.+?)/(?:tree|blob|resolve|discussions|viewer)(?:/.*)?"
)
# A paper's file at a publisher whose pages are named alike.
_PAPER_FILE = lazy_regex(
    r"(?P<page>https://aclanthology\.org/)(?P<id>[\w.-]+?)\.pdf$"
    r"|(?P<form>https://openreview\.net/)(?:pdf|attachment)(?P<of>\?id=[\w-]+)(?:&.*)?$",
)
# What nobody needs to write by its number: letters, digits and ``-._~``.
_PLAIN_SIGN = lazy_regex("%(2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])", re.IGNORECASE)
_KIND_OF_PART: dict[str, LinkKind] = {
    "blog": "blog",
    "datasets": "dataset",
    "spaces": "space",
    "collections": "collection",
}
# First parts of huggingface.co paths that are its own pages, not user names.
_NOT_NAMES = frozenset(
    {"api", "docs", "join", "learn", "models", "organizations", "papers", "posts", "tasks"}
)
_VIDEOS = lazy_regex(r"https://(?:(?:youtube\.com|m\.youtube\.com)/|(?:m\.)?bilibili\.com/video/)")


@dataclass(frozen=True, slots=True)
class Address:
    """``key`` as in the store, ``url`` as the list shows it, ``typed`` as given."""

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
        """The kind of a link."""
        return "page" if self.kind == "paper" else self.kind


def read_address(typed: str) -> Address | None:
    """
    Parse an arXiv id, a DOI of arXiv, or a web address; None for anything else.

    An address of a paper at arXiv whose id is none is no page either (``why_no_address``).
    """
    text = typed.strip()
    arxiv_id = ArxivId.parse(text)
    if arxiv_id:
        url = f"https://arxiv.org/abs/{arxiv_id.base}"
        return Address(typed, "paper", paper_key(arxiv_id.base), url)
    if is_misspelt(text):
        return None
    if re.match(r"[\w.-]+\.[a-z]{2,}/\S", text, re.IGNORECASE):
        text = f"https://{text}"
    link = canonical_url(text)
    if link is None or re.search(r"\s", text):
        return None
    owner_repo = _full_repository(link)
    if owner_repo:
        return repository_address(typed, *owner_repo)
    return Address(typed, _kind(link), link_key(link), _shown(text, link))


def read_typed(typed: str) -> Address | None:
    """
    As ``read_address``, for what a person typed or pasted from anywhere.

    Signs that nobody sees, wide letters, and marks around an address don't count; a page that is
    about one paper of arXiv, such as a mirror or a redirect, is that paper.
    """
    text = _pasted(typed)
    address = read_address(text)
    paper = named_in(text) if "/" in text and (address is None or address.kind == "page") else None
    if paper:
        return Address(typed, "paper", paper_key(paper.base), f"https://arxiv.org/abs/{paper.base}")
    return replace(address, typed=typed) if address else None


def _pasted(typed: str) -> str:
    """The address in a pasted text, without what was pasted with it."""
    text = "".join(sign for sign in typed if unicodedata.category(sign) != "Cf").strip()
    if len(text) > MAX_ADDRESS_CHARS:
        return text
    wide = unicodedata.normalize("NFKC", text).replace("\N{IDEOGRAPHIC FULL STOP}", ".")
    if not text.isascii() and (ArxivId.parse(wide) or named_in(wide)):
        text = wide
    link = _PASTED_LINK.fullmatch(text)
    text = link["link"] or link["marked"] or link["item"] if link else text
    bare = _SCHEMES.sub("https://", text)
    return bare if bare != text and read_address(bare) else text


def why_no_address(typed: str) -> str:
    """The sentence for a text that ``read_address`` doesn't take."""
    if is_misspelt(typed):
        return NO_PAPER
    return NO_ADDRESS if len(typed) <= MAX_ADDRESS_CHARS else "is longer than any web address"


def _full_repository(link: str) -> tuple[str, str] | None:
    """Owner and name if the address is that of a repository or its files, not of an issue."""
    parts = urlsplit(link).path.strip("/").split("/")
    is_repository = len(parts) == 2 or parts[2:3] in (["tree"], ["blob"])
    return repository(link) if is_repository else None


def _kind(link: str) -> LinkKind:
    if _VIDEOS.match(link):
        return "video"
    parts = urlsplit(link)
    if parts.hostname == "x.com":
        return "post"
    return _kind_of_face(parts.path) if parts.hostname == "huggingface.co" else "page"


def _kind_of_face(path: str) -> LinkKind:
    """What a page of Hugging Face shows, by its path."""
    first, *rest = path.strip("/").split("/")
    if rest and first in _KIND_OF_PART:
        return _KIND_OF_PART[first]
    return "model" if rest and first not in _NOT_NAMES else "page"


def _shown(text: str, link: str) -> str:
    """The canonical address, with ``www.`` and a final slash if typed with them."""
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
    The canonical address of a page; None for an arXiv paper and for anything but a web page.

    Always https; host in lower case without ``www.``; no tracking parameters, no trailing slash,
    no fragment (except ``#/`` and ``#!``, which identify pages).
    """
    parts = _split(url)
    if parts is None or ArxivId.parse(url.strip()):
        return None
    host = _host(parts)
    video = _video(host, parts)
    if video:
        return f"https://youtube.com/watch?v={video}"
    repo = _github(host, parts.path)
    path = parts.path.rstrip(_END_MARKS) if host in _PLAIN_ENDS else parts.path
    path = f"/{'/'.join(repo)}" if repo and parts.path.count("/", 1) <= 1 else path
    query = "&".join(part for part in parts.query.split("&") if part and not _tracks(host, part))
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""
    address = f"https://{host}{_port(parts)}{path.rstrip('/')}"
    address += (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")
    return _UNSAFE.sub(lambda match: quote(match[0]), address)


def _split(url: str) -> SplitResult | None:
    """The parts of a web address; None for other schemes, user names, and invalid ones."""
    if len(url) > MAX_ADDRESS_CHARS:
        return None
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
    video = video.rstrip(_END_MARKS)
    return video if _VIDEO.fullmatch(video) else None


def _github(host: str, path: str) -> tuple[str, str] | None:
    names = [name for name in path.split("/") if name][:2]
    if host != "github.com" or len(names) < 2 or names[0].lower() in _NOT_OWNERS:
        return None
    owner, repo = names[0], names[1].rstrip(_END_MARKS).removesuffix(".git").rstrip(_END_MARKS)
    return (owner, repo) if _OWNER.fullmatch(owner) and _REPO.fullmatch(repo) else None


def _tracks(host: str, parameter: str) -> bool:
    name = parameter.partition("=")[0]
    own_parameters = _TRACKING_OF_HOST.get(host)
    return bool(_TRACKING.fullmatch(name) or (own_parameters and own_parameters.fullmatch(name)))


def _port(parts: SplitResult) -> str:
    return "" if parts.port in (None, 80, 443) else f":{parts.port}"


def work_key(url: str) -> str | None:
    """The key in the store: ``arxiv:ID`` for a page of one paper, else ``link:URL``."""
    if _split(url) is None:
        return None
    arxiv_id = ArxivId.parse(url.strip())
    if arxiv_id:
        return paper_key(arxiv_id.base)
    return f"link:{canonical_url(url)}"


def repository(url: str) -> tuple[str, str] | None:
    """
    Owner and name of a GitHub repository, from any address inside it.

    Ignores scheme, query, deeper path, ``.git``, and punctuation of running text at the end. None
    for GitHub's own pages and for other hosts.
    """
    parts = _split(url if "://" in url else f"https://{url}")
    return _github(_host(parts), parts.path) if parts else None


def label_for(url: str) -> str:
    """The label of a link in the list: the host without ``www.`` and its last part, or 𝕏."""
    parts = _split(url)
    host = _host(parts) if parts else ""
    if host == "x.com":
        return "𝕏"
    return host.rpartition(".")[0] or host or "link"


def usual_repository(owner: str, repo: str) -> str | None:
    """The identity of a repository by its names, which have only letters, digits, - and _."""
    if owner.lower() in _NOT_OWNERS:
        return None
    return f"link:https://github.com/{owner}/{repo}".lower()


def repository_address(typed: str, owner: str, repo: str) -> Address:
    """The address of a repository, from GitHub's own spelling of its names."""
    url = f"https://github.com/{owner}/{repo}"
    return Address(typed, "repository", link_key(url), url)


def identity(key: str) -> str:
    """A key that is the same for all spellings of a work; for comparison only."""
    if not is_link_key(key):
        return key
    link = _plain(bare_key(key))
    owner_repo = _full_repository(link)
    if owner_repo:
        return "link:https://github.com/{}/{}".format(*owner_repo).lower()
    tab = _TABS.fullmatch(link)
    return link_key(tab[1] if tab else _PAPER_FILE.sub(_page_of_file, link))


def _plain(link: str) -> str:
    """An address whose host and path are spelt as those who write plainly spell them."""
    if link.isascii() and "//" not in link[8:] and "/." not in link and "%" not in link:
        return link
    parts = urlsplit(link)
    path = _PLAIN_SIGN.sub(lambda match: chr(int(match[1], 16)), plain_path(parts.path))
    host = parts.netloc
    if not host.isascii():
        with suppress(UnicodeError):
            host = host.encode("idna").decode()
    return parts._replace(netloc=host, path=path.rstrip("/")).geturl()


def _page_of_file(match: re.Match[str]) -> str:
    """The page of a paper whose file is linked."""
    return (
        f"{match['page']}{match['id']}" if match["page"] else f"{match['form']}forum{match['of']}"
    )
