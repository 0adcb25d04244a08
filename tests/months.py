"""Exports of an organisation over months, and commands that are asked about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from fullcount.cli import cli

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "PSComputerName,SerialNumber,DisplayName,DisplayVersion,Publisher\n"
FOUND = "Kaspersky Endpoint Security 10 for Windows,10.3,AO Kaspersky Lab"
CLEAN = "7-Zip 16.04,16.04,Igor Pavlov"
HELPDESK = """
[[table]]
name = "helpdesk"
match = "helpdesk.csv"
lists = "some software"
[table.columns]
hostname = "Host"
serial = "Serial"
name = "Program"
"""
EVIL = "\x1b]0;owned\x07\x1b[2Jevil"


def save(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


class Said:
    """How a command ended."""

    def __init__(self, *arguments: str | Path) -> None:
        done = CliRunner().invoke(cli, [str(one) for one in arguments])
        self.code, self.out, self.error_text, self.output = done.exit_code, done.stdout, done.stderr, done.output
        self.raw = done.stdout_bytes
        self.error: Any = done.exception

    def document(self) -> Any:
        assert self.code == 0, self.error
        return json.loads(self.out)
