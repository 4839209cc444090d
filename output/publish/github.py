"""
GitHub behind ``Forge``, by PyGithub: it paces writes, pages lists and knows the rate limits.

No write is repeated by the library: after a 502 or a lost connection nobody knows whether it
worked, and asking again would open a second pull request.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode

from catalog.errors import ComeBackLater, SourceTrouble, Trouble, UsageTrouble
from config.secret import Secret
from output.publish.forge import Comment, Locked, Missing, PullsNotPermitted, Thread, Unclear

if TYPE_CHECKING:
    from github import Github, GithubException

Row = TypeVar("Row")
API_VERSION = "2022-11-28"
API_TIMEOUT_S = 30
SECONDS_BETWEEN_WRITES = 1.0
PER_PAGE = 100
# Pages of one list that are read: comments of a thread nobody reads to the end.
MAX_API_PAGES = 10
TOKEN = "GITHUB_TOKEN"
INSTALL = "pip install 'listkeeper[publish]'"
PERMISSIONS = "permissions: contents: write, pull-requests: write, issues: write"
# What GitHub says to who is too fast, where no header does.
SLOW_DOWN = ("rate limit", "abuse detection")
WRITERS = frozenset({"admin", "maintain", "write"})
ROLES = WRITERS | {"triage", "read", "none"}


@dataclass(frozen=True)
class GitHub:
    """One repository on GitHub; ``name`` is ``owner/name``, ``api`` the address of the API."""

    name: str
    api: str
    token: Secret
    user_agent: str
    writes_apart_s: float = SECONDS_BETWEEN_WRITES

    @cached_property
    def _client(self) -> "Github":
        try:
            from github import Auth, Github, GithubRetry
        except ModuleNotFoundError:
            raise UsageTrouble("publish", "PyGithub is not installed", INSTALL) from None
        return Github(
            auth=Auth.Token(self.token.reveal()),
            base_url=self.api,
            timeout=API_TIMEOUT_S,
            user_agent=self.user_agent,
            per_page=PER_PAGE,
            retry=GithubRetry(total=2, allowed_methods=frozenset({"GET"}), max_rate_limit_wait=0),
            seconds_between_writes=self.writes_apart_s,
            seconds_between_requests=0.0,
            lazy=True,
            api_version=API_VERSION,
        )

    def default_branch(self) -> str:
        return self._read("GET", "", lambda answer: str(answer["default_branch"]))

    def thread(self, number: int, *, is_pull: bool) -> Thread:
        kind = "pulls" if is_pull else "issues"
        gone = Missing(f"{self.name}#{number}", "is gone", "it is opened anew")
        try:
            thread = self._read("GET", f"/{kind}/{number}", _thread)
        except Missing:
            raise gone from None
        # One that was transferred answers from its new place, under the number that it has there.
        if thread.number != number:
            raise gone
        return thread

    def name_now(self) -> str:
        return self._read("GET", "", lambda answer: str(answer["full_name"]))

    def pull_of(self, branch: str, base: str) -> Thread | None:
        owner = self.name.partition("/")[0]
        query = {"head": f"{owner}:{branch}", "state": "open", "base": base}
        threads = self._read("GET", f"/pulls?{urlencode(query)}", _each(_thread))
        # A head that GitHub doesn't understand is ignored, and every pull request comes.
        own = (thread for thread in threads if not thread.is_from_fork)
        return next((thread for thread in own if thread.branch == branch), None)

    def issues_of(self, label: str) -> Sequence[Thread]:
        query = urlencode({"labels": label, "state": "open", "per_page": PER_PAGE})
        rows = self._read("GET", f"/issues?{query}", _each(dict))
        return [_thread(row) for row in rows if not row.get("pull_request")]

    def open_pull(self, title: str, body: str, branch: str, base: str) -> Thread:
        payload = {"title": title, "body": body, "head": branch, "base": base}
        return self._read("POST", "/pulls", _thread, payload)

    def open_issue(self, title: str, body: str, label: str) -> Thread:
        payload = {"title": title, "body": body, "labels": [label]}
        return self._read("POST", "/issues", _thread, payload)

    def rewrite(self, thread: Thread, title: str, body: str) -> None:
        self._ask("PATCH", f"/{_kind(thread)}/{thread.number}", {"title": title, "body": body})

    def close(self, thread: Thread) -> None:
        self._ask("PATCH", f"/{_kind(thread)}/{thread.number}", {"state": "closed"})

    def reopen(self, thread: Thread) -> None:
        self._ask("PATCH", f"/{_kind(thread)}/{thread.number}", {"state": "open"})

    def label(self, thread: Thread, name: str) -> None:
        self._ask("POST", f"/issues/{thread.number}/labels", {"labels": [name]})

    def comments(self, number: int, since: datetime | None = None) -> Sequence[Comment]:
        query = {"since": f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"} if since else {}
        return list(self._pages(f"/issues/{number}/comments", query, _comment))

    def _pages(
        self, path: str, query: Mapping[str, str], row_of: Callable[[Any], Row]
    ) -> Iterator[Row]:
        for page in range(1, MAX_API_PAGES + 1):
            asked = urlencode({**query, "per_page": PER_PAGE, "page": page})
            rows = self._read("GET", f"{path}?{asked}", _each(row_of))
            yield from rows
            if len(rows) < PER_PAGE:
                return

    def comment(self, number: int, body: str) -> Comment:
        return self._read("POST", f"/issues/{number}/comments", _comment, {"body": body})

    def edit_comment(self, thread: int, number: int, body: str) -> None:
        self._ask("PATCH", f"/issues/comments/{number}", {"body": body})

    def react(self, number: int, content: str) -> None:
        self._ask("POST", f"/issues/comments/{number}/reactions", {"content": content})

    def may_write(self, login: str) -> bool:
        path = f"/collaborators/{quote(login, safe='')}/permission"
        # Nobody has the login of a deleted account; a stray 404 must cost nobody their word.
        for _ in range(2):
            with suppress(Missing):
                return self._read("GET", path, _role) in WRITERS
        return False

    def keep_schedule(self, workflow: str) -> None:
        self._ask("PUT", f"/actions/workflows/{quote(workflow, safe='')}/enable")

    def _read(
        self,
        verb: str,
        path: str,
        value_of: Callable[[Any], Row],
        payload: Mapping[str, Any] | None = None,
    ) -> Row:
        """Ask, and take what is needed from the answer; one that lacks it is no answer."""
        answer = self._ask(verb, path, payload)
        try:
            return value_of(answer)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _lost(verb, "an answer that isn't GitHub's; is a proxy in between?") from None

    def _ask(self, verb: str, path: str, payload: Mapping[str, Any] | None = None) -> Any:
        from github import GithubException
        from requests.exceptions import RequestException

        url = f"/repos/{self.name}{path}"
        try:
            _, answer = self._client.requester.requestJsonAndCheck(
                verb, url, input=None if payload is None else dict(payload)
            )
        except GithubException as refusal:
            raise _trouble(self.name, verb, refusal) from None
        except (RequestException, ValueError) as lost:
            raise _lost(verb, type(lost).__name__) from None
        return answer


def _role(answer: Mapping[str, Any]) -> str:
    # The older field says `write` for somebody who may only triage; the newer one has names of an
    # organisation's own roles, too, which say nothing.
    role = str(answer.get("role_name") or "")
    return role if role in ROLES else str(answer["permission"])


def _each(row_of: Callable[[Any], Row]) -> Callable[[Any], list[Row]]:
    """Rows of an answer that is a list; TypeError for any other."""

    def rows(answer: Any) -> list[Row]:
        if not isinstance(answer, list):
            raise TypeError(type(answer))
        return [row_of(row) for row in answer]

    return rows


def _kind(thread: Thread) -> str:
    return "pulls" if thread.branch else "issues"


def _trouble(name: str, verb: str, refusal: "GithubException") -> Trouble:
    """The trouble that a refusal means: one status can have three meanings."""
    payload = refusal.data if isinstance(refusal.data, dict) else {}
    message = str(payload.get("message") or refusal.message or "no reason given")[:200]
    throttled = _is_throttled(refusal.headers or {}, message)
    match refusal.status:
        case 401:
            return UsageTrouble(TOKEN, f"GitHub refuses the token ({message})", "set it anew")
        case 403 | 429 if throttled:
            return ComeBackLater("GitHub", f"asks to wait ({message})", "try again later")
        case 403:
            return _forbidden(name, message)
        case 410 if verb == "POST":
            way = "Settings › General › Features, or write `as: pr` in publish.yaml"
            return UsageTrouble(name, f"has issues switched off ({message})", way)
        case 404 | 410:
            return Missing(name, f"GitHub finds nothing ({message})", "check the repository's name")
        case 301 | 302 | 307:
            return UsageTrouble(name, "was renamed", "name the new one in publish.yaml")
        case 422 if "already exists" in _reasons(payload, message):
            # Another job was faster, or the list that was looked at lagged.
            return Unclear("GitHub", f"has it ({_reasons(payload, message)})", "the next run looks")
        case status if status >= 500:
            return _lost(verb, f"HTTP {status}")
        case status:
            return SourceTrouble("GitHub", f"refuses with {status} ({_reasons(payload, message)})")


def _forbidden(name: str, message: str) -> Trouble:
    if "create or approve pull requests" in message:
        way = "Settings › Actions › General › Workflow permissions"
        return PullsNotPermitted(name, "Actions may not open pull requests", way)
    if "locked" in message:
        return Locked(name, f"takes no comment ({message})", "unlock the conversation")
    if "archived" in message:
        return UsageTrouble(name, f"takes nothing ({message})", "unarchive it, or stop this job")
    return UsageTrouble(name, f"GitHub refuses ({message})", PERMISSIONS)


def _is_throttled(headers: Mapping[str, str], message: str) -> bool:
    by_name = {key.lower(): value for key, value in headers.items()}
    return (
        "retry-after" in by_name
        or by_name.get("x-ratelimit-remaining") == "0"
        or any(words in message for words in SLOW_DOWN)
    )


def _reasons(payload: Mapping[str, Any], message: str) -> str:
    errors = payload.get("errors")
    texts = [
        str(error.get("message") or f"{error.get('field')}: {error.get('code')}")
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
    ]
    return "; ".join(texts)[:300] or message


def _lost(verb: str, what: str) -> Trouble:
    if verb == "GET":
        return ComeBackLater("GitHub", f"did not answer ({what})", "try again later")
    return Unclear("GitHub", f"did not say whether it took this ({what})", "the next run looks")


def _thread(row: Mapping[str, Any]) -> Thread:
    merged_by = row.get("merged_by") or {}
    is_merged = bool(row.get("merged") or row.get("merged_at"))
    return Thread(
        number=int(row["number"]),
        author=str((row.get("user") or {}).get("login", "")),
        title=str(row.get("title") or ""),
        body=str(row.get("body") or "").replace("\r\n", "\n"),
        is_open=row.get("state") == "open",
        url=str(row.get("html_url") or ""),
        branch=str((row.get("head") or {}).get("ref", "")),
        merged_by=str(merged_by.get("login") or "github") if is_merged else "",
        is_from_fork=_repository(row, "head") != _repository(row, "base"),
    )


def _repository(row: Mapping[str, Any], end: str) -> str:
    """Where a pull request comes from or goes to; empty where that is deleted, or for an issue."""
    return str(((row.get(end) or {}).get("repo") or {}).get("full_name", ""))


def _comment(row: Mapping[str, Any]) -> Comment:
    user = row.get("user") or {}
    changed = row.get("updated_at")
    return Comment(
        number=int(row["id"]),
        author=str(user.get("login", "")),
        is_bot=user.get("type") != "User",
        body=str(row.get("body") or "").replace("\r\n", "\n"),
        at=datetime.fromisoformat(str(row["created_at"])),
        changed_at=datetime.fromisoformat(str(changed)) if changed else None,
    )
