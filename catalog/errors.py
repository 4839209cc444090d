"""The other branches of ``Trouble``: usage, sources, list, store, and try again later."""

from config.errors import Trouble

__all__ = [
    "ComeBackLater",
    "ListConflict",
    "SourceTrouble",
    "StoreTrouble",
    "Trouble",
    "UsageTrouble",
]


class UsageTrouble(Trouble):
    """The command asks for something that does not exist or does not fit."""

    exit_code = 2


class SourceTrouble(Trouble):
    """A source could not be read, or what it sent is not to be believed."""


class ListConflict(Trouble):
    """The list or the digest is not what the program left; a person has to look."""


class StoreTrouble(Trouble):
    """The store cannot be used: foreign, corrupt, newer, full or read-only."""


class ComeBackLater(Trouble):
    """Locked or throttled. Nothing is lost; the same command later goes on where this stopped."""

    exit_code = 75
