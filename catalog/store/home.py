"""
The name of a state folder among those that share a database.

It stays with the folder, because what a command began there can be finished only there.
"""

import secrets
from pathlib import Path

from catalog.errors import StoreTrouble
from catalog.files import create_whole, sweep
from config.plain_files import read_file

FILE = "home"


def home_of(state: Path) -> str:
    """The folder's name, made at its first use; StoreTrouble if it can't be kept."""
    path = state / FILE
    sweep(state)
    if not path.exists():
        create_whole(path, f"{secrets.token_hex(8)}\n".encode())
    try:
        name = read_file(path).decode().strip()
    except (OSError, ValueError) as trouble:
        raise StoreTrouble(str(path), f"cannot be read ({trouble})", "check the folder") from None
    if not name:
        raise StoreTrouble(str(path), "is empty", "remove it: a new one is made")
    return name
