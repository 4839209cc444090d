"""A team behind a proxy: each decides in their own name, and only the proxy says who it is."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest

from catalog.errors import UsageTrouble
from cli import review
from cli.review import listen
from output.review.app import make_team_app
from output.review.proxy import MAX_NAME_LETTERS, PerPerson, Proxy, address_of, name_in
from output.review.server import server
from output.review.session import ReviewSession
from tests.guides import blocks
from tests.review.serving import LateSession
from tests.review.test_guard import EmptySession
from tests.review.week import world_of

PROXYING = Path(__file__).with_name("proxying.py")
PUBLIC = "https://papers.example.org/review"
HOST = "papers.example.org"
NGINX = """\
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/a; uwsgi_temp_path {folder}/b; scgi_temp_path {folder}/c;
  server {{
    listen 127.0.0.1:{port};
    location {prefix}/ {{
      proxy_pass http://127.0.0.1:{page};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-User $cookie_who;
    }}
  }}
}}
"""


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


@contextmanager
def python_proxy(page, prefix, way, _folder):
    line = [sys.executable, "-P", str(PROXYING), str(page), prefix, way]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def wait_for(port):
    for _ in range(500):
        with closing(socket.socket()) as there:
            if there.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


@contextmanager
def nginx(page, prefix, _way, folder):
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("no nginx here; another proxy tells the same story")
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    told = NGINX.format(folder=folder, port=port, page=page, prefix=prefix)
    (folder / "nginx.conf").write_text(told)
    line = [program, "-p", str(folder), "-e", str(folder / "log"), "-c", "nginx.conf"]
    with subprocess.Popen(line) as process:
        try:
            wait_for(port)
            yield port
        finally:
            process.terminate()


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


@pytest.mark.parametrize(
    ("start", "prefix", "way"),
    [
        pytest.param(python_proxy, "/lists/papers", "keeps", id="a proxy that keeps the prefix"),
        pytest.param(python_proxy, "/papers", "strips", id="a proxy that takes it away"),
        pytest.param(python_proxy, "", "keeps", id="a proxy with a host for the page"),
        pytest.param(nginx, "/papers", "keeps", id="nginx"),
    ],
)
def test_two_people_decide_through_a_proxy(workspace, tmp_path, start, prefix, way):
    """Each decision has its person's name; each one's undo takes back only their own."""
    session = LateSession(lambda: ReviewSession(world_of(workspace), "owner"))
    listening = listen("127.0.0.1", 0)
    page = listening.getsockname()[1]
    with start(page, prefix, way, tmp_path) as port:
        proxy = Proxy.parse(
            f"http://127.0.0.1:{port}{prefix}", "X-Forwarded-User", ["127.0.0.1"], "s"
        )
        with team(session, listening, proxy):
            ada, bob = Person(port, "ada@example.org"), Person(port, "bob")

            first, text = ada.go(f"{prefix}/")
            assert first.startswith(f"{prefix}/item/")
            links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', text))
            assert links
            assert {link for link in links if not link.startswith(f"{prefix}/")} == set()
            assert 200 == ada.ask("GET", f"{prefix}/static/review.css").status
            seen = re.search(r'name="seen" value="([^"]+)"', text[text.index("/decide") :])[1]
            told = {"act": "later", "seen": seen}
            answer = ada.ask("POST", f"{first}/decide", told, Origin=proxy.origin)
            assert (303, True) == (
                answer.status,
                answer.headers["location"].startswith(f"{prefix}/item/"),
            )
            second, text = bob.go(f"{prefix}/")
            assert second != first
            undone = bob.ask("POST", f"{prefix}/undo", {"seen": "9"})
            assert f"{prefix}/" == undone.headers["location"]

            nobody = Person(port).ask("GET", f"{prefix}/")
            assert (403, True) == (nobody.status, "Who are you?" in nobody.text)

    (kept,) = world_of(workspace).store.decisions.all()
    assert ("later", "ada@example.org") == (kept.act, kept.who)


# Attacks, straight at the page's own port


@pytest.fixture(scope="module")
def told():
    return []


@pytest.fixture(scope="module")
def page(told):
    """The page's port, where the proxy is this machine."""

    class Team(EmptySession):
        def of_person(self, name):
            person = EmptySession()
            person.user, person.told = name, told
            return person

    listening = listen("127.0.0.1", 0)
    proxy = Proxy.parse(PUBLIC, "X-Forwarded-User", ["127.0.0.1", "10.0.3.0/24"], "secret")
    with team(Team(), listening, proxy):
        yield listening.getsockname()[1]


