"""The page of commands: what each says of itself, its options, and what exit codes mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from fullcount import cli
from fullcount.errors import FullcountError, SettingsError, UsageError
from pages.layout import MADE, table

if TYPE_CHECKING:
    from collections.abc import Iterator


def command_page() -> str:
    """`commands.md`."""
    from fullcount.commands import count, read

    codes = {
        0: "done",
        UsageError.exit_code: "the command line or `fullcount.toml` names something that does not exist",
        FullcountError.exit_code: "nothing usable: no file could be read, there is no workspace, or something is broken",
        read.REJECTS: "done, but a piece or a file was rejected (only with `--strict`)",
        count.FOUND: "done, and a system has it (only with `--fail-on found`)",
        count.COVERAGE: "done, and fewer systems than asked for were looked at (only with `--fail-on coverage=N`)",
        cli.BUG: "a bug: please report it; the message says where the details are",
        130: "interrupted: the workspace is as it was",
    }
    assert SettingsError.exit_code == UsageError.exit_code
    top = click.Context(cli.cli, info_name="fullcount", **cli.cli.context_settings)
    parts = ["# Commands\n", MADE, f"{_told(cli.cli)}\n", "`fullcount` alone says where things stand and what to do next.\n"]
    parts += ["Exit codes:\n", table(["code", "means"], [[str(code), text] for code, text in codes.items()])]
    for name in cli.COMMANDS:
        command = cli.cli.get_command(top, name)
        assert command is not None
        parts += _command(command, click.Context(command, info_name=name, parent=top), "##")
    return "\n".join(parts)


def _command(command: click.Command, context: click.Context, level: str) -> Iterator[str]:
    yield f"{level} {context.command_path}\n"
    yield f"{_told(command)}\n"
    yield f"```usage\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    records = [one.get_help_record(context) for one in command.get_params(context) if isinstance(one, click.Option)]
    rows = [[f"`{record[0]}`", record[1]] for record in records if record]
    yield table(["option", "means"], rows)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from _command(below, click.Context(below, info_name=name, parent=context), f"{level}#")


def _told(command: click.Command) -> str:
    return " ".join((command.help or "").split())
