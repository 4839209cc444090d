"""The Caddyfile of the guide, in real Caddy, with a stand-in for what signs people in."""

import os
import re
import shutil
import socket
import subprocess
import threading
import tomllib
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.review import listen
from output.review.proxy import Proxy
from output.review.session import ReviewSession
from tests.guides import blocks
from tests.review.proxied import HOST, Person, team, wait_for
from tests.review.serving import LateSession
from tests.review.week import world_of


class SignIn(BaseHTTPRequestHandler):
    """What oauth2-proxy answers to a proxy that asks who somebody is: a name, or 401."""

    def do_GET(self):
        who = re.search(r"\bwho=([^;]+)", self.headers.get("cookie", ""))
        self.send_response(202 if who else 401)
        if who:
            self.send_header("X-Auth-Request-User", who[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def caddy(page, folder):
    """Caddy with the file of the guide, on this machine's ports; the sign-in is a stand-in."""
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("no Caddy here")
    (text,) = (block.text for block in blocks("review", language="caddyfile"))
    (told,) = (block.text for block in blocks("review", language="toml"))
    settings = tomllib.loads(told)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    sign_in = ThreadingHTTPServer(("127.0.0.1", 0), SignIn)
    threading.Thread(target=sign_in.serve_forever, daemon=True).start()
    where = {
        f"{HOST} {{": f"http://127.0.0.1:{port} {{",
        settings["http_address"]: f"127.0.0.1:{sign_in.server_port}",
        "127.0.0.1:8080": f"127.0.0.1:{page}",
    }
    assert f"https://{HOST}/oauth2/callback" == settings["redirect_url"]
    for guide, here in where.items():
        assert guide in text
        text = text.replace(guide, here)
    first = "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n"
    (folder / "Caddyfile").write_text(first + text)
    line = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = {"HOME": str(folder), "PATH": os.defpath}
    with subprocess.Popen(line, stderr=subprocess.DEVNULL, env=environment) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()
            sign_in.shutdown()
            sign_in.server_close()


def test_the_caddyfile_of_the_guide_signs_people_in(workspace, tmp_path):
    """Who is signed in decides under that name, whatever name a browser sends itself."""
    session = LateSession(lambda: ReviewSession(world_of(workspace), "owner"))
    listening = listen("127.0.0.1", 0)
    with caddy(listening.getsockname()[1], tmp_path) as port:
        proxy = Proxy.parse(f"http://127.0.0.1:{port}", "X-Forwarded-User", ["127.0.0.1"], "s")
        with team(session, listening, proxy):
            nobody = Person(port).ask("GET", "/", **{"X-Forwarded-User": "eve"})
            ada = Person(port, "ada")
            page = ada.ask("GET", "/", **{"X-Forwarded-User": "eve"}).headers["location"]
            text = ada.ask("GET", page).text
            seen = re.search(r'name="seen" value="([^"]+)"', text[text.index("/decide") :])[1]
            told = {"act": "later", "seen": seen}
            done = ada.ask("POST", f"{page}/decide", told, Origin=proxy.origin)
            sign_in = Person(port).ask("GET", "/oauth2/start")

    assert (302, True) == (nobody.status, "/oauth2/start?rd=" in nobody.headers["location"])
    assert 303 == done.status, done.text
    assert 401 == sign_in.status
    (kept,) = world_of(workspace).store.decisions.all()
    assert ("later", "ada") == (kept.act, kept.who)