def ask(port, method="GET", path="/review/", headers=(), host=HOST, user="ada"):
    """One raw request; ``headers`` are pairs, so that one may come twice."""
    usual = [("Host", host), ("X-Forwarded-User", user)]
    lines = [f"{name}: {value}" for name, value in [*usual, *headers] if value is not None]
    head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode("utf-8", "surrogateescape"))
        data = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    return int(data.split()[1]), data


COOKIE = Proxy.parse(PUBLIC, "X-Forwarded-User", ["::1"], "secret")
ADAS = ("Cookie", f"__Secure-listkeeper={COOKIE.cookie_of('ada')}")
SAME = ("Sec-Fetch-Site", "same-origin")
OURS = ("Origin", "https://papers.example.org")
EMPTY = ("Content-Length", "0")


def test_a_person_of_the_proxy_is_let_in_with_a_cookie_for_that_address_only(page):
    code, data = ask(page)

    assert 200 == code
    cookie = re.search(r"set-cookie: (.*)\r", data)[1]
    value = COOKIE.cookie_of("ada")
    assert (
        f"__Secure-listkeeper={value}; HttpOnly; Path=/review/; SameSite=strict; Secure" == cookie
    )
    assert "set-cookie" not in ask(page, headers=[ADAS])[1]


@pytest.mark.parametrize("extra", [[SAME], [OURS], [SAME, OURS]], ids=["site", "origin", "both"])
def test_a_form_of_the_page_is_obeyed(page, told, extra):
    told.clear()

    code, data = ask(page, "POST", "/review/undo", [ADAS, EMPTY, *extra])

    assert (303, ["undo"]) == (code, told)
    assert "location: /review/\r" in data


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([ADAS], id="from nowhere"),
        pytest.param([ADAS, ("Sec-Fetch-Site", "cross-site")], id="another site"),
        pytest.param([ADAS, ("Sec-Fetch-Site", "same-site")], id="a neighbour"),
        pytest.param([ADAS, ("Sec-Fetch-Site", "none")], id="typed"),
        pytest.param([ADAS, ("Origin", "https://evil.example")], id="another origin"),
        pytest.param([ADAS, ("Origin", "http://papers.example.org")], id="without encryption"),
        pytest.param([ADAS, ("Origin", "https://papers.example.org:8443")], id="another port"),
        pytest.param([ADAS, ("Origin", "https://papers.example.org.evil.example")], id="longer"),
        pytest.param([ADAS, ("Origin", "null")], id="no origin"),
        pytest.param([ADAS, SAME, ("Origin", "https://evil.example")], id="two stories"),
        pytest.param([SAME], id="without the cookie"),
        pytest.param([SAME, ("Cookie", "__Secure-listkeeper=x")], id="a guessed cookie"),
        pytest.param([SAME, ("Cookie", "__Secure-listkeeper=\xe9")], id="a torn cookie"),
        pytest.param([SAME, ("Cookie", f"listkeeper-1={COOKIE.cookie_of('ada')}")], id="its name"),
        pytest.param(
            [SAME, ("Cookie", f"__Secure-listkeeper={COOKIE.cookie_of('bob')}")], id="of another"
        ),
    ],
)
def test_what_the_page_did_not_send_changes_nothing(page, told, headers):
    told.clear()

    code, _ = ask(page, "POST", "/review/undo", [EMPTY, *headers])

    assert (403, []) == (code, told)


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        pytest.param(None, [], id="absent"),
        pytest.param("", [], id="empty"),
        pytest.param("   ", [], id="blank"),
        pytest.param("ada", [("X-Forwarded-User", "eve")], id="twice"),
        pytest.param("ada", [("x-forwarded-user", "ada")], id="twice in small letters"),
        pytest.param("ada, eve", [], id="a list"),
        pytest.param("<script>alert(1)</script>", [], id="HTML"),
        pytest.param('ada" onmouseover="x', [], id="a quotation mark"),
        pytest.param("ada\x1b[2J", [], id="an escape"),
        pytest.param("ada\x7f", [], id="a control character"),
        pytest.param("ada\t", [], id="a tab in it"),
        pytest.param("a\u202eda", [], id="turned round"),
        pytest.param("ada\u200b", [], id="nothing in it"),
        pytest.param("\udcff\udcfe", [], id="torn"),
        pytest.param("a" * (MAX_NAME_LETTERS + 1), [], id="long"),
        pytest.param(None, [("X-Forwarded-For", "127.0.0.1"), ("X-User", "ada")], id="others"),
        pytest.param(None, [("X_Forwarded_User", "ada")], id="with underscores"),
    ],
)
def test_a_header_that_does_not_name_one_person_is_refused(page, user, headers):
    code, data = ask(page, headers=headers, user=user)

    # A tab at the end belongs to the line, not to the name.
    if user == "ada\t":
        assert 200 == code
        return
    assert code in (400, 403)
    assert "script>" not in data
    assert "set-cookie" not in data


