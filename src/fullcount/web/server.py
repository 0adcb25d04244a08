"""The server: listens, says where, and stops by itself when nobody has asked for long."""

from __future__ import annotations

import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from fullcount.errors import UsageError
from fullcount.web.app import app
from fullcount.web.guard import Keys, Rules
from fullcount.web.house import House
from fullcount.web.job import Jobs
from fullcount.web.shelf import Shelf

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from fullcount.workspace import Workspace

_FIRST = 2.0  # seconds that are left to the first page alone, and between two looks for a newer count
_TICK = 0.5  # seconds between two looks at the clock


@dataclass(frozen=True, kw_only=True)
class Served:
    """How to serve. `port` 0: any that is free. `proxy`: the name under which a proxy asks. `idle`: seconds, 0 for ever."""

    host: str = "127.0.0.1"
    port: int = 0
    proxy: str = ""
    idle: int = 0
    opens: bool = False


Started = Callable[["House", Callable[[], None]], None]
"""Told when a server listens: what it shows, and what stops it."""


class _Noted:
    """The application, and when it was asked last."""

    def __init__(self, inner: ASGIApp, house: House) -> None:
        self.inner, self.house = inner, house
        self.last, self.running = time.monotonic(), 0

    def is_idle(self, seconds: float) -> bool:
        """Whether nobody has asked for long, and nothing is at work."""
        if self.running or self.house.jobs.running:
            self.last = time.monotonic()
        return time.monotonic() - self.last > seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.last, self.running = time.monotonic(), self.running + 1
        try:
            await self.inner(scope, receive, send)
        finally:
            self.last, self.running = time.monotonic(), self.running - 1


def serve(
    workspace: Workspace,
    how: Served,
    *,
    say: Callable[[str], None],
    started: Started | None = None,
) -> None:
    """Serve until interrupted, or until nobody has asked for long. `started` is told when it listens, and what stops it.
    Raises `UsageError` where the port is taken.
    """
    with workspace.spilling() as spill, _listening(how) as listener:
        port = listener.getsockname()[1]
        house = _house(workspace, Shelf(workspace, spill), how, port)
        house.shelf.open("last")
        noted = _Noted(app(house), house)
        options = {"log_level": "warning", "server_header": False, "date_header": False, "h11_max_incomplete_event_size": 65536}
        server = uvicorn.Server(uvicorn.Config(noted, lifespan="off", proxy_headers=False, access_log=False, **options))  # type: ignore[arg-type]
        ended = threading.Event()
        warmer = threading.Thread(target=_warm, args=(house, ended), daemon=True)
        warmer.start()
        watcher = threading.Thread(target=_watch, args=(server, noted, how.idle, ended), daemon=True)
        say(f"The dashboard is at {house.link()}")
        say("The link works once, for one browser of this machine; Ctrl-C stops." if house.rules.keys else "Ctrl-C stops.")
        watcher.start()
        if how.opens and house.rules.keys:
            webbrowser.open(house.link())
        if started:
            started(house, lambda: setattr(server, "should_exit", True))
        try:
            server.run(sockets=[listener])
        finally:
            ended.set()
            house.jobs.stop()
            warmer.join()
            house.shelf.close()


def _house(workspace: Workspace, shelf: Shelf, how: Served, port: int) -> House:
    if how.proxy:
        name = how.proxy.lower()
        rules = Rules(hosts=frozenset({name}), cookie="", keys=None)
        return House(workspace=workspace, shelf=shelf, jobs=Jobs(workspace), rules=rules, address=f"https://{name}")
    names = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))
    shown = f"[{how.host}]" if ":" in how.host else how.host
    # cookies know no port: its number keeps two servers of one machine apart
    rules = Rules(hosts=names, cookie=f"fullcount-{port}", keys=Keys())
    return House(workspace=workspace, shelf=shelf, jobs=Jobs(workspace), rules=rules, address=f"http://{shown}:{port}")


def _listening(how: Served) -> socket.socket:
    family = socket.AF_INET6 if ":" in how.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((how.host, how.port))
        listener.listen()  # now: whoever comes before the server is ready waits
    except OSError as error:
        listener.close()
        text = f"port {how.port} of {how.host} cannot be had: {error.strerror or error}"
        raise UsageError(text, hint="--port 0 takes one that is free") from None
    return listener


def _warm(house: House, ended: threading.Event) -> None:
    """Read beforehand what later pages wait for, of the first count when the first page is through, and of each next one."""
    while not ended.wait(_FIRST):
        house.shelf.warm()


def _watch(server: uvicorn.Server, noted: _Noted, idle: int, ended: threading.Event) -> None:
    """Stop a server that nobody has asked for long, and that has nothing to do."""
    while not ended.wait(_TICK):
        if idle and noted.is_idle(idle):
            server.should_exit = True
            return
