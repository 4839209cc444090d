"""
The control addresses under ``/__``: tests set the sandbox and read its log. They are not logged.

``GET /__seen``, ``POST /__forget``, ``/__clock {"now", "speed"}``, ``/__fault {"service",
"fault", "times", "after"}`` (for so many requests, after so many others), ``/__counts`` and
``/__openalex`` (each ``{arxiv id: count}``), ``/__forge`` (sets up a repository to publish in; GET
shows it) and ``/__act`` (what a person does there).
"""

import copy
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import moment
from sandbox.faults import NAMES, Fault
from sandbox.forge.people import NotAllowed, act
from sandbox.forge.repository import BareRepository
from sandbox.forge.threads import Forge, to_json
from sandbox.state import SandboxState

ControlHandler = Callable[[Request], Awaitable[Response]]


def routes(state: SandboxState) -> list[Route]:
    return [
        Route("/__seen", _seen(state)),
        Route("/__forget", _forget(state), methods=["POST"]),
        Route("/__clock", _clock(state), methods=["GET", "POST"]),
        Route("/__fault", _fault(state), methods=["GET", "POST"]),
        Route("/__counts", _counts(state.counts), methods=["GET", "POST"]),
        Route("/__openalex", _counts(state.openalex), methods=["GET", "POST"]),
        Route("/__forge", _forge(state), methods=["GET", "POST"]),
        Route("/__act", _act(state), methods=["POST"]),
    ]


def _seen(state: SandboxState) -> ControlHandler:
    async def seen(request: Request) -> Response:
        return JSONResponse(state.log.to_json())

    return seen


def _forget(state: SandboxState) -> ControlHandler:
    """Clear the log, the rate limits' memory and the faults that happen once."""

    async def clear(request: Request) -> Response:
        state.log.clear()
        state.rate_limiter.clear()
        state.faults.met.clear()
        return Response(status_code=204)

    return clear


def _clock(state: SandboxState) -> ControlHandler:
    async def clock(request: Request) -> Response:
        if request.method == "POST":
            payload = await request.json()
            now = moment(payload["now"]) if "now" in payload else state.now()
            state.clock.set(now, payload.get("speed"))
        return JSONResponse({"now": state.now().isoformat(), "speed": state.clock.speed})

    return clock


def _fault(state: SandboxState) -> ControlHandler:
    async def fault(request: Request) -> Response:
        if request.method == "POST":
            payload = await request.json()
            chosen = Fault.parse(payload["fault"]) if payload.get("fault") else None
            if chosen and chosen.name not in NAMES:
                return unknown_fault(chosen)
            times, after = payload.get("times"), payload.get("after", 0)
            state.faults.set(payload.get("service", "*"), chosen, times, after)
        active = {service: str(fault) for service, (fault, _) in state.faults.active.items()}
        return JSONResponse({"on": active, "names": NAMES})

    return fault


def _counts(stored: dict[str, int]) -> ControlHandler:
    async def counts(request: Request) -> Response:
        if request.method == "POST":
            payload: dict[str, Any] = await request.json()
            stored.update(payload)
        return JSONResponse(stored)

    return counts


def _forge(state: SandboxState) -> ControlHandler:
    """
    Set up the forge, or change its settings; GET answers with its threads and events.

    ``repository`` and ``git`` (a folder; ``source`` is cloned into it) make a new one; ``roles``,
    ``tokens``, ``may_open``, ``has_issues``, ``name``, ``was`` and ``protect`` change the present
    one.
    ``save`` keeps a copy of everything under a name, ``restore`` goes back to it.
    """

    async def forge(request: Request) -> Response:
        if request.method == "POST":
            payload: dict[str, Any] = await request.json()
            if "repository" in payload:
                source = Path(payload["source"]) if "source" in payload else None
                repository = BareRepository.create(Path(payload["git"]), source)
                state.forge = Forge(payload["repository"], repository)
            if state.forge is None:
                return JSONResponse({"error": "name a repository and a git folder"}, 400)
            for name in ("roles", "tokens", "may_open", "has_issues", "name", "was"):
                if name in payload:
                    setattr(state.forge, name, payload[name])
            if "protect" in payload:
                state.forge.repository.protect(payload["protect"])
            if "save" in payload:
                state.saved_forges[payload["save"]] = _copied(state.forge, payload["save"])
            if "restore" in payload:
                state.forge = _copied(state.saved_forges[payload["restore"]], "")
        return JSONResponse(to_json(state.forge) if state.forge else None)

    return forge


def _copied(forge: Forge, name: str) -> Forge:
    """A copy of a forge with a repository of its own; an empty name is the served one's."""
    bare = forge.repository.path
    target = bare.with_suffix(f".{name}" if name else ".git")
    return replace(copy.deepcopy(forge), repository=forge.repository.copy(target))


def _act(state: SandboxState) -> ControlHandler:
    async def carry_out(request: Request) -> Response:
        if state.forge is None:
            return JSONResponse({"error": "there is no forge"}, 404)
        try:
            return JSONResponse(act(state.forge, await request.json(), state.now()))
        except NotAllowed as refusal:
            return JSONResponse({"error": str(refusal)}, 403)

    return carry_out


def unknown_fault(fault: Fault) -> Response:
    return JSONResponse({"error": f"no fault is named {fault.name}", "names": NAMES}, 501)
