"""
Patterns that compile when they are first used: a command waits for those alone that it needs.

A list's forms take some hundred patterns, and Python compiles them anew at each start.
"""

import re
from typing import AnyStr, cast

_MEMBERS = (
    *("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split", "scanner"),
    *("groups", "groupindex"),
)


class _Compiled:
    """Has the members of a compiled pattern as its own attributes."""

    pattern: str | bytes
    flags: int


class _Waiting(_Compiled):
    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    def __getattr__(self, name: str) -> object:
        compiled = re.compile(self.pattern, self.flags)
        vars(self).update({member: getattr(compiled, member) for member in _MEMBERS})
        # Without this method Python finds the attributes as fast as those of a compiled pattern.
        self.__class__ = _Compiled  # type: ignore[assignment]
        return getattr(compiled, name)


def lazy_regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """
    The compiled pattern, but for its first use.

    Use its methods (``X.sub(…)``): the functions of `re` take no such object. A mistake in the
    pattern shows at the first use (`re.error`); the tests compile all of them.
    """
    return cast(re.Pattern[AnyStr], _Waiting(pattern, flags))
