"""An answer that is too large leaves nothing of itself in memory."""

import gc
import json
import subprocess
import sys
import weakref
import zlib
from io import BytesIO

import pytest
from scrapy.exceptions import IgnoreRequest
from scrapy.utils import _compression
from twisted.python.failure import Failure

from crawler.failures import TOO_LARGE, why_failed


def test_what_was_unpacked_goes_when_the_reason_is_told(monkeypatch):
    """Also where nobody collects: requests for parts of a list follow one another quickly."""
    kept = []

    class Unpacked(BytesIO):
        def __init__(self):
            super().__init__()
            kept.append(weakref.ref(self))

    monkeypatch.setattr(_compression, "BytesIO", Unpacked)
    gc.disable()
    try:
        failure = bomb()
        assert kept[-1]() is not None
        assert TOO_LARGE == why_failed(failure).reason
        assert kept[-1]() is None
    finally:
        gc.enable()


def bomb():
    """The failure of a request whose answer unpacks to more than the limit, as Scrapy gives it."""
    try:
        try:
            _compression._inflate(zlib.compress(bytes(1_000_000)), max_size=100_000)
        except ValueError as trouble:
            raise IgnoreRequest("exceeded DOWNLOAD_MAXSIZE (100000 B)") from trouble
    except IgnoreRequest:
        return Failure()


CRAWL = """
import gc, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from datetime import UTC, datetime
from types import SimpleNamespace

from scrapy.http import Response
from crawler import child
from crawler.hosts import Hosts
from crawler.plans import IdsPlan
from crawler.politeness import CrawlPolicy
from crawler.spiders.arxiv_api import ArxivPapersSpider

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        status, body = (404, b"") if self.path == "/robots.txt" else (200, b"x" * 3_000_000)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
alive, pages = [], ArxivPapersSpider.page

def page(spider, response):
    alive.append(sum(isinstance(one, Response) and len(one.body) > 1e6 for one in gc.get_objects()))
    return pages(spider, response)

ArxivPapersSpider.page = page
# Nobody looks for garbage by itself.
gc.set_threshold(0)
here = f"127.0.0.1:{server.server_port}"
policy = CrawlPolicy("x", Hosts(frozenset(), frozenset([here])), Path(sys.argv[1]), {}, 0.0)
plan = IdsPlan(f"http://{here}", ("2411.00001", "2411.00002", "2411.00003"), datetime.now(UTC))
reader, writer = child.os.pipe()
child.run(SimpleNamespace(send=lambda item: None, fileno=lambda: reader), (plan,), policy)
print(alive)
"""


@pytest.mark.long
def test_large_answers_do_not_wait_side_by_side_in_memory(tmp_path):
    """Parts of a list that follow one another, each answered with megabytes of something else."""
    ended = subprocess.run(
        [sys.executable, "-c", CRAWL, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    alive = json.loads(ended.stdout)
    assert len(alive) > 2, ended.stderr
    assert 1 == max(alive)
