"""
All services behind one address.

A request is logged, refused if it comes too soon, met by the fault in its path or an active
fault, and otherwise answered as the service would.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from functools import partial
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import control, faults
from sandbox.faults import NAMES, Fault, FaultContext
from sandbox.messages import Request, Response, from_json, text
from sandbox.network import connection
from sandbox.request_log import LoggedRequest
from sandbox.services import (
    arxiv_api,
    arxiv_oai,
    arxiv_rss,
    forge,
    github,
    hugging_face,
    openalex,
    pages,
    semantic_scholar,
)
from sandbox.state import SandboxState

PREFIX = re.compile(r"/~(?P<fault>[^/]*)(?P<path>/.*|$)")
PRIVATE_ADDRESS = "127.0.0.2"
MAX_LOGGED_BYTES = 100_000

Handler = Callable[[SandboxState, Request, Fault | None], Response]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a service; a service's endpoints share its rate limit."""

    name: str
    service: str
    prefix: str
    serve: Handler


def _private(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    return text(200, "Nobody from outside should read this.")


def _not_found(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    return from_json(404, {"error": "Not Found", "message": "Not Found"})


def _repository(state: SandboxState, request: Request, fault: Fault | None) -> Response:
    """Answer for the forge's own repository, or for one that the sources look at."""
    return forge.answer(state, request, fault) or github.answer_repository(state, request, fault)


ENDPOINTS = (
    Endpoint("rss", "arxiv", "/rss", arxiv_rss.answer_rss),
    Endpoint("atom", "arxiv", "/atom", arxiv_rss.answer_atom),
    Endpoint("status", "arxiv", "/feed/status", arxiv_rss.answer_status),
    Endpoint("daily", "hub", "/api/daily_papers", hugging_face.answer_daily),
    *(
        Endpoint(shelf, "hub", f"/api/{shelf}", partial(hugging_face.answer_shelf, shelf))
        for shelf in ("models", "datasets", "spaces", "collections")
    ),
    Endpoint("blog", "hub", "/blog/feed.xml", hugging_face.answer_blog),
    Endpoint("hub-paper", "hub", "/api/papers", hugging_face.answer_paper),
    Endpoint("api", "arxiv", "/api", arxiv_api.answer),
    Endpoint("oai", "arxiv", "/oai", arxiv_oai.answer),
    Endpoint("scholar", "scholar", "/graph/v1", semantic_scholar.answer),
    Endpoint("openalex", "openalex", "/works", openalex.answer),
    Endpoint("page", "page", "/page", pages.answer_page),
    Endpoint("git", "git", "/git", forge.answer_git),
    Endpoint("github", "github", "/repos", _repository),
    Endpoint("search", "github", "/search/repositories", github.answer_search),
    Endpoint("github", "github", "/repositories", github.answer_by_number),
    Endpoint("robots", "robots", "/robots.txt", pages.answer_robots),
    Endpoint("private", "private", "/private", _private),
)
UNKNOWN_ADDRESS = Endpoint("nowhere", "nowhere", "", _not_found)


def build(state: SandboxState) -> ASGIApp:
    outside = Route("/{path:path}", Services(state))
    return Starlette(routes=[*control.routes(state), outside])


@dataclass(frozen=True, slots=True)
class Services:
    """Answers every address that is not a control address."""

    state: SandboxState

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http_request = HttpRequest(scope, receive)
        fault, path = split_fault(scope["path"])
        endpoint = _endpoint(scope, path)
        body = await http_request.body()
        request = Request(
            method=scope["method"],
            path=path.removeprefix(endpoint.prefix),
            query=dict(http_request.query_params),
            headers=dict(http_request.headers),
            body=body,
        )
        entry = self._entry(endpoint, request, http_request)
        fault = fault or self._switched_on(endpoint)
        entry.fault = str(fault) if fault else None
        try:
            self.state.log.arrive(entry)
            await self._serve(endpoint, request, fault, entry, (scope, receive, send))
        finally:
            self.state.log.leave(entry)

    def _switched_on(self, endpoint: Endpoint) -> Fault | None:
        if endpoint.service in ("robots", "private"):
            return self.state.faults.take((endpoint.name,))
        return self.state.faults.take((endpoint.name, endpoint.service, "*"))

    def _entry(
        self, endpoint: Endpoint, request: Request, http_request: HttpRequest
    ) -> LoggedRequest:
        raw = http_request.scope.get("raw_path") or http_request.scope["path"].encode()
        return LoggedRequest(
            service=endpoint.service,
            part=endpoint.name,
            method=request.method,
            path=raw.decode("latin-1"),
            query=request.query,
            headers=request.headers,
            length=len(request.body),
            body=request.body[:MAX_LOGGED_BYTES].decode("utf-8", "replace"),
            at=self.state.now().isoformat(timespec="microseconds"),
            monotonic=time.monotonic(),
            in_flight=self.state.log.in_flight[endpoint.service],
        )

    async def _serve(
        self,
        endpoint: Endpoint,
        request: Request,
        fault: Fault | None,
        entry: LoggedRequest,
        asgi: tuple[Scope, Receive, Send],
    ) -> None:
        body = request.body[:MAX_LOGGED_BYTES].decode("utf-8", "replace")
        head = f"{request.method} {request.path} {dict(request.query)} {dict(request.headers)}"
        sent = f"{head}\n{body}"
        path = endpoint.prefix + request.path
        context = FaultContext(endpoint.service, _own_url(asgi[0]), self.state.now(), path, sent)
        if fault and fault.name not in NAMES:
            entry.status = 501
            await control.unknown_fault(fault)(*asgi)
            return
        answer = self._answer(endpoint, request, fault, context, entry)
        if fault and fault.name in connection.HANDLERS:
            entry.status = None if fault.name in connection.SILENT else answer.status
            await connection.HANDLERS[fault.name](*asgi, self._dated(answer))
            return
        entry.status = answer.status
        await _response(self._dated(answer))(*asgi)

    def _answer(
        self,
        endpoint: Endpoint,
        request: Request,
        fault: Fault | None,
        context: FaultContext,
        entry: LoggedRequest,
    ) -> Response:
        if self.state.rate_limiter.refuses(endpoint.service, self.state.now(), entry.in_flight):
            return faults.too_many(None, context)
        if fault and self._is_due(endpoint, fault):
            answer = faults.replacement(fault, context)
            if answer:
                return answer
        return faults.damage(fault, endpoint.serve(self.state, request, fault))

    def _is_due(self, endpoint: Endpoint, fault: Fault) -> bool:
        """Check whether the fault applies: a ``-once`` fault is over after the first time."""
        return not fault.name.endswith("-once") or self.state.faults.is_first(endpoint.name, fault)

    def _dated(self, answer: Response) -> Response:
        date = format_datetime(self.state.now().replace(microsecond=0), usegmt=True)
        return Response(answer.status, answer.body, {**answer.headers, "date": date})


def split_fault(path: str) -> tuple[Fault | None, str]:
    """Separate ``/~503/rss/cs.CL`` into the fault and ``/rss/cs.CL``."""
    match = PREFIX.fullmatch(path)
    if not match:
        return None, path
    return Fault.parse(unquote(match["fault"])), match["path"] or "/"


def _endpoint(scope: Scope, path: str) -> Endpoint:
    if scope.get("server") and scope["server"][0] == PRIVATE_ADDRESS:
        return ENDPOINTS[-1]
    for endpoint in ENDPOINTS:
        if path == endpoint.prefix or path.startswith(f"{endpoint.prefix}/"):
            return endpoint
    return UNKNOWN_ADDRESS


def _own_url(scope: Scope) -> str:
    host, port = scope["server"]
    return f"http://{host}:{port}"


def _response(answer: Response) -> HttpResponse:
    return HttpResponse(answer.body, answer.status, headers=dict(answer.headers))
