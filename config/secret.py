"""A value that must never be printed: its text comes out only when asked for by name."""


class Secret:
    """Wraps a key. ``str``, ``repr`` and every format show three stars."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The key itself, for the header it belongs into."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)
