"""
Sends the week by mail: one message a reader, as HTML with plain text.

A message's id follows from list, week and reader, so one that was sent twice (killed in between)
is one message to most mail programs.
"""

import hashlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from catalog.errors import ComeBackLater, UsageTrouble
from config.channels import SMTP_PASSWORD as PASSWORD
from config.channels import SMTP_USER as USER
from config.channels import MailSettings
from config.errors import Trouble
from config.secret import key_from
from output.escape import plain
from output.publish.channels.week import Week

# For one answer's next byte, and for all of a greeting or a letter: a server may send byte by byte.
SMTP_TIMEOUT_S = 30.0
TALK_TIMEOUT_S = 180.0
TOO_LARGE, LAST_TEMPORARY = 552, 499
ID_CHARS = 32


class MailRefused(Trouble):
    """The server will not take the message; asking again changes nothing."""


def message_id(week: Week, reader: str) -> str:
    """The same for the same list, week and reader."""
    text = "\0".join((week.list_name, week.name, reader.lower()))
    return f"{hashlib.sha256(text.encode()).hexdigest()[:ID_CHARS]}@listkeeper"


def compose(week: Week, settings: MailSettings, reader: str, now: datetime) -> EmailMessage:
    """The message; a line feed in a name or title can't begin a header."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = plain(week.subject)
    message["From"] = settings.sender
    message["To"] = reader
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id(week, reader)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"<{hashlib.sha256(week.list_name.encode()).hexdigest()[:12]}.listkeeper>"
    message["List-Unsubscribe"] = f"<mailto:{settings.sender}?subject=unsubscribe>"
    message.set_content(week.text(), cte="quoted-printable")
    if html := week.html():
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Hand a message over; ComeBackLater or MailRefused, with the server's own words."""
    reader = str(message["To"])
    try:
        with _at_most(TALK_TIMEOUT_S, server):
            refused = server.send_message(message)
    except smtplib.SMTPRecipientsRefused as trouble:
        refused = trouble.recipients
    except smtplib.SMTPResponseException as trouble:
        if trouble.smtp_code == TOO_LARGE:
            size = len(message.as_bytes())
            raise MailRefused(reader, f"{size:,} bytes are too large for the server") from None
        raise _refusal(reader, trouble.smtp_code, trouble.smtp_error) from None
    except smtplib.SMTPNotSupportedError:
        raise MailRefused(reader, "the server takes no address in such letters") from None
    except OSError as trouble:
        server.close()
        what = f"the connection broke ({plain(str(trouble))})"
        raise ComeBackLater(reader, what, "the next run tries") from None
    for code, words in refused.values():
        raise _refusal(reader, code, words)


def is_open(server: smtplib.SMTP) -> bool:
    """Whether the connection still takes messages; smtplib closes one that broke."""
    return server.sock is not None


def _refusal(where: str, code: int, words: bytes | str) -> Trouble:
    text = plain(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)
    if code <= LAST_TEMPORARY:
        return ComeBackLater(
            where, f"the server says not now ({code} {text})", "the next run tries"
        )
    return MailRefused(where, f"refused for good ({code} {text})", "mend it or take it out")


@contextmanager
def connected(settings: MailSettings, environment: Mapping[str, str]) -> Iterator[smtplib.SMTP]:
    """
    A server that is encrypted as the settings say, and logged in to.

    ComeBackLater if it can't be reached, UsageTrouble if encryption or login can't be right.
    """
    where = f"{settings.host}:{settings.port}"
    user, password = key_from(environment, USER), key_from(environment, PASSWORD)
    try:
        with closing(_reached(settings)) as server:
            with _at_most(TALK_TIMEOUT_S, server):
                if settings.kind == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if user:
                    server.login(user.reveal(), password.reveal())
            yield server
    except smtplib.SMTPNotSupportedError as trouble:
        what = "offers no STARTTLS" if settings.kind == "starttls" else plain(str(trouble))
        do = "nothing was sent; use port 465, or a server that encrypts"
        raise UsageTrouble(where, what, do) from None
    except smtplib.SMTPAuthenticationError as trouble:
        what = f"refuses the login ({trouble.smtp_code}); set {USER} and {PASSWORD}"
        do = "some providers want a password made for programs"
        raise UsageTrouble(where, what, do) from None
    except ssl.SSLError as trouble:
        raise _not_encrypted(where, settings, trouble) from None
    except smtplib.SMTPResponseException as trouble:
        raise _refusal(where, trouble.smtp_code, trouble.smtp_error) from None
    except (OSError, smtplib.SMTPException, ValueError) as trouble:
        hint = (
            "" if settings.kind == "tls" else "; if it wants TLS from the first byte: security: tls"
        )
        raise ComeBackLater(where, f"does not answer ({plain(str(trouble))}){hint}") from None


def _not_encrypted(where: str, settings: MailSettings, trouble: ssl.SSLError) -> Trouble:
    if isinstance(trouble, ssl.SSLCertVerificationError):
        what = f"its certificate is not to be trusted ({trouble.verify_message})"
        do = "name the host as the certificate does, or have the certificate renewed"
        return UsageTrouble(where, what, do)
    if isinstance(trouble, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        what = "closed the connection as encryption began"
        return ComeBackLater(where, what, "the next run tries")
    if settings.kind == "starttls":
        what = "offers STARTTLS and then speaks no TLS"
        return UsageTrouble(where, what, "use port 465 or another server")
    what = "does not speak TLS from the first byte"
    return UsageTrouble(where, what, "say security: starttls, or use port 465")


def _reached(settings: MailSettings) -> smtplib.SMTP:
    """A server that greeted us."""
    if settings.kind == "tls":
        context = ssl.create_default_context()
        return _EncryptedServer(
            settings.host, settings.port, timeout=SMTP_TIMEOUT_S, context=context
        )
    return _Server(settings.host, settings.port, timeout=SMTP_TIMEOUT_S)


class _Server(smtplib.SMTP):
    """One whose greeting is waited for only so long."""

    def connect(
        self, host: str = "localhost", port: int = 0, source_address: Any = None
    ) -> tuple[int, bytes]:
        with _at_most(TALK_TIMEOUT_S, self):
            return super().connect(host, port, source_address)


class _EncryptedServer(_Server, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def _at_most(seconds: float, server: smtplib.SMTP) -> Iterator[None]:
    """Hang up once it takes longer than this; what waits for the server then meets its end."""

    def hang_up() -> None:
        if server.sock is not None:
            with suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
