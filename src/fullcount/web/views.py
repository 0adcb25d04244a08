"""Saved views: a list and its filters under a name, so that next month's count is looked at in the same way.

`views.jsonl` in the workspace is only ever appended to, a line a view; the last line of a name holds, and one without a path
takes the name away. Two people who save at once lose nothing.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from fullcount.errors import UsageError
from fullcount.web.lists import LISTINGS

if TYPE_CHECKING:
    from pathlib import Path

FILE = "views.jsonl"
LONGEST = 60
_NAME = re.compile(r"\w(?:[\w -]{0,58}\w)?")
_MOST = 4000  # characters of an address


def saved(folder: Path) -> dict[str, str]:
    """The address of each saved view, below the count, by its name. A line that is none is passed over: it decides nothing."""
    path = folder / FILE
    found: dict[str, str] = {}
    for line in path.read_bytes().splitlines() if path.exists() else []:
        try:
            said = json.loads(line)
            name, where = said["name"], said["path"]
        except (ValueError, TypeError, KeyError):
            continue
        if not isinstance(name, str) or not isinstance(where, str):
            continue
        found.pop(name, None)
        if where and is_list(where):
            found[name] = where
    return found


def save(folder: Path, name: str, where: str) -> str:
    """Keep a view under a name, or take the name away where `where` is empty. Returns the name. Raises `UsageError`."""
    name = " ".join(name.split())
    if not _NAME.fullmatch(name):
        raise UsageError("a view needs a name", hint=f"letters, digits, spaces and hyphens, {LONGEST} at most")
    if where and not is_list(where):
        raise UsageError("only lists can be saved as views", hint="open a list, filter it, and save it there")
    line = json.dumps({"name": name, "path": where}, ensure_ascii=False) + "\n"
    # one write to a file that is only appended to: lines of two writers do not mix
    number = os.open(folder / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(number, line.encode())
    finally:
        os.close(number)
    return name


def is_list(where: str) -> bool:
    """Whether an address below a count is that of a list: a directive, a list and its filters."""
    directive, _, path = where.partition("?")[0].partition("/")
    return len(where) <= _MOST and directive not in {"", ".."} and path in {one.path for one in LISTINGS}
