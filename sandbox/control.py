"""
The addresses under ``/__``, by which a test sets the world and asks what it saw.

``GET /__seen``, ``POST /__forget``, ``/__clock {"now", "speed"}``, ``/__fault {"service",
"fault", "times"}``, ``/__counts`` and ``/__openalex`` (each ``{arxiv id: count}``). They are not
noted in the book themselves.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import moment
from sandbox.faults import NAMES, Fault
from sandbox.state import SandboxState

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(state: SandboxState) -> list[Route]:
    return [
        Route("/__seen", _seen(state)),
        Route("/__forget", _forget(state), methods=["POST"]),
        Route("/__clock", _clock(state), methods=["GET", "POST"]),
        Route("/__fault", _fault(state), methods=["GET", "POST"]),
        Route("/__counts", _counts(state.counts), methods=["GET", "POST"]),
        Route("/__openalex", _counts(state.openalex), methods=["GET", "POST"]),
    ]


def _seen(state: SandboxState) -> Endpoint:
    async def seen(request: Request) -> Response:
        return JSONResponse(state.book.told())

    return seen


def _forget(state: SandboxState) -> Endpoint:
    """Clear the book, and with it the memory of who came when and of first times."""

    async def forget(request: Request) -> Response:
        state.book.forget()
        state.pace.forget()
        state.faults.once.clear()
        return Response(status_code=204)

    return forget


def _clock(state: SandboxState) -> Endpoint:
    async def clock(request: Request) -> Response:
        if request.method == "POST":
            told = await request.json()
            now = moment(told["now"]) if "now" in told else state.now()
            state.clock.set(now, told.get("speed"))
        return JSONResponse({"now": state.now().isoformat(), "speed": state.clock.speed})

    return clock


def _fault(state: SandboxState) -> Endpoint:
    async def fault(request: Request) -> Response:
        if request.method == "POST":
            told = await request.json()
            chosen = Fault.parse(told["fault"]) if told.get("fault") else None
            if chosen and chosen.name not in NAMES:
                return unknown(chosen)
            state.faults.set(told.get("service", "*"), chosen, told.get("times"))
        on = {service: str(one) for service, (one, _) in state.faults.on.items()}
        return JSONResponse({"on": on, "names": NAMES})

    return fault


def _counts(known: dict[str, int]) -> Endpoint:
    async def counts(request: Request) -> Response:
        if request.method == "POST":
            told: dict[str, Any] = await request.json()
            known.update(told)
        return JSONResponse(known)

    return counts


def unknown(fault: Fault) -> Response:
    return JSONResponse({"error": f"no fault is named {fault.name}", "names": NAMES}, 501)
