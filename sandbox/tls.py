"""
Doors with certificates, good and bad, in front of the outside world.

Who accepts a door's certificate is led through to the sandbox. All but the ``self-signed`` one
are signed by an authority of our own, which the process under test trusts by ``SSL_CERT_FILE``: a
bad one is refused for what is wrong with it, and not because nobody knows who signed it.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

KINDS = ("good", "self-signed", "wrong-name", "expired")
DAY = timedelta(days=1)
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Doors:
    """Doors to the sandbox at this address; ``folder`` keeps their certificates."""

    folder: Path
    behind: str

    @property
    def authority(self) -> Path:
        """The file that makes a process trust our authority."""
        path = self.folder / "authority.pem"
        if not path.exists():
            path.write_bytes(self._authority[1].public_bytes(serialization.Encoding.PEM))
        return path

    @cached_property
    def _authority(self) -> tuple[Key, x509.Certificate]:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("An authority of the sandbox")
        return key, _certificate(name, key, name, key, days=(-1, 30), authority=True)

    @contextlib.contextmanager
    def open(self, kind: str) -> Iterator[str]:
        """A door of this kind, for as long as the block lasts: its address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._pair(kind))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=self._serve, args=(listener, context), daemon=True).start()
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

    def _pair(self, kind: str) -> Path:
        """Key and certificate of a door, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer, authority = self._authority
        name = _name(f"A door of the sandbox, {kind}")
        issuer, signer = (name, key) if kind == "self-signed" else (authority.subject, signer)
        host = "another.example.net" if kind == "wrong-name" else "127.0.0.1"
        days = (-30, -1) if kind == "expired" else (-1, 30)
        made = _certificate(name, key, issuer, signer, days=days, host=host)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self.folder / f"{kind}.pem"
        path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
        return path

    def _serve(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        while True:
            try:
                caller = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._lead, args=(caller, context), daemon=True).start()

    def _lead(self, caller: socket.socket, context: ssl.SSLContext) -> None:
        """Lead one question of a caller who accepts the certificate in, and its answer out."""
        host, _, port = self.behind.rpartition("//")[2].partition(":")
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(caller, server_side=True) as line,
            socket.create_connection((host, int(port))) as inside,
        ):
            inside.sendall(_question(line))
            while data := inside.recv(65_536):
                line.sendall(data)


def _question(line: socket.socket) -> bytes:
    """A request without a body, which asks for the connection to be closed after its answer."""
    told = b""
    while b"\r\n\r\n" not in told and (data := line.recv(65_536)):
        told += data
    first, _, rest = told.partition(b"\r\n")
    return first + b"\r\nConnection: close\r\n" + rest


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    key: Key,
    issuer: x509.Name,
    signer: Key,
    *,
    days: tuple[int, int],
    host: str = "",
    authority: bool = False,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if host:
        name: x509.GeneralName
        name = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        made = made.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return made.sign(signer, hashes.SHA256())
