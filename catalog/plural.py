"""A number with its noun, as reports and pages show it."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: "1 list", "2 lists"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
