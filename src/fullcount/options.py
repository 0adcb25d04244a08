"""Options that several commands share, so that each is spelled and explained once."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.decorators import FC


def user() -> str:
    """The name under which somebody is logged in; empty where the machine does not tell."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


exports = click.argument("exports", nargs=-1, type=click.Path(path_type=Path))
workspace = click.option(
    "-w", "--workspace", type=click.Path(file_okay=False, path_type=Path), help="The workspace; by default the nearest one above."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
quiet = click.option("-q", "--quiet", is_flag=True, help="No progress.")
memory = click.option(
    "--memory",
    default="",
    metavar="SIZE",
    help="The most memory to count in, such as 4GB: more is quicker. By default 1GB.",
)
rehash = click.option(
    "--rehash", is_flag=True, help="Hash every file anew, also one that has not changed since it was given before."
)
strict = click.option("--strict", is_flag=True, help="Exit with 4 where any piece or file was rejected.")
reader = click.option("--reader", default="", metavar="NAME", help="Read all files with this reader; see `fullcount readers`.")
host = click.option("--host", default="", metavar="NAME", help="The machine, for files that do not say it.")
collected_at = click.option(
    "--collected-at", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When the exports were made (UTC)."
)
directive = click.option(
    "--directive", "directives", multiple=True, metavar="ID", help="A directive, or the folder of one; repeatable."
)
one_directive = click.option("--directive", default="", metavar="ID", help="Which directive, where several were counted.")
passphrase_file = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="The file whose one line is the passphrase; else it is asked for at a terminal.",
)
why = click.option("--why", default="", metavar="TEXT", help="The reason; it is kept with the decision.")
by = click.option("--by", default=user, show_default="your login", metavar="NAME", help="Who decided.")
what_if = click.option("--what-if", is_flag=True, help="Show what it would change, and keep nothing.")


def deciding(command: FC) -> FC:
    """The options of every command by which a person decides something."""
    for one in (as_json, directive, what_if, by, why, workspace):  # the last stands first
        command = one(command)
    return command
