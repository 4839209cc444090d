"""
The forge's REST API, as far as a publisher needs it, and git over HTTP beside it.

Who may do what follows from the token. The faults are the ones that publishers of this kind have
met: refusals that look alike, writes that worked although the answer was lost, lists that lag.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.conditional import answer_conditionally
from sandbox.faults import Fault
from sandbox.forge.people import tick_one
from sandbox.forge.threads import (
    MAX_BODY_CHARS,
    MAX_ISSUE_TITLE_CHARS,
    MAX_SAFE_UNITS,
    PERMISSIONS,
    Comment,
    Forge,
    Thread,
    comment_json,
    issue_json,
    pull_json,
    user_json,
)
from sandbox.messages import Request, Response, from_json
from sandbox.state import SandboxState

MISSING = {"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}
DEAD = {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest"}
NO_SCOPE = {"message": "Resource not accessible by integration"}
NO_PULLS = {
    "message": "GitHub Actions is not permitted to create or approve pull requests.",
    "documentation_url": "https://docs.github.com/rest/pulls/pulls#create-a-pull-request",
}
TOO_FAST = {
    "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try "
    "again.",
    "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
}
NO_ISSUES = {"message": "Issues are disabled for this repo"}
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})

Parts = tuple[str, ...]


class Refusal(Exception):
    """An answer that ends the request early."""

    def __init__(self, status: int, payload: dict[str, Any]) -> None:
        super().__init__(payload["message"])
        self.answer = from_json(status, payload)


def answer_git(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    """Answer ``/git/OWNER/NAME.git/…``; writing needs a token of somebody who may write."""
    forge = state.forge
    match = re.fullmatch(r"/([^/]+/[^/]+?)(?:\.git)?(/.*)", request.path)
    if forge is None or match is None or match[1].lower() not in {forge.name.lower(), forge.was}:
        return from_json(404, MISSING)
    login = _login(forge, request)
    pushes = "git-receive-pack" in (match[2] + request.query.get("service", ""))
    if pushes and not forge.can_write(login):
        denied = from_json(401 if not login else 403, {"message": "denied"})
        return Response(
            denied.status,
            denied.body,
            {**denied.headers, "www-authenticate": 'Basic realm="GitHub"'},
        )
    return forge.repository.serve(request, match[2], login)


def answer(state: SandboxState, request: Request, fault: Fault | None) -> Response | None:
    """Answer ``/repos/OWNER/NAME/…`` for the forge's repository; None for any other."""
    forge = state.forge
    parts = tuple(request.path.strip("/").split("/"))
    if forge is None or len(parts) < 2:
        return None
    name = "/".join(parts[:2]).lower()
    if name == forge.was:
        moved = {"location": f"{_own(request)}/repos/{forge.name}/{'/'.join(parts[2:])}"}
        return Response(301, b'{"message":"Moved Permanently"}', moved)
    if name != forge.name.lower():
        return None
    try:
        return _answer(state, forge, request, parts[2:], fault)
    except Refusal as refusal:
        return refusal.answer


def _answer(
    state: SandboxState, forge: Forge, request: Request, parts: Parts, fault: Fault | None
) -> Response:
    login = _login(forge, request)
    name = fault.name if fault else ""
    if not login:
        raise Refusal(401, DEAD)
    writes = request.method in WRITES
    if "if-match" in request.headers and writes:
        raise Refusal(400, {"message": "Conditional request headers are not allowed"})
    if writes and not forge.can_write(login):
        raise Refusal(403, NO_SCOPE)
    if name in _REFUSED_WRITES and writes:
        raise Refusal(int(name[:3]), _REFUSED_WRITES[name])
    if name in _REFUSED:
        raise Refusal(int(name[:3]), _REFUSED[name])
    if name == "410-issues" and writes and parts[-1:] == ("issues",):
        raise Refusal(410, {"message": "Issues are disabled for this repo"})
    if name == "race-tick" and writes:
        tick_one(forge, state.now())
    if name == "502-before" and writes:
        raise Refusal(502, {"message": "Server Error"})
    response = _route(state, forge, request, parts, login, name)
    if name == "502-after" and writes:
        raise Refusal(502, {"message": "Server Error"})
    return answer_conditionally(request, response) if request.method == "GET" else response


