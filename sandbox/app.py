"""
All services behind one address.

A request is noted in the book, refused if it comes too soon, met by a fault if one stands in
its path or is switched on, and otherwise answered as the service would.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime
from functools import partial
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox import connection, control, faults
from sandbox.answer import Answer, Ask, from_json, text
from sandbox.faults import NAMES, Fault, Scene
from sandbox.request_log import Visit
from sandbox.services import (
    arxiv_api,
    arxiv_oai,
    arxiv_rss,
    github,
    hugging_face,
    openalex,
    pages,
    semantic_scholar,
)
from sandbox.state import SandboxState

PREFIX = re.compile(r"/~(?P<fault>[^/]*)(?P<path>/.*|$)")
PRIVATE = "127.0.0.2"
KEPT_BODY = 100_000

Serve = Callable[[SandboxState, Ask, Fault | None], Answer]


@dataclass(frozen=True, slots=True)
class Part:
    """One address of a service; parts of one service share its pace."""

    name: str
    service: str
    prefix: str
    serve: Serve


def _secret(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    return text(200, "Nobody from outside should read this.")


def _nothing(state: SandboxState, ask: Ask, fault: Fault | None) -> Answer:
    return from_json(404, {"error": "Not Found", "message": "Not Found"})


PARTS = (
    Part("rss", "arxiv", "/rss", arxiv_rss.answer_rss),
    Part("atom", "arxiv", "/atom", arxiv_rss.answer_atom),
    Part("status", "arxiv", "/feed/status", arxiv_rss.answer_status),
    Part("daily", "hub", "/api/daily_papers", hugging_face.answer_daily),
    *(
        Part(shelf, "hub", f"/api/{shelf}", partial(hugging_face.answer_shelf, shelf))
        for shelf in ("models", "datasets", "spaces", "collections")
    ),
    Part("blog", "hub", "/blog/feed.xml", hugging_face.answer_blog),
    Part("hub-paper", "hub", "/api/papers", hugging_face.answer),
    Part("api", "arxiv", "/api", arxiv_api.answer),
    Part("oai", "arxiv", "/oai", arxiv_oai.answer),
    Part("scholar", "scholar", "/graph/v1", semantic_scholar.answer),
    Part("openalex", "openalex", "/works", openalex.answer),
    Part("page", "page", "/page", pages.answer_page),
    Part("github", "github", "/repos", github.answer_repository),
    Part("search", "github", "/search/repositories", github.answer_search),
    Part("github", "github", "/repositories", github.answer_by_number),
    Part("robots", "robots", "/robots.txt", pages.answer),
    Part("private", "private", "/private", _secret),
)
NOWHERE = Part("nowhere", "nowhere", "", _nothing)


def build(state: SandboxState) -> ASGIApp:
    outside = Route("/{path:path}", Outside(state))
    return Starlette(routes=[*control.routes(state), outside])


@dataclass(frozen=True, slots=True)
class Outside:
    """Answers whatever is not a control address."""

    state: SandboxState

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        fault, path = split_fault(scope["path"])
        part = _part(scope, path)
        body = await request.body()
        ask = Ask(
            method=scope["method"],
            path=path.removeprefix(part.prefix),
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=body,
        )
        visit = self._visit(part, ask, request)
        fault = fault or self._switched(part)
        visit.fault = str(fault) if fault else None
        try:
            self.state.book.arrive(visit)
            await self._serve(part, ask, fault, visit, (scope, receive, send))
        finally:
            self.state.book.leave(visit)

    def _switched(self, part: Part) -> Fault | None:
        if part.service in ("robots", "private"):
            return self.state.faults.take((part.name,))
        return self.state.faults.take((part.name, part.service, "*"))

    def _visit(self, part: Part, ask: Ask, request: Request) -> Visit:
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        return Visit(
            service=part.service,
            part=part.name,
            method=ask.method,
            path=raw.decode("latin-1"),
            query=ask.query,
            headers=ask.headers,
            length=len(ask.body),
            body=ask.body[:KEPT_BODY].decode("utf-8", "replace"),
            at=self.state.now().isoformat(timespec="microseconds"),
            monotonic=time.monotonic(),
            in_flight=self.state.book.flying[part.service],
        )

    async def _serve(
        self,
        part: Part,
        ask: Ask,
        fault: Fault | None,
        visit: Visit,
        asgi: tuple[Scope, Receive, Send],
    ) -> None:
        sent = f"{ask.method} {ask.path} {dict(ask.query)} {dict(ask.headers)}"
        path = part.prefix + ask.path
        scene = Scene(part.service, _own_url(asgi[0]), self.state.now(), path, sent)
        if fault and fault.name not in NAMES:
            visit.status = 501
            await control.unknown(fault)(*asgi)
            return
        answer = self._answer(part, ask, fault, scene, visit)
        if fault and fault.name in connection.WIRED:
            visit.status = None if fault.name in connection.SILENT else answer.status
            await connection.WIRED[fault.name](*asgi, self._dated(answer))
            return
        visit.status = answer.status
        await _response(self._dated(answer))(*asgi)

    def _answer(
        self, part: Part, ask: Ask, fault: Fault | None, scene: Scene, visit: Visit
    ) -> Answer:
        if self.state.pace.refuses(part.service, self.state.now(), visit.in_flight):
            return faults.too_many(None, scene)
        if fault and self._strikes(part, fault):
            answer = faults.instead(fault, scene)
            if answer:
                return answer
        return faults.spoil(fault, part.serve(self.state, ask, fault))

    def _strikes(self, part: Part, fault: Fault) -> bool:
        """Tell whether the fault is due: one that happens once is over after the first time."""
        return not fault.name.endswith("-once") or self.state.faults.first(part.name, fault)

    def _dated(self, answer: Answer) -> Answer:
        date = format_datetime(self.state.now().replace(microsecond=0), usegmt=True)
        return Answer(answer.status, answer.body, {**answer.headers, "date": date})


def split_fault(path: str) -> tuple[Fault | None, str]:
    """Separate ``/~503/rss/cs.CL`` into the fault and ``/rss/cs.CL``."""
    found = PREFIX.fullmatch(path)
    if not found:
        return None, path
    return Fault.parse(unquote(found["fault"])), found["path"] or "/"


def _part(scope: Scope, path: str) -> Part:
    if scope.get("server") and scope["server"][0] == PRIVATE:
        return PARTS[-1]
    for part in PARTS:
        if path == part.prefix or path.startswith(f"{part.prefix}/"):
            return part
    return NOWHERE


def _own_url(scope: Scope) -> str:
    host, port = scope["server"]
    return f"http://{host}:{port}"


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, headers=dict(answer.headers))
