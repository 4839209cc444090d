"""
A forge as a publisher sees it: threads with a body, comments, and branches beside them.

A thread is a pull request or an issue. Another forge is one more class with these methods.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from catalog.errors import SourceTrouble, Trouble


@dataclass(frozen=True, slots=True)
class Thread:
    """
    A pull request, or an issue where ``branch`` is empty.

    ``body`` has LF line ends, whatever the forge sent; ``merged_by`` is a login, empty while the
    thread isn't merged. ``is_from_fork`` tells a branch of somebody else's repository, which may
    have any name, from one that only people who may push can make.
    """

    number: int
    author: str
    title: str
    body: str
    is_open: bool
    url: str
    branch: str = ""
    merged_by: str = ""
    is_from_fork: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """
    A comment of ``at``; ``is_bot`` where its author is a program.

    ``changed_at`` is when somebody edited it last, None for one that is as it was written.
    """

    number: int
    author: str
    is_bot: bool
    body: str
    at: datetime
    changed_at: datetime | None = None

    @property
    def newest_at(self) -> datetime:
        """When it was written or changed last."""
        return self.changed_at or self.at


class PullsNotPermitted(Trouble):
    """The repository's settings don't let Actions open pull requests: an issue is the way."""


class Locked(Trouble):
    """A conversation that somebody locked: nothing can be said there."""


class Missing(Trouble):
    """A thread that was there is deleted or transferred."""


class Unclear(SourceTrouble):
    """A write may or may not have worked: look before repeating it."""

    exit_code = 75


class Forge(Protocol):
    """What a publisher asks a forge for. Every method may raise Trouble; none repeats a write."""

    def name_now(self) -> str:
        """The repository's present name: it may have been renamed or transferred."""

    def default_branch(self) -> str:
        """The branch that pull requests go to."""

    def thread(self, number: int, *, is_pull: bool) -> Thread:
        """One thread as it is now; Missing if it's gone."""

    def pull_of(self, branch: str, base: str) -> Thread | None:
        """The open pull request of a branch."""

    def issues_of(self, label: str) -> Sequence[Thread]:
        """The open issues with a label."""

    def open_pull(self, title: str, body: str, branch: str, base: str) -> Thread:
        """Open a pull request; PullsNotPermitted where the settings forbid it."""

    def open_issue(self, title: str, body: str, label: str) -> Thread:
        """Open an issue."""

    def rewrite(self, thread: Thread, title: str, body: str) -> None:
        """Replace title and body."""

    def close(self, thread: Thread) -> None:
        """Close a thread without merging it."""

    def reopen(self, thread: Thread) -> None:
        """Open a closed thread again."""

    def label(self, thread: Thread, name: str) -> None:
        """Add a label; it is made where it is new."""

    def comments(self, number: int, since: datetime | None = None) -> Sequence[Comment]:
        """Comments changed at or after ``since``, oldest first."""

    def comment(self, number: int, body: str) -> Comment:
        """Write a comment."""

    def edit_comment(self, thread: int, number: int, body: str) -> None:
        """Replace the text of our own comment."""

    def react(self, number: int, content: str) -> None:
        """Answer a comment by a reaction; safe to repeat."""

    def may_write(self, login: str) -> bool:
        """Whether somebody may push to the repository."""

    def keep_schedule(self, workflow: str) -> None:
        """Keep a scheduled workflow switched on."""