@pytest.mark.parametrize(
    "name", ["ada", "Ada Lovelace", "ada@example.org", "ORG\\ada", "Zoë", "吴"]
)
def test_names_that_people_have(page, name):
    code, data = ask(page, user=name)

    assert (200, True) == (code, name in data)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("evil.example", id="another"),
        pytest.param("127.0.0.1", id="our own address"),
        pytest.param("papers.example.org:80", id="another port"),
        pytest.param("papers.example.org.evil.example", id="longer"),
        pytest.param("papers.example.org@evil.example", id="a user"),
        pytest.param("", id="empty"),
    ],
)
def test_a_host_that_was_bound_anew_is_refused(page, host):
    code, data = ask(page, host=host, headers=[("X-Forwarded-Host", HOST), ADAS])

    assert code in (400, 403)
    assert "Nothing to decide" not in data


def test_two_hosts_are_refused(page):
    code, _ = ask(page, headers=[("Host", "evil.example")])

    assert code in (400, 403)


@pytest.mark.parametrize("path", ["/review/", "/review/write", "/review/static/review.js", "/"])
@pytest.mark.parametrize(
    "spoofed",
    [
        pytest.param([], id="the name"),
        pytest.param([("X-Forwarded-For", "10.9.8.7")], id="and where from"),
        pytest.param(
            [("X-Forwarded-For", "1.2.3.4, 10.9.8.7"), ("X-Real-IP", "10.9.8.7")], id="list"
        ),
        pytest.param([("Forwarded", 'for="10.9.8.7"')], id="by the standard"),
        pytest.param([ADAS, SAME, OURS], id="with a cookie"),
    ],
)
def test_nobody_but_the_proxy_is_believed(path, spoofed):
    """Whoever reaches the port by another way is told where the way in is."""
    listening = listen("127.0.0.1", 0)
    proxy = Proxy.parse(PUBLIC, "X-Forwarded-User", ["10.9.8.7"], "secret")
    with team(EmptySession(), listening, proxy):
        code, data = ask(listening.getsockname()[1], path=path, headers=spoofed)

    assert (403, True) == (code, "This is not the way in" in data)
    assert "https://papers.example.org/review/" in data
    assert "set-cookie" not in data


@pytest.mark.parametrize(
    ("proxies", "peer", "believed"),
    [
        pytest.param(["127.0.0.1"], "::ffff:127.0.0.1", True, id="IPv4 on a socket of both"),
        pytest.param(["::ffff:10.0.0.7"], "10.0.0.7", True, id="told as IPv6"),
        pytest.param(["fe80::1"], "fe80::1%eth0", True, id="with its zone"),
        pytest.param(["2001:DB8::7"], "2001:db8:0:0::7", True, id="another spelling"),
        pytest.param(["10.0.3.0/24"], "10.0.3.200", True, id="a network"),
        pytest.param(["10.0.3.0/24"], "::ffff:10.0.3.200", True, id="mapped in a network"),
        pytest.param(["10.0.3.0/24"], "10.0.4.1", False, id="beside the network"),
        pytest.param(["127.0.0.1"], "::1", False, id="another loopback"),
        pytest.param(["127.0.0.1"], "127.0.0.2", False, id="a neighbour"),
        pytest.param(["10.0.0.7"], "64:ff9b::a00:7", False, id="translated"),
        pytest.param(["10.0.0.7"], "::10.0.0.7", False, id="an old form"),
        pytest.param(["10.0.0.7"], "", False, id="no peer"),
        pytest.param(["10.0.0.7"], "unix", False, id="no address"),
    ],
)
def test_the_proxy_s_address_in_every_spelling(proxies, peer, believed):
    proxy = Proxy.parse(PUBLIC, "X-Forwarded-User", proxies, "s")

    assert believed == proxy.is_from(peer)


