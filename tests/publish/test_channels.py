"""Mail, chat, site, heartbeats and metrics, on real servers of this machine."""

import email
import email.policy
import itertools
import json
import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager
from datetime import timedelta

import feedparser
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from prometheus_client.parser import text_string_to_metric_families

from output.publish.channels.week import CHAT_BYTES, Week, week_of_list
from sandbox.network.tls import TlsProxies
from tests.publish.sink import Sink
from tests.review.browser import chromium
from tests.review.week import NOW, arrives
from tests.workspace import REPOSITORY, Workspace

READERS = ["ada@list.example", "ben@list.example"]
WEEK = "2024-W46"


class Mailbox:
    """Takes mail, or answers as a test wants: by reader, or to the message itself."""

    def __init__(self):
        self.letters, self.answers, self.at_data = [], {}, None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        if self.at_data:
            return self.at_data
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append(letter)
        return "250 OK"


class Server(Controller):
    """Encrypted from the first byte with ``ssl_context``, by STARTTLS with ``tls_context``."""

    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextmanager
def mail_server(mailbox, **how):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Server(mailbox, hostname="127.0.0.1", port=port, **how)
    server.start()
    try:
        yield port
    finally:
        server.stop()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A list with a week's digest: real papers and invented hostile ones."""
    workspace = Workspace(tmp_path_factory.mktemp("channels") / "list")
    arrives(workspace)
    ended = workspace.run("digest", "--week", WEEK, "--size", "60", as_of=NOW)
    assert 0 == ended.code, ended.err
    return workspace


@pytest.fixture
def listed(prepared, tmp_path):
    return prepared.copy(tmp_path / "list")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A server's certificate, and the authority that signed it."""
    return TlsProxies(tmp_path_factory.mktemp("keys"), "")


def configure(workspace, text):
    (workspace.root / "config" / "publish.yaml").write_text(f"on: fri\n{text}")
    return workspace


def mail(port, security="none", to=READERS):
    return (
        f"mail: {{ to: {json.dumps(to)}, host: 127.0.0.1, port: {port}, security: {security},"
        " from: list@list.example }\n"
    )


def server_context(keys):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.pair("valid"))
    return context


def told(ended):
    report = ended.report
    return "\n".join([*report["notes"], *report["needs_person"]])


def publish(workspace, *names, **settings):
    return workspace.run("publish", *names, "--json", as_of=NOW, **settings)


def test_each_reader_gets_one_letter_and_only_once(listed):
    """HTML with plain text, no abstracts, and headers that no title can break."""
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port))
        first, again = publish(listed, "mail"), publish(listed)

    assert (0, 0) == (first.code, again.code), told(first)
    assert READERS == [letter["To"] for letter in box.letters]
    assert "everybody has this week's mail" in told(again)
    one, other = box.letters
    assert one["Subject"] == other["Subject"]
    assert one["Subject"].startswith("Efficient LLM: ")
    assert f"candidates of {WEEK}" in one["Subject"]
    assert one["Message-ID"] != other["Message-ID"]
    assert "auto-generated" == one["Auto-Submitted"]
    assert one["List-Unsubscribe"]
    plain, html = (one.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "https://arxiv.org/abs/2411." in plain
    assert "<h1>Efficient LLM: candidates for 2024-W46</h1>" in html
    assert "An invented paper about 4-bit quantization" not in html
    # Gmail cuts what is longer.
    assert len(html.encode()) < 102_000
    assert 'href="javascript:' not in html
    assert max(map(len, one.as_bytes().splitlines())) <= 998


def test_a_letter_that_is_sent_once_more_is_the_same_to_a_mail_program(listed):
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port, to=READERS[:1]))
        publish(listed, "mail")
        publish(listed, "mail", "--again")

    assert 2 == len(box.letters)
    assert box.letters[0]["Message-ID"] == box.letters[1]["Message-ID"]


