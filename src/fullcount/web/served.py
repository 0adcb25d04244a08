"""What is served beside the pages: style, script and letters, from the package. A closed list: no address names a file."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from starlette.responses import Response

_FONT = "font/ttf"
SERVED: dict[str, tuple[str, str]] = {
    "page.css": ("data/page.css", "text/css; charset=utf-8"),
    "house.css": ("web/static/house.css", "text/css; charset=utf-8"),
    "house.js": ("web/static/house.js", "text/javascript; charset=utf-8"),
    "PublicSans-Regular.ttf": ("data/fonts/PublicSans-Regular.ttf", _FONT),
    "PublicSans-SemiBold.ttf": ("data/fonts/PublicSans-SemiBold.ttf", _FONT),
    "PublicSans-Bold.ttf": ("data/fonts/PublicSans-Bold.ttf", _FONT),
}


@cache
def content(name: str) -> bytes:
    """What is served under a name of `SERVED`."""
    return files("fullcount").joinpath(SERVED[name][0]).read_bytes()


@cache
def address(name: str) -> str:
    """Where a page finds it: another address when it is another file, so that a browser may keep it."""
    return f"/static/{name}?{hashlib.sha256(content(name)).hexdigest()[:12]}"


def answer(name: str) -> Response:
    """The answer to an address under `/static/`."""
    if name not in SERVED:
        return Response("There is no such file.", 404, media_type="text/plain")
    return Response(content(name), media_type=SERVED[name][1], headers={"Cache-Control": "private, max-age=86400"})
