"""
Everything that can go wrong and is not a bug: one tree, each with where, what, and what to do.

A trouble prints as one line. ``exit_code`` is what the command line ends with when nobody
could do something about it.
"""


class Trouble(Exception):
    """Something a person can do something about."""

    exit_code = 1

    def __init__(self, where: str, matter: str, do: str = "") -> None:
        self.where, self.matter, self.do = where, matter, do
        super().__init__(where, matter, do)

    def __str__(self) -> str:
        line = f"{self.where}: {self.matter}" if self.where else self.matter
        return f"{line}; {self.do}" if self.do else line


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
