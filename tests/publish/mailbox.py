"""A mail server of the tests, and the settings that lead to it."""

import email
import email.policy
import json
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

READERS = ["ada@list.example", "ben@list.example"]


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


def mail(port, security="none", to=READERS):
    return (
        f"mail: {{ to: {json.dumps(to)}, host: 127.0.0.1, port: {port}, security: {security},"
        " from: list@list.example }\n"
    )