def test_an_ipv4_proxy_at_a_socket_for_both(told):
    try:
        listening = listen("::", 0)
    except Exception:
        pytest.skip("no IPv6 here")
    if listening.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        pytest.skip("its sockets take one of both")

    class Team(EmptySession):
        def of_person(self, _name):
            return EmptySession()

    with team(Team(), listening, Proxy.parse(PUBLIC, "X-User", ["127.0.0.1"], "s")):
        port = listening.getsockname()[1]
        code, _ = ask(port, headers=[("X-User", "ada")], user=None)
        other, _ = ask(port)

    assert (200, 403) == (code, other)


@pytest.mark.parametrize(
    ("behind", "header", "proxies", "option"),
    [
        ("http://papers.example.org", "X-User", ["127.0.0.1"], "--behind"),
        ("papers.example.org", "X-User", ["127.0.0.1"], "--behind"),
        ("https://", "X-User", ["127.0.0.1"], "--behind"),
        ("https://a:b@papers.example.org", "X-User", ["127.0.0.1"], "--behind"),
        ("https://papers.example.org/?a=b", "X-User", ["127.0.0.1"], "--behind"),
        ("https://papers.example.org/a/../b", "X-User", ["127.0.0.1"], "--behind"),
        ("https://papers.example.org//a", "X-User", ["127.0.0.1"], "--behind"),
        ("https://papers.example.org:99999", "X-User", ["127.0.0.1"], "--behind"),
        ('https://papers.example.org/"x', "X-User", ["127.0.0.1"], "--behind"),
        (PUBLIC, "Cookie", ["127.0.0.1"], "--user-header"),
        (PUBLIC, "X User", ["127.0.0.1"], "--user-header"),
        (PUBLIC, "", ["127.0.0.1"], "--user-header"),
        (PUBLIC, "X-User", [], "--proxy"),
        (PUBLIC, "X-User", ["proxy.example.org"], "--proxy"),
        (PUBLIC, "X-User", ["0.0.0.0/0"], "--proxy"),
        (PUBLIC, "X-User", ["::/0"], "--proxy"),
        (PUBLIC, "X-User", ["10.0.3.7/24"], "--proxy"),
    ],
)
def test_what_cannot_be_meant_is_refused(behind, header, proxies, option):
    with pytest.raises(UsageTrouble) as trouble:
        Proxy.parse(behind, header, proxies, "s")

    assert option == trouble.value.where


@pytest.mark.parametrize("option", [("--proxy", "127.0.0.1"), ("--user-header", "X-User")])
def test_the_options_belong_together(option):
    header, proxies = (option[1], ()) if "header" in option[0] else (None, option[1:])

    with pytest.raises(UsageTrouble, match=f"{option[0]}: .*add --behind"):
        review._proxy(None, header, proxies)


def test_hosts_with_and_without_their_usual_port():
    assert {"a.example", "a.example:443"} == Proxy.parse(
        "https://A.example", "U", ["::1"], "s"
    ).hosts
    other = Proxy.parse("https://[2001:db8::1]:8443/", "U", ["::1"], "s")
    assert ({"[2001:db8::1]:8443"}, "https://[2001:db8::1]:8443", "") == (
        other.hosts,
        other.origin,
        other.prefix,
    )


def test_two_spellings_of_a_name_are_one_person():
    """A letter with its mark, and the letter and the mark."""
    assert name_in(["Zo\u00eb".encode()]) == name_in(["Zoe\u0308".encode()])
    assert address_of("nobody") is None


def test_only_so_many_people_are_kept_ready(monkeypatch):
    monkeypatch.setattr("output.review.proxy.MAX_PEOPLE", 2)
    made = []

    async def app(scope, receive, send):
        pass

    people = PerPerson(lambda name: made.append(name) or app)
    for name in ("ada", "bob", "ada", "eve", "ada", "bob"):
        with pytest.raises(StopIteration):
            people({"listkeeper.user": name}, None, None).send(None)

    assert ["ada", "bob", "eve", "bob"] == made
