"""The Scrapy settings of every crawl."""

from typing import Any

from scrapy.settings import Settings

from crawler.failures import MIB
from crawler.politeness import CrawlPolicy

UNUSED_EXTENSIONS = (
    "scrapy.extensions.telnet.TelnetConsole",
    "scrapy.extensions.remote_control.RemoteControl",
    "scrapy.extensions.feedexport.FeedExporter",
    "scrapy.extensions.throttle.AutoThrottle",
)
# AllowedHostsMiddleware is stricter than the offsite filter, which start requests and their
# redirects pass; RobotsMiddleware keeps what it read, lets nobody pass who waits, and takes no
# answer for a no.
UNUSED_MIDDLEWARES = (
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware",
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware",
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware",
    "scrapy.downloadermiddlewares.retry.RetryMiddleware",
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware",
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware",
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware",
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware",
)


def settings(manners: CrawlPolicy) -> dict[str, Any]:
    """Scrapy's settings, hardened; every spider runs under them."""
    return {
        "MANNERS": manners,
        "USER_AGENT": manners.user_agent,
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "application/atom+xml, application/xml;q=0.9, */*;q=0.5"
        },
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,  # a proxy would resolve names behind our guard
        "METAREFRESH_ENABLED": False,
        "EXTENSIONS": dict.fromkeys(UNUSED_EXTENSIONS),
        "REFERRER_POLICY": "no-referrer",
        "DOWNLOAD_HANDLERS": {"file": None, "data": None, "ftp": None, "s3": None},
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_MAXSIZE": 16 * MIB,
        "DOWNLOAD_WARNSIZE": 4 * MIB,
        "DOWNLOAD_TIMEOUT": 30,
        "DNS_TIMEOUT": 10,
        "DNS_RESOLVER": "crawler.resolver.PublicOnly",
        "TWISTED_DNS_RESOLVER": "crawler.resolver.PublicOnly",
        "REDIRECT_MAX_TIMES": 5,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "DOWNLOAD_DELAY": 0,  # PaceMiddleware waits, for all spiders and processes together
        "RETRY_ENABLED": False,  # RetryMiddleware is in its place
        "DOWNLOADER_MIDDLEWARES": {
            **dict.fromkeys(UNUSED_MIDDLEWARES),
            "crawler.middlewares.AllowedHostsMiddleware": 50,
            "crawler.middlewares.RobotsMiddleware": 100,
            "crawler.middlewares.RetryMiddleware": 550,
            "crawler.middlewares.PaceMiddleware": 1000,
        },
        "LOG_ENABLED": manners.verbose,
        "LOG_INSTALL_ROOT_HANDLER": manners.verbose,
        "LOG_LEVEL": "INFO",
    }


def crawler_settings(manners: CrawlPolicy) -> Settings:
    """The settings as Scrapy wants them."""
    return Settings(settings(manners))
