"""A value that must never be printed: its text comes out only when asked for by name."""

import re
from collections.abc import Mapping

from config.errors import ConfigTrouble
from config.patterns import lazy_regex

# Addresses and tokens that let everybody who reads them write.
_SECRET = lazy_regex(
    r"hooks\.slack\.com|/api/webhooks/|gh[pousr]_\w{20}|github_pat_|hc-ping\.com|://[^/\s]*@"
    r"|open\.(?:feishu|larksuite)\.|qyapi\.weixin|oapi\.dingtalk|webhook\.office|bot\d+:[\w-]{20}"
)


def is_secret(text: str) -> bool:
    """Whether a text looks like something that must not be committed."""
    return bool(_SECRET.search(text))


def hide_secrets(text: str) -> str:
    """The text with three stars for each word that looks like a secret."""
    return re.sub(r"[^\s\"'\[\],]+", lambda word: "***" if is_secret(word[0]) else word[0], text)


class Secret:
    """Wraps a key. ``str``, ``repr`` and every format show three stars."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The key itself, for the header it belongs into."""
        return self._text

    def hidden_in(self, text: str) -> str:
        """The text with three stars wherever the key stands in it."""
        return text.replace(self._text, "***") if self._text else text

    def hidden_in_bytes(self, body: bytes) -> bytes:
        """The same for bytes."""
        return body.replace(self._text.encode(), b"***") if self._text else body

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)


def key_from(environment: Mapping[str, str], name: str) -> Secret:
    """
    The key that a variable holds; an empty one where it holds none.

    A line feed at its end is a file's, not the key's. What cannot stand in a header is refused
    here: the wire would refuse it too, and say all of it.
    """
    text = environment.get(name, "").strip()
    if not all("!" <= sign <= "~" for sign in text):
        raise ConfigTrouble(name, "holds signs that no key has", "set it anew, or unset it")
    return Secret(text)
