"""The command line: parse, call, print. Every command is a module of `commands/`, imported when it is called."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from fullcount import __version__
from fullcount.errors import FullcountError

# In the order in which a person needs them, with the line that `--help` shows: no command is imported for it.
COMMANDS: dict[str, str] = {
    "demo": "Count a made-up department and compare with its truth.",
    "init": "Make a folder a workspace.",
    "inspect": "Say what files are and who can read them; propose a mapping.",
    "read": "Read exports into the workspace.",
    "count": "Read exports, if any are given, and count.",
    "report": "Write the last count as a paper that a directive asks for, a page, a table or JSON.",
    "serve": "Show the counts in a browser: every number a link, decisions made in place.",
    "coverage": "Show what each inventory's looks are worth, and who is on one list and not on another.",
    "explain": "Show everything behind one machine's standing.",
    "history": "Show the life of one machine, look by look.",
    "diff": "Compare two counts, system by system.",
    "verify": "Say of every system that ever had it whether its removal is proven, and what was left behind.",
    "estimate": "Estimate, beside a count, what was missed and what no source lists; or from an overlap table.",
    "audit": "Draw systems by lot, record what somebody found at them, and say what that proves.",
    "hosts": "See what is in doubt about which records are one machine, and decide it.",
    "review": "List titles near the vendor that nobody has decided, most systems first.",
    "decide": "Say that a title is a product, or is not.",
    "decisions": "List what people decided, or undo it.",
    "registers": "Check what you know beside the inventories: agreements, replacements, exceptions, contacts.",
    "drop": "Take a wrong source out of every later count.",
    "deadlines": "List the due dates of the directives, and write them as a calendar.",
    "datacall": "Write the packet that goes to each component: which export to make, how, by when.",
    "seal": "Seal a count as a return: numbered, signed, without a name of a machine.",
    "cosign": "Add a signature to a sealed return.",
    "check-return": "Say whether sealed returns are sound: who signed them, and everything that is wrong with them.",
    "receive": "Take in the returns that components sent: check them, keep them, enter them in the ledger.",
    "rollup": "Put the returns of all components together: every system once, and who has not reported.",
    "key": "Make and show keys that seal returns, and see whose are believed.",
    "tokens": "Make and derive the keys of the tokens that stand for machines in returns.",
    "directive": "List, show and check directives.",
    "readers": "List the formats that can be read.",
    "doctor": "Check the installation and the workspace.",
}
BUG = 70


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"fullcount.commands.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="fullcount")
@click.pass_context
def cli(context: click.Context) -> None:
    """Count the systems that have a banned vendor's software: how many, which, how we know, and what nobody has looked at."""
    if context.invoked_subcommand is None:
        from fullcount.commands.next import suggest

        suggest()


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. Exit codes: 0 done; 2 usage; 3 nothing usable; 4 rejects with --strict;
    10 and 12 with --fail-on; 70 a bug.
    """
    try:
        code: Any = cli.main(args=arguments, prog_name="fullcount", standalone_mode=False)
    except click.exceptions.Abort:
        code = _said("interrupted: the workspace is as it was", 130)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except FullcountError as error:
        code = _said(str(error), error.exit_code, error.hint)
    except OSError as error:
        code = _said(f"{error.strerror or error}: {error.filename or ''}", 3, "is the disk full, or a folder not yours?")
    except Exception as error:  # noqa: BLE001 - the last door: a person is told what to do, not shown a traceback
        code = _bug(error)
    sys.exit(code if isinstance(code, int) else 0)


def _said(message: str, code: int, hint: str = "") -> int:
    from fullcount.text import visible

    click.echo(f"fullcount: {visible(message, 1000)}", err=True)
    if hint:
        click.echo(f"  hint: {visible(hint, 1000)}", err=True)
    return code


def _bug(error: Exception) -> int:
    """Say that this is our fault, and where the details are: in a file, since they may hold names from an inventory."""
    import tempfile
    import traceback
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="fullcount-bug-"))
    path = folder / "bug.txt"
    path.write_text(f"fullcount {__version__}, Python {sys.version}\n{''.join(traceback.format_exception(error))}", "utf-8")
    return _said(f"a bug: {type(error).__name__}", BUG, f"please report it; the details are in {path}")
