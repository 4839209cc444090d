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
    """A source could not be read, or its answer is not credible."""


class ListConflict(Trouble):
    """The list or digest was changed in a way that a person has to resolve."""


class StoreTrouble(Trouble):
    """The store cannot be used: foreign, corrupt, newer, full or read-only."""


class ComeBackLater(Trouble):
    """Locked or throttled. Nothing is lost; run the same command later to continue."""

    exit_code = 75
