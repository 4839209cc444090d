"""
Names that lie, and a fence: installed in a process under test, it resolves what it is told to.

``SANDBOX_NAMES`` names a JSON file, ``{"rebound.example.net": ["93.184.215.14", "127.0.0.2"]}``:
who asks for a name again gets the next answer, and the last one from then on; a name without
answers is unknown. Whatever is not on
this machine refuses the connection, and is written, one address a line, to ``SANDBOX_LINES``.

The folder ``liar`` on PYTHONPATH installs it in every Python that starts, forked servers too.
"""

import errno
import json
import os
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any

LIAR = Path(__file__).parent / "liar"
NAMES, LINES = "SANDBOX_NAMES", "SANDBOX_LINES"
_asked: Counter[str] = Counter()
_by_name_really, _info_really = socket.gethostbyname, socket.getaddrinfo


def install() -> None:
    """Lie from now on, and let nobody out."""
    socket.gethostbyname = _by_name
    socket.getaddrinfo = _info
    for name, refuse in (("connect", _refuse), ("connect_ex", _refused)):
        setattr(socket.socket, name, _fenced(getattr(socket.socket, name), refuse))


def _lie(name: object) -> str | None:
    """The next answer for a name; None where nothing was told of it."""
    try:
        told = json.loads(Path(os.environ[NAMES]).read_text())
    except (KeyError, OSError, ValueError):
        return None
    answers = told.get(str(name))
    if answers is None:
        return None
    if not answers:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    _asked[str(name)] += 1
    return str(answers[min(_asked[str(name)], len(answers)) - 1])


def _by_name(name: str) -> str:
    return _lie(name) or _by_name_really(name)


def _info(host: Any, *more: Any, **named: Any) -> Any:
    return _info_really(_lie(host) or host, *more, **named)


def _fenced(call: Any, refuse: Callable[[], int]) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _note(str(address[0]))
            if not _is_here(str(address[0])):
                return refuse()
        return call(self, address)

    return connect


def _refuse() -> int:
    raise ConnectionRefusedError(errno.ECONNREFUSED, "the fence: not on this machine")


def _refused() -> int:
    return errno.ECONNREFUSED


def _note(address: str) -> None:
    with suppress(KeyError, OSError), Path(os.environ[LINES]).open("a") as lines:
        lines.write(f"{address}\n")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
