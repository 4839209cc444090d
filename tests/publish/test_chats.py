"""What the services of chats answer: taken, refused for good, or not now."""

import json
import time
from contextlib import suppress

import pytest

from tests.publish.sink import Sink

TOKEN = "b1946ac92492d2347c6235b4d2611184"
TAKEN = {
    "Slack": (f"slack://T1JJ3T3L2/A1BRTD4JD/{TOKEN[:24]}/#papers", 200, "ok"),
    "Discord": (f"discord://4174216298/{TOKEN * 2}", 204, ""),
    "Telegram": (
        f"tgram://123456789:{TOKEN}abc/12315544/",
        200,
        '{"ok": true, "result": {"message_id": 7}}',
    ),
    "Feishu": (f"feishu://{TOKEN}", 200, '{"code": 0, "data": {}, "msg": "success"}'),
    "Feishu of old": (f"feishu://{TOKEN}", 200, '{"StatusCode": 0, "StatusMessage": "success"}'),
    "Lark": (f"lark://{TOKEN}", 200, '{"code": 0, "data": {}, "msg": "success"}'),
    "WeCom": (f"wecombot://{TOKEN}", 200, '{"errcode": 0, "errmsg": "ok"}'),
    "DingTalk": (f"dingtalk://{TOKEN}", 200, '{"errcode": 0, "errmsg": "ok"}'),
    "Zulip": (
        f"zulip://keeper@list/{TOKEN}/papers",
        200,
        '{"id": 42, "msg": "", "result": "success"}',
    ),
    "Matrix": (f"matrixs://{TOKEN}@matrix.example?mode=slack", 200, "ok"),
    "Teams": (
        f"workflows://a.logic.azure.com/{TOKEN}/{TOKEN[:20]}",
        202,
        "",
    ),
    "ntfy": (f"ntfys://ntfy.example/{TOKEN[:8]}", 200, '{"id": "x", "event": "message"}'),
}
REFUSED = {
    "Slack, channel gone": ("Slack", 404, "channel_is_archived", 1, "404 channel_is_archived"),
    "Slack, a page": ("Slack", 200, "<!DOCTYPE html><title>Log in</title>", 75, "a web page"),
    "Slack, too often": ("Slack", 429, "rate_limited", 75, "429 rate_limited"),
    "Discord, too long": (
        "Discord", 400, '{"code": 50035, "message": "Invalid Form Body"}', 1, "400 Invalid Form",
    ),
    "Telegram, thrown out": (
        "Telegram", 403, '{"ok": false, "error_code": 403, "description": "Forbidden: kicked"}',
        1, "Forbidden: kicked",
    ),
    "Telegram, with 200": (
        "Telegram", 200, '{"ok": false, "error_code": 400, "description": "chat not found"}',
        1, "chat not found",
    ),
    "Feishu, a word is missing": (
        "Feishu", 200, '{"code": 19024, "msg": "Key Words Not Found"}', 1, "19024 Key Words",
    ),
    "Feishu, too often": ("Feishu", 200, '{"code": 11232, "msg": "limited"}', 75, "11232 limited"),
    "Feishu of old": (
        "Feishu", 200, '{"StatusCode": 19001, "StatusMessage": "param invalid"}', 1, "19001 param",
    ),
    "Lark, a signature": ("Lark", 200, '{"code": 19021, "msg": "sign match fail"}', 1, "19021"),
    "WeCom, too long": (
        "WeCom", 200, '{"errcode": 40058, "errmsg": "content exceed max length 2048"}',
        1, "40058 content exceed max length",
    ),
    "WeCom, too often": ("WeCom", 200, '{"errcode": 45009, "errmsg": "freq out"}', 75, "45009"),
    "DingTalk, a word is missing": (
        "DingTalk", 200, '{"errcode": 310000, "errmsg": "keywords not in content"}',
        1, "310000 keywords not in content",
    ),
    "DingTalk, too often": ("DingTalk", 200, '{"errcode": 130101, "errmsg": "fast"}', 75, "130101"),
    "Zulip, no such stream": (
        "Zulip", 400, '{"code": "STREAM_DOES_NOT_EXIST", "msg": "no stream", "result": "error"}',
        1, "400 no stream",
    ),
    "Zulip, with 200": ("Zulip", 200, '{"msg": "no stream", "result": "error"}', 1, "no stream"),
    "Matrix, with 200": (
        "Matrix", 200, '{"errcode": "M_FORBIDDEN", "error": "not in room"}', 1, "not in room",
    ),
    "Teams, the channel failed": (
        "Teams", 200, "Webhook message delivery failed with error: HTTP error 429", 75, "delivery",
    ),
    "Teams, the channel refuses": (
        "Teams", 200, "Webhook message delivery failed with error: HTTP error 403", 1, "delivery",
    ),
    "ntfy, reserved": ("ntfy", 403, '{"code": 40301, "error": "forbidden"}', 1, "403 forbidden"),
    "ntfy, broken": ("ntfy", 502, "", 75, "502"),
}  # fmt: skip


