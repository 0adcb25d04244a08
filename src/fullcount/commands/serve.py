"""`fullcount serve`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from fullcount import console, options

if TYPE_CHECKING:
    from pathlib import Path

INSTALL = "pip install 'fullcount[serve]'"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@click.command("serve")
@options.workspace
@click.option("--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8117, show_default=True, help="0 takes any that is free.")
@click.option("--behind-proxy", default="", metavar="NAME", help="A proxy asks under this name, and says who may come in.")
@click.option(
    "--idle",
    type=click.IntRange(0),
    default=120,
    show_default=True,
    help="Minutes without a request after which it stops; 0: never.",
)
@click.option("--open/--no-open", "opens", default=True, help="Open a browser, where there is a screen.")
def command(workspace: Path | None, **chosen: Any) -> None:
    """Show the counts in a browser: every number a link, every machine with its evidence, decisions made in place.

    Only this machine can come in, by a link that works once. NAME of --behind-proxy is such as counts.example.gov.
    """
    from fullcount.errors import UsageError

    try:
        from fullcount.web.server import Served, serve
    except ModuleNotFoundError as error:
        if error.name not in {"starlette", "uvicorn", "anyio", "h11"}:
            raise
        raise UsageError("the dashboard is not installed", hint=INSTALL) from None
    if chosen["host"] not in LOOPBACK and not chosen["behind_proxy"]:
        hint = "leave --host out, or put a proxy in front that says who may come in, and name it with --behind-proxy"
        raise UsageError(f"{chosen['host']} can be reached by other machines", hint=hint)
    of = console.workspace(workspace)
    how = Served(
        host=chosen["host"], port=chosen["port"], proxy=chosen["behind_proxy"], idle=chosen["idle"] * 60, opens=chosen["opens"]
    )
    serve(of, how, say=console.say)


def first() -> str:
    """What must be done first where the dashboard is offered; empty where it is installed."""
    return "" if find_spec("starlette") and find_spec("uvicorn") else f"; first {INSTALL}"