def _route(
    state: SandboxState, forge: Forge, request: Request, parts: Parts, login: str, fault: str
) -> Response:
    service = _Service(state, forge, request, login, fault)
    for method, pattern, handler in _ROUTES:
        match = re.fullmatch(pattern, "/".join(parts))
        if method == request.method and match:
            return handler(service, *match.groups())
    raise Refusal(404, MISSING)


class _Service:
    """One request with all that its handler needs."""

    def __init__(
        self, state: SandboxState, forge: Forge, request: Request, login: str, fault: str
    ) -> None:
        self.forge, self.request, self.login, self.fault = forge, request, login, fault
        self.now = state.now()

    @property
    def payload(self) -> dict[str, Any]:
        try:
            value = json.loads(self.request.body or b"{}")
        except ValueError:
            raise Refusal(400, {"message": "Problems parsing JSON"}) from None
        return value if isinstance(value, dict) else {}

    def repository(self) -> Response:
        owner, _, name = self.forge.name.partition("/")
        return from_json(
            200,
            {
                "id": 1,
                "name": name,
                "full_name": self.forge.name,
                "owner": user_json(owner),
                "private": False,
                "fork": False,
                "has_issues": self.forge.has_issues,
                "default_branch": self.forge.repository.default_branch,
                "url": f"https://api.github.com/repos/{self.forge.name}",
                "html_url": f"https://github.com/{self.forge.name}",
            },
        )

    def thread(self, number: str) -> Thread:
        thread = self.forge.threads.get(int(number))
        if thread is None:
            raise Refusal(404, MISSING)
        return thread

    def issues(self) -> Response:
        state = self.request.query.get("state", "open")
        threads = [t for t in self._listed() if state in ("all", t.state)]
        return from_json(200, [issue_json(self.forge, thread) for thread in threads])

    def _listed(self) -> list[Thread]:
        threads = [one for one in self.forge.threads.values() if not one.moved_to]
        # A list may lag behind the writes that it should show.
        return threads[:-1] if self.fault == "late-list" else threads

    def issue(self, number: str) -> Response:
        if to := self.thread(number).moved_to:
            # What its new repository answers, after a redirect.
            moved = issue_json(self.forge, self.thread(number))
            return from_json(200, moved | {"number": to})
        return from_json(200, self._seen(issue_json(self.forge, self.thread(number))))

    def pull(self, number: str) -> Response:
        return from_json(200, self._seen(pull_json(self.forge, self._pull(number))))

    def _seen(self, payload: dict[str, Any]) -> dict[str, Any]:
        if self.fault == "null-body":
            return payload | {"body": None}
        if self.fault == "crlf" and payload["body"]:
            return payload | {"body": payload["body"].replace("\n", "\r\n")}
        return payload

    def _pull(self, number: str) -> Thread:
        thread = self.thread(number)
        if not thread.head:
            raise Refusal(404, MISSING)
        return thread

    def pulls(self) -> Response:
        query = self.request.query
        state, head = query.get("state", "open"), query.get("head", "")
        threads = [t for t in self._listed() if t.head and state in ("all", t.state)]
        # GitHub ignores a head that it doesn't understand, and sends every pull request.
        if ":" in head and self.fault != "any-head":
            threads = [t for t in threads if self._label(t) == head]
        if "base" in query:
            threads = [t for t in threads if t.base == query["base"]]
        return from_json(200, [pull_json(self.forge, thread) for thread in threads])

    def _label(self, thread: Thread) -> str:
        return f"{(thread.fork or self.forge.name).partition('/')[0]}:{thread.head}"

    def open_issue(self) -> Response:
        if not self.forge.has_issues:
            raise Refusal(410, NO_ISSUES)
        payload = self.payload
        return self._created(self._new(payload, "", ""), issue_json)

    def open_pull(self) -> Response:
        payload, forge = self.payload, self.forge
        if not forge.may_open or self.fault == "403-setting":
            raise Refusal(403, NO_PULLS)
        head, base = str(payload.get("head", "")).rpartition(":")[2], str(payload.get("base", ""))
        if forge.repository.sha(head) is None or forge.repository.sha(base) is None:
            raise Refusal(422, _invalid("PullRequest", "head", "invalid"))
        own = (t for t in forge.threads.values() if not t.fork)
        if any(t.head == head and t.state == "open" for t in own):
            owner = forge.name.partition("/")[0]
            text = f"A pull request already exists for {owner}:{head}."
            raise Refusal(422, _custom("PullRequest", text))
        if not forge.repository.has_news(base, head):
            raise Refusal(422, _custom("PullRequest", f"No commits between {base} and {head}"))
        return self._created(self._new(payload, head, base), pull_json)

    def _new(self, payload: dict[str, Any], head: str, base: str) -> Thread:
        title, body = self._texts(payload)
        now = self.now
        thread = Thread(
            self.forge.number(), self.login, title or "", body, now, now, head=head, base=base
        )
        thread.labels = [str(label) for label in payload.get("labels", [])]
        self.forge.threads[thread.number] = thread
        return thread

    def _texts(self, payload: dict[str, Any]) -> tuple[str | None, str | None]:
        title, body = payload.get("title"), payload.get("body")
        if title is not None and not 0 < len(title) <= MAX_ISSUE_TITLE_CHARS:
            text = f"title is too long (maximum is {MAX_ISSUE_TITLE_CHARS} characters)"
            raise Refusal(422, _custom("Issue", text, "title"))
        if body is not None and len(body) > MAX_BODY_CHARS:
            text = f"body is too long (maximum is {MAX_BODY_CHARS} characters)"
            raise Refusal(422, _custom("Issue", text, "body"))
        if body is not None and len(body.encode("utf-16-le")) // 2 > MAX_SAFE_UNITS:
            raise Refusal(502, {"message": "the service drops the connection here"})
        return title, body

    def _created(
        self, thread: Thread, payload_of: Callable[[Forge, Thread], dict[str, Any]]
    ) -> Response:
        payload = payload_of(self.forge, thread)
        created = from_json(201, payload)
        return Response(201, created.body, {**created.headers, "location": payload["url"]})

    def edit_issue(self, number: str) -> Response:
        return self._edited(self.thread(number), issue_json)

    def edit_pull(self, number: str) -> Response:
        return self._edited(self._pull(number), pull_json)

    def _edited(
        self, thread: Thread, payload_of: Callable[[Forge, Thread], dict[str, Any]]
    ) -> Response:
        payload = self.payload
        title, body = self._texts(payload)
        if title is not None:
            thread.title = title
        if "body" in payload:
            thread.body = body
        if payload.get("state") in ("open", "closed"):
            thread.state = payload["state"]
        if isinstance(payload.get("labels"), list):
            thread.labels = [str(label) for label in payload["labels"]]
        thread.updated = self.now
        return from_json(200, payload_of(self.forge, thread))

    def comments(self, number: str) -> Response:
        thread, since = self.thread(number), self.request.query.get("since", "")
        comments = [comment_json(self.forge, thread, comment) for comment in thread.comments]
        return from_json(200, [item for item in comments if item["updated_at"] >= since])

    def add_comment(self, number: str) -> Response:
        thread = self.thread(number)
        if thread.locked:
            raise Refusal(403, {"message": "Unable to create comment because issue is locked."})
        body = self._comment_text()
        comment = Comment(self.forge.comment_number(), self.login, body, self.now, self.now)
        thread.comments.append(comment)
        return from_json(201, comment_json(self.forge, thread, comment))

    def _comment_text(self) -> str:
        body = str(self.payload.get("body", ""))
        if len(body) > MAX_BODY_CHARS:
            text = f"body is too long (maximum is {MAX_BODY_CHARS} characters)"
            raise Refusal(422, _custom("IssueComment", text, "body"))
        return body

    def edit_comment(self, number: str) -> Response:
        thread, comment = self._comment(number)
        comment.body, comment.updated = self._comment_text(), self.now
        return from_json(200, comment_json(self.forge, thread, comment))

    def _comment(self, number: str) -> tuple[Thread, Comment]:
        comment = self.forge.comment(int(number))
        if comment is None:
            raise Refusal(404, MISSING)
        return comment

    def react(self, number: str) -> Response:
        _, comment = self._comment(number)
        reaction = (self.login, str(self.payload.get("content", "")))
        status = 200 if reaction in comment.reactions else 201
        comment.reactions.add(reaction)
        return from_json(status, {"id": 1, "content": reaction[1], "user": user_json(self.login)})

    def add_label(self) -> Response:
        name = str(self.payload.get("name", ""))
        if name in self.forge.labels:
            raise Refusal(422, _invalid("Label", "name", "already_exists"))
        self.forge.labels.add(name)
        return from_json(201, {"id": 1, "name": name, "color": self.payload.get("color")})

    def label_thread(self, number: str) -> Response:
        thread = self.thread(number)
        for name in self.payload.get("labels", []):
            self.forge.labels.add(str(name))
            if name not in thread.labels:
                thread.labels.append(str(name))
        return from_json(200, [{"name": name, "color": "ededed"} for name in thread.labels])

    def permission(self, login: str) -> Response:
        role = self.forge.role(login)
        payload = {"permission": PERMISSIONS.get(role, role), "role_name": role}
        return from_json(200, payload | {"user": user_json(login)})

    def enable(self, file: str) -> Response:
        self.forge.enabled.append(file)
        return Response(204, b"")


