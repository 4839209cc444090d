"""A change of a file as a patch that ``git apply`` and ``patch -p1`` take."""

from collections.abc import Iterator
from difflib import unified_diff
from functools import lru_cache


@lru_cache(maxsize=2)
def patch(before: bytes, after: bytes, name: str) -> str:
    """
    The difference of two texts in UTF-8; empty where there is none.

    It ends with a line feed, as both programs ask. Bytes that are no UTF-8 are shown as signs that
    stand for such bytes. The last ones are remembered: what is taken out of a list is what would be
    put in again.
    """
    lines = unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(_whole(lines))


def _lines(body: bytes) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    *whole, last = body.decode("utf-8", "replace").split("\n")
    return [*(f"{line}\n" for line in whole), *([last] if last else [])]


def _whole(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
