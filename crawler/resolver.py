"""Name lookups that refuse private addresses."""

from typing import Any

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.policy import address_refusal
from crawler.politeness import CrawlPolicy
from crawler.project import configure


class PublicOnlyResolver(CachingThreadedResolver):
    """Resolves names to public addresses only: the address that is checked is the one used."""

    local: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> "PublicOnlyResolver":
        resolver: PublicOnlyResolver = super().from_crawler(crawler, reactor)
        # Scrapy hands in the settings of the process, which add-ons have not seen.
        configure(crawler.settings)
        resolver.local = CrawlPolicy.from_settings(crawler.settings).hosts.local_names
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: N802
        answer: Deferred[str] = super().getHostByName(name, timeout)
        return answer if name in self.local else answer.addCallback(_only_public, name)


def _only_public(address: str, name: str) -> str:
    if refusal := address_refusal(name, address):
        raise DNSLookupError(refusal)
    return address
