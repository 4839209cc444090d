"""
A small reverse proxy, as a process: it knows people by a cookie, and tells the page who they are.

    python -P tests/review/proxying.py PORT-OF-THE-PAGE PREFIX keeps|strips

It prints its own port. What people send as X-Forwarded-User themselves is not handed on.
"""

import http.client
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

OWN = {"host", "connection", "x-forwarded-user", "x-forwarded-for"}


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    port, prefix, strips = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "strips"

    def answer(self):
        who = re.search(r"\bwho=([^;]+)", self.headers.get("cookie", ""))
        path = self.path.removeprefix(self.prefix) if self.strips else self.path
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        upstream = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        upstream.putrequest(self.command, path or "/", skip_host=True, skip_accept_encoding=True)
        upstream.putheader("Host", self.headers["host"])
        for name, value in self.headers.items():
            if name.lower() not in OWN:
                upstream.putheader(name, value)
        upstream.putheader("X-Forwarded-For", self.client_address[0])
        if who:
            upstream.putheader("X-Forwarded-User", who[1])
        upstream.endheaders(body)
        told = upstream.getresponse()
        data = told.read()
        self.send_response(told.status)
        for name, value in told.getheaders():
            if name.lower() not in ("date", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_HEAD = answer  # noqa: N815 - names of the library

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
