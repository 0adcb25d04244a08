"""Whether a JSON document has the form that somebody expects, and in words what of it has not. No input, no output.

A form is a type (`str`, `int`, `float`, `bool`, a dataclass, `tuple[X, ...]`, `Mapping[str, X]`, `X | None`, `Any`), a pattern
that a text matches, a mapping of names to forms (exactly these), a list of one form (any number of it), or `PACKED`.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from fullcount.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKED = object()  # a text of any length, in which the caller looks for himself
MOST = 1 << 53  # below this every program that reads JSON has the same whole numbers
LONGEST = 20_000  # characters of a text
MOST_ITEMS = 4_000_000  # of a list
MOST_NAMES = 100_000  # of a mapping
_DEEPEST = 20
# Control characters, lone halves of a pair, and what turns or hides the letters around it: the same in every version of Unicode.
_BARRED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def faults(form: Any, value: Any, where: str) -> Iterator[str]:
    """What keeps a value from having a form: one sentence each, which begins with where it stands.

    >>> list(faults({"n": int, "names": [str]}, {"n": True, "names": ["a", None]}, "it"))
    ['it.n: here must be a whole number that is not negative', 'it.names[1]: here must be a text']
    """
    if isinstance(form, dict):
        yield from _exactly(form, value, where)
    elif isinstance(form, list):
        yield from _each(form[0], value, where)
    elif isinstance(form, re.Pattern):
        if not (isinstance(value, str) and form.fullmatch(value)):
            yield f"{where}: here must be a text that fits {form.pattern}"
    elif form is PACKED:
        if not isinstance(value, str):
            yield f"{where}: here must be a text"
    elif is_dataclass(form) and isinstance(form, type):
        yield from _exactly(_fields(form), value, where)
    else:
        yield from _plain(form, value, where)


def _plain(form: Any, value: Any, where: str) -> Iterator[str]:
    origin, inner = get_origin(form), get_args(form)
    if origin in {Union, types.UnionType}:
        if value is not None or type(None) not in inner:
            yield from faults(next(one for one in inner if one is not type(None)), value, where)
    elif origin is tuple:
        yield from _each(inner[0], value, where)
    elif origin is Mapping:
        yield from _mapping(inner[1], value, where)
    elif form is Any:
        yield from _anything(value, where)
    else:
        says, holds = _SIMPLE[form]
        if not holds(value):
            yield f"{where}: here must be {says}"
        elif form is str:
            yield from _text(value, where)


@cache
def _fields(kind: type) -> dict[str, Any]:
    return dict(get_type_hints(kind))


def _exactly(form: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: here must be a mapping"
        return
    for name in sorted(form.keys() - value.keys()):
        yield f"{where}: `{name}` is missing"
    for name in sorted(value.keys() - form.keys()):
        yield f"{where}: there is no `{visible(name, 60)}`"
    for name, one in form.items():
        if name in value:
            yield from faults(one, value[name], f"{where}.{name}")


def _each(form: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{where}: here must be a list"
    elif len(value) > MOST_ITEMS:
        yield f"{where}: {len(value):,} items are more than {MOST_ITEMS:,}"
    else:
        for turn, one in enumerate(value):
            yield from faults(form, one, f"{where}[{turn}]")


def _mapping(form: Any, value: Any, where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: here must be a mapping"
    elif len(value) > MOST_NAMES:
        yield f"{where}: {len(value):,} names are more than {MOST_NAMES:,}"
    else:
        for name, one in value.items():
            yield from _text(name, f"{where}, a name")
            yield from faults(form, one, f"{where}.{visible(name, 60)}")


def _anything(value: Any, where: str, depth: int = 0) -> Iterator[str]:
    """Whatever JSON can say, within the same limits."""
    if depth > _DEEPEST:
        yield f"{where}: nested deeper than {_DEEPEST}"
    elif isinstance(value, str):
        yield from _text(value, where)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _text(name, f"{where}, a name")
            yield from _anything(one, f"{where}.{visible(name, 60)}", depth + 1)
    elif isinstance(value, list):
        for turn, one in enumerate(value):
            yield from _anything(one, f"{where}[{turn}]", depth + 1)
    elif value is not None and not isinstance(value, bool) and not _number(value):
        yield f"{where}: this number is too large"


def _text(value: str, where: str) -> Iterator[str]:
    if len(value) > LONGEST:
        yield f"{where}: {len(value):,} characters are more than {LONGEST:,}"
    elif (not value.isascii() or not value.isprintable()) and (found := _BARRED.search(value)):
        yield f"{where}: has the character U+{ord(found[0]):04X}, which no text of a return has"


def _number(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and abs(value) < MOST


_SIMPLE: dict[Any, tuple[str, Any]] = {
    str: ("a text", lambda value: isinstance(value, str)),
    int: ("a whole number that is not negative", lambda value: type(value) is int and 0 <= value < MOST),
    float: ("a number", _number),
    bool: ("true or false", lambda value: isinstance(value, bool)),
}
