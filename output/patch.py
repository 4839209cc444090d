"""A change of a file as a patch that ``git apply`` and ``patch -p1`` take."""

from collections.abc import Iterator
from difflib import unified_diff
from functools import lru_cache


@lru_cache(maxsize=2)
def patch(before: bytes, after: bytes, name: str) -> str:
    """
    The unified diff of two texts; empty where there is no difference.

    It ends with a line feed, as both programs require. Bytes that aren't UTF-8 become replacement
    characters. The last two are cached: a page shows the same diff again and again.
    """
    lines = unified_diff(_lines(before), _lines(after), f"a/{name}", f"b/{name}")
    return "".join(_with_ends(lines))


def _lines(body: bytes) -> list[str]:
    """Lines with their ends; only a line feed ends one."""
    *complete, last = body.decode("utf-8", "replace").split("\n")
    return [*(f"{line}\n" for line in complete), *([last] if last else [])]


def _with_ends(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