@pytest.fixture
def vendors(monkeypatch):
    """All services of chats are a sink on this machine."""
    from requests.adapters import HTTPAdapter

    sink, send = Sink(), HTTPAdapter.send

    def send_here(adapter, request, **settings):
        request.url = f"http://127.0.0.1:{port}/"
        return send(adapter, request, **settings | {"proxies": {}, "verify": False})

    with sink.open() as port:
        monkeypatch.setattr(HTTPAdapter, "send", send_here)
        yield sink


def said_to(vendors, monkeypatch, name, status, body):
    """Say a week in a vendor's chat that answers so; what became of it."""
    from output.publish.channels.chat import say
    from output.publish.channels.outcome import Outcome, attempt

    vendors.status, vendors.body = status, body.encode()

    def send():
        say({"LISTKEEPER_CHAT": TAKEN[name][0]}, "LISTKEEPER_CHAT", "25 candidates")
        return [Outcome("chat", "sent", "")]

    (outcome,) = attempt("chat", send)
    return outcome


@pytest.mark.parametrize("name", TAKEN)
def test_a_vendors_yes_is_a_success(vendors, monkeypatch, name):
    outcome = said_to(vendors, monkeypatch, name, *TAKEN[name][1:])

    assert "sent" == outcome.word, outcome.message
    assert vendors.got


@pytest.mark.parametrize("name", REFUSED)
def test_a_vendors_refusal_is_seen_whatever_its_status(vendors, monkeypatch, name):
    """A refusal for good needs a person, in the vendor's words; too many messages do not."""
    vendor, status, body, code, words = REFUSED[name]

    outcome = said_to(vendors, monkeypatch, vendor, status, body)

    assert code == outcome.code, outcome.message
    assert words in outcome.message
    assert TOKEN not in outcome.message


def test_a_refusal_that_repeats_the_address_hides_it(vendors, monkeypatch):
    body = json.dumps({"errcode": 93000, "errmsg": f"invalid webhook url {TOKEN}"})

    outcome = said_to(vendors, monkeypatch, "WeCom", 200, body)

    assert "93000 invalid webhook url ***" in outcome.message


class Odd(Sink):
    """Answers by ``write`` in place of a body, or leads elsewhere."""

    def __init__(self, status, write):
        super().__init__()
        self.status, self.write, self.asked = status, write, []

    def answer(self, handler):
        self.asked.append(handler.path)
        if self.status == 302 and "login" in handler.path:
            handler.send_response(200)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        handler.send_response(self.status)
        handler.send_header("Location", "/login")
        handler.end_headers()
        with suppress(OSError):
            self.write(handler.wfile)


def said_to_odd(odd):
    from output.publish.channels.chat import say
    from output.publish.channels.outcome import Outcome, attempt

    def send(port):
        say(
            {"LISTKEEPER_CHAT": f"json://127.0.0.1:{port}/hook"}, "LISTKEEPER_CHAT", "25 candidates"
        )
        return [Outcome("chat", "sent", "")]

    with odd.open() as port:
        (outcome,) = attempt("chat", lambda: send(port))
    return outcome


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_chat_that_leads_elsewhere_has_not_taken_the_message(status):
    """Followed, the message would be lost on the way, or shown to another host."""
    odd = Odd(status, lambda _: None)

    outcome = said_to_odd(odd)

    assert ["/hook"] == odd.asked
    assert 1 == outcome.code
    assert f"refuses the message ({status}, it leads to another address)" in outcome.message


def without_an_end(file):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        file.write(b"x" * 65_536)


@pytest.mark.long
def test_an_answer_without_an_end_is_left_at_its_beginning():
    before = time.monotonic()

    assert "sent" == said_to_odd(Odd(200, without_an_end)).word
    assert time.monotonic() - before < 15


def byte_by_byte(file):
    for _ in range(40):
        file.write(b"x")
        file.flush()
        time.sleep(0.1)


def test_an_answer_byte_by_byte_is_waited_for_only_so_long(monkeypatch):
    monkeypatch.setattr("output.publish.channels.answers.ANSWER_TIMEOUT_S", 0.3)
    before = time.monotonic()

    assert 75 == said_to_odd(Odd(200, byte_by_byte)).code
    assert time.monotonic() - before < 3


@pytest.mark.parametrize("write", [without_an_end, byte_by_byte])
def test_what_a_redirect_says_is_not_waited_for(write):
    """It is refused for good, whatever follows."""
    before = time.monotonic()

    assert 1 == said_to_odd(Odd(307, write)).code
    assert time.monotonic() - before < 3
