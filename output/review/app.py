"""
The page's addresses. Reading is GET and changes nothing; every change is a form's POST.

Works without script: a form is answered with the address of what comes next.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from catalog.errors import ComeBackLater, ListConflict, StoreTrouble
from catalog.paper import Act
from output.review.errors import ReviewTrouble
from output.review.guard import Door, Guard
from output.review.model import Clash, DecisionForm
from output.review.pictures_page import pictures_page
from output.review.printing import HERE, page_environment
from output.review.rules_page import rules_page, tried_of
from output.review.session import ReviewSession
from output.review.view import MOST_LINES, Filter, counted, following, grouped, progress_of, tally

ACTS: Mapping[str, Act] = {
    "accept": "pick",
    "star": "pick",
    "later": "later",
    "reject": "reject",
}


def make_app(desk: ReviewSession, door: Door) -> ASGIApp:
    """The whole page, behind its guard."""
    pages = Routes(desk, page_environment())
    known = (ReviewTrouble, ComeBackLater, ListConflict, StoreTrouble)
    handlers: Any = {HTTPException: pages.nothing, **dict.fromkeys(known, pages.trouble)}
    static = Mount("/static", StaticFiles(directory=HERE / "static"))
    return Guard(Starlette(routes=[*routes(pages), static], exception_handlers=handlers), door)


def routes(pages: "Routes") -> list[Route]:
    """Every address; tests go through all of them."""
    return [
        Route("/", pages.start),
        Route("/item/{id}", pages.item),
        Route("/item/{id}/decide", pages.decide, methods=["POST"]),
        Route("/undo", pages.undo, methods=["POST"]),
        Route("/write", pages.write),
        Route("/write", pages.apply, methods=["POST"]),
        Route("/write/undo", pages.undo_batch, methods=["POST"]),
        Route("/rules", pages.rules),
        Route("/rules", pages.save_rule, methods=["POST"]),
        Route("/pictures", pages.pictures),
        Route("/help", pages.help),
    ]


@dataclass(frozen=True)
class Routes:
    """One method an address."""

    desk: ReviewSession
    environment: Environment

    async def start(self, request: Request) -> Response:
        """The first work that is open, or, when all is done, what to do then."""
        chosen = Filter.of(request.query_params)
        first = following(chosen.of_lines(self.desk.lines()), None)
        if first is not None:
            told = request.query_params.get("told", "")
            return RedirectResponse(_at(f"/item/{first.id}", chosen, told=told), 303)
        return self._page("done.html", request, chosen, said_of=tally(self.desk.lines(), chosen))

    async def item(self, request: Request) -> Response:
        chosen = Filter.of(request.query_params)
        return self._item(request, chosen, request.path_params["id"])

    def _item(
        self,
        request: Request,
        chosen: Filter,
        work_id: str,
        *,
        clash: Clash | None = None,
        problem: str = "",
        typed: str | None = None,
        told: str = "",
    ) -> Response:
        focus = self.desk.focus(work_id)
        if focus is None:
            raise HTTPException(404, "no such work is on the desk")
        lines = chosen.of_lines(self.desk.lines())
        ids = [line.id for line in lines]
        at = ids.index(work_id) if work_id in ids else -1
        answer = self._page(
            "item.html",
            request,
            chosen,
            code=409 if clash else 422 if problem else 200,
            focus=focus if typed is None else replace(focus, entry=typed),
            clash=clash,
            problem=problem,
            before=ids[at - 1] if at > 0 else None,
            after=ids[at + 1] if 0 <= at < len(ids) - 1 else None,
            at=at + 1,
            of=len(ids),
            about=told,
        )
        # What a form was answered with has an address of its own, to come back to.
        answer.headers["content-location"] = _at(f"/item/{work_id}", chosen, told=told)
        return answer

    async def decide(self, request: Request) -> Response:
        """Keep what was decided, and go to what comes next."""
        work_id = request.path_params["id"]
        form = await request.form()
        chosen = Filter.of(request.query_params)
        lines = chosen.of_lines(self.desk.lines())
        wish = _wish(work_id, form)
        try:
            clash = self.desk.decide(wish)
        except ReviewTrouble as trouble:
            # What a person typed stays before them, with what is wrong about it.
            problem = str(trouble)
            return self._item(request, chosen, work_id, problem=problem, typed=wish.entry)
        if clash is not None:
            return self._item(request, chosen, work_id, clash=clash, typed=wish.entry)
        after = following(lines, work_id)
        path = "/" if after is None else f"/item/{after.id}"
        address = _at(path, chosen, told=work_id)
        if after is not None and request.headers.get("x-at-once"):
            # Our script is spared the second way; forms without it follow the redirect.
            return self._item(request, chosen, after.id, told=work_id)
        return RedirectResponse(address, 303)

    async def undo(self, request: Request) -> Response:
        chosen = Filter.of(request.query_params)
        work_id = self.desk.take_back(str((await request.form()).get("seen", "")))
        path = f"/item/{work_id}" if work_id else "/"
        return RedirectResponse(_at(path, chosen, told=work_id or ""), 303)

    async def write(self, request: Request) -> Response:
        return self._write(request, request.query_params.get("done", ""))

    async def apply(self, request: Request) -> Response:
        token = str((await request.form()).get("token", ""))
        self.desk.apply(token)
        return self._done(request, token)

    async def undo_batch(self, request: Request) -> Response:
        token = str((await request.form()).get("token", ""))
        self.desk.undo_batch(token)
        return self._done(request, token)

    def _done(self, request: Request, token: str) -> Response:
        """To the page that tells what was done: to load that one again does nothing again."""
        address = f"/write?{urlencode({'done': token})}"
        if not request.headers.get("x-at-once"):
            return RedirectResponse(address, 303)
        answer = self._write(request, token)
        answer.headers["content-location"] = address
        return answer

    def _write(self, request: Request, done: str) -> Response:
        return self._page(
            "write.html",
            request,
            Filter(),
            plans=self.desk.plans(),
            notes=self.desk.notes(done) if done else (),
            batch=self.desk.batch(),
        )

    async def rules(self, request: Request) -> Response:
        told = rules_page(self.desk, request.query_params)
        return self._page("rules.html", request, Filter(), **told)

    async def save_rule(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        diff = problem = ""
        try:
            diff = self.desk.bench.save(tried_of(form), form.get("token", ""))
        except ReviewTrouble as trouble:
            problem = str(trouble)
        told = rules_page(self.desk, form, diff, problem)
        return self._page("rules.html", request, Filter(), code=409 if problem else 200, **told)

    async def pictures(self, request: Request) -> Response:
        told = pictures_page(self.desk.pictures())
        return self._page("pictures.html", request, Filter(), **told)

    async def help(self, request: Request) -> Response:
        return self._page("help.html", request, Filter.of(request.query_params))

    async def nothing(self, request: Request, trouble: HTTPException) -> Response:
        return self._page(
            "trouble.html", request, Filter(), code=trouble.status_code, words=trouble.detail
        )

    async def trouble(self, request: Request, trouble: Exception) -> Response:
        return self._page("trouble.html", request, Filter(), code=409, words=str(trouble))

    def _page(
        self, name: str, request: Request, chosen: Filter, *, code: int = 200, **more: Any
    ) -> Response:
        lines = self.desk.lines()
        shown = chosen.of_lines(lines)
        about = more.pop("about", "") or request.query_params.get("told")
        said: dict[str, Any] = {
            "chosen": chosen,
            "query": chosen.query,
            "groups": grouped(shown),
            "hidden": max(0, len(shown) - MOST_LINES),
            "choices": Filter.choices(lines, chosen.shelf),
            "counts": counted(lines),
            "progress": progress_of(lines),
            "sources": self.desk.sources(),
            "who": self.desk.who,
            "seen": self.desk.seen(),
            "path": request.url.path,
            "told": next((line for line in lines if line.id == about), None),
            **more,
        }
        return HTMLResponse(self.environment.get_template(name).render(said), code)


def _at(path: str, chosen: Filter, *, told: str = "") -> str:
    """An address with the filter, and the work of which the page there tells what became of it."""
    query = chosen.query | ({"told": told} if told else {})
    return f"{path}?{urlencode(query)}" if query else path


def _wish(work_id: str, form: FormData) -> DecisionForm:
    """What the form says; a button of a reason is a rejection for it."""

    def said(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    reason = said("reject")
    name = "reject" if reason else said("act")
    if name not in ACTS:
        raise ReviewTrouble(f"{name!r} is nothing that can be done here")
    entry = said("entry").replace("\r\n", "\n").strip("\n")
    return DecisionForm(
        id=work_id,
        act=ACTS[name],
        section=said("section"),
        reason=said("words").strip() or reason,
        entry=entry or None,
        starred=name == "star",
        seen=said("seen"),
    )
