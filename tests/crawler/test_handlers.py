"""The end of a crawl's connections, in a process of its own: a reactor starts once."""

import subprocess
import sys

import pytest

BUSY = """
import asyncio, logging, time
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.python import log
from crawler.handlers import HttpHandler

class Pool:
    def closeCachedConnections(self):
        closed = Deferred()
        reactor.callLater({after}, closed.callback, None)
        # The machine is busy until both the last connection and the timeout are due.
        reactor.callLater(0.01, time.sleep, {busy})
        return closed

async def end():
    await handler.close()
    print("closed")
    reactor.callLater(0.05, reactor.stop)

log.PythonLoggingObserver().start()
logging.basicConfig()
handler = HttpHandler.__new__(HttpHandler)
handler._pool, handler._disconnect_timeout = Pool(), 0.1
reactor.callWhenRunning(lambda: asyncio.ensure_future(end()))
reactor.run()
"""


def ended(after, busy):
    """What a process prints and logs whose connections close after so many seconds."""
    line = [sys.executable, "-c", BUSY.format(after=after, busy=busy)]
    said = subprocess.run(line, capture_output=True, text=True, timeout=60, check=True)
    return said.stdout, said.stderr


@pytest.mark.long
def test_the_last_connection_closes_when_the_timeout_is_due():
    assert ("closed\n", "") == ended(after=0.099, busy=0.3)


@pytest.mark.long
def test_a_connection_that_does_not_close_is_left():
    assert ("closed\n", "") == ended(after=30, busy=0)
