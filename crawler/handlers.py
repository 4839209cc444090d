"""HTTP as Scrapy speaks it, with an end that does not meet its own timeout."""

import asyncio

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from twisted.internet.defer import Deferred


class HttpHandler(HTTP11DownloadHandler):
    """
    Waits for open connections without touching what it waits for.

    Scrapy fires its Deferred itself when the time is over. On a busy machine that is the moment in
    which the last connection has fired it, and the log of the crawl ends with AlreadyCalledError.
    """

    async def close(self) -> None:
        closing: Deferred[None] = self._pool.closeCachedConnections()  # type: ignore[no-untyped-call]
        closed = closing.asFuture(asyncio.get_running_loop())
        await asyncio.wait([closed], timeout=self._disconnect_timeout)
