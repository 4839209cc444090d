"""Attacks behind a proxy, straight at the page's own port: nobody but the proxy is believed."""

import re
import socket

import pytest

from cli.review import listen
from output.review.proxy import MAX_NAME_LETTERS, Proxy
from tests.review.proxied import HOST, PUBLIC, team
from tests.review.test_guard import EmptySession


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
