"""
Which addresses may be asked at all: an allow-list by host, and no private address behind a name.

A loopback host is allowed only when the environment named that very host and port.
"""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

# DNS allows 253; the turn of a host is kept in a file of its name.
MAX_HOST_CHARS = 200
# Ends of names that are given out within a house only.
PRIVATE_ENDS = frozenset({"localhost", "local", "internal", "lan", "home", "corp", "arpa"})


@dataclass(frozen=True, slots=True)
class Hosts:
    """``public`` host names, asked over https; ``local`` host:port pairs, for the sandbox."""

    public: frozenset[str]
    local: frozenset[str] = frozenset()

    @classmethod
    def of(cls, urls: Iterable[str]) -> "Hosts":
        """The hosts of configured base addresses."""
        public, local = set(), set()
        for url in urls:
            parts = urlsplit(url)
            if is_private_name(parts.hostname or ""):
                local.add(parts.netloc.lower())
            elif parts.hostname:
                public.add(parts.hostname.lower())
        return cls(frozenset(public), frozenset(local))

    def refusal(self, url: str) -> str | None:
        """Why this address may not be asked; None if it may."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            return "is no address"
        if parts.username or parts.password:
            return "carries a user name"
        if parts.netloc.lower() in self.local and parts.scheme in {"http", "https"}:
            return None
        if parts.scheme != "https":
            return f"is not https ({parts.scheme or 'no scheme'})"
        if host not in self.public or port not in {None, 443}:
            return "is not among the configured hosts"
        return None

    def widened(self, urls: Iterable[str]) -> "Hosts":
        """These and the hosts of pages that a person named, with and without ``www.``."""
        named = {(urlsplit(url).hostname or "").removeprefix("www.") for url in urls}
        both = named | {f"www.{host}" for host in named}
        return Hosts(self.public | both, self.local)

    @property
    def local_names(self) -> frozenset[str]:
        """The local hosts without their ports."""
        return frozenset(urlsplit(f"//{netloc}").hostname or "" for netloc in self.local)


def page_refusal(url: str) -> str | None:
    """Why a page that a person named may not be asked: only names of the internet at large are."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if len(host) > MAX_HOST_CHARS:
        return "has a host that is too long"
    # Numbers are addresses in many spellings (octal, in one number): none is a page of a list.
    last = host.rpartition(".")[2]
    if ":" in host or re.match(r"\d|0x", last) or "." not in host or last in PRIVATE_ENDS:
        return "is not on a host of the public internet"
    if parts.port not in {None, 443}:
        return f"names the port {parts.port}"
    return None


def page_address(url: str, base: str | None) -> str:
    """Where a page is requested: at its address, or in tests below ``base`` on this machine."""
    if base is None:
        return url
    parts = urlsplit(url)
    return f"{base}/page/{parts.netloc}{parts.path}" + (parts.query and f"?{parts.query}")


def is_private_name(host: str) -> bool:
    """Whether a host is this machine, by name or by an address that is not public."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not is_public(host)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet at large; IPv4 in IPv6 counts as IPv4."""
    parsed = ipaddress.ip_address(address)
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not parsed.is_multicast
