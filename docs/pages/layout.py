"""What made pages have in common: the line that says so, tables, and what a source text says beside its fields."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MADE = "<!-- Made by docs/make.py from the code: change it there. -->\n"
LINE = re.compile(r'^\s+"?(\w+)"?: [^#]*?(?:  # (.*))?$')  # a field or a column, and what stands beside it


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; a bar inside a cell is written so that it ends none."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(' '.join(cell.replace('|', '&#124;').split()) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def comments(of: Any, *, after: str = "") -> dict[str, str]:
    """What stands beside the fields or columns in a source text, by name."""
    text = inspect.getsource(of).partition(after)[2] if after else inspect.getsource(of)
    return {found[1]: found[2] or "" for line in text.splitlines() if (found := LINE.match(line))}
