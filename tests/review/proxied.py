"""A page for a team behind a proxy, and the people who use it."""

import http.client
import socket
import threading
import time
from contextlib import closing, contextmanager
from urllib.parse import urlencode

from output.review.app import make_team_app
from output.review.server import server

PUBLIC = "https://papers.example.org/review"
HOST = "papers.example.org"


@contextmanager
def team(session, listening, proxy):
    """The page for a team, in a thread."""
    made = server(make_team_app(session, proxy))
    thread = threading.Thread(target=made.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not made.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        made.should_exit = True
        thread.join(10)


class Person:
    """A browser that is signed in at the proxy; it keeps the cookies that it is given."""

    def __init__(self, port, name=None):
        self.port, self.cookies = port, {"who": name} if name else {}

    def ask(self, method, path, form=None, **headers):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        told = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin", **headers}
        body = None if form is None else urlencode(form)
        if body is not None:
            told["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, told)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
        for line in answer.headers.get_all("set-cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def go(self, path):
        """The page at the end of all redirects."""
        answer = self.ask("GET", path)
        while answer.status == 303:
            path = answer.headers["location"]
            answer = self.ask("GET", path)
        return path, answer.text


def wait_for(port):
    for _ in range(500):
        with closing(socket.socket()) as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
