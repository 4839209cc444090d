"""An answer that is too large leaves nothing of itself in memory."""

import gc
import weakref
import zlib
from io import BytesIO

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