def test_a_week_without_candidates_is_told_too(listed):
    """Silence would look like a broken job."""
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port))
        ended = publish(listed, "mail", "--week", "2024-W40")

    assert 0 == ended.code
    assert {"Efficient LLM: QUIET, no candidates in 2024-W40"} == {
        letter["Subject"] for letter in box.letters
    }


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_is_encrypted_and_the_certificate_checked(listed, keys, monkeypatch, security):
    how = "ssl_context" if security == "tls" else "tls_context"
    more = {} if security == "tls" else {"require_starttls": True}
    box = Mailbox()
    with mail_server_of(security, box, keys, how, more) as port:
        configure(listed, mail(port, security))
        refused = publish(listed, "mail")
        monkeypatch.setenv("SSL_CERT_FILE", str(keys.authority))
        ended = publish(listed, "mail")

    assert 2 == refused.code
    assert "its certificate is not to be trusted" in told(refused)
    assert 0 == ended.code, told(ended)
    assert 2 == len(box.letters)


@contextmanager
def mail_server_of(security, box, keys, how, more):
    context = server_context(keys)
    if security == "starttls":
        with mail_server(box, tls_context=context, **more) as port:
            yield port
        return
    # The controller's own first connection, a trial, has to trust the certificate, too.
    with mail_server(box) as inner, tls_in_front(context, inner) as port:
        yield port


