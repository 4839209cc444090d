"""
Which command on a candidate stands, where one read of a thread finds several. Pure.

A person's later command replaces their earlier one. What two people say differently is asked
about: neither may have seen the other's words.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from output.publish.commands import ACTS, Command, read_commands
from output.publish.forge import Comment


class Mention(NamedTuple):
    """A candidate's number in a command: the comment, and the command's place in it, from 0."""

    comment: int
    at: int
    number: int


@dataclass(frozen=True, slots=True)
class LastWords:
    """
    The commands that don't count, each with what to say about it; empty where nothing is to say.

    ``asked`` are those that people contradict each other in; the last one has the question.
    """

    passed_over: Mapping[Mention, str]
    asked: Mapping[Mention, str]


class _Request(NamedTuple):
    mention: Mention
    author: str
    command: Command


def last_words(
    comments: Iterable[Comment],
    sections: Sequence[str],
    is_past: Callable[[int, datetime], bool],
) -> LastWords:
    """
    Compare the commands of comments, oldest first.

    ``is_past`` says of a candidate's number whether it was decided after a moment: a command from
    before is no contradiction to one that came since.
    """
    by_number: defaultdict[int, list[_Request]] = defaultdict(list)
    for comment in comments:
        for request in _read(comment, sections):
            if not is_past(request.mention.number, comment.at):
                by_number[request.mention.number].append(request)
    passed_over: dict[Mention, str] = {}
    asked: dict[Mention, str] = {}
    for number, every in sorted(by_number.items()):
        newest = {request.author: request for request in every}
        for request in every:
            later = newest[request.author]
            if request is not later:
                passed_over[request.mention] = _replaced(number, request.command, later.command)
        if question := _contradiction(number, [request.command for request in newest.values()]):
            asked |= {request.mention: "" for request in newest.values()}
            asked[max(request.mention for request in newest.values())] = question
            continue
        chosen = max(newest.values(), key=lambda request: (_says(request.command), request.mention))
        passed_over |= {request.mention: "" for request in newest.values() if request is not chosen}
    return LastWords(passed_over, asked)


def _read(comment: Comment, sections: Sequence[str]) -> Iterator[_Request]:
    for at, command in enumerate(read_commands(comment.body, sections)):
        if isinstance(command, Command) and command.act in ACTS:
            for number in command.numbers:
                yield _Request(Mention(comment.number, at, number), comment.author, command)


def _replaced(number: int, earlier: Command, later: Command) -> str:
    if _wish(earlier) == _wish(later):
        return ""
    return f"candidate {number}: the later `{_wish(later)}` counts, not `{_wish(earlier)}`"


def _contradiction(number: int, commands: Sequence[Command]) -> str:
    acts = {command.act for command in commands}
    places = {command.section for command in commands if command.section}
    if len(acts) == 1 and len(places) < 2:
        return ""
    wishes = " and ".join(f"`{wish}`" for wish in sorted({_wish(one) for one in commands}))
    return (
        f"candidate {number}: people say {wishes}; none of it counts until somebody says again"
        f" which is meant, such as `/listkeeper {commands[-1].act} {number}`"
    )


def _wish(command: Command) -> str:
    """A command without its numbers and its reason."""
    place = f" in {command.section}" if command.section else ""
    return f"{command.act}{place}{' with star' if command.starred else ''}"


def _says(command: Command) -> tuple[bool, bool, bool]:
    """Of commands that agree, the one that says more counts."""
    return bool(command.section), command.starred, bool(command.reason)
