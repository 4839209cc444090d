"""A team behind a proxy: each decides in their own name, and only the proxy says who it is."""

import re
import shutil
import socket
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from catalog.errors import UsageTrouble
from cli import review
from cli.review import listen
from output.review.proxy import PerPerson, Proxy, address_of, name_in
from output.review.session import ReviewSession
from tests.review.proxied import PUBLIC, Person, team, wait_for
from tests.review.serving import LateSession
from tests.review.week import world_of

PROXYING = Path(__file__).with_name("proxying.py")
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
def python_proxy(page, prefix, way, _folder):
    line = [sys.executable, "-P", str(PROXYING), str(page), prefix, way]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


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
