"""
The page's routes. GET changes nothing; every change is a POST from a form.

Everything works without JavaScript: a form's answer redirects to the next page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from jinja2 import Environment
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from catalog.errors import ComeBackLater, ListConflict, StoreTrouble
from catalog.facts import Act
from output.apply.plan import NOT_FOR_US
from output.review.errors import ReviewTrouble
from output.review.guard import Door, LocalGuard
from output.review.model import Clash, DecisionForm, WorklistLine
from output.review.preview import preview
from output.review.printing import FOLDER, page_environment
from output.review.proxy import PerPerson, ProxiedGuard, Proxy, proxied_protocol
from output.review.server import TimeoutProtocol
from output.review.session import ReviewSession
from output.review.view import (
    MAX_LINES,
    WorklistFilter,
    counted,
    following,
    grouped,
    progress_of,
    tally,
)

ACTS: Mapping[str, Act] = {
    "accept": "pick",
    "star": "pick",
    "later": "later",
    "reject": "reject",
}

STOPPED = "Something went wrong"
NO_PAGE = "the address may be mistyped, or of an earlier version"


class Entrance(NamedTuple):
    """The application, how it keeps connections, and the address to open."""

    app: ASGIApp
    protocol: type[TimeoutProtocol]
    address: str


def entrance(session: ReviewSession, proxy: Proxy | None, door: Door) -> Entrance:
    """The page for a team behind the proxy; without one for the person at this machine."""
    if proxy is None:
        return Entrance(make_app(session, door), TimeoutProtocol, door.address)
    return Entrance(make_team_app(session, proxy), proxied_protocol(proxy), proxy.address)


def make_app(session: ReviewSession, door: Door) -> ASGIApp:
    """The application of the review page for one person, behind its guard."""
    return LocalGuard(_application(session, page_environment()), door)


def make_team_app(session: ReviewSession, proxy: Proxy) -> ASGIApp:
    """The application for everybody whom the proxy names; each decides in a name of their own."""
    environment = page_environment(proxy.prefix, team=True)
    people = PerPerson(lambda name: _application(session.of_person(name), environment))
    return ProxiedGuard(people, proxy)


def _application(session: ReviewSession, environment: Environment) -> ASGIApp:
    pages = Routes(session, environment)
    expected = (ReviewTrouble, ComeBackLater, ListConflict, StoreTrouble)
    handlers: Any = {HTTPException: pages.http_error, **dict.fromkeys(expected, pages.trouble)}
    # Only what everybody may read is compressed: beside secrets a length would say something.
    static = Mount("/static", GZipMiddleware(StaticFiles(directory=FOLDER / "static")))
    app = Starlette(routes=[*routes(pages), static], exception_handlers=handlers)
    # Such a redirect would name the scheme and path that we see, not those of a proxy.
    app.router.redirect_slashes = False
    return app


def routes(pages: "Routes") -> list[Route]:
    """All routes; the tests of the guard go through each of them."""
    return [
        Route("/", pages.start),
        Route("/item/{id}", pages.item),
        Route("/item/{id}/decide", pages.decide, methods=["POST"]),
        Route("/undo", pages.undo, methods=["POST"]),
        Route("/several", pages.several, methods=["POST"]),
        Route("/preview", pages.preview, methods=["POST"]),
        Route("/write", pages.write),
        Route("/write", pages.apply, methods=["POST"]),
        Route("/write/undo", pages.undo_write, methods=["POST"]),
        Route("/rules", pages.rules),
        Route("/rules", pages.save_rule, methods=["POST"]),
        Route("/charts", pages.charts),
        Route("/pictures", pages.charts),
        Route("/help", pages.help),
    ]


@dataclass(frozen=True)
class Routes:
    """A method per route."""

    session: ReviewSession
    environment: Environment

    async def start(self, request: Request) -> Response:
        """Redirect to the first open work; when all are decided, show what to do next."""
        chosen = WorklistFilter.of(request.query_params)
        lines = self.session.lines()
        first = following(chosen.of_lines(lines), None)
        if first is not None:
            decided = request.query_params.get("told", "")
            return RedirectResponse(_at(f"/item/{first.id}", chosen, decided=decided), 303)
        now = self.session.now
        monday = now.date() + timedelta(days=7 - now.weekday())
        record = self.session.record()
        return self._page(
            "done.html",
            request,
            chosen,
            lines=lines,
            tally=tally(lines, chosen),
            record=record,
            # Git is asked once the week is done: it may take a while, and the page waits for it.
            commit=self.session.commit_command() if record else "",
            monday=f"Monday, {monday:%-d %B}",
        )

    async def item(self, request: Request) -> Response:
        chosen = WorklistFilter.of(request.query_params)
        return self._item(request, chosen, request.path_params["id"])

    def _item(
        self,
        request: Request,
        chosen: WorklistFilter,
        work_id: str,
        *,
        clash: Clash | None = None,
        problem: str = "",
        typed: str | None = None,
        decided: str = "",
    ) -> Response:
        focus = self.session.focus(work_id)
        if focus is None:
            raise HTTPException(404, "there is no such candidate")
        # A decision has just looked for what others did.
        lines = self.session.lines(fresh=not decided)
        ids = [line.id for line in chosen.of_lines(lines)]
        at = ids.index(work_id) if work_id in ids else -1
        answer = self._page(
            "item.html",
            request,
            chosen,
            code=409 if clash else 422 if problem else 200,
            lines=lines,
            focus=focus if typed is None else replace(focus, entry=typed),
            clash=clash,
            problem=problem,
            before=ids[at - 1] if at > 0 else None,
            after=ids[at + 1] if 0 <= at < len(ids) - 1 else None,
            at=at + 1,
            of=len(ids),
            decided_id=decided,
        )
        # A page sent as the answer to a form has an address of its own, to come back to.
        answer.headers["content-location"] = _at(f"/item/{work_id}", chosen, decided=decided)
        return answer

    async def decide(self, request: Request) -> Response:
        """Store the decision and go to the next work."""
        work_id = request.path_params["id"]
        form = await request.form()
        chosen = WorklistFilter.of(request.query_params)
        lines = chosen.of_lines(self.session.lines())
        if "note" in form:
            self.session.keep_note(work_id, str(form["note"]))
        if form.get("act") == "note" and not form.get("reject"):
            return RedirectResponse(_at(f"/item/{work_id}", chosen), 303)
        decision = _decision_form(work_id, form)
        try:
            clash = self.session.decide(decision)
        except ReviewTrouble as trouble:
            # The typed text stays on the page, with the reason why it was refused.
            problem = str(trouble)
            return self._item(request, chosen, work_id, problem=problem, typed=decision.entry)
        if clash is not None:
            return self._item(request, chosen, work_id, clash=clash, typed=decision.entry)
        after = following(lines, work_id)
        path = "/" if after is None else f"/item/{after.id}"
        address = _at(path, chosen, decided=work_id)
        if after is not None and request.headers.get("x-at-once"):
            # Saves our script a second request; forms without it follow the redirect.
            return self._then_write(self._item(request, chosen, after.id, decided=work_id))
        return self._then_write(RedirectResponse(address, 303))

    def _then_write(self, answer: Response) -> Response:
        """The answer; the digest files follow when it is sent."""

        async def write() -> None:
            self.session.write_files()

        answer.background = BackgroundTask(write)
        return answer

    async def several(self, request: Request) -> Response:
        """Decide on the selected works, or reject all that are undecided in this view."""
        form = await request.form()
        chosen = WorklistFilter.of(request.query_params)
        name = str(form.get("act", ""))
        ids = [str(work_id) for work_id in form.getlist("id")]
        if name == "rest":
            ids = [line.id for line in chosen.of_lines(self.session.lines()) if line.is_open]
        act = ACTS.get("reject" if name == "rest" else name)
        if act is None:
            raise ReviewTrouble(f"{name!r} is not an action of this page")
        self.session.decide_several(ids, act, NOT_FOR_US if act == "reject" else "")
        last = ids[-1] if ids else ""
        return self._then_write(RedirectResponse(_at("/", chosen, decided=last), 303))

    async def preview(self, request: Request) -> Response:
        """The entry that somebody is typing, as its reader will see it; nothing is stored."""
        entry = str((await request.form()).get("entry", ""))
        return HTMLResponse(preview(entry))

    async def undo(self, request: Request) -> Response:
        chosen = WorklistFilter.of(request.query_params)
        work_id = self.session.undo(str((await request.form()).get("seen", "")))
        path = f"/item/{work_id}" if work_id else "/"
        return self._then_write(RedirectResponse(_at(path, chosen, decided=work_id or ""), 303))

    async def write(self, request: Request) -> Response:
        return self._write(request, request.query_params.get("done", ""))

    async def apply(self, request: Request) -> Response:
        token = str((await request.form()).get("token", ""))
        self.session.apply(token)
        return self._done(request, token)

    async def undo_write(self, request: Request) -> Response:
        token = str((await request.form()).get("token", ""))
        self.session.undo_write(token)
        return self._done(request, token)

    def _done(self, request: Request, token: str) -> Response:
        """Show what was done, at an address that can be reloaded without doing it again."""
        # The page names the files to commit, so the digests are written before it.
        self.session.write_files()
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
            WorklistFilter(),
            plans=self.session.plans(),
            notes=self.session.notes(done) if done else (),
            last_write=self.session.last_write(),
            commit=self.session.commit_command() if done else "",
        )

    async def rules(self, request: Request) -> Response:
        from output.review.rules_page import rules_page

        page = rules_page(self.session, request.query_params)
        return self._page("rules.html", request, WorklistFilter(), **page)

    async def save_rule(self, request: Request) -> Response:
        from output.review.rules_page import rules_page, word_from_form

        form = {name: str(value) for name, value in (await request.form()).items()}
        diff = problem = ""
        try:
            diff = self.session.trial.save(word_from_form(form), form.get("token", ""))
        except ReviewTrouble as trouble:
            problem = str(trouble)
        page = rules_page(self.session, form, diff, problem)
        return self._page(
            "rules.html", request, WorklistFilter(), code=409 if problem else 200, **page
        )

    async def charts(self, request: Request) -> Response:
        from output.review.charts_page import charts_page

        page = charts_page(self.session.statistics())
        return self._page("charts.html", request, WorklistFilter(), **page)

    async def help(self, request: Request) -> Response:
        chosen = WorklistFilter.of(request.query_params)
        return self._page("help.html", request, chosen, has_stars=self.session.has_stars())

    async def http_error(self, request: Request, trouble: HTTPException) -> Response:
        return self._page(
            "trouble.html",
            request,
            WorklistFilter(),
            code=trouble.status_code,
            title="There is no such page" if trouble.status_code == 404 else STOPPED,
            message=NO_PAGE if trouble.detail == "Not Found" else trouble.detail,
        )

    async def trouble(self, request: Request, trouble: Exception) -> Response:
        return self._page(
            "trouble.html", request, WorklistFilter(), code=409, title=STOPPED, message=str(trouble)
        )

    def _page(
        self,
        name: str,
        request: Request,
        chosen: WorklistFilter,
        *,
        code: int = 200,
        lines: Sequence[WorklistLine] | None = None,
        **more: Any,
    ) -> Response:
        lines = self.session.lines() if lines is None else lines
        shown = chosen.of_lines(lines)
        decided_id = more.pop("decided_id", "") or request.query_params.get("told")
        values: dict[str, Any] = {
            "chosen": chosen,
            "query": chosen.query,
            "groups": grouped(shown),
            "hidden": max(0, len(shown) - MAX_LINES),
            "choices": WorklistFilter.choices(lines, chosen.shelf),
            "counts": counted(lines),
            "progress": progress_of(lines, self.session.pace()),
            "open_here": sum(line.is_open for line in shown),
            "questions": self.session.questions(),
            "rest": self.session.rest_boxes(),
            "sources": self.session.sources(),
            "user": self.session.user,
            "seen": self.session.seen(),
            "path": request.url.path,
            "decided": next((line for line in lines if line.id == decided_id), None),
            **more,
        }
        return HTMLResponse(self.environment.get_template(name).render(values), code)


def _at(path: str, chosen: WorklistFilter, *, decided: str = "") -> str:
    """An address with the filter, and the id of the work that was just decided."""
    query = chosen.query | ({"told": decided} if decided else {})
    return f"{path}?{urlencode(query)}" if query else path


def _decision_form(work_id: str, form: FormData) -> DecisionForm:
    """The decision in a submitted form; a reason's button rejects for that reason."""

    def value_of(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    reason = value_of("reject")
    name = "reject" if reason else value_of("act")
    if name not in ACTS:
        raise ReviewTrouble(f"{name!r} is not an action of this page")
    entry = value_of("entry").replace("\r\n", "\n").strip("\n")
    return DecisionForm(
        id=work_id,
        act=ACTS[name],
        section=value_of("section"),
        reason=value_of("words").strip() or reason,
        entry=entry or None,
        starred=name == "star",
        seen=value_of("seen"),
    )
