"""Issues, pull requests and comments of the forge, and the people who write them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.forge.repository import BareRepository

ACTIONS_BOT = "github-actions[bot]"
MAX_ISSUE_TITLE_CHARS = 256
MAX_BODY_CHARS = 65_536
# From this size on the service drops the connection without a word.
MAX_SAFE_UNITS = 58_000
# What may write, of GitHub's roles; the last is an organisation's own.
WRITERS = frozenset({"admin", "maintain", "write", "editor"})
# The older field knows four words only.
PERMISSIONS = {"maintain": "write", "triage": "read", "editor": "write"}
URL = "https://github.com"
API = "https://api.github.com"


@dataclass(slots=True)
class Comment:
    """One comment; ``reactions`` are pairs of login and content."""

    number: int
    author: str
    body: str
    created: datetime
    updated: datetime
    reactions: set[tuple[str, str]] = field(default_factory=set)


@dataclass(slots=True)
class Thread:
    """
    An issue, or a pull request where ``head`` names a branch, of ``fork`` where it says one.

    ``moved_to`` is the number that a transferred issue has in its new repository.
    """

    number: int
    author: str
    title: str
    body: str | None
    created: datetime
    updated: datetime
    head: str = ""
    base: str = ""
    fork: str = ""
    state: str = "open"
    merged_by: str = ""
    merge_sha: str = ""
    locked: bool = False
    moved_to: int = 0
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)


@dataclass(slots=True)
class Forge:
    """
    One repository with its threads, people and settings.

    ``roles`` are by login, ``tokens`` say whose each is. ``may_open`` is the setting that lets
    Actions create pull requests, ``has_issues`` whether issues are switched on; ``was`` is the
    repository's former name. ``events`` are what GitHub would write to an event file.
    """

    name: str
    repository: BareRepository
    roles: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    threads: dict[int, Thread] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    may_open: bool = True
    has_issues: bool = True
    was: str = ""
    next_id: int = 1000
    enabled: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def number(self) -> int:
        """The next number; issues and pull requests share them."""
        return len(self.threads) + 1

    def comment_number(self) -> int:
        self.next_id += 1
        return self.next_id

    def comment(self, number: int) -> tuple[Thread, Comment] | None:
        return next((pair for pair in self._comments() if pair[1].number == number), None)

    def _comments(self) -> Iterator[tuple[Thread, Comment]]:
        for thread in self.threads.values():
            for comment in thread.comments:
                yield thread, comment

    def role(self, login: str) -> str:
        return "write" if login == ACTIONS_BOT else self.roles.get(login, "none")

    def can_write(self, login: str) -> bool:
        return self.role(login) in WRITERS


def user_json(login: str) -> dict[str, Any]:
    bot = login.endswith("[bot]")
    number = 41_898_282 if login == ACTIONS_BOT else sum(map(ord, login)) + 583_231
    return {"login": login, "id": number, "type": "Bot" if bot else "User", "site_admin": False}


def comment_json(forge: Forge, thread: Thread, comment: Comment) -> dict[str, Any]:
    return {
        "id": comment.number,
        "body": comment.body,
        "user": user_json(comment.author),
        "created_at": stamp(comment.created),
        "updated_at": stamp(comment.updated),
        "author_association": "MEMBER" if comment.author in forge.roles else "NONE",
        "html_url": f"{URL}/{forge.name}/issues/{thread.number}#issuecomment-{comment.number}",
        "url": f"{API}/repos/{forge.name}/issues/comments/{comment.number}",
    }


def issue_json(forge: Forge, thread: Thread) -> dict[str, Any]:
    kind = "pull" if thread.head else "issues"
    answer = {
        "number": thread.number,
        "id": 5_000 + thread.number,
        "node_id": f"I_{thread.number}",
        "url": f"{API}/repos/{forge.name}/issues/{thread.number}",
        "html_url": f"{URL}/{forge.name}/{kind}/{thread.number}",
        "title": thread.title,
        "body": thread.body,
        "user": user_json(thread.author),
        "labels": [{"name": name, "color": "ededed"} for name in thread.labels],
        "state": thread.state,
        "locked": thread.locked,
        "assignees": [],
        "comments": len(thread.comments),
        "created_at": stamp(thread.created),
        "updated_at": stamp(thread.updated),
        "closed_at": None if thread.state == "open" else stamp(thread.updated),
        "author_association": "NONE",
    }
    if thread.head:
        answer["pull_request"] = {"url": f"{API}/repos/{forge.name}/pulls/{thread.number}"}
    return answer


def pull_json(forge: Forge, thread: Thread) -> dict[str, Any]:
    owner = forge.name.partition("/")[0]
    source = thread.fork or forge.name
    base = forge.repository.sha(thread.base)
    head = base if thread.fork else forge.repository.sha(thread.head)
    return issue_json(forge, thread) | {
        "pull_request": None,
        "id": 9_000 + thread.number,
        "head": {
            "ref": thread.head,
            "label": f"{source.partition('/')[0]}:{thread.head}",
            "sha": head,
            "repo": {"full_name": source, "fork": bool(thread.fork)},
        },
        "base": {
            "ref": thread.base,
            "label": f"{owner}:{thread.base}",
            "sha": base,
            "repo": {"full_name": forge.name, "fork": False},
        },
        "draft": False,
        "merged": bool(thread.merged_by),
        "merged_at": stamp(thread.updated) if thread.merged_by else None,
        "merged_by": user_json(thread.merged_by) if thread.merged_by else None,
        "merge_commit_sha": thread.merge_sha or None,
        "mergeable": None,
    }


def to_json(forge: Forge) -> dict[str, Any]:
    """Everything on the forge, for a test to look at."""
    return {
        "name": forge.name,
        "threads": [
            (pull_json if thread.head else issue_json)(forge, thread)
            | {
                "said": [comment_json(forge, thread, comment) for comment in thread.comments],
                "reactions": [
                    [comment.number, *reaction]
                    for comment in thread.comments
                    for reaction in sorted(comment.reactions)
                ],
            }
            for thread in forge.threads.values()
        ],
        "labels": sorted(forge.labels),
        "enabled": forge.enabled,
        "events": forge.events,
    }


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