_ROUTES: tuple[tuple[str, str, Callable[..., Response]], ...] = (
    ("GET", "", _Service.repository),
    ("GET", "issues", _Service.issues),
    ("POST", "issues", _Service.open_issue),
    ("GET", r"issues/(\d+)", _Service.issue),
    ("PATCH", r"issues/(\d+)", _Service.edit_issue),
    ("GET", "pulls", _Service.pulls),
    ("POST", "pulls", _Service.open_pull),
    ("GET", r"pulls/(\d+)", _Service.pull),
    ("PATCH", r"pulls/(\d+)", _Service.edit_pull),
    ("GET", r"issues/(\d+)/comments", _Service.comments),
    ("POST", r"issues/(\d+)/comments", _Service.add_comment),
    ("PATCH", r"issues/comments/(\d+)", _Service.edit_comment),
    ("POST", r"issues/comments/(\d+)/reactions", _Service.react),
    ("POST", "labels", _Service.add_label),
    ("POST", r"issues/(\d+)/labels", _Service.label_thread),
    ("GET", r"collaborators/([^/]+)/permission", _Service.permission),
    ("PUT", r"actions/workflows/([^/]+)/enable", _Service.enable),
)


def _login(forge: Forge, request: Request) -> str:
    """Whose token it is; empty without one, or with one that nobody has."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return forge.tokens.get(value.strip(), "")


def _own(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}"


def _invalid(resource: str, field: str, code: str) -> dict[str, Any]:
    errors = [{"resource": resource, "code": code, "field": field}]
    return {"message": "Validation Failed", "errors": errors}


def _custom(resource: str, text: str, field: str = "") -> dict[str, Any]:
    error = {"resource": resource, "code": "custom", "message": text}
    return {"message": "Validation Failed", "errors": [error | ({"field": field} if field else {})]}


# What a fault of this name answers: to each request, and to writes alone.
_REFUSED: Mapping[str, dict[str, Any]] = {
    "403-secondary": TOO_FAST,
    "403-abuse": {"message": "You have triggered an abuse detection mechanism."},
}
_REFUSED_WRITES: Mapping[str, dict[str, Any]] = {
    "403-scope": NO_SCOPE,
    "403-archived": {"message": "Repository was archived so is read-only."},
    "422": _invalid("Issue", "body", "invalid"),
}
