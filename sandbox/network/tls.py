"""
TLS proxies in front of the sandbox, with good and bad certificates.

A client that accepts the certificate reaches the sandbox. All but the ``self-signed`` certificate
are signed by an authority that the process under test trusts by ``SSL_CERT_FILE``: a bad
certificate is refused for its own fault, not for an unknown signer.
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
class TlsProxies:
    """Proxies to the sandbox at ``target``; ``folder`` holds their certificates."""

    folder: Path
    target: str

    @property
    def authority(self) -> Path:
        """Return the authority's certificate file, for ``SSL_CERT_FILE``."""
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
        """Serve one kind of certificate while the block lasts; yield the address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pair(kind))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=self._serve, args=(listener, context), daemon=True).start()
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)

    def pair(self, kind: str) -> Path:
        """Write a proxy's key and certificate to one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        signer, authority = self._authority
        name = _name(f"A proxy of the sandbox, {kind}")
        issuer, signer = (name, key) if kind == "self-signed" else (authority.subject, signer)
        host = "another.example.net" if kind == "wrong-name" else "127.0.0.1"
        days = (-30, -1) if kind == "expired" else (-1, 30)
        certificate = _certificate(name, key, issuer, signer, days=days, host=host)
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path = self.folder / f"{kind}.pem"
        path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        return path

    def _serve(self, listener: socket.socket, context: ssl.SSLContext) -> None:
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._forward, args=(client, context), daemon=True).start()

    def _forward(self, client: socket.socket, context: ssl.SSLContext) -> None:
        """Forward a client's request and the response, once it accepts the certificate."""
        host, _, port = self.target.rpartition("//")[2].partition(":")
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(client, server_side=True) as outside,
            socket.create_connection((host, int(port))) as inside,
        ):
            inside.sendall(_read_request(outside))
            while data := inside.recv(65_536):
                outside.sendall(data)


def _read_request(outside: socket.socket) -> bytes:
    """Read a request without a body and add ``Connection: close``."""
    head = b""
    while b"\r\n\r\n" not in head and (data := outside.recv(65_536)):
        head += data
    first, _, rest = head.partition(b"\r\n")
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
    builder = (
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
        builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    return builder.sign(signer, hashes.SHA256())