@contextmanager
def tls_in_front(context, inner):
    """Takes TLS from the first byte and hands what is inside to a plain server."""
    listener = socket.create_server(("127.0.0.1", 0))

    def copy(source, target):
        try:
            while data := source.recv(65_536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for one in (source, target):
                one.close()

    def serve():
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            try:
                outside = context.wrap_socket(client, server_side=True)
            except OSError:
                continue
            inside = socket.create_connection(("127.0.0.1", inner))
            for pair in ((outside, inside), (inside, outside)):
                threading.Thread(target=copy, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


FAULTS = {
    "one reader refused": ({READERS[0]: "550 no such user"}, None, 1, "refused for good (550"),
    "every reader refused": (dict.fromkeys(READERS, "550 no"), None, 1, "refused for good (550"),
    "one reader later": ({READERS[0]: "450 greylisted"}, None, 75, "not now (450 greylisted"),
    "message later": ({}, "451 try again", 75, "not now (451"),
    "message refused": ({}, "554 spam", 1, "refused for good (554"),
    "too large": ({}, "552 too much", 1, "bytes are too large for the server"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_the_server_refuses_has_a_word_and_an_exit_code(listed, name):
    """The others get theirs, and the next run tries again what could not be sent."""
    answers, at_data, code, words = FAULTS[name]
    box = Mailbox()
    box.answers, box.at_data = answers, at_data
    with mail_server(box) as port:
        configure(listed, mail(port))
        ended = publish(listed, "mail")
        assert code == ended.code
        assert words in told(ended)
        assert [] == [one["To"] for one in box.letters if one["To"] in answers]
        box.answers, box.at_data = {}, None
        assert 0 == publish(listed, "mail").code

    assert sorted(READERS) == sorted(letter["To"] for letter in box.letters)


def test_encryption_that_the_server_does_not_offer_is_a_mistake_of_the_settings(listed):
    with mail_server(Mailbox()) as port:
        by_starttls = publish(configure(listed, mail(port, "starttls")), "mail")
        from_the_start = publish(configure(listed, mail(port, "tls")), "mail")

    assert (2, 2) == (by_starttls.code, from_the_start.code)
    assert "offers no STARTTLS; nothing was sent" in told(by_starttls)
    assert "does not speak TLS from the first byte; say security: starttls" in told(from_the_start)


def test_a_server_that_is_not_there_is_tried_again(listed):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ended = publish(configure(listed, mail(port)), "mail")

    assert 75 == ended.code
    assert "does not answer" in told(ended)


def test_a_refused_login_names_the_variables_and_not_the_password(listed, monkeypatch):
    monkeypatch.setenv("LISTKEEPER_SMTP_USER", "ada")
    monkeypatch.setenv("LISTKEEPER_SMTP_PASSWORD", "open-sesame")

    def never(*_arguments):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=False, handled=False, message="535 no")

    with mail_server(Mailbox(), authenticator=never, auth_require_tls=False) as port:
        ended = publish(configure(listed, mail(port)), "mail")

    assert 2 == ended.code
    assert "set LISTKEEPER_SMTP_USER and LISTKEEPER_SMTP_PASSWORD" in told(ended)
    assert "open-sesame" not in ended.out + ended.err


# What a server says first, and to each further line; the password; the code and what is told.
ODD_SERVERS = {
    "a challenge that is none": ("220 hi", "250-x\r\n250 AUTH CRAM-MD5", "334 %%%a", "secret", 75),
    "a password in other letters": ("220 hi", "250-x\r\n250 AUTH PLAIN", "334 ", "sécret", 2),
    "a greeting of bytes": ("\xff\xfe\x00", "250 x", "250 x", "secret", 75),
    "no numbers": ("hi there", "250 x", "250 x", "secret", 75),
    "another code": ("220 hi", "250-x\r\n250 AUTH PLAIN", "999 x", "secret", 2),
}


@pytest.mark.parametrize("name", ODD_SERVERS)
def test_a_mail_server_that_talks_otherwise_is_no_bug(listed, monkeypatch, name):
    """The parsers of the library end in their own ways."""
    first, second, rest, password, code = ODD_SERVERS[name]
    monkeypatch.setenv("LISTKEEPER_SMTP_USER", "ada")
    monkeypatch.setenv("LISTKEEPER_SMTP_PASSWORD", password)

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            for answer in itertools.chain((first, second), itertools.repeat(rest)):
                self.wfile.write(f"{answer}\r\n".encode("latin-1"))
                if not self.rfile.readline():
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended = publish(configure(listed, mail(server.server_address[1])), "mail")
        server.shutdown()

    assert code == ended.code, told(ended)
    assert password not in ended.out + ended.err


def test_a_chat_hears_of_the_week_once(listed, monkeypatch):
    sink = Sink()
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{port}/hook")
        configure(listed, "chat: [LISTKEEPER_CHAT]\nrepository: octocat/list\n")
        sink.status = 500
        failed = publish(listed, "chat")
        sink.status = 200
        first, again = publish(listed, "chat"), publish(listed, "chat")

    assert (75, 0, 0) == (failed.code, first.code, again.code)
    assert 2 == len(sink.got)
    message = json.loads(sink.got[1][1])["message"]
    assert len(message.encode()) <= CHAT_BYTES
    assert message.splitlines()[-1].startswith("https://github.com/octocat/list/blob/HEAD/digests/")
    assert "127.0.0.1" not in failed.out + failed.err


def test_titles_do_nothing_in_a_chat(prepared):
    """Nobody is mentioned, nothing is a link, whatever a title holds."""
    from dataclasses import replace

    from cli.options import make_workspace

    world = make_workspace(config=str(prepared.root / "config"), as_of=NOW.isoformat())
    week = week_of_list(world.store, "Efficient LLM", WEEK, "")
    title = "<!channel> @everyone [x](https://evil.example) www.evil.example `a` #1 \r\n<@U1>" * 9
    items = (replace(week.candidates[0], title=title),)
    text = Week("A <b> @list", WEEK, replace(week.digest, candidates=items), (), "").chat()

    assert [] == [sign for sign in "<>@[]`#*_&\r" if sign in text]
    assert "://" not in text
    assert "www." not in text
    assert 2 == len(text.splitlines())


def test_the_watcher_hears_how_the_job_ended(listed, monkeypatch):
    """75 is only logged; a watcher that fails is later tried, and its address stays unsaid."""
    from cli.options import make_workspace
    from output.publish.channels.stage import ping_end

    sink = Sink()
    configure(listed, "ping: LISTKEEPER_PING\n")
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{port}/secret-path/")
        world = make_workspace(config=str(listed.root / "config"), as_of=NOW.isoformat())
        for code in (0, 1, 75):
            assert "sent" == ping_end(world.config_dir, world.environment, code, "ci daily").word
        sink.status = 404
        ended = publish(listed, "ping")

    assert ["0", "1", "log"] == [path.rpartition("/")[2] for path, _ in sink.got[:3]]
    assert 75 == ended.code
    assert "the watcher answers 404" in told(ended)
    assert "secret-path" not in ended.out + ended.err


@pytest.mark.long
def test_scheduled_jobs_tell_the_watcher_how_they_ended(listed, monkeypatch, capsys):
    """The daemon and cron's line do; a watcher that fails changes no exit code."""
    from cli.schedule import start

    sink = Sink()
    configure(listed, "ping: LISTKEEPER_PING\n")
    folders = ["--config", str(listed.root / "config"), "--state", str(listed.root / "elsewhere")]
    with sink.open() as port:
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{port}/secret")
        first = start(["status", *folders], str(listed.root))
        second = start(["no-such-command", *folders], str(listed.root))
        sink.status = 500
        third = start(["status", *folders], str(listed.root))

    assert [0, 2, 0] == [first, second, third]
    assert ["/secret/0", "/secret/2", "/secret/0"] == [path for path, _ in sink.got]
    assert "ping: LISTKEEPER_PING: the watcher answers 500" in capsys.readouterr().err


def test_the_metrics_can_be_read(listed):
    configure(listed, "metrics: { file: listkeeper.prom }\n")
    assert 0 == publish(listed, "metrics").code

    text = (listed.root / "listkeeper.prom").read_text()
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found[("listkeeper_candidates_open", "Efficient LLM")] > 10
    assert -1 == found[("listkeeper_days_since_decision", "Efficient LLM")]


def test_the_site_is_the_same_the_second_time(listed):
    configure(listed, "site: { folder: _site }\n")
    first, again = publish(listed, "site"), publish(listed)

    assert (0, 0) == (first.code, again.code)
    assert "_site/ is as it should be" in told(again)
    for kind in ("candidates", "accepted"):
        read = feedparser.parse((listed.root / "_site/efficient-llm" / f"{kind}.atom").read_bytes())
        assert not read.bozo


@pytest.mark.long
def test_the_site_can_be_read_without_a_script_and_searched_with_one(listed):
    """In Chromium, from the folder itself; axe finds nothing, and no title does anything."""
    from axe_playwright_python.sync_playwright import Axe

    publish(configure(listed, "site: {}\n"), "site")
    site = (listed.root / "_site").as_uri()
    with chromium() as browser:
        bare = browser.new_context(java_script_enabled=False).new_page()
        bare.goto(f"{site}/search.html")
        rows = bare.locator("#rows > li").count()
        assert rows > 10
        assert not bare.locator("#words").is_visible()

        page, wrong = browser.new_page(), []
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        found = {}
        for name in ("index.html", "search.html", f"efficient-llm/{WEEK}.html"):
            page.goto(f"{site}/{name}")
            answer = Axe().run(page, options={"resultTypes": ["violations"]})
            found[name] = [one["id"] for one in answer.response["violations"]]
        page.goto(f"{site}/index.html")
        drawn = [
            page.locator(f".chart {kind}").first.evaluate("one => getComputedStyle(one).fill")
            for kind in ("rect", "text")
        ]
        page.goto(f"{site}/search.html")
        page.fill("#words", "javascript")
        shown = page.locator("#rows > li:visible").count()

    assert {"index.html": [], "search.html": [], f"efficient-llm/{WEEK}.html": []} == found
    assert [] == wrong
    assert "rgb(0, 0, 0)" not in drawn, "black cannot be seen on a dark page"
    assert 0 < shown < rows


def test_one_channel_that_fails_stops_no_other(listed, monkeypatch):
    monkeypatch.delenv("LISTKEEPER_CHAT", raising=False)
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port) + "chat: [LISTKEEPER_CHAT]\nsite: {}\n")
        ended = publish(listed)

    assert 2 == ended.code
    assert "LISTKEEPER_CHAT: is not set" in told(ended)
    assert 2 == len(box.letters)
    assert (listed.root / "_site" / "index.html").is_file()


def test_a_dry_run_shows_and_sends_nothing(listed, monkeypatch):
    box, sink = Mailbox(), Sink()
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        more = "chat: [LISTKEEPER_CHAT]\nsite: {}\nmetrics: { file: a.prom }\n"
        configure(listed, mail(port) + more)
        ended = publish(listed, "--dry-run")

    assert 0 == ended.code
    assert ([], []) == (box.letters, sink.got)
    assert not (listed.root / "_site").exists()
    assert not (listed.root / "a.prom").exists()
    for words in ("would send to 2 readers", "would say in LISTKEEPER_CHAT", "would write 8 files"):
        assert words in told(ended)


def test_a_fork_tells_nobody(listed, monkeypatch):
    """Without a repository in the file every place is the right one."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "someone/list")
    ours = publish(configure(listed, "site: { folder: ours }\n"), "site")
    fork = publish(configure(listed, "site: { folder: fork }\nrepository: ada/list\n"), "site")

    assert (0, 0) == (ours.code, fork.code)
    assert (listed.root / "ours").is_dir()
    assert not (listed.root / "fork").exists()


def test_a_dry_run_without_settings_says_so(listed):
    ended = publish(listed, "--dry-run")

    assert 0 == ended.code
    assert "no publish.yaml in config/: nothing is published" in told(ended)


def test_mail_and_chat_wait_for_their_day(listed):
    box = Mailbox()
    with mail_server(box) as port:
        configure(listed, mail(port))
        (listed.root / "config" / "publish.yaml").write_text(f"on: sat\n{mail(port)}")
        ended = publish(listed)

    assert 0 == ended.code
    assert "mail: goes out on sat" in told(ended)
    assert [] == box.letters


@pytest.mark.long
def test_what_its_day_could_not_send_the_next_days_do(listed, monkeypatch):
    """Each channel fails on Friday in its turn; by Sunday everybody has heard once."""
    box, sink = Mailbox(), Sink()
    box.answers, sink.status = {READERS[0]: "450 greylisted"}, 503
    codes = []
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        configure(listed, mail(port) + "chat: [LISTKEEPER_CHAT]\nsite: {}\n")
        for day in range(7):
            if day == 1:
                box.answers = {}
            if day == 2:
                sink.status = 200
            at = NOW + timedelta(days=day)
            codes.append(listed.run("publish", "--json", as_of=at).code)

    assert [75, 75, 0, 0, 0, 0, 0] == codes
    assert [READERS[1], READERS[0]] == [letter["To"] for letter in box.letters]
    assert all(WEEK in letter["Subject"] for letter in box.letters)
    assert 3 == len(sink.got)
    assert (listed.root / "_site" / "index.html").is_file()


def test_a_day_without_a_run_is_made_up_for(listed):
    """A scheduler drops a start now and then, and nobody would hear of it."""
    box = Mailbox()
    with mail_server(box) as port:
        (listed.root / "config" / "publish.yaml").write_text(f"on: tue\n{mail(port)}")
        codes = [publish(listed).code, publish(listed).code]

    assert [0, 0] == codes
    assert READERS == [letter["To"] for letter in box.letters]


def test_a_connection_that_breaks_at_one_reader_stops_no_other(listed):
    class Breaks(Mailbox):
        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            if READERS[0] in envelope.rcpt_tos and not self.at_data:
                server.transport.abort()
            return await super().handle_DATA(server, session, envelope)

    box = Breaks()
    with mail_server(box) as port:
        ended = publish(configure(listed, mail(port)), "mail")

    assert 75 == ended.code
    assert "the connection broke" in told(ended)
    assert READERS[1] in [letter["To"] for letter in box.letters]


@pytest.mark.long
@pytest.mark.parametrize("moment", ["RCPT", "DATA"])
def test_mail_that_is_killed_goes_on_where_it_was(listed, moment):
    """
    Killed before the server takes a message, each reader gets one.

    Killed when it has the message and we don't know, that reader gets it once more with the same
    id, which most mail programs show once; nobody goes without.
    """

    class Kills(Mailbox):
        job = None

        async def handle_RCPT(self, *what):  # noqa: N802
            return self.kill("RCPT") or await super().handle_RCPT(*what)

        async def handle_DATA(self, *what):  # noqa: N802
            return await super().handle_DATA(*what) if not self.job else await self.take(*what)

        async def take(self, *what):
            answer = await super().handle_DATA(*what)
            return self.kill("DATA") or answer

        def kill(self, at):
            if at != moment or self.job is None:
                return None
            self.job.kill()
            self.job.wait()
            self.job = None
            return "421 gone"

    box = Kills()
    with mail_server(box) as port:
        configure(listed, mail(port))
        line = [sys.executable, "-P", "-m", "cli", "publish", "mail", "--as-of", NOW.isoformat()]
        line += ["--config", str(listed.root / "config")]
        box.job = job = subprocess.Popen(line, cwd=listed.root, env=here())
        assert -signal.SIGKILL == job.wait(60)
        codes = [publish(listed, "mail").code, publish(listed, "mail").code]

    assert [0, 0] == codes
    first = READERS[:1] if moment == "DATA" else []
    assert [*first, *READERS] == [letter["To"] for letter in box.letters]
    assert 2 == len({letter["Message-ID"] for letter in box.letters})


def here():
    """The environment of a process that runs this code from another folder."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


def test_doctor_sends_a_test_message(listed, monkeypatch):
    box, sink = Mailbox(), Sink()
    with mail_server(box) as port, sink.open() as web:
        monkeypatch.setenv("LISTKEEPER_CHAT", f"json://127.0.0.1:{web}/hook")
        monkeypatch.setenv("LISTKEEPER_PING", f"http://127.0.0.1:{web}/ping")
        more = "chat: [LISTKEEPER_CHAT]\nping: LISTKEEPER_PING\nmetrics: { file: none/a.prom }\n"
        configure(listed, mail(port) + more)
        ended = listed.run("doctor", "--publish", "--json", as_of=NOW)

    found = {(one["what"], one["is" if "is" in one else "level"]) for one in ended.report}
    assert 1 == ended.code
    for what, level in (("mail", "ok"), ("chat", "ok"), ("ping", "ok"), ("metrics", "wrong")):
        assert (f"publish {what}", level) in found
    assert 2 == len(box.letters)
    assert {"/hook", "/ping/log"} == {path for path, _ in sink.got}
    assert 0 == publish(listed, "chat", "--dry-run").code


SECRETS = (
    "chat: [https://hooks.slack.com/services/T0/B0/x]",
    "chat: https://hooks.slack.com/services/T0/B0/x",
    "repository: https://ada:open-sesame@github.com/ada/list",
    "https://hooks.slack.com/services/T0/B0/x: 1",
    "ping: https://hc-ping.com/0000",
    "mail: { to: [a@b.example], host: h.example, from: a@b.example, password: x }",
    "mail: { to: [a@b.example], host: h.example, security: none, from: a@b.example }",
    'mail: { to: ["a@b.example\\r\\nBcc: c@d.example"], host: h.example, from: a@b.example }',
    "site: { url: 'https://ada:open-sesame@list.example' }",
    "metrics: { file: a.txt }",
)


@pytest.mark.parametrize("line", SECRETS)
def test_what_must_not_stand_in_the_file_is_refused_with_its_line(listed, line):
    ended = publish(configure(listed, f"{line}\n"))

    assert 2 == ended.code
    assert "publish.yaml:2" in ended.err
    assert "hooks.slack.com" not in ended.err
    assert "open-sesame" not in ended.err


def test_every_command_of_the_guide_runs(listed, monkeypatch):
    """With the settings that it shows; nobody is written to on another day."""
    guide = (REPOSITORY / "docs" / "channels.md").read_text()
    (settings,) = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    settings = settings.replace("on: mon", "on: sat")
    (listed.root / "config" / "publish.yaml").write_text(settings)
    commands = re.findall(r"^\$ listkeeper (.+)$", guide, re.MULTILINE)

    assert len(commands) > 4
    assert [] == [line for line in commands if listed.run(*line.split(), as_of=NOW).code]


def test_a_channel_that_is_not_configured_is_a_mistake(listed):
    ended = publish(configure(listed, "site: {}\n"), "mail")

    assert 2 == ended.code
    assert "publish.yaml does not say where mail goes" in ended.err
