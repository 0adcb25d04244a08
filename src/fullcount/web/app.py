"""The application: addresses, answers and errors. Screens say what is shown; the guard says who may ask."""

from __future__ import annotations

import sys
import tempfile
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from fullcount import page
from fullcount.errors import FullcountError, NothingUsableError, UsageError, WorkspaceError
from fullcount.web import served, views
from fullcount.web.asked import BY_PATH, LAST, Asked
from fullcount.web.export import FORMS, Exported, exported
from fullcount.web.guard import ENTER, Guard
from fullcount.web.made import Made
from fullcount.web.screen import FormError
from fullcount.web.screens import MENU, SCREENS
from fullcount.web.screens.listed import LIST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from fullcount.web.house import House
    from fullcount.web.screen import Screen

    Answer = Callable[[Request], Awaitable[Response]]

QUICK, SLOW = 3, 3  # requests that are worked on at a time


def app(house: House) -> ASGIApp:
    """The application over one workspace, behind its guard."""
    below = "/{count}/{directive}"
    answers = _Answers(house)
    routes = [
        Route("/", answers.front),
        Route(ENTER, answers.enter),
        Route("/static/{name}", answers.static),
        Route("/view/{name}", answers.view),
        *(Route(f"{below}/{path}.{form}", answers.file(_listed(path, form), path)) for path in BY_PATH for form in FORMS),
        *(Route(f"{below}/{one.path}", answers.file(one.made, one.path)) for screen in SCREENS for one in screen.downloads),
        *(_route(below, one, answers.screen(one)) for one in SCREENS),
        *(Route(f"{below}/{path}", answers.screen(LIST, path)) for path in BY_PATH),
    ]
    return Guard(Starlette(routes=routes, exception_handlers={404: answers.missing}), house.rules)


def _listed(path: str, form: str) -> Callable[[Asked], Exported]:
    return lambda asked: exported(asked, BY_PATH[path], form)


def _route(below: str, screen: Screen, answer: Answer) -> Route:
    """The route of a screen. A part may have slashes: clues have them, and with them the names of hosts."""
    path = screen.path.replace("{part}", "{part:path}")
    return Route(f"{below}/{path}", answer, methods=["GET", "POST"] if screen.act else ["GET"])


