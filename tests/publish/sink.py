"""A web server of the tests that stands for a chat or a watcher."""

import http.server
import threading
from contextlib import contextmanager


class Sink:
    """A web server that keeps what it is sent, and answers with ``status``."""

    def __init__(self):
        self.got, self.status, self.body = [], 200, b""

    def answer(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"] or 0))
        self.got.append((handler.path, body.decode()))
        handler.send_response(self.status)
        handler.send_header("Content-Length", str(len(self.body)))
        handler.end_headers()
        handler.wfile.write(self.body)

    @contextmanager
    def open(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                sink.answer(self)

            do_GET = do_POST  # noqa: N815 - a name of the library

            def log_message(self, *_arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
