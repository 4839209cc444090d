"""
Scrapy's settings, hardened; every spider runs under them.

``scrapy.cfg`` names this module. What is None here comes from ``config/services.yaml`` and the
environment when a spider is started by ``scrapy``; ``listkeeper`` puts its own values in place.
"""

from pathlib import Path

from crawler import policy

_checkout = Path(__file__).resolve().parents[1]

BOT_NAME = "listkeeper"
SPIDER_MODULES = ["crawler.spiders"]
ADDONS = {"crawler.project.ConfiguredServices": 0}

# Where the configuration is, and where processes agree on whose turn it is.
CONFIG_FOLDER = str(_checkout / "config")
PACE_FOLDER = str(_checkout / ".listkeeper" / "pace")
USER_AGENT: str | None = None
# Names of hosts, asked over https; LOCAL_HOSTS are host:port pairs of this machine.
ALLOWED_HOSTS: list[str] | None = None
LOCAL_HOSTS: list[str] | None = None
# Seconds between requests by group of hosts, and what a second is: less is for the sandbox.
PAUSES: dict[str, float] | None = None
PACE_SCALE: float | None = None
# Requests of all spiders of a process together; None is no limit.
REQUEST_BUDGET: int | None = None

DEFAULT_REQUEST_HEADERS = {"Accept": "application/atom+xml, application/xml;q=0.9, */*;q=0.5"}
COOKIES_ENABLED = False
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
HTTPPROXY_ENABLED = False  # a proxy would resolve names behind our guard
METAREFRESH_ENABLED = False
RETRY_ENABLED = False  # our RetryMiddleware is in its place
REFERRER_POLICY = "no-referrer"
HTTP_HANDLER = "crawler.handlers.HttpHandler"
DOWNLOAD_HANDLERS = {
    "http": HTTP_HANDLER,
    "https": HTTP_HANDLER,
    "file": None,
    "data": None,
    "ftp": None,
    "s3": None,
}
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_MAXSIZE = policy.MAX_BODY_BYTES
DOWNLOAD_WARNSIZE = 4 * policy.MIB
DOWNLOAD_TIMEOUT = policy.RESPONSE_TIMEOUT_S
DNS_TIMEOUT = policy.DNS_TIMEOUT_S
TWISTED_DNS_RESOLVER = "crawler.resolver.PublicOnlyResolver"
REDIRECT_MAX_TIMES = 5
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = 0  # PaceMiddleware waits, for all spiders and processes together
LOG_LEVEL = "INFO"

EXTENSIONS = {
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
    "scrapy.extensions.throttle.AutoThrottle": None,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.middlewares.AllowedHostsMiddleware": 50,
    "crawler.middlewares.RobotsMiddleware": 100,
    "crawler.middlewares.RetryMiddleware": 550,
    "crawler.middlewares.PaceMiddleware": 1000,
    # AllowedHostsMiddleware is stricter: it sees start requests and their redirects, too.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    # RobotsMiddleware stores the rules for a day, makes everyone wait for them, and takes no
    # answer for a no.
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.cookies.CookiesMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
}
# One item for each paper, link and page; a response that cannot be used is dropped with its reason.
SPIDER_MIDDLEWARES = {"crawler.export.ItemsMiddleware": 900}
ITEM_PIPELINES = {"crawler.export.FailuresPipeline": 100}
