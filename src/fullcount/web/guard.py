"""The guard: who may ask, and what a page may do in a browser.

Loopback and a one-time link by default. Facts: Host check against DNS rebinding, `Sec-Fetch-Site` and `Origin` against
forged requests, and a policy under which nothing runs that the house did not serve (OWASP ASVS 5: 3.4, 3.5, 4.4; Fetch
Metadata, W3C).
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENTER = "/enter"
OPEN = (ENTER, "/static/")  # what needs no cookie: the one-time link, and files that are the same everywhere
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # under `no-referrer` a form of our own pages is sent with the origin `null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE = frozenset({"GET", "HEAD"})
MOST = 64 * 1024  # bytes of a form


@dataclass
class Keys:
    """The one-time key that a link carries, and the session that it opens. A key that was used opens nothing any more."""

    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def used(self, key: str) -> bool:
        """Whether it is the key; from then on another one is."""
        with self.lock:
            if not hmac.compare_digest(key.encode(), self.key.encode()):
                return False
            self.key = secrets.token_urlsafe(32)
            return True


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is let in. `hosts`: names under which this server is asked, with the port; `keys`: none where a proxy in front
    says who may come in.
    """

    hosts: frozenset[str]
    cookie: str
    keys: Keys | None


class Guard:
    """The door of every request: refuses, or lets in and says what the page may do."""

    def __init__(self, app: ASGIApp, rules: Rules) -> None:
        """`app` answers what is let in."""
        self.app = app
        self.rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = self.refusal(Request(scope))
        await (refused or self.app)(scope, receive, guarded)

    def refusal(self, request: Request) -> PlainTextResponse | None:
        """Why a request is not answered; `None` where it is."""
        if request.headers.get("host", "").lower() not in self.rules.hosts:
            return PlainTextResponse("This server is not called that. Open the address that `fullcount serve` printed.", 421)
        if request.method not in {*SAFE, "POST"}:
            return PlainTextResponse("Only GET, HEAD and POST are answered.", 405, {"Allow": "GET, HEAD, POST"})
        if request.method == "POST" and not self._is_own(request):
            return PlainTextResponse("This did not come from a page of this server, so nothing was done.", 403)
        if request.method == "POST" and not 0 <= _length(request) <= MOST:
            return PlainTextResponse("This form is too long, or does not say how long it is.", 413)
        if self.rules.keys and not request.url.path.startswith(OPEN) and not self._is_known(request):
            hint = "Open the link that `fullcount serve` printed; each link works once."
            return PlainTextResponse(f"This browser is not let in. {hint}", 401)
        return None

    def _is_own(self, request: Request) -> bool:
        """Whether a page of this server asked: by what browsers say of themselves, which a page cannot forge."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is None:
            return site == "same-origin"
        return origin.partition("://")[2].lower() == request.headers.get("host", "").lower()

    def _is_known(self, request: Request) -> bool:
        keys = self.rules.keys
        return keys is not None and hmac.compare_digest(
            request.cookies.get(self.rules.cookie, "").encode(), keys.session.encode()
        )


def _length(request: Request) -> int:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else -1