def _form(body: bytes) -> dict[str, str]:
    """What a form says, with plain ends of lines; of a name that it says several times the values, one a line."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True):
        text = value.replace("\r\n", "\n")
        found[name] = f"{found[name]}\n{text}" if name in found else text
    return found


def _refusal(error: FullcountError) -> int:
    """The code of an answer to what cannot be done: 422 where the form is to be mended, 409 where it clashes with what is."""
    if isinstance(error, FormError):
        return 422
    return 409 if isinstance(error, WorkspaceError | UsageError) else 400


class _Answers:
    """How each kind of address is answered. Work is done in threads, so that nobody waits for another's page."""

    def __init__(self, house: House) -> None:
        self.house, self.made = house, Made()
        # Few at a time: pages that take turns all come soon, where ten at once all come late. What may take seconds has a
        # lane of its own.
        self.quick, self.slow = CapacityLimiter(QUICK), CapacityLimiter(SLOW)

    async def front(self, request: Request) -> Response:
        """The newest count under its first directive."""
        del request

        def where() -> Response:
            account = self.house.shelf.open(LAST).counted.accounts[0]
            return RedirectResponse(f"/{LAST}/{quote(account.directive['id'])}/", 303)

        return await self._told(where, self.quick)

    async def enter(self, request: Request) -> Response:
        """Let a browser in that has the one-time key. The page sends it on by itself: a cookie that is set on the way is not yet
        sent where the link was opened from another program's page.
        """
        keys = self.house.rules.keys
        if keys is None:
            return RedirectResponse("/", 303)
        if not keys.used(request.query_params.get("key", "")):
            return self._page("unknown.html.j2", 401, title="This link was used", text="Each link lets one browser in, once.",
                              hint="Take the newest link that `fullcount serve` printed, or start it again.")  # fmt: skip
        sys.stderr.write(f"somebody came in; a link for another browser: {self.house.link()}\n")
        sys.stderr.flush()
        answer = self._page("entered.html.j2", 200)
        answer.set_cookie(self.house.rules.cookie, keys.session, httponly=True, samesite="strict", path="/")
        return answer

    async def static(self, request: Request) -> Response:
        """Style, script and letters."""
        return served.answer(request.path_params["name"])

    async def view(self, request: Request) -> Response:
        """A saved view, of the newest count."""
        name = request.path_params["name"]

        def where() -> Response:
            found = views.saved(self.house.workspace.folder).get(name)
            if found is None:
                raise UsageError(f"no view is called {name}", hint="views are saved on the page of a list")
            return RedirectResponse(f"/{LAST}/{found}", 303)

        return await self._told(where, self.quick)

    def screen(self, screen: Screen, path: str = "") -> Answer:
        """Answers with a screen, or does what its form asks for and sends the browser on."""

        async def answer(request: Request) -> Response:
            form = _form(await request.body()) if request.method == "POST" else {}

            def work() -> Response:
                asked = self._asked(request, path or screen.path)
                if request.method != "POST" or not screen.act:
                    return self._frozen(screen, asked, str(request.url)) if screen.is_frozen else self._screen(screen, asked)
                try:
                    went = screen.act(asked, form)
                except FullcountError as error:
                    typed = replace(asked, values={**asked.values, **form})
                    return self._screen(screen, typed, _refusal(error), wrong=error)
                told = f"{'&' if '?' in went.path else '?'}told={quote(went.told)}" if went.told else ""
                return RedirectResponse(f"{went.path}{told}", 303)

            slow = screen.is_slow or request.method == "POST"
            return await self._told(work, self.slow if slow else self.quick)

        return answer

    def file(self, made: Callable[[Asked], Exported], path: str) -> Answer:
        """Answers with a file."""

        async def answer(request: Request) -> Response:
            def work() -> Response:
                file = made(self._asked(request, path))
                return StreamingResponse(file.pieces, media_type=file.media_type, headers=file.headers)

            return await self._told(work, self.slow)

        return answer

    async def missing(self, request: Request, error: Exception) -> Response:
        """What there is none of."""
        del request, error
        return self._page("unknown.html.j2", 404, title="There is no such page", text="The address names nothing.", hint="")

    def _frozen(self, screen: Screen, asked: Asked, address: str) -> Response:
        """A page that follows from its address, the counts and what was done."""
        key = (address, asked.account.count, self.house.shelf.state())
        return HTMLResponse(self.made.page(key, lambda: bytes(self._screen(screen, asked).body)))

    def _screen(self, screen: Screen, asked: Asked, code: int = 200, **more: Any) -> Response:
        view = {"title": screen.title, "screen": screen, "wrong": None, **asked.view(), **screen.view(asked), **more}
        return self._page(screen.template, code, **view)

    def _asked(self, request: Request, path: str) -> Asked:
        opened = self.house.shelf.open(request.path_params["count"])
        return Asked(
            house=self.house,
            opened=opened,
            account=opened.counted.of(request.path_params["directive"]),
            count=request.path_params["count"],
            path=path.format(**request.path_params),
            values={
                **request.query_params,
                **{name: text for name, text in request.path_params.items() if name in {"part", "form"}},
            },
        )

    async def _told(self, work: Callable[[], Response], lane: CapacityLimiter) -> Response:
        """An answer, or the page that says why there is none."""
        try:
            return await to_thread.run_sync(work, limiter=lane)
        except FullcountError as error:
            code = 404 if isinstance(error, UsageError | NothingUsableError) else _refusal(error)
            return self._page("unknown.html.j2", code, title="That cannot be shown", text=str(error), hint=error.hint)
        except Exception as error:  # noqa: BLE001 - the last door: a person is told what to do, not shown a traceback
            return self._bug(error)

    def _bug(self, error: Exception) -> Response:
        """Say that it is our fault, and where the details are: in a file, since they may hold names from an inventory."""
        file = Path(tempfile.mkdtemp(prefix="fullcount-bug-")) / "bug.txt"
        file.write_text("".join(traceback.format_exception(error)), "utf-8", "backslashreplace")
        text = "That is a bug in fullcount. Nothing was changed."
        return self._page(
            "unknown.html.j2", 500, title="This page could not be made", text=text, hint=f"The details are in {file}"
        )

    def _page(self, template: str, code: int, **view: Any) -> HTMLResponse:
        basics = {"menu": MENU, "static": served.address, "workspace": self.house.workspace.folder.name}
        return HTMLResponse(page.rendered(f"web/templates/{template}", {**basics, **view}), code)
