"""
Scripted DNS answers and a block on outside connections, for a process under test.

``SANDBOX_NAMES`` names a JSON file, ``{"rebound.example.net": ["93.184.215.14", "127.0.0.2"]}``:
each look-up of a name returns the next address, then the last one; a name with an empty list is
unknown. Connections to other machines are refused. Each address that a process connects to is a
line in the file ``SANDBOX_LINES``.

The folder ``hook`` on PYTHONPATH installs it in every Python process that starts, forkservers too.
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

HOOK_FOLDER = Path(__file__).parent / "hook"
NAMES_VARIABLE, CONNECTIONS_VARIABLE = "SANDBOX_NAMES", "SANDBOX_LINES"
_asked: Counter[str] = Counter()
_by_name_really, _info_really = socket.gethostbyname, socket.getaddrinfo


def install() -> None:
    """Script DNS answers and refuse outside connections from now on."""
    socket.gethostbyname = _by_name
    socket.getaddrinfo = _info
    for name, refuse in (("connect", _refuse), ("connect_ex", _refused)):
        setattr(socket.socket, name, _fenced(getattr(socket.socket, name), refuse))


def _scripted_answer(name: object) -> str | None:
    """Return the next address for a name; None where the script has none."""
    try:
        answers_by_name = json.loads(Path(os.environ[NAMES_VARIABLE]).read_text())
    except (KeyError, OSError, ValueError):
        return None
    answers = answers_by_name.get(str(name))
    if answers is None:
        return None
    if not answers:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    _asked[str(name)] += 1
    return str(answers[min(_asked[str(name)], len(answers)) - 1])


def _by_name(name: str) -> str:
    return _scripted_answer(name) or _by_name_really(name)


def _info(host: Any, *more: Any, **named: Any) -> Any:
    return _info_really(_scripted_answer(host) or host, *more, **named)


def _fenced(call: Any, refuse: Callable[[], int]) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _note(str(address[0]))
            if not _is_loopback(str(address[0])):
                return refuse()
        return call(self, address)

    return connect


def _refuse() -> int:
    raise ConnectionRefusedError(errno.ECONNREFUSED, "the sandbox allows this machine only")


def _refused() -> int:
    return errno.ECONNREFUSED


def _note(address: str) -> None:
    with suppress(KeyError, OSError), Path(os.environ[CONNECTIONS_VARIABLE]).open("a") as lines:
        lines.write(f"{address}\n")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
