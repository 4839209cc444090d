"""What ``publish.yaml`` says of mail, chat, site, heartbeats and metrics; it holds no secrets."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from config.secret import is_secret
from config.settings import is_loopback
from config.strict import Check, Key, Limits

SMTP_USER, SMTP_PASSWORD = "LISTKEEPER_SMTP_USER", "LISTKEEPER_SMTP_PASSWORD"
TLS_PORT, LARGEST_PORT = 465, 65_535


def no_secret(text: str) -> str:
    """Refuse what looks like an address or token that must not be committed."""
    if is_secret(text):
        raise ValueError("looks like a secret; put it into an environment variable")
    return text


def _mailbox(text: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+", text):
        raise ValueError(f"{text!r} is no mail address; write e.g. list@example.org")
    return text


def _variable(text: str) -> str:
    no_secret(text)
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", text):
        raise ValueError(
            "name the environment variable that holds the address, e.g. LISTKEEPER_CHAT"
        )
    return text


Text = Annotated[str, Check(no_secret)]
Mailbox = Annotated[str, Check(_mailbox)]
Variable = Annotated[str, Check(_variable)]


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """
    The server that takes our mail, and who gets it.

    The port decides how the connection is encrypted: 465 from the first byte, others by STARTTLS.
    ``security`` says it for an unusual port; ``none`` is for a server on this machine.
    """

    to: Annotated[list[Mailbox], Limits(min_length=1, max_length=200)]
    host: Annotated[Text, Limits(pattern=r"^[A-Za-z0-9.:-]+$")]
    port: Annotated[int, Limits(ge=1, le=LARGEST_PORT)] = TLS_PORT
    sender: Annotated[Mailbox, Key("from")]
    security: Literal["tls", "starttls", "none"] | None = None

    def __post_init__(self) -> None:
        if self.security == "none" and not is_loopback(f"smtp://{self.host}"):
            raise ValueError(f"security: none is for this machine, not {self.host}")

    @property
    def kind(self) -> str:
        """How the connection is encrypted: tls, starttls or none."""
        return self.security or ("tls" if self.port == TLS_PORT else "starttls")


@dataclass(frozen=True, kw_only=True)
class SiteSettings:
    """The folder that the static pages are written to, and their address if they have one."""

    folder: Annotated[Text, Limits(min_length=1)] = "_site"
    url: Annotated[Text, Limits(pattern=r"^(https://\S+)?$")] = ""


@dataclass(frozen=True, kw_only=True)
class MetricsSettings:
    """The file for the textfile collector of a node exporter; its name ends with .prom."""

    file: Annotated[Text, Limits(pattern=r"\.prom$")]


@dataclass(frozen=True, kw_only=True)
class Channels:
    """Where the week goes besides the forge. ``chat`` and ``ping`` name environment variables."""

    mail: MailSettings | None = None
    chat: Annotated[tuple[Variable, ...], Limits(max_length=20)] = ()
    site: SiteSettings | None = None
    ping: Variable | None = None
    metrics: MetricsSettings | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The environment variables that hold the channels' passwords and addresses."""
        login = (SMTP_USER, SMTP_PASSWORD) if self.mail else ()
        return tuple(dict.fromkeys((*login, *self.chat, *filter(None, [self.ping]))))

    @property
    def extra(self) -> str:
        """The extra that has the packages for these channels, as pip takes it; or nothing."""
        return "[publish]" if self.chat or self.metrics else ""
