"""`fullcount tokens`: keys by which two components name one machine alike, and nobody else can tell which."""

from __future__ import annotations

from pathlib import Path

import click

from fullcount import console

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group("tokens")
def command() -> None:
    """Make and derive the keys of the tokens that stand for machines in returns. Whoever receives returns never holds one."""


@command.command("new")
@click.argument("master", type=_FILE)
def new(master: Path) -> None:
    """Write a new master key to MASTER: for one holder who receives no returns, as an inspector general."""
    from fullcount.pseudonym import new_master, written

    console.write_secret(master, written(new_master()).encode())
    console.out(f"{master}: a master of token keys. Keep it where those who receive returns cannot read it.")


@command.command("derive")
@click.argument("master", type=_FILE)
@click.option("--directive", required=True, metavar="ID", help="The directive under which the returns are.")
@click.option(
    "--period", required=True, metavar="WORD", help="For how long: 2017, 2017-Q4. Of two periods tokens are never alike."
)
@click.option("-o", "file", required=True, type=_FILE, help="Write the key to this file.")
def derive(master: Path, directive: str, period: str, file: Path) -> None:
    """Derive from MASTER the key that all components use for one directive and period."""
    from fullcount.pseudonym import derived, load_master, written

    key = derived(load_master(master), directive, period)
    console.write_secret(file, written(key).encode())
    console.out(f"{file}: token key of {directive}, {period}; check {key.check}")
    console.say("send it to the components alone, on a safe way; each of their returns must show this check")


@command.command("show")
@click.argument("key", type=_FILE)
def show(key: Path) -> None:
    """Say which directive and period KEY is for, and its check; never the key."""
    from fullcount.pseudonym import load

    one = load(key)
    console.out(f"token key of {one.directive}, {one.period}; check {one.check}")
