"""Name lookups that refuse private addresses."""

from typing import Any

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.hosts import is_public


class PublicOnly(CachingThreadedResolver):
    """Resolves names to public addresses only: the address that is checked is the one used."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicOnly":
        resolver: PublicOnly = super().from_crawler(crawler, reactor)
        resolver.local = crawler.settings["MANNERS"].hosts.local_names
        return resolver

    local: frozenset[str] = frozenset()

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802
        answer: Deferred[str] = super().getHostByName(name, timeout)
        return answer if name in self.local else answer.addCallback(_only_public, name)


def _only_public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} is {address}, which is not a public address")
    return address
