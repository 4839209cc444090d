"""
The root of the exceptions for everything that can go wrong and isn't a bug.

Each prints as one line: where, what, and what to do. The root is here because the configuration is
read before everything else; ``catalog.errors`` has the other branches.
"""

from pathlib import Path


class Trouble(Exception):
    """Something a person can do something about. Prints as one line."""

    exit_code = 1

    def __init__(self, where: str, matter: str, do: str = "") -> None:
        self.where, self.matter, self.do = where, matter, do
        super().__init__(where, matter, do)

    def about(self, name: str) -> "Trouble":
        """The same trouble, with the name of what it befell before it."""
        self.where = f"{name}: {self.where}" if self.where else name
        return self

    def __str__(self) -> str:
        line = f"{self.where}: {self.matter}" if self.where else self.matter
        return f"{line}; {self.do}" if self.do else line


class ConfigTrouble(Trouble):
    """
    A configuration file says something that cannot be meant: file:line, key, both values.

    ``others`` are further mistakes of the same file.
    """

    exit_code = 2

    def __init__(
        self, path: Path | str, matter: str, do: str = "", *, line: int = 0, key: str = ""
    ) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(where, f"{key}: {matter}" if key else matter, do)
        self.path, self.line, self.key = Path(path), line, key
        self.others: tuple[ConfigTrouble, ...] = ()
