"""Mail, on real servers of this machine."""

import itertools
import os
import signal
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from catalog.store.publications import Publication
from cli.options import make_workspace
from sandbox.network.tls import TlsProxies
from tests.publish.channels import WEEK, configure, publish, told
from tests.publish.mailbox import READERS, Mailbox, mail, mail_server
from tests.review.week import NOW
from tests.workspace import REPOSITORY


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A server's certificate, and the authority that signed it."""
    return TlsProxies(tmp_path_factory.mktemp("keys"), "")


def server_context(keys):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.pair("valid"))
    return context


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


@pytest.mark.parametrize("where", ["repository: octocat/list", "site: {url: 'https://x.example'}"])
def test_the_mail_of_a_week_without_a_page_leads_nowhere(listed, where):
    """Unless the week has a pull request or an issue: that is where people look."""
    configure(listed, f"{where}\n{mail(1)}")
    line = ("mail", "--dry-run", "--week", "2024-W40")
    without, of_a_page = told(publish(listed, *line)), told(publish(listed, "mail", "--dry-run"))
    issue = "https://github.com/octocat/list/issues/7"
    store = make_workspace(config=str(listed.root / "config"), as_of=NOW.isoformat()).store
    store.publications.save(thread("2024-W40", issue))
    with_issue = told(publish(listed, *line))

    assert "QUIET, no candidates in 2024-W40" in without
    assert "Decide: " not in without
    assert f"{WEEK}." in of_a_page.split("Decide: ")[1].splitlines()[0]
    assert f"\nDecide: {issue}\n" in with_issue


def test_the_mail_of_a_week_without_candidates_names_no_file_that_nobody_commits(listed):
    configure(listed, f"repository: octocat/list\n{mail(1)}")
    store = make_workspace(config=str(listed.root / "config"), as_of=NOW.isoformat()).store
    kept = store.digests.get("Efficient LLM", WEEK)
    store.digests.save(replace(kept, body={**kept.body, "candidates": []}))

    said = told(publish(listed, "mail", "--dry-run"))

    assert f"QUIET, no candidates in {WEEK}" in said
    assert "Decide: " not in said


def thread(week, url):
    """An issue of a week, as it is kept once the forge has it."""
    then = datetime(2024, 10, 4, tzinfo=UTC)
    return Publication(
        list_name="Efficient LLM",
        week=week,
        form="issue",
        number=7,
        state="open",
        author="",
        url=url,
        branch="",
        body_hash="",
        head="",
        comment=0,
        status_hash="",
        opened_at=then,
        reminded_at=None,
        read_until=None,
        at=then,
    )


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


def talks(first):
    """A server that says this in the clear, and then ``first`` to what begins the encryption."""

    class Talk(socketserver.StreamRequestHandler):
        def handle(self):
            for answer in ("220 hi", "250-x\r\n250 STARTTLS", "220 go ahead"):
                self.wfile.write(f"{answer}\r\n".encode())
                self.rfile.readline()
            self.wfile.write(first)

    return Talk


class Silent(socketserver.StreamRequestHandler):
    def handle(self):
        self.rfile.read1(1)


ENDS = {
    "closed at once": ("tls", Silent, 75, "closed the connection as encryption began"),
    "closed after STARTTLS": ("starttls", talks(b""), 75, "closed the connection as encryption"),
    "no TLS after STARTTLS": ("starttls", talks(b"hi\r\n" * 9), 2, "and then speaks no TLS"),
}


@pytest.mark.parametrize("name", ENDS)
def test_encryption_that_ends_as_it_begins_has_its_own_word(listed, name):
    """A server that is just restarted comes back; one that speaks no TLS does not."""
    security, handler, code, words = ENDS[name]
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended = publish(configure(listed, mail(server.server_address[1], security)), "mail")
        server.shutdown()

    assert code == ended.code, told(ended)
    assert words in told(ended)


def test_a_server_that_speaks_byte_by_byte_is_waited_for_only_so_long(listed, monkeypatch):
    monkeypatch.setattr("output.publish.channels.mail.TALK_TIMEOUT_S", 0.3)

    class Trickles(socketserver.StreamRequestHandler):
        def handle(self):
            with suppress(OSError):
                for _ in range(40):
                    self.wfile.write(b"2")
                    time.sleep(0.1)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickles) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        before = time.monotonic()
        ended = publish(configure(listed, mail(server.server_address[1])), "mail")
        took = time.monotonic() - before
        server.shutdown()

    assert 75 == ended.code, told(ended)
    assert took < 3


@pytest.mark.parametrize("kind", ["self-signed", "wrong-name", "expired"])
def test_a_certificate_that_is_not_the_servers_is_refused(listed, keys, monkeypatch, kind):
    """Although its authority is trusted; nothing is sent."""
    monkeypatch.setenv("SSL_CERT_FILE", str(keys.authority))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys.pair(kind))
    box = Mailbox()
    with mail_server(box) as inner, tls_in_front(context, inner) as port:
        ended = publish(configure(listed, mail(port, "tls")), "mail")

    assert 2 == ended.code
    assert "its certificate is not to be trusted" in told(ended)
    assert [] == box.letters


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
