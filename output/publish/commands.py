"""
Commands in comments: ``/listkeeper accept 3 in Pruning with star``.

Whether somebody may give commands is the forge's to say. A comment that isn't understood is
answered with a question; it decides nothing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from config.patterns import lazy_regex

_LINE = lazy_regex(r"^/listkeeper(?:\s+(.*))?$", re.IGNORECASE)
# A number, or a range of them, with what stands before it; `8-bit` and `1.58` are words.
_NUMBERS = lazy_regex(
    r"\s*(?:(?:[,，、،]|&|and\b)\s*)*#?(\d{1,6})(?:\s*[-–—~～]\s*#?(\d{1,6}))?"
    r"(?=[\s,;:.&，、،；：。]|$)(?!\.\d)",
    re.IGNORECASE,
)
_REASON = lazy_regex(r"^[\s,;.，、،；。]*(?:because\b)?\s*[:：]?\s*", re.IGNORECASE)
# No week has more candidates than this.
MAX_NUMBERS = 1_000
_STAR = lazy_regex(r"[ \t]*\bwith(?:[ \t]+a)?[ \t]+(?:star|🌟)[ \t]*$", re.IGNORECASE)
_IN = lazy_regex(r"^in[ \t]+(.+)$", re.IGNORECASE)
ACTS = ("accept", "reject", "later", "reopen")
HELP = """\
Commands, each at the start of a line of a comment, by people who may push here:

| write | to |
| --- | --- |
| `/listkeeper accept 3` | accept candidate 3 in its proposed section |
| `/listkeeper accept 3 in Pruning with star` | accept it in another section, as an editor's pick |
| `/listkeeper reject 4-6, 9 application papers` | reject candidates 4, 5, 6 and 9, with a reason |
| `/listkeeper reject 4: 8-bit only` | reject it; a reason that begins with a number needs a colon |
| `/listkeeper later 5` | see it again next week |
| `/listkeeper reopen 3` | take a decision back |
| `/listkeeper apply` | put what is decided into *Files changed* |

Only comments of the conversation are read, not reviews or comments beside a line.
"""


def help_text(*, has_stars: bool) -> str:
    """What can be written; without stars for a list that has none."""
    return (
        HELP if has_stars else HELP.replace(" with star", "").replace(", as an editor's pick", "")
    )


@dataclass(frozen=True, slots=True)
class Command:
    """
    One command; ``act`` is accept, reject, later, reopen, apply or help.

    ``section`` and ``reason`` are empty where the comment names none.
    """

    act: str
    numbers: tuple[int, ...] = ()
    section: str = ""
    starred: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class UnclearCommand:
    """A line that reads like a command and isn't one, with what is wrong."""

    line: str
    trouble: str


def read_commands(text: str, sections: Sequence[str]) -> Iterator[Command | UnclearCommand]:
    """The commands of a comment, in order; lines that are none are passed over."""
    fence = ""
    for line in text.replace("\r\n", "\n").split("\n"):
        sign = line.lstrip()[:3]
        if sign in ("```", "~~~"):
            fence = "" if sign == fence else fence or sign
        match = None if fence else _LINE.match(line.strip() if line[:1] not in " \t>" else "")
        if match:
            yield _command(line.strip(), (match[1] or "").strip(), sections)


def has_commands(text: str) -> bool:
    """Whether any line of a comment is a command, or reads like one."""
    return any(True for _ in read_commands(text, ()))


def _command(line: str, words: str, sections: Sequence[str]) -> Command | UnclearCommand:
    act, _, rest = " ".join(words.split()).partition(" ")
    act = act.lower().rstrip(":,：，")
    if act in ("", "help"):
        return Command("help")
    if act == "apply" and not rest.strip():
        return Command("apply")
    if act not in ACTS:
        return UnclearCommand(line, f"{act!r} is no command; one of {', '.join(ACTS)}, apply, help")
    numbers, rest = _numbers(rest)
    if not numbers:
        return UnclearCommand(line, "the numbers of the candidates are missing, e.g. `accept 3 7`")
    if len(numbers) > MAX_NUMBERS:
        return UnclearCommand(line, f"these are more than {MAX_NUMBERS} candidates")
    return _with_rest(line, act, numbers, rest, sections)


def _numbers(text: str) -> tuple[tuple[int, ...], str]:
    """The numbers that a text begins with, and what stands behind them."""
    numbers: list[int] = []
    end = 0
    while found := _NUMBERS.match(text, end):
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            break
        # One more than may be, so that the caller sees it.
        numbers += range(first, min(last, first + MAX_NUMBERS) + 1)
        end = found.end()
    return tuple(dict.fromkeys(numbers)), text[end:].strip(" \t,，、،。")


def _with_rest(
    line: str, act: str, numbers: tuple[int, ...], rest: str, sections: Sequence[str]
) -> Command | UnclearCommand:
    if act != "accept":
        return Command(act, numbers, reason=_REASON.sub("", rest))
    starred = bool(_STAR.search(rest))
    rest = _STAR.sub("", rest).strip()
    if not rest:
        return Command(act, numbers, starred=starred)
    named = _IN.match(rest)
    if named is None:
        return UnclearCommand(line, f"{rest[:60]!r} is neither `in SECTION` nor `with star`")
    section = next((s for s in sections if s.casefold() == named[1].strip().casefold()), None)
    if section is None:
        names = ", ".join(sections)
        return UnclearCommand(line, f"the list has no section {named[1].strip()!r}; known: {names}")
    return Command(act, numbers, section, starred)
