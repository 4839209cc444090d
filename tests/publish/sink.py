"""A web server of the tests that stands for a chat or a watcher."""

import http.server
import threading
from contextlib import contextmanager


class Sink:
    """A web server that keeps what it is sent, and answers with ``status``."""

    def __init__(self):
        self.got, self.status, self.body = [], 200, b""

    @contextmanager
    def open(self):
        sink = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.got.append((self.path, body.decode()))
                self.send_response(sink.status)
                self.send_header("Content-Length", str(len(sink.body)))
                self.end_headers()
                self.wfile.write(sink.body)

            def log_message(self, *_arguments):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
