"""Which characters the fonts of a PDF can show, and the one way in which text gets there: the rest is written out."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from fullcount.text import visible

FAMILIES = ("Public Sans", "DejaVu Sans Mono")  # the first is shipped, the second is within typst
_LONG = re.compile(r"\S{25,}")  # a word that may be wider than its column
_PIECE = re.compile(r"(.{8})(?=[0-9A-Za-z])")  # never before a mark that belongs to the letter before it


def shown(text: object, limit: int = 300) -> str:
    r"""Text as a PDF can hold it. What no font of ours has is written as `\u{...}`, for typst refuses a document with it;
    into words too long for a column go marks where a line may end.

    >>> shown("Касперский 卡"), len(shown("x" * 24)), len(shown("x" * 32))
    ('Касперский \\u{5361}', 24, 35)
    """
    safe = _unknown().sub(lambda match: f"\\u{{{ord(match[0]):x}}}", visible(text, limit))
    return _LONG.sub(lambda match: _PIECE.sub("\\1\u200b", match[0]), safe)


def ranges() -> list[tuple[int, int]]:
    """The code points that all weights of the fonts have, as first and last of each run; made by a test, which checks them."""
    lines = (files("fullcount") / "data/fonts/letters.txt").read_text("ascii").splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return [(int(first, 16), int(last, 16)) for first, last in pairs]


@cache
def _unknown() -> re.Pattern[str]:
    return re.compile(f"[^{''.join(f'{re.escape(chr(first))}-{re.escape(chr(last))}' for first, last in ranges())}]")
